"""What residents and staff are told of a ticket: the words of data/life.toml, put into the outbox."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from bot.tickets.calendar import CHINA
from bot.tickets.case import Case
from bot.tickets.due import URGENT
from bot.tickets.ports import TicketStore
from bot.tickets.records import Ticket
from bot.tickets.rules import Rules

SHORT = 24
"""So many characters of a matter tell a resident which one is meant."""
KINDS = {"complaint": "投诉", "report": "举报", "suggestion": "建议", "request": "求助", "praise": "表扬"}
WAITING = "待派单"
URGENCIES = {"normal": "一般", "urgent": "紧急"}


class Letters:
    """Words what is told, and to whom."""

    def __init__(self, store: TicketStore, rules: Rules) -> None:
        self._store, self._rules = store, rules
        self._held: dict[str, tuple[Ticket, int | None]] | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is new inside is told once a unit and not ticket by ticket; urgent ones all the same at once."""
        held: dict[str, tuple[Ticket, int | None]] = {}
        self._held = held
        try:
            yield
        finally:
            self._held = None
        by_unit: dict[int | None, list[Ticket]] = {}
        for ticket, unit in held.values():
            by_unit.setdefault(unit, []).append(ticket)
        for unit, tickets in by_unit.items():
            first = tickets[0]
            if len(tickets) == 1:
                self.alert("new", first, unit, f"{first.number}:new")
                continue
            due = min(ticket.due_at or "9" for ticket in tickets)
            more = {"count": str(len(tickets)), "due": shown_time(due)} | ({} if unit else {"unit": WAITING})
            self.alert("several", first, unit, f"{first.number}:several", more)

    def after(self, case: Case, ticket: Ticket, event: int) -> None:
        """Tell whom the change is to be told to; ``event`` makes that it is told once."""
        words = self._values(ticket) | {name: self._given(name, value) for name, value in case.details.items()}
        if case.change.tells:
            text = self._rules.life.tells[case.change.tells].format_map(words).strip()
            self._store.tell(f"ticket:{ticket.number}:{event}", ticket, text, case.actor.account)
        for whom, kind in case.change.alerts.items():
            unit = ticket.lead if whom == "lead" else None
            self.alert(kind, ticket, unit, f"{ticket.number}:{event}:{whom}", words)

    def due_later(self, ticket: Ticket) -> None:
        """Whoever stands behind it may know the day that held until now, and would wait for it in vain."""
        words = self._values(ticket) | {"year": str(datetime.fromisoformat(ticket.due_at or ticket.at).astimezone(CHINA).year)}
        text = self._rules.life.tells["later"].format_map(words)
        self._store.tell(f"ticket:{ticket.number}:due:{ticket.due_at}", ticket, text)

    def _given(self, name: str, value: Any) -> str:
        field = self._rules.life.fields.get(name)
        return field.choices.get(str(value), str(value)) if field else str(value)

    def alert(self, kind: str, ticket: Ticket, unit: int | None, key: str, more: Mapping[str, str] = {}) -> None:
        """Alert the unit, or the service's own addresses."""
        if self._held is not None and kind == "new" and ticket.urgency != URGENT:
            self._held[ticket.number] = (ticket, unit)
            return
        words = self._values(ticket) | dict(more)
        self._store.alert(f"alert:{key}", ticket, self._rules.life.alerts[kind].format_map(words), unit)

    def _values(self, ticket: Ticket) -> dict[str, str]:
        unit = self._store.unit(ticket.lead) if ticket.lead else None
        hotline = f"{unit.name}的电话：{unit.phone or unit.hotline}" if unit and (unit.phone or unit.hotline) else ""
        values: dict[str, Any] = {
            "number": ticket.number,
            "matter": short(ticket.matter),
            "kind": KINDS[str(ticket.kind)],
            "urgency": URGENCIES.get(ticket.urgency, ticket.urgency),
            "unit": unit.name if unit else "承办单位",
            "contact": hotline,
            "due": shown_time(ticket.due_at),
            "reply": ticket.reply,
            "urged": ticket.urged,
            "reason": "",
        }
        return {name: str(value) for name, value in values.items()}


def short(matter: str) -> str:
    """The beginning of a matter."""
    line = " ".join(matter.split())
    return line if len(line) <= SHORT else line[:SHORT] + "…"


def shown_time(at: str | None) -> str:
    """A time as people in China read it: a day's last moment is its 24:00."""
    if at is None:
        return "未定"
    local = datetime.fromisoformat(at).astimezone(CHINA)
    hour = "24:00" if (local.hour, local.minute) == (23, 59) else f"{local:%H:%M}"
    return f"{local.month}月{local.day}日{hour}"
