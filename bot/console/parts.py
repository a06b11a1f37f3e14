"""What the console is given: built in app.py, bound in register_console()."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app

from bot.accounts.ports import AccountStore, AuditLog, GuessStore, SettingsStore
from bot.config import Config


@dataclass(frozen=True)
class ConsoleParts:
    """The parts that every page may use, and in ``more`` those of single subjects, by the name in ``app.extensions``.

    ``config`` gives the configuration as it is now: what was set in the console lies under the file and the environment.
    ``words``: the district's names (district, service_name).  ``item_name``: an item of what is published, as staff know it.
    """

    config: Callable[[], Config]
    accounts: AccountStore
    guesses: GuessStore
    audit: AuditLog
    settings: SettingsStore
    clock: Callable[[], datetime.datetime]
    words: Mapping[str, object]
    item_name: Callable[[int], str]
    more: Mapping[str, object] = field(default_factory=dict)


def parts() -> ConsoleParts:
    """The parts of the application that answers this request."""
    bound: ConsoleParts = current_app.extensions["console"]
    return bound


def part(name: str) -> Any:
    """A part of one subject: annotate it with the Protocol that your page needs, ``office: Office = part("tickets")``."""
    return current_app.extensions[name]
