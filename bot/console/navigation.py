"""The console's navigation: data/navigation.toml, as far as an account may go, with what waits there."""

import logging
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import request, url_for

from bot.accounts.records import Account
from bot.console.permissions import is_console, may, permissions
from bot.tickets.records import Actor

log = logging.getLogger(__name__)

Counter = Callable[[Actor], int]

MOST_LINES = 12
"""As many fit a screen of 1366×768; who may open more finds the groups that fold folded."""

_counters: dict[str, Counter] = {}


def counter(name: str) -> Callable[[Counter], Counter]:
    """Register what a badge of navigation.toml counts: ``@counter("open_questions")`` above ``def …(actor) -> int``."""

    def register(count: Counter) -> Counter:
        _counters[name] = count
        return count

    return register


def count(name: str, actor: Actor) -> int:
    """What waits under that name; 0 when it cannot be told, since a number must not cost the page."""
    try:
        return _counters[name](actor)
    except Exception:
        log.exception("badge %s", name)
        return 0


@dataclass(frozen=True)
class Entry:
    """A line of the navigation.  ``waiting``: the badge, with ``waiting_words`` to read out.

    ``tile``: what is counted, as the first page calls it.
    """

    title: str
    endpoint: str
    icon: str
    url: str
    here: bool
    waiting: int
    waiting_words: str
    badge: str
    tile: str


@dataclass(frozen=True)
class Group:
    """Lines that belong together; ``title`` may be empty.  ``folded``: only the title shows until it is pressed."""

    title: str
    entries: list[Entry]
    folded: bool = False

    @property
    def here(self) -> bool:
        """Whether the page that is open stands in it."""
        return any(entry.here for entry in self.entries)

    @property
    def waiting(self) -> int:
        """What waits in all its lines."""
        return sum(entry.waiting for entry in self.entries)


@cache
def _data() -> list[dict[str, Any]]:
    """The groups as they stand in the file.

    Raises:
        KeyError: an entry names an endpoint or a badge that does not exist.
    """
    with (Path(__file__).parent / "data" / "navigation.toml").open("rb") as file:
        groups: list[dict[str, Any]] = tomllib.load(file)["groups"]
    for group in groups:
        for entry in group["entries"]:
            if entry["endpoint"] not in permissions():
                raise KeyError(f"navigation.toml: no endpoint {entry['endpoint']}")
            if "badge" in entry and entry["badge"] not in _counters:
                raise KeyError(f"navigation.toml: no counter {entry['badge']}")
    return groups


def check_navigation() -> None:
    """Raise KeyError when the file names what does not exist."""
    _data()


def navigation(account: Account, actor: Actor) -> list[Group]:
    """The groups with the entries that this account may open."""
    open_to = [(group, [entry for entry in group["entries"] if may(account, entry["endpoint"])]) for group in _data()]
    long = sum(len(entries) for _, entries in open_to) > MOST_LINES
    return [
        Group(
            group["title"], [_entry(entry, actor) for entry in entries], long and len(entries) > 1 and group.get("folds", False)
        )
        for group, entries in open_to
        if entries
    ]


def _entry(entry: dict[str, Any], actor: Actor) -> Entry:
    endpoint = entry["endpoint"]
    here = request.endpoint == endpoint
    blueprint = endpoint.partition(".")[0]
    if not here and blueprint != "console" and is_console(request.endpoint):
        # Pages of a subject that have no entry of their own light up the subject's first.
        own = {other["endpoint"] for group in _data() for other in group["entries"]}
        first = next(e for g in _data() for e in g["entries"] if e["endpoint"].startswith(blueprint + "."))
        here = request.blueprint == blueprint and request.endpoint not in own and first is entry
        here = here or request.blueprint in entry.get("also", ())
    return Entry(
        entry["title"],
        endpoint,
        entry["icon"],
        url_for(endpoint),
        here,
        count(entry["badge"], actor) if "badge" in entry else 0,
        entry.get("badge_words", "项待办"),
        entry.get("badge", ""),
        entry.get("tile", entry["title"]),
    )
