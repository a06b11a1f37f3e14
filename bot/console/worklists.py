"""The lists of work (data/worklists.toml): sections of tickets, each line with the buttons that may be pressed now."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

from bot.console.ticket_parts import name_of
from bot.tickets.desk import Desk
from bot.tickets.life import load_life
from bot.tickets.listing import Filter, Page
from bot.tickets.records import Actor, Ticket, Unit

MOST = 30
"""So many lines of a section are shown."""

ListName = Literal["board", "desk"]


class Lists(Protocol):
    """Who lists and counts tickets."""

    def page(self, wanted: Filter, *, after: str | None = None, most: int = 50) -> Page:
        """A page of those wanted, the most pressing first."""

    def count(self, wanted: Filter) -> int:
        """How many are wanted."""


@dataclass(frozen=True)
class Button:
    """Something to press in a line; see the comments of data/worklists.toml."""

    action: str
    words: str
    details: Mapping[str, Any] = field(default_factory=dict)
    ask: tuple[str, ...] = ()
    page: bool = False
    suggested: bool = False


@dataclass(frozen=True)
class Section:
    """A part of a list."""

    name: str
    title: str
    words: str
    filter: Mapping[str, Any]
    buttons: tuple[Button, ...]
    why: str = ""
    rated: bool = False

    def wanted(self, visible: frozenset[int] | None) -> Filter:
        """Its tickets, of those that may be seen."""
        return Filter(visible=visible, **{name: _frozen(value) for name, value in self.filter.items()})


@dataclass(frozen=True)
class Pressable:
    """A button of a line: its number in the section, the key that presses it, its words, what it does."""

    number: int
    key: int
    words: str
    button: Button


@dataclass(frozen=True)
class Line:
    """A ticket in a section.  ``seen``: its last event; ``why``: what somebody wrote, and who; ``added``: what the resident added
    since anybody last did something."""

    ticket: Ticket
    section: Section
    pressable: list[Pressable]
    seen: int
    suggested: Unit | None = None
    why: tuple[str, str] | None = None
    added: str = ""


@dataclass(frozen=True)
class Filled:
    """A section with its first lines and how many tickets are in it."""

    section: Section
    lines: list[Line]
    count: int


@cache
def sections() -> Mapping[str, tuple[Section, ...]]:
    """The sections by list.

    Raises:
        KeyError: a button does what no ticket knows, or asks for what the action does not take.
    """
    with (Path(__file__).parent / "data" / "worklists.toml").open("rb") as file:
        lists = {name: tuple(_section(given) for given in tables) for name, tables in tomllib.load(file).items()}
    life = load_life()
    for button in (button for part in lists.values() for section in part for button in section.buttons):
        takes = {name for change in life.of(button.action) for name in (*change.needs, *change.may)}
        if not life.of(button.action) or {*button.ask, *button.details} - takes:
            raise KeyError(f"worklists.toml: {button.action}")
    return lists


def _section(given: dict[str, Any]) -> Section:
    buttons = tuple(Button(**{**button, "ask": tuple(button.get("ask", ()))}) for button in given["buttons"])
    return Section(**{**given, "buttons": buttons})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def section_named(name: str) -> Section | None:
    """The section of that name."""
    return next((section for part in sections().values() for section in part if section.name == name), None)


def list_of(section: Section) -> ListName:
    """The list that the section is a part of."""
    return "board" if section in sections()["board"] else "desk"


def filled(desk: Desk, lists: Lists, name: ListName, actor: Actor) -> list[Filled]:
    """A list as it is now; sections without tickets are there too."""
    visible = desk.units_of(actor)
    found = []
    for section in sections()[name]:
        wanted = section.wanted(visible)
        page = lists.page(wanted, most=MOST)
        count = lists.count(wanted) if page.after else len(page.tickets)
        found.append(Filled(section, [line_of(desk, section, ticket, actor) for ticket in page.tickets], count))
    return found


def line_of(desk: Desk, section: Section, ticket: Ticket, actor: Actor) -> Line:
    """One line."""
    suggested = desk.store.unit_named(ticket.suggested) if ticket.suggested else None
    if suggested and not suggested.active:
        suggested = None
    events = desk.store.events(ticket.number)
    why = None
    if section.why:
        event = next((event for event in reversed(events) if event.action == section.why), None)
        why = (event.author, event.text) if event else None
    if section.rated:
        why = ("居民", ticket.rating_reason)
    pressable: list[Pressable] = []
    for number, button in enumerate(section.buttons):
        if _fits(button, suggested) and desk.can(ticket, button.action, actor):
            words = button.words.format(unit=suggested.name if suggested else "")
            pressable.append(Pressable(number, len(pressable) + 1, words, button))
    added = events[-1].text if events and events[-1].action == "add" else ""
    return Line(ticket, section, pressable, events[-1].id if events else 0, suggested, why, added)


def _fits(button: Button, suggested: Unit | None) -> bool:
    """Whether a button that gives the suggested unit can give it: to a unit outside one passes on."""
    return not button.suggested or (suggested is not None and suggested.outside == (button.action == "pass_on"))


def given_details(button: Button, line: Line) -> dict[str, Any]:
    """What pressing the button gives by itself."""
    given = dict(button.details)
    if button.suggested and line.suggested:
        given["outside" if line.suggested.outside else "lead"] = line.suggested.id
    return given


def outcome(desk: Desk, ticket: Ticket) -> str:
    """What became of the ticket, in a few words for who just pressed."""
    state = desk.rules.life.states[ticket.state].name
    unit = name_of(desk, ticket.lead)
    return f"{state} · {unit}" if unit else state
