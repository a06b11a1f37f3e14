"""An office with the real units on a real store, and who works there."""

from pathlib import Path
from typing import Any

import pytest

from bot.store.engine import Engine, migrate
from bot.store.tickets import TicketOffice
from bot.tickets.known_units import units_of
from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Actor, Role, Ticket
from bot.tickets.rules import load_rules
from knowledge.base import KnowledgeBase
from tests.conftest import Clock

LAMP = Draft(Matter.COMPLAINT, "正阳街12号门口的路灯三天不亮了", "正阳街12号门口", unit="区城管局", confidence=0.95)
WANG = Actor(Role.RESIDENT, "王阿姨", resident="wechat:oWang")
LI = Actor(Role.RESIDENT, "李大爷", resident="wechat:oLi")
DISPATCHER = Actor(Role.DISPATCHER, "派单员", account=1)
ADMINISTRATOR = Actor(Role.ADMINISTRATOR, "管理员", account=2)
READER = Actor(Role.READER, "领导", account=3)


class Hands:
    """The office with short words for what tests do."""

    def __init__(self, office: TicketOffice) -> None:
        self.office = office

    def unit(self, name: str) -> int:
        unit = self.office.reading().store.unit_named(name)
        assert unit is not None
        return unit.id

    def staff(self, unit: str, account: int = 10, role: Role = Role.STAFF) -> Actor:
        return Actor(role, f"{unit}的人{account}", account=account, unit=self.unit(unit))

    def file(self, draft: Draft = LAMP, actor: Actor = WANG) -> Ticket:
        with self.office.desk() as desk:
            return desk.file(draft, actor)

    def do(self, ticket: Ticket, action: str, actor: Actor, **details: Any) -> Ticket:
        with self.office.desk() as desk:
            return desk.perform(ticket.number, action, actor, **details)

    def answered(self, draft: Draft = LAMP, actor: Actor = WANG) -> Ticket:
        """A ticket that its unit has answered."""
        ticket = self.file(draft, actor)
        if ticket.lead is None:
            ticket = self.do(ticket, "dispatch", DISPATCHER, lead=self.unit(draft.unit or "区城管局"))
        clerk = self.staff(draft.unit or "区城管局")
        for action in ("sign", "start"):
            self.do(ticket, action, clerk)
        return self.do(ticket, "answer", clerk, text="已经修好")

    def set_unit(self, name: str, **values: object) -> None:
        with self.office.engine.write() as db:
            for column, value in values.items():
                db.execute(f"update units set {column} = ? where name = ?", [value, name])

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        return self.office.engine.rows(sql, values)

    def letters(self, kind: str = "resident") -> list[str]:
        return [row["text"] for row in self.rows("select text from outbox where kind = ? order by id", kind)]


@pytest.fixture
def office(tmp_path: Path, knowledge: KnowledgeBase, clock: Clock) -> TicketOffice:
    path = tmp_path / "bot.db"
    migrate(path)
    office = TicketOffice(Engine(path), load_rules(), clock)
    office.prepare(units_of(knowledge))
    return office


@pytest.fixture
def hands(office: TicketOffice) -> Hands:
    return Hands(office)
