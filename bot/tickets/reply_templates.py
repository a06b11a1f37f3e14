"""Templates of replies: words with placeholders that are filled from a ticket."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter

from bot.tickets.letters import short
from bot.tickets.records import Ticket, Unit

DATA = Path(__file__).parent / "data"

PLACEHOLDERS = ("number", "matter", "place", "unit", "phone", "today")


class TemplateError(Exception):
    """The template cannot be filled; the message (Chinese) says why."""


@dataclass(frozen=True)
class ReplyTemplate:
    """A template.  ``id``: 0 for those that come with the service."""

    title: str
    text: str
    id: int = 0


@cache
def own_templates() -> tuple[ReplyTemplate, ...]:
    """The templates that come with the service."""
    with (DATA / "reply_templates.toml").open("rb") as file:
        return tuple(ReplyTemplate(**given) for given in tomllib.load(file)["templates"])


def check_template(text: str) -> None:
    """Raise TemplateError where a placeholder is none that can be filled."""
    try:
        named = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        raise TemplateError("花括号要成对，里面写要填的东西，如 {number}") from None
    if wrong := [name for name in named if name not in PLACEHOLDERS]:
        raise TemplateError(f"没有 {{{wrong[0]}}}，可以用的是：{'、'.join('{' + name + '}' for name in PLACEHOLDERS)}")


def filled(template: ReplyTemplate, ticket: Ticket, unit: Unit | None, today: date) -> str:
    """The template's text for this ticket; what is not known stays to be written, in 【】."""
    values = {
        "number": ticket.number,
        "matter": short(ticket.matter),
        "place": ticket.place or "【地点】",
        "unit": unit.name if unit else "【单位】",
        "phone": (unit.phone or unit.hotline if unit else "") or "【电话】",
        "today": f"{today.month}月{today.day}日",
    }
    return template.text.format_map(values)
