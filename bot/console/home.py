"""The first page: what waits for me, what was done last."""

import datetime
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from bot.accounts.records import UNIT_ROLES, Account
from bot.console.frame import CHINA, actor_of, signed_in
from bot.console.navigation import count, counter, navigation
from bot.console.parts import part, parts
from bot.console.permissions import may, permissions
from bot.tickets.calendar import start_of
from bot.tickets.life import load_life
from bot.tickets.listing import Filter
from bot.tickets.records import Actor, Step

MOST_STEPS = 10


class TicketCounts(Protocol):
    """Who counts tickets."""

    def count(self, wanted: Filter) -> int:
        """How many are wanted."""


class Steps(Protocol):
    """Who knows what was done last."""

    def latest(self, unit: int | None, most: int) -> list[Step]:
        """The latest steps, of one unit's tickets or of all."""


@dataclass(frozen=True)
class Tile:
    """A number that tells what waits; ``url`` where one deals with it, if this account may."""

    title: str
    number: int
    tone: str
    url: str | None


def bind_home(console: Blueprint) -> None:
    """Add the view."""
    console.add_url_rule("/", "home", home)


def home() -> ResponseReturnValue:
    """What waits for me."""
    account = signed_in()
    tiles = _tiles(account)
    steps: Steps = part("steps")
    own = account.unit if account.role in UNIT_ROLES else None
    words = {change.action: change.words for change in reversed(load_life().changes)}
    return render_template(
        "console/home.html",
        tiles=tiles,
        waiting=sum(tile.number for tile in tiles),
        steps=steps.latest(own, MOST_STEPS),
        action_words=words,
        today=parts().clock().astimezone(CHINA),
        weekday="一二三四五六日"[parts().clock().astimezone(CHINA).weekday()],
        next_steps=_first_steps() if account.role == "administrator" else [],
    )


@cache
def _data() -> list[dict[str, Any]]:
    with (Path(__file__).parent / "data" / "home.toml").open("rb") as file:
        tiles: list[dict[str, Any]] = tomllib.load(file)["tiles"]
    return tiles


def _tiles(account: Account) -> list[Tile]:
    """The tiles of data/home.toml for this role, then what the navigation counts besides."""
    actor = actor_of(account)
    tiles = []
    for given in _data():
        if account.role in given["roles"]:
            number = count(given["counter"], actor)
            tiles.append(Tile(given["title"], number, given["tone"] if number else "none", _link(account, given)))
    there = {given["counter"] for given in _data()} | {"board_waiting", "desk_waiting"}  # the tiles count the same apart
    for entry in (entry for group in navigation(account, actor) for entry in group.entries):
        if entry.badge and entry.badge not in there:
            tiles.append(Tile(entry.tile, entry.waiting, "plain" if entry.waiting else "none", entry.url))
    return tiles


def _link(account: Account, given: dict[str, Any]) -> str | None:
    endpoint = given.get("endpoint", "")
    return url_for(endpoint, **given.get("values", {})) if endpoint in permissions() and may(account, endpoint) else None


def _first_steps() -> list[tuple[str, str]]:
    """What a new installation still lacks: words and address."""
    steps = []
    if len([account for account in parts().accounts.all() if account.active]) == 1:
        steps.append(("给同事建账号", url_for("console_accounts.everyone")))
    if not any(unit.alerts for unit in part("units").all()):
        steps.append(("填各单位的电话，和新单、超期提醒发到哪里", url_for("console_units.everyone")))
    if parts().clock().astimezone(CHINA).year not in part("notices").calendar.notices:
        steps.append(("登记今年的放假安排", url_for("console_holidays.page")))
    if not parts().config().page.footer:
        steps.append(("填页面底部的备案号和主办单位", url_for("console_settings.page")))
    return steps


# -- what the tiles count -------------------------------------------------------------------------------------------------


def _count(actor: Actor, **wanted: Any) -> int:
    counts: TicketCounts = part("ticket_counts")
    return counts.count(Filter(unit=actor.unit if actor.role in UNIT_ROLES else None, **wanted))


@counter("tickets_to_dispatch")
def _to_dispatch(actor: Actor) -> int:
    return _count(actor, states=("received",))


@counter("tickets_returned")
def _returned(actor: Actor) -> int:
    return _count(actor, states=("returned",))


@counter("tickets_to_sign")
def _to_sign(actor: Actor) -> int:
    return _count(actor, states=("dispatched", "reopened"))


@counter("tickets_to_sign_off")
def _to_sign_off(actor: Actor) -> int:
    return _count(actor, states=("awaiting_sign_off",))


@counter("tickets_in_progress")
def _in_progress(actor: Actor) -> int:
    return _count(actor, states=("signed", "in_progress"))


@counter("tickets_to_call_back")
def _to_call_back(actor: Actor) -> int:
    return _count(actor, states=("callback",))


@counter("tickets_overdue")
def _overdue(actor: Actor) -> int:
    return _count(actor, overdue=True)


@counter("tickets_due_today")
def _due_today(actor: Actor) -> int:
    tomorrow = parts().clock().astimezone(CHINA).date() + datetime.timedelta(days=1)
    return _count(actor, due_before=start_of(tomorrow)) - _overdue(actor)
