"""Before a text goes to a resident: what staff must look at once more and tick."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from bot.console.frame import CHINA
from bot.console.parts import part, parts
from bot.tickets.cautions import Background, Caution, cautions
from bot.tickets.desk import Desk
from bot.tickets.life import Change
from bot.tickets.records import Ticket


def unconfirmed(desk: Desk, ticket: Ticket, action: str, details: Mapping[str, Any]) -> list[Caution]:
    """What is to be looked at in what this action would send; nothing when just that was ticked."""
    found = cautions("\n".join(_sent(desk, ticket, action, details)), _background(desk, ticket, action, details))
    return [] if not found or request.form.get("confirmed") == mark(found) else found


def mark(found: list[Caution]) -> str:
    """What a tick stands for: these pieces and no others."""
    return hashlib.sha256("\n".join(sorted(caution.found for caution in found)).encode()).hexdigest()[:16]


def _sent(desk: Desk, ticket: Ticket, action: str, details: Mapping[str, Any]) -> list[str]:
    """The texts that a resident would read: those given now, else what the action before gave (a draft, a reason)."""
    life = desk.rules.life
    changes = [one for one in life.of(action) if life.starts_from(one, ticket.state) and one.fits(dict(details))]
    if not any(_is_sent(change) for change in changes):
        return []
    given = [str(value) for name, value in details.items() if life.fields[name].kind == "text"]
    before = {change.after for change in changes if change.after}
    if given or not before:
        return given
    event = next((event for event in reversed(desk.store.events(ticket.number)) if event.action in before), None)
    return [event.text] if event else []


def _is_sent(change: Change) -> bool:
    return bool(change.tells) or "reply_draft" in change.takes


def _background(desk: Desk, ticket: Ticket, action: str, details: Mapping[str, Any]) -> Background:
    people = desk.store.reporters(ticket.number)
    known = tuple(value for person in people for value in (person.name, person.contact) if value)
    published: Callable[[], str] = part("published_text")
    numbers = "".join(f"{unit.phone} {unit.hotline} " for unit in desk.store.units()).replace("-", "").replace(" ", "")
    text = "\n".join(_sent(desk, ticket, action, details))
    return Background(
        today=parts().clock().astimezone(CHINA).date(),
        own=known if len(people) == 1 and not ticket.secret else (),
        secret=known if ticket.secret else (),
        names=tuple(desk.store.names_in(text, ticket.number)) if text else (),
        published=published() + numbers,
        told=f"{ticket.matter} {ticket.place} {ticket.since}",
    )
