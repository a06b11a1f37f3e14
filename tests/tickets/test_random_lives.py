"""Random lives of tickets by every role: nothing that the table forbids, everything written down, counts that agree."""

import datetime
import random
import tempfile
from collections import Counter
from collections.abc import Set
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store.engine import Engine, migrate
from bot.store.tickets import TicketOffice
from bot.tickets.desk import Desk, NotAllowed, UnknownTicket
from bot.tickets.life import load_life
from bot.tickets.listing import Filter
from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Actor, Event, Role, Ticket, Unit
from bot.tickets.rules import load_rules

LIFE = load_life()
ACTIONS = sorted({change.action for change in LIFE.changes} - {"file"})
UNITS = [
    Unit(0, "甲局"),
    Unit(0, "乙局", signs_off=True),
    Unit(0, "丙公司", outside=True),
]
A, B, OUTSIDE = 1, 2, 3
ACTORS = [
    Actor(Role.RESIDENT, "王", resident="wechat:oWang"),
    Actor(Role.RESIDENT, "李", resident="wechat:oLi"),
    Actor(Role.ADMINISTRATOR, "管理员", account=1),
    Actor(Role.DISPATCHER, "派单员", account=2),
    Actor(Role.STAFF, "甲一", account=3, unit=A),
    Actor(Role.STAFF, "乙一", account=4, unit=B),
    Actor(Role.STAFF, "乙二", account=5, unit=B),
    Actor(Role.STAFF, "无单位", account=6),
    Actor(Role.APPROVER, "审签人", account=7, unit=B),
    Actor(Role.READER, "领导", account=8),
    Actor(Role.SYSTEM, "系统"),
    Actor(Role.API, "外部系统"),
]
DETAILS: dict[str, list[Any]] = {
    "lead": [A, A, B, B, B, OUTSIDE, 99],
    "outside": [A, OUTSIDE, OUTSIDE],
    "assisting": [(), (A,), (B,), (A, B)],
    "days": [0, 1, 5, 1000],
    "decision": ["accept", "refuse"],
    "urgency": ["normal", "urgent"],
    "satisfaction": ["satisfied", "basic", "dissatisfied", "dissatisfied", "great"],
    "solved": [True, False],
}
TEXTS = ["好", "因为下雨", ""]
ENDS = {"withdraw", "refuse", "pass_on", "merge", "split", "return"}
IDLE = {"note", "contact", "ask_resident", "join", "add", "urge", "reach", "change_urgency", "reckon_due"}


Step = tuple[str, str, Actor, dict[str, Any]]


def next_step(chance: random.Random, desk: Desk, numbers: list[str], rare: Set[str] = frozenset()) -> Step:
    """Which ticket, which action, by whom, with which details: mostly what is offered and leads on, at times anything.

    Args:
        rare: actions that are done wherever they are offered.
    """
    number, actor = chance.choice(numbers), chance.choice(ACTORS)
    ticket = desk.store.ticket(number)
    assert ticket is not None
    offered = {change.action for change in desk.actions(ticket, actor)}
    leading = sorted(offered - IDLE - ENDS)
    if seldom := sorted(offered & rare):
        action = chance.choice(seldom)
    elif (ends := sorted(offered & ENDS)) and chance.random() < 0.05:
        action = chance.choice(ends)
    elif leading and chance.random() < 0.8:
        action = chance.choice(leading)
    elif offered and chance.random() < 0.7:
        action = chance.choice(sorted(offered))
    else:
        action = chance.choice(ACTIONS)
    change = chance.choice(LIFE.of(action))
    wanted = [*change.needs, *(name for name in change.may if chance.random() < 0.5)]
    details: dict[str, Any] = {}
    for name in wanted:
        if chance.random() < 0.93:
            details[name] = chance.choice(numbers if name == "into" else DETAILS.get(name, TEXTS))
    return number, action, actor, details


def allowed_by_the_table(before: Ticket, after: Ticket, action: str, actor: Actor, details: dict[str, Any]) -> bool:
    """The table read once more, by the simplest means."""
    phase = LIFE.states[before.state].phase
    return any(
        change.action == action
        and actor.role in change.roles
        and {before.state, "any", f"any {phase}"} & set(change.from_)
        and after.state == (change.to or before.state)
        and all(details.get(name) for name in change.needs)
        and all(details.get(name) in values for name, values in change.only.items())
        for change in LIFE.changes
    )


def check_step(desk: Desk, number: str, action: str, actor: Actor, details: dict[str, Any]) -> None:
    before, history = desk.store.ticket(number), desk.store.events(number)
    assert before is not None
    offered = {change.action for change in desk.actions(before, actor)}
    try:
        after = desk.perform(number, action, actor, **details)
    except (NotAllowed, UnknownTicket):
        assert desk.store.ticket(number) == before and desk.store.events(number) == history
        return
    assert action in offered, f"{action} was done and not offered"
    assert allowed_by_the_table(before, after, action, actor, details)
    assert after.phase == LIFE.states[after.state].phase
    (event,) = desk.store.events(number)[len(history) :]
    assert (event.action, event.before, event.after, event.account) == (action, before.state, after.state, actor.account)
    if actor.role is Role.STAFF and action != "join":
        assert actor.unit in (before.lead, *before.assisting)
    assert after.lead not in after.assisting
    if action == "sign_off":
        author = next(event for event in reversed(history) if event.action == "draft_reply")
        assert author.account != actor.account
    if action == "answer":
        lead = desk.store.unit(before.lead) if before.lead else None
        assert lead is not None and not lead.signs_off
    if after.reopened > before.reopened:
        assert after.kind not in (Matter.PRAISE, Matter.SUGGESTION)


def check_history(desk: Desk, ticket: Ticket) -> None:
    """The history alone leads to the state, without a gap, and its counts are the ticket's."""
    events = [event for event in desk.store.events(ticket.number) if event.action not in ("merged_here", "split_here")]
    assert events[0].action == "file" and all(event.author and event.at for event in events)
    state = None
    for event in events:
        assert event.before == state
        state = event.after
    assert state == ticket.state
    times = Counter(event.action for event in events)
    assert (ticket.urged, ticket.returned, ticket.reopened) == (times["urge"], times["return"], times["reopen"])
    assert len(desk.store.reporters(ticket.number)) == ticket.joined + 1


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_random_lives_keep_to_the_table(seed: int) -> None:
    walk(random.Random(seed))


def test_the_walks_come_everywhere() -> None:
    """Or the property above would hold of nothing."""
    actions, states = {change.action for change in LIFE.changes}, set(LIFE.states)
    for seed in range(40):
        events = walk(random.Random(seed), actions | {"answer", "rate"} if "call_back" in actions else actions)
        actions -= {event.action for event in events}
        states -= {event.after or "" for event in events}
        if not actions | states:
            return
    assert (actions, states) == (set(), set())


def walk(chance: random.Random, rare: Set[str] = frozenset()) -> list[Event]:
    """Some tickets that everybody does something to; all that happened.  ``rare``: see next_step."""
    now = [datetime.datetime(2026, 3, 2, 2, 0, tzinfo=datetime.UTC)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bot.db"
        migrate(path)
        office = TicketOffice(Engine(path), load_rules(), lambda: now[0])
        office.prepare(UNITS)
        numbers = []
        with office.desk() as desk:
            for k in range(4):
                unit = chance.choice(["甲局", "乙局", "丙公司"])
                draft = Draft(chance.choice(list(Matter)), f"第{k}件事", "正阳街", unit=unit, secret=k == 3)
                sure = chance.choice([0.5, 0.95])
                numbers.append(desk.file(replace(draft, confidence=sure), chance.choice(ACTORS[:4])).number)
        with office.desk() as desk:
            for _ in range(80):
                check_step(desk, *next_step(chance, desk, numbers, rare))
        now[0] += datetime.timedelta(days=chance.randint(0, 30))
        office.remind()
        desk = office.reading()
        tickets = [desk.ticket(number, ACTORS[2]) for number in numbers]
        for ticket in tickets:
            check_history(desk, ticket)
        check_counts(office, tickets)
        return [event for number in numbers for event in desk.store.events(number)]


def check_counts(office: TicketOffice, tickets: list[Ticket]) -> None:
    counts = office.lists.counts()
    assert counts.by_state == Counter(ticket.state for ticket in tickets) and counts.total == len(tickets)
    by_unit = Counter(ticket.lead for ticket in tickets)
    assert {unit: sum(states.values()) for unit, states in counts.by_unit.items()} == by_unit
    for unit in (A, B):
        seen = {ticket.number for ticket in tickets if unit in (ticket.lead, *ticket.assisting)}
        listed = office.lists.page(Filter(visible=frozenset({unit}))).tickets
        assert {ticket.number for ticket in listed} == seen
        assert office.lists.counts(frozenset({unit})).total == len(seen)
    assert counts.overdue == office.lists.count(Filter(overdue=True))
    letters = office.engine.rows("select key from outbox")
    assert len(letters) == len({letter["key"] for letter in letters})
