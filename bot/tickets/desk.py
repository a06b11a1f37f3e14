"""The desk: files tickets and does to them what their life allows.  Works inside one transaction of the store."""

import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.tickets.calendar import CHINA
from bot.tickets.case import Case, NotAllowed, Overtaken, UnknownTicket, WrongDetails
from bot.tickets.conditions import CONDITIONS
from bot.tickets.contacts import wrong_digits
from bot.tickets.due import URGENT, due_fields, given_due
from bot.tickets.duplicates import SINCE_DAYS, is_alike
from bot.tickets.effects import EFFECTS
from bot.tickets.guessing import Guesser, count_wrong, require_free
from bot.tickets.letters import Letters
from bot.tickets.life import Change
from bot.tickets.matters import Draft, ticket_number
from bot.tickets.ports import TicketStore
from bot.tickets.records import Actor, Event, Photo, Reporter, Role, Ticket, Unit
from bot.tickets.rules import DISPATCH_AT, Rules

__all__ = ["Desk", "NotAllowed", "Overtaken", "UnknownTicket", "WrongDetails"]

SERVICE = Actor(Role.SYSTEM, "系统")
RESIDENT_NAME = "居民"
"""The author of what residents do: their name stands with the people behind a ticket, never in its history."""
MOST_TEXT = 4000
LONGEST_EXTENSION = 60


class Desk:
    """What may be done to tickets, and done.

    Args:
        store: inside an open transaction.
        now: with its zone.
    """

    def __init__(self, store: TicketStore, rules: Rules, now: datetime) -> None:
        self.store, self.rules, self.now = store, rules, now
        self._life, self._letters = rules.life, Letters(store, rules)
        self._units: list[Unit] | None = None

    @property
    def _at(self) -> str:
        return self.now.isoformat(timespec="milliseconds")

    # -- filing -----------------------------------------------------------------------------------------------------------

    def file(self, draft: Draft, actor: Actor) -> Ticket:
        """File the matter under a number that nobody else has; the ticket of the same external number is given back as it is.

        Where the suggested unit is sure enough it is dispatched at once, else it waits for the dispatcher.
        """
        change = self._life.of("file")[0]
        if actor.role not in change.roles:
            raise NotAllowed("您的角色不能登记工单")
        if draft.external_number and (known := self.store.by_external(draft.external_number)):
            return known
        day = self.now.astimezone(CHINA).strftime("%Y%m%d")
        rule = self.rules.due.cannot(draft.kind, draft.matter, draft.unit)
        state = change.to or ""
        ticket = Ticket(
            number=ticket_number(self.rules.prefix, day, self.store.next_sequence(day)),
            code=f"{secrets.randbelow(1_000_000):06d}",
            kind=draft.kind,
            matter=draft.matter,
            state=state,
            phase=self._life.states[state].phase,
            at=self._at,
            updated_at=self._at,
            place=draft.place,
            since=draft.since,
            latitude=draft.latitude,
            longitude=draft.longitude,
            service=draft.service,
            suggested=draft.unit,
            confidence=draft.confidence,
            urgency=draft.urgency or (URGENT if rule else "normal"),
            secret=draft.secret,
            source=draft.source,
            external_number=draft.external_number,
        )
        term = self.rules.due.term(ticket, None)
        due = given_due(self.now, draft.due_at) if draft.due_at else due_fields(self.rules.calendar, self.now, term)
        ticket = replace(ticket, **due)
        self.store.insert(ticket, [Reporter(ticket.number, actor.resident, draft.name, draft.contact)])
        self.store.attach(ticket.number, draft.photos, actor.resident)
        self._event(ticket.number, change, actor, "", None, state, {})
        return self._dispatched_at_once(ticket)

    def told_together(self) -> AbstractContextManager[None]:
        """Many tickets are filed inside: units are told of them once, not ticket by ticket."""
        return self._letters.together()

    def _dispatched_at_once(self, ticket: Ticket) -> Ticket:
        unit = self.store.unit_named(ticket.suggested) if ticket.suggested else None
        sure = ticket.confidence >= (DISPATCH_AT if self.rules.dispatch_at is None else self.rules.dispatch_at)
        if unit and sure and unit.active and not unit.outside:
            return self.perform(ticket.number, "dispatch", SERVICE, lead=unit.id)
        self._letters.alert("new", ticket, None, f"{ticket.number}:new")
        return ticket

    def duplicates(self, draft: Draft) -> list[Ticket]:
        """Open tickets that are likely about the same thing at the same place, likeliest first."""
        if draft.secret:
            return []
        since = self.now - SINCE_DAYS
        near = self.store.open_near(str(draft.kind), since.isoformat(timespec="milliseconds"))
        alike = [(likeness, ticket) for ticket in near if (likeness := is_alike(draft, ticket))]
        return [ticket for _, ticket in sorted(alike, key=lambda pair: -pair[0])]

    # -- seeing -----------------------------------------------------------------------------------------------------------

    def ticket(self, number: str, actor: Actor) -> Ticket:
        """The ticket of that number.

        Raises:
            UnknownTicket: there is none that the actor may see.
        """
        ticket = self.store.ticket(number)
        if ticket is None or not self.sees(ticket, actor):
            raise UnknownTicket(number)
        return ticket

    def known_by(self, number: str, code: str) -> Ticket | None:
        """The ticket, for somebody who knows number and code; whoever lets people guess must count the guesses."""
        ticket = self.store.ticket(number)
        return ticket if ticket and secrets.compare_digest(ticket.code.encode(), code.strip().encode()) else None

    def guess(self, number: str, code: str, guesser: Guesser) -> Ticket | None:
        """The ticket, for a resident who gives number and code; never a secret one.  A wrong guess is counted.

        Raises:
            TooManyGuesses: too many were wrong lately.
        """
        limits = self.rules.life.guessing
        keys = guesser.keys(number, limits)
        require_free(self.store, keys, limits, self.now)
        ticket = self.known_by(number, code)
        if ticket is None or ticket.secret:
            count_wrong(self.store, list(keys), limits, self.now)
            return None
        return ticket

    def sees(self, ticket: Ticket, actor: Actor) -> bool:
        """Whether the actor may see the ticket: a resident their own, a member of a unit those that the unit has."""
        if actor.role is Role.RESIDENT:
            return self._behind(ticket, actor) is not None
        if actor.role is Role.STAFF or actor.unit is not None:
            return self._is_unit("involved", ticket, actor)
        return True

    def _behind(self, ticket: Ticket, actor: Actor) -> Reporter | None:
        if actor.resident is None:
            return None
        people = self.store.reporters(ticket.number)
        return next((person for person in people if person.resident == actor.resident), None)

    def units_of(self, actor: Actor) -> frozenset[int] | None:
        """The units whose tickets the actor sees: their own and those below it; None: every unit's."""
        if actor.unit is None:
            return frozenset() if actor.role is Role.STAFF else None
        if self._units is None:
            self._units = self.store.units(active_only=False)
        found = {actor.unit}
        while more := {unit.id for unit in self._units if unit.parent in found} - found:
            found |= more
        return frozenset(found)

    def _is_unit(self, wanted: str, ticket: Ticket, actor: Actor) -> bool:
        units = self.units_of(actor)
        if units is None:
            return True
        having = {ticket.lead, *(ticket.assisting if wanted == "involved" else ())}
        return bool(units & having)

    def people(self, ticket: Ticket, actor: Actor) -> list[Reporter]:
        """The people behind the ticket, as far as the actor may see them; a resident sees nobody but themselves."""
        if actor.role is Role.RESIDENT:
            person = self._behind(ticket, actor)
            return [person] if person else []
        secrecy = self._life.secrecy
        allowed = secrecy.secret_people if ticket.secret else secrecy.people
        handles = actor.unit is not None and self._is_unit("involved", ticket, actor)
        if actor.role not in allowed or not self.sees(ticket, actor) or (ticket.secret and handles):
            return []
        return self.store.reporters(ticket.number)

    def history(self, ticket: Ticket, actor: Actor) -> list[Event]:
        """What happened, oldest first; a resident sees nothing internal."""
        events = self.store.events(ticket.number)
        return [event for event in events if not event.internal] if actor.role is Role.RESIDENT else events

    def photos(self, ticket: Ticket, actor: Actor) -> list[Photo]:
        """The ticket's photos; a resident has their own in the conversation."""
        return self.store.photos(ticket.number) if actor.role is not Role.RESIDENT and self.sees(ticket, actor) else []

    def others(self, ticket: Ticket, actor: Actor, most: int = 20) -> list[Ticket]:
        """Other tickets of the people behind this one that the actor may see; never from or to a secret one."""
        if ticket.secret:
            return []
        found: dict[str, Ticket] = {}
        for person in self.people(ticket, actor):
            for other in self.store.of_resident(person.resident, most) if person.resident else ():
                if other.number != ticket.number and not other.secret and self.sees(other, actor):
                    found[other.number] = other
        return list(found.values())[:most]

    # -- doing ------------------------------------------------------------------------------------------------------------

    def actions(self, ticket: Ticket, actor: Actor) -> list[Change]:
        """What the actor may do to the ticket now, one change an action; what depends on details is checked when it is done."""
        found: dict[str, Change] = {}
        for change in self._life.changes:
            if change.action not in found and self._refusal(self._case(ticket, change, actor, {})) is None:
                found[change.action] = change
        return list(found.values())

    def can(self, ticket: Ticket, action: str, actor: Actor) -> bool:
        """Whether the actor may do that to the ticket now; what depends on details is checked when it is done."""
        return any(self._refusal(self._case(ticket, change, actor, {})) is None for change in self._life.of(action))

    def perform(self, number: str, action: str, actor: Actor, seen: int | None = None, **details: Any) -> Ticket:
        """Do it; the ticket as it is then.

        Args:
            seen: the id of the last event that the actor saw; None: whatever happened since.

        Raises:
            UnknownTicket: there is none that the actor may see.
            Overtaken: something happened since ``seen``.
            WrongDetails: these details do not fit.
            NotAllowed: it may not be done now, or not by this actor.
        """
        ticket = self.store.ticket(number)
        changes = self._life.of(action)
        stranger = any(change.owner == "anyone" for change in changes)
        if ticket is None or not (stranger or self.sees(ticket, actor)):
            raise UnknownTicket(number)
        if seen is not None:
            self._check_seen(ticket, action, actor, seen)
        details = {name: value for name, value in details.items() if value not in (None, "", ())}
        case = self._chosen(ticket, changes, actor, details)
        self._check_details(case)
        return self._done(case)

    def _check_seen(self, ticket: Ticket, action: str, actor: Actor, seen: int) -> None:
        newer = [event for event in self.store.events(ticket.number) if event.id > seen]
        if not newer:
            return
        if newer[-1].action == action and newer[-1].account is not None and newer[-1].account == actor.account:
            raise Overtaken("这一步刚才已经办好了，没有再办一次", again=True)
        words = {change.action: change.words for change in self._life.changes}
        done = "、".join(f"{event.author}{words.get(event.action, event.action)}" for event in newer)
        raise Overtaken(f"您打开以后这张工单有了变化（{done}），请看过再办", again=False)

    def _case(self, ticket: Ticket, change: Change, actor: Actor, details: dict[str, Any]) -> Case:
        return Case(ticket, change, actor, details, self.store, self.rules, self.now)

    def _chosen(self, ticket: Ticket, changes: Sequence[Change], actor: Actor, details: dict[str, Any]) -> Case:
        """The first of the action's changes that may be made; NotAllowed with the first one's words when there is none."""
        refusal = "没有这种操作"
        fitting = [change for change in changes if change.from_ and change.fits(details)]
        for change in sorted(fitting, key=lambda change: not self._life.starts_from(change, ticket.state)):
            case = self._case(ticket, change, actor, dict(details))
            words = self._refusal(case)
            if words is None:
                return case
            refusal = words if change is fitting[0] or refusal == "没有这种操作" else refusal
        raise NotAllowed(refusal)

    def _refusal(self, case: Case) -> str | None:
        """Why the change may not be made; None when it may."""
        change, ticket, actor = case.change, case.ticket, case.actor
        if actor.role not in change.roles:
            return f"您的角色不能{change.words}"
        if not change.from_ or not self._life.starts_from(change, ticket.state):
            return f"工单现在是“{self._life.states[ticket.state].name}”，不能{change.words}"
        if actor.role is Role.RESIDENT and change.owner != "anyone":
            person = self._behind(ticket, actor)
            if person is None or (change.owner == "reporter" and person.role != "reporter"):
                return f"只有最先反映的居民可以{change.words}"
        if change.unit and actor.role is not Role.RESIDENT and not self._is_unit(change.unit, ticket, actor):
            return f"不是承办单位，不能{change.words}"
        return next((words for name in change.when if (words := CONDITIONS[name](case))), None)

    def _check_details(self, case: Case) -> None:
        """What the change needs is there and of its kind; what it does not know is refused."""
        known = {*case.change.needs, *case.change.may}
        for name in case.details:
            if name not in known:
                raise WrongDetails(f"{case.change.words}用不到“{self._words_of(name)}”")
        for name in case.change.needs:
            if name not in case.details or (isinstance(case.details[name], str) and not case.details[name].strip()):
                raise WrongDetails(f"请填写{self._words_of(name)}")
        for name, value in case.details.items():
            field = self._life.fields[name]
            if field.kind == "choice" and value not in field.choices:
                raise WrongDetails(f"{field.words}应为：{'、'.join(field.choices.values())}")
            if field.kind == "days" and not (isinstance(value, int) and 1 <= value <= LONGEST_EXTENSION):
                raise WrongDetails(f"{field.words}应在 1 到 {LONGEST_EXTENSION} 之间")
            if field.kind == "contact" and (digits := wrong_digits(str(value or ""))) is not None:
                raise WrongDetails(f"{field.words}不像电话号码：手机号11位，座机7到12位，现在是{digits}位")
            if field.kind in ("text", "contact") and len(str(value)) > MOST_TEXT:
                raise WrongDetails(f"{field.words}太长，最多 {MOST_TEXT} 个字")

    def _words_of(self, name: str) -> str:
        field = self._life.fields.get(name)
        return field.words if field else name

    def _done(self, case: Case) -> Ticket:
        change, before, details = case.change, case.ticket, case.details
        state = change.to or before.state
        case.updates = {"state": state, "phase": self._life.states[state].phase, "updated_at": self._at}
        case.updates |= {field: details[name] for field, name in change.takes.items() if name in details}
        case.updates |= {field: getattr(before, source) for field, source in change.copies.items()}
        case.updates |= change.sets
        case.updates |= {field: _EMPTY.get(field) for field in change.clears}
        case.updates |= {field: getattr(before, field) + 1 for field in change.counts}
        case.updates |= dict.fromkeys(change.stamps, self._at)
        for effect in change.then:
            EFFECTS[effect](case)
        ticket = self.store.update(before.number, **case.updates)
        text = next((str(details[name]) for name in ("text", "reason") if name in details), case.updates.get("reply", ""))
        event = self._event(before.number, change, case.actor, text, before.state, state, details)
        self._letters.after(case, ticket, event)
        return ticket

    def _event(
        self,
        number: str,
        change: Change,
        actor: Actor,
        text: str,
        before: str | None,
        after: str,
        details: dict[str, Any],
    ) -> int:
        author = RESIDENT_NAME if actor.role is Role.RESIDENT else actor.name
        event = Event(
            number,
            change.action,
            author,
            text,
            self._at,
            account=actor.account,
            unit=actor.unit,
            internal=change.internal,
            before=before,
            after=after,
            detail={name: list(value) if isinstance(value, tuple) else value for name, value in details.items()},
        )
        return self.store.add_event(event)


_EMPTY: dict[str, Any] = {"assisting": (), "rating_reason": ""}
"""What a cleared field holds where it is not None."""
