"""Entering a matter for a caller: the bot's suggestion, who else told the same, number and code to read out."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.asking import resident_of, said_in
from bot.console.frame import audit, current_actor
from bot.console.parts import part
from bot.console.ticket_parts import for_lines, office
from bot.console.words import matter_words
from bot.dialogue.mind import Mind
from bot.dialogue.suggestion import Suggestion, suggestion
from bot.tickets.acceptance import lawful_way
from bot.tickets.desk import Desk, NotAllowed, UnknownTicket
from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Actor, Role, Ticket, Unit

entry = Blueprint("console_entry", __name__, url_prefix="/console/entry")

DISPATCHERS = (Role.ADMINISTRATOR, Role.DISPATCHER)
"""Who dispatches at once by choosing a unit; what others choose is a suggestion to them."""
LEAST_MATTER = 4
MOST_ALIKE = 3
TWICE = timedelta(minutes=10)
"""Within it the same words for the same caller are the same form sent twice."""
_EXTERNAL = re.compile(r"[0-9A-Za-z-]+")
_FIELDS = ("call", "source", "external_number", "kind", "matter", "place", "since", "name", "contact", "urgency", "unit")


@cache
def words() -> Mapping[str, Any]:
    """data/entry.toml."""
    with (Path(__file__).parent / "data" / "entry.toml").open("rb") as file:
        return tomllib.load(file)


@dataclass(frozen=True)
class Given:
    """What the form holds; ``unit``: the one that the clerk chose, None for the bot's suggestion."""

    texts: Mapping[str, str]
    secret: bool
    unit: Unit | None

    def draft(self, about: Suggestion) -> Draft:
        """As it is filed, with what the bot thinks of it."""
        texts = self.texts
        draft = Draft(
            Matter(texts["kind"]),
            texts["matter"],
            texts["place"],
            about.service,
            about.unit,
            about.confidence,
            since=texts["since"],
            secret=self.secret,
            name=texts["name"],
            contact=texts["contact"],
            source=texts["source"],
            external_number=texts["external_number"] or None,
            urgency=texts["urgency"] or None,
        )
        return draft if self.unit is None else replace(draft, unit=self.unit.name, confidence=0.0)


def _mind() -> Mind:
    mind: Callable[[], Mind] = part("mind")
    return mind()


def _about(matter: str) -> Suggestion:
    mind = _mind()
    return suggestion(mind.knowledge, mind.interpret(matter))


# -- the form -----------------------------------------------------------------------------------------------------------------


@entry.get("/")
def form() -> ResponseReturnValue:
    """An empty form; from a call: with what the caller said, and the number that they left."""
    kept = {"source": "telephone", "kind": str(Matter.COMPLAINT)}
    if call := request.args.get("call", ""):
        kept |= {"call": call, **said_in(call)}
    return _form(kept, {})


def _form(kept: Mapping[str, str], errors: Mapping[str, str], status: int = 200) -> ResponseReturnValue:
    desk = office().reading()
    page = render_template(
        "console/entry/form.html",
        kept=kept,
        errors=errors,
        sources=words()["sources"],
        urgencies=words()["urgencies"],
        longest=words()["longest"],
        matters=matter_words(),
        choosable=[(unit.id, unit.name) for unit in desk.store.units() if not unit.outside],
        **_hints(desk, kept),
    )
    return page, status


@entry.post("/hints")
def hints() -> ResponseReturnValue:
    """What the bot thinks of the matter so far, for showing beside it while it is typed."""
    return render_template("console/entry/_hints.html", **_hints(office().reading(), _kept()))


def _kept() -> dict[str, str]:
    """The form's texts, for showing again."""
    kept = {name: request.form.get(name, "").strip() for name in (*_FIELDS, "secret")}
    return kept | {"matter": kept["matter"].replace("\r\n", "\n")}


def _hints(desk: Desk, kept: Mapping[str, str]) -> dict[str, Any]:
    """The suggested unit, tickets about the same thing, and the lawful way of what no office of a district may settle."""
    matter, kind = kept.get("matter", ""), kept.get("kind", "")
    if len(matter) < LEAST_MATTER or kind not in set(Matter):
        return {"about": None, "alike": [], "way": None, "service": ""}
    about = _about(matter)
    place, secret = kept.get("place", ""), bool(kept.get("secret"))
    draft = Draft(Matter(kind), matter, place, about.service, about.unit, about.confidence, secret=secret)
    service = _mind().knowledge.services[about.service].title if about.service else ""
    alike = desk.duplicates(draft)[:MOST_ALIKE]
    way = lawful_way(matter) if Matter(kind).needs_place else None
    shown = [(ticket, desk.sees(ticket, current_actor())) for ticket in alike]
    return {"about": about, "alike": shown, "way": way, "service": service, **for_lines(desk)}


# -- filing -------------------------------------------------------------------------------------------------------------------


@entry.post("/")
def enter() -> ResponseReturnValue:
    """File it."""
    kept, actor = _kept(), current_actor()
    given, errors = _read(office().reading(), kept)
    if errors or given is None:
        return _form(kept, errors, 400)
    draft = given.draft(_about(kept["matter"]))
    try:
        with office().desk() as desk:
            if draft.external_number and (known := desk.store.by_external(draft.external_number)):
                errors["external_number"] = words()["errors"]["external_known"].format(number=known.number)
                ticket = known
            elif twice := _just_filed(desk, draft, actor):
                flash("刚才已经登记过了，没有再登记一张", "info")
                return redirect(url_for(".filed", number=twice.number))
            else:
                ticket = desk.file(draft, actor)
                if draft.secret and kept["call"]:
                    desk.store.seal(resident_of(kept["call"]), 0)
                if given.unit and actor.role in DISPATCHERS and ticket.state == "received":
                    ticket = desk.perform(ticket.number, "dispatch", actor, lead=given.unit.id)
    except NotAllowed as refusal:
        return _form(kept, {"form": str(refusal)}, 409)
    if errors:
        return _form(kept, errors, 409)
    audit("entry.file", ticket.number, {"source": draft.source})
    return redirect(url_for(".filed", number=ticket.number))


def _just_filed(desk: Desk, draft: Draft, actor: Actor) -> Ticket | None:
    """What this clerk filed a moment ago in the very same words for the same caller: the form was sent twice."""
    since = (desk.now - TWICE).isoformat(timespec="milliseconds")
    for ticket in desk.store.open_near(str(draft.kind), since):
        same = (ticket.matter, ticket.place) == (draft.matter, draft.place)
        if same and ticket.at >= since and _own(desk, ticket, actor) == "file":
            callers = {(person.name, person.contact) for person in desk.store.reporters(ticket.number)}
            if (draft.name, draft.contact) in callers:
                return ticket
    return None


def _read(desk: Desk, kept: Mapping[str, str]) -> tuple[Given | None, dict[str, str]]:
    """What is to be filed, or what is wrong by field."""
    said, errors = words()["errors"], {}
    if kept["source"] not in words()["sources"]:
        errors["source"] = said["source"]
    if kept["kind"] not in set(Matter):
        errors["kind"] = said["kind"]
    if len(kept["matter"]) < 2:
        errors["matter"] = said["matter"]
    if "kind" not in errors and Matter(kept["kind"]).needs_place and not kept["place"]:
        errors["place"] = said["place"]
    if kept["source"] == "city12345" and not kept["external_number"]:
        errors["external_number"] = said["external_missing"]
    elif kept["external_number"] and not _EXTERNAL.fullmatch(kept["external_number"]):
        errors["external_number"] = said["external_shape"]
    errors |= _wrong_contact(kept["contact"])
    for name, most in words()["longest"].items():
        if len(kept[name]) > most:
            errors[name] = said["too_long"].format(most=most)
    chosen = kept["unit"]
    unit = next((unit for unit in desk.store.units() if str(unit.id) == chosen and not unit.outside), None)
    if chosen and unit is None:
        errors["unit"] = said["unit"]
    urgency = kept["urgency"] if kept["urgency"] in words()["urgencies"] else ""
    return (None if errors else Given({**kept, "urgency": urgency}, bool(kept["secret"]), unit)), errors


def _wrong_contact(contact: str) -> dict[str, str]:
    """A mobile number that has a digit too few or too many, as is easily misheard."""
    digits = re.sub(r"[\s-]", "", contact)
    if digits.isdigit() and digits.startswith("1") and 8 <= len(digits) != 11:
        return {"contact": words()["errors"]["mobile"].format(digits=len(digits))}
    return {}


@entry.post("/join/<number>")
def join(number: str) -> ResponseReturnValue:
    """The caller stands behind a ticket that is there already."""
    kept, actor = _kept(), current_actor()
    longest = words()["longest"]
    errors = _wrong_contact(kept["contact"]) | {
        name: words()["errors"]["too_long"].format(most=longest[name])
        for name in ("name", "contact", "matter")
        if len(kept[name]) > longest[name]
    }
    if errors:
        return _form(kept, errors, 400)
    try:
        with office().desk() as desk:
            desk.perform(number, "join", actor, name=kept["name"], contact=kept["contact"], text=kept["matter"])
    except UnknownTicket:
        abort(404)
    except NotAllowed as refusal:
        return _form(kept, {"form": str(refusal)}, 409)
    audit("entry.join", number)
    flash("并入了，这位居民也算反映人", "success")
    return redirect(url_for(".filed", number=number, joined=1))


# -- what is read out ---------------------------------------------------------------------------------------------------------


@entry.get("/filed/<number>")
def filed(number: str) -> ResponseReturnValue:
    """Number and code, large; for who entered it or joined a caller to it, wherever it went since."""
    desk, actor = office().reading(), current_actor()
    ticket = desk.store.ticket(number)
    if ticket is None or (own := _own(desk, ticket, actor)) is None:
        abort(404)
    # The code shows the ticket to whoever knows it: a later caller of somebody else's ticket gets the number only.
    return render_template(
        "console/entry/filed.html",
        ticket=ticket,
        filed_here=own == "file" and "joined" not in request.args,
        seen=desk.sees(ticket, actor),
        sources=words()["sources"],
        **for_lines(desk),
    )


def _own(desk: Desk, ticket: Ticket, actor: Actor) -> str | None:
    """file or join: what this clerk did to enter the caller; None where they did neither."""
    done = {event.action for event in desk.store.events(ticket.number) if event.account == actor.account}
    return next((action for action in ("file", "join") if action in done), None)
