"""Every page of the console with 50,000 tickets and 10,000 questions behind it."""

import statistics
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from flask import Flask

from app import office_of
from bot.console.permissions import is_console, permissions
from bot.dialogue.conversation import utc_now
from bot.questions.records import Faq
from bot.store.faqs import FaqBook
from bot.store.review import ReviewStore
from bot.store.sqlite import SqliteStore
from bot.tickets.known_units import units_of
from knowledge.base import KnowledgeBase
from tests.console.conftest import Clerk
from tests.console.test_home import tiles
from tests.fixtures_big import make_big_store
from tests.questions.many import fill

MOST_MS = 300
"""The median of a page, in processor time: how busy the machine is besides does not matter."""

FILES = {
    "console.static",
    "console_tickets.export",
    "console_report.word",
    "console_workbook.download",
    "console_ticket_photos.photo",
    "console_progress.file",
}
"""What is downloaded and no page."""

MORE = {
    "console_tickets.index": (
        {"q": "路灯"},
        {"q": "正阳街"},
        {"q": "LY-2026"},
        {"state": "closed"},
        {"kind": "complaint", "order": "newest"},
        {"overdue": "1"},
        {"due": "week"},
        {"unit": "3"},
        {"urged": "1"},
        {"state": "in_progress", "q": "井盖 青年路"},
    ),
}
"""What can be asked of a page besides."""


def addresses(application: Flask, values: dict[str, dict[str, object]]) -> Iterator[tuple[str, str]]:
    """Every page of the console: endpoint and address."""
    adapter = application.url_map.bind("localhost")
    for rule in application.url_map.iter_rules():
        if not is_console(rule.endpoint) or "GET" not in (rule.methods or ()) or rule.endpoint in FILES:
            continue
        given = values.get(rule.endpoint, {})
        wanted = {name: given.get(name, 1) for name in rule.arguments}
        address = adapter.build(rule.endpoint, wanted, method="GET")
        query = {name: value for name, value in given.items() if name not in rule.arguments}
        for more in ({}, *MORE.get(rule.endpoint, ())):
            asked = urlencode({**query, **more}, doseq=True)
            yield rule.endpoint, f"{address}?{asked}" if asked else address


@pytest.mark.slow(seconds=50)
def test_every_page_stays_quick(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore, knowledge: KnowledgeBase
) -> None:
    office_of(store).prepare(units_of(knowledge))
    make_big_store(store.engine.path, questions=0)
    fill(store, 10_000)
    people = {role: clerk(role) for role in ("administrator", "dispatcher", "staff")}
    assert tiles(people["administrator"].get("/console/").text)["待派单"] > 100
    with store.engine.write() as db:  # a unit that has as much to do as any
        db.execute("update tickets set lead = 901 where lead = 3")
    received = store.engine.rows("select number from tickets where state = 'received' limit 1")[0]["number"]
    several = [row["number"] for row in store.engine.rows("select number from tickets where phase = 'open' limit 50")]
    service = next(iter(knowledge.services))
    group, question = store.engine.db.execute("select group_id, id from inbox where group_id is not null").fetchone()
    suggested = ReviewStore(store.engine, utc_now).suggest("faq", "请打12367。", 1, question="护照怎么换", group=group)
    written = FaqBook(store.engine, utc_now).save(Faq(0, "请打12367。", ("护照怎么换",)))
    values: dict[str, dict[str, object]] = {
        "console_faqs.edit": {"number": written},
        "console_faqs.take": {"number": suggested},
        "console_accounts.edit": {"number": 1},
        "console_board.fresh": {"name": "board"},
        "console_board.line": {"number": received, "section": "received", "button": 2},
        "console_knowledge.new_record": {"kind": "hotline"},
        "console_knowledge.record": {"kind": "department", "name": knowledge.departments[0].name},
        "console_knowledge.records": {"kind": "department"},
        "console_knowledge.service": {"service": service},
        "console_knowledge.text": {"service": service, "aspect": "overview"},
        "console_knowledge.template": {"key": "answer.source"},
        "console_progress.promise": {"service": "battery-swap"},
        "console_questions.group": {"number": group},
        "console_questions.around": {"number": group, "question": question},
        "console_review.gap": {"service": service, "aspect": "materials"},
        "console_tickets.ticket": {"number": received},
        "console_tickets.sheets": {"number": several},
        "console_tickets.several": {"number": several},
        "console_units.edit": {"number": 901},
    }
    slow, wrong = {}, {}
    for endpoint, address in addresses(application, values):
        roles = permissions()[endpoint] or people.keys()
        for role in (role for role in people if role in roles):
            wall, cpu, status = measured(people[role], address)
            if status >= 500 or (endpoint in values and status != 200 and role != "staff"):  # whose unit has little of it
                wrong[role, address[:120]] = status
            print(f"{role:14} {cpu:5.0f} ms, {wall:5.0f} ms on the clock  {status}  {address[:80]}")
            if cpu > MOST_MS:
                slow[role, address[:120]] = round(cpu)
    assert (slow, wrong) == ({}, {})


def measured(somebody: Clerk, address: str) -> tuple[float, float, int]:
    """The medians of wall and processor time in milliseconds, and the status."""
    walls, cpus = [], []
    for _ in range(3):
        begun, busy = time.perf_counter(), time.process_time()
        status = somebody.get(address).status_code
        walls.append((time.perf_counter() - begun) * 1000)
        cpus.append((time.process_time() - busy) * 1000)
    return statistics.median(walls), statistics.median(cpus), status
