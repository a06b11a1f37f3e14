"""S5 over the pages: reporting, correcting, withdrawing; each unit its own; who is late; what residents are told."""

import io
import json
import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import Installation, remind_of_progress
from bot.dialogue.wording import Wording
from bot.messages import Message
from bot.progress.records import Report
from bot.serving import mind_of
from bot.store.knowledge import KnowledgeStore
from bot.store.progress import SqliteProgress
from bot.store.sqlite import SqliteStore
from intents.model import Model
from knowledge.base import KnowledgeBase
from knowledge.model import Aspect
from tests.conftest import Clock
from tests.console.conftest import Clerk

PAGE = "/console/progress/battery-swap"


@pytest.fixture
def industry(application: Flask, store: SqliteStore) -> Flask:
    """The test unit is 区工信局, which promised the battery swap stations."""
    with store.engine.write() as db:
        db.execute("update units set name = '区工信局' where id = 901")
        db.execute("update units set name = '区住建局' where id = 902")
    return application


def report(somebody: Clerk, **fields: str) -> int:
    given = {"target": "换电站建设投运", "month": "2026-02", "value": "已建成3座", **fields}
    return somebody.post(f"{PAGE}/report", PAGE, **given).status_code


def test_a_department_reports_on_its_own_promises_and_corrects_what_it_said(
    industry: Flask, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    staff = clerk("staff")
    assert "换电站建设投运" in staff.get("/console/progress/").text
    assert "雨污分流" not in staff.get("/console/progress/").text
    assert report(staff, text="其余2座在装设备", evidence="验收单12号") == 302
    shown = staff.get(PAGE).text
    assert "截至2026年2月，区工信局填报：“换电站建设投运”已建成3座。其余2座在装设备。" in shown
    assert "区工信局2026-03-02填报的进展（验收单12号）" in shown
    assert report(staff, value="已建成4座", finished="1") == 302
    book = SqliteProgress(store.engine, lambda: None)  # type: ignore[arg-type,return-value]
    assert [one.value for one in book.reports("battery-swap")] == ["已建成4座"]
    assert [(past.action, past.report.value) for past in book.history("battery-swap")] == [
        ("correct", "已建成4座"),
        ("report", "已建成3座"),
    ]
    kept = store.engine.rows("select username, detail from audit where action = 'progress.report' order by id")
    assert [(row["username"], json.loads(row["detail"])["value"]) for row in kept] == [
        ("staff", "已建成3座"),
        ("staff", "已建成4座"),
    ]


def test_what_was_reported_by_mistake_is_taken_back_and_stays_in_the_history(
    industry: Flask, clerk: Callable[..., Clerk]
) -> None:
    staff = clerk("staff")
    report(staff)
    assert staff.post(f"{PAGE}/withdraw", PAGE, target="换电站建设投运", month="2026-02").status_code == 302
    shown = staff.get(PAGE).text
    assert "目前还没有区工信局填报的进展" in shown and "撤回2026年2月：已建成3座" in shown
    assert staff.post(f"{PAGE}/withdraw", PAGE, target="换电站建设投运", month="2026-02").status_code == 302


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": " "}, "请写上进度"),
        ({"month": "2031-01"}, "请选列出的月份"),
        ({"month": "上个月"}, "请选列出的月份"),
        ({"text": "长" * 301}, "最多300个字"),
        ({"url": "javascript:alert(1)"}, "网址要以"),
    ],
)
def test_a_bad_field_is_told_and_nothing_typed_is_lost(
    industry: Flask, clerk: Callable[..., Clerk], fields: dict[str, str], words: str
) -> None:
    staff = clerk("staff")
    given = {"target": "换电站建设投运", "month": "2026-02", "value": "3座", "evidence": "验收单12号", **fields}
    answer = staff.client.post(f"{PAGE}/report", data={"csrf_token": staff.token(), **given})
    assert answer.status_code == 400
    assert words in answer.text and "验收单12号" in answer.text


PDF = b"%PDF-1.7 acceptance"


def send(somebody: Clerk, name: str, content: bytes, **fields: str) -> TestResponse:
    given = {"csrf_token": somebody.token(), "target": "换电站建设投运", "month": "2026-02", "value": "已建成3座", **fields}
    return somebody.client.post(f"{PAGE}/report", data={**given, "file": (io.BytesIO(content), name)})


def test_a_report_rests_on_a_file_that_colleagues_download(industry: Flask, clerk: Callable[..., Clerk]) -> None:
    staff = clerk("staff")
    assert send(staff, "验收单.pdf", PDF).status_code == 302
    page = staff.get(PAGE).text
    address = re.search(rf'href="({PAGE}/files/\d+)"', page)
    assert address and "验收单.pdf" in page
    kept = clerk("administrator").get(address[1])
    assert kept.data == PDF and kept.headers["Content-Disposition"].startswith("attachment")
    assert kept.mimetype == "application/octet-stream"
    assert staff.get(address[1].replace("battery-swap", "rain-sewage")).status_code == 404
    assert staff.post(f"{address[1]}/drop", PAGE).status_code == 302
    assert staff.get(address[1]).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("脚本.html", b"<script>", "只收 PDF"),
        ("假的.pdf", b"MZ\x90", "只收 PDF"),
        ("太大.pdf", b"%PDF" + b"0" * (5 * 2**20), "最多5MB"),
        ("空.png", b"", "只收 PDF"),
    ],
)
def test_a_file_that_cannot_be_kept_is_told_and_nothing_is_reported(
    industry: Flask, clerk: Callable[..., Clerk], store: SqliteStore, name: str, content: bytes, words: str
) -> None:
    answer = send(clerk("staff"), name, content, evidence="验收单12号")
    assert answer.status_code == 400 and words in answer.text and "验收单12号" in answer.text
    assert store.engine.rows("select 1 from progress_reports") == []


def test_nobody_reports_for_another_department(industry: Flask, clerk: Callable[..., Clerk]) -> None:
    staff = clerk("staff")
    assert staff.get("/console/progress/rain-sewage").status_code == 404
    assert (
        staff.post("/console/progress/rain-sewage/report", target="雨污分流改造", month="2026-02", value="1").status_code == 404
    )
    assert staff.get("/console/progress/?department=区住建局").status_code == 404
    assert staff.post(f"{PAGE}/report", target="别的", month="2026-02", value="1").status_code == 400


def test_administrators_see_who_is_late_and_departments_are_reminded_once(
    industry: Flask, clerk: Callable[..., Clerk], store: SqliteStore, knowledge: KnowledgeBase, clock: Clock
) -> None:
    admin = clerk("administrator")
    assert "没有这样的承诺" in admin.get("/console/progress/?state=missing").text  # nobody owes a month before the first start
    KnowledgeStore(store.engine).bring_in(knowledge, clock())
    clock.forward(days=30)  # Wednesday, 1 April
    assert clerk("staff").get("/console/progress/?state=missing").text.count("data-row") == 1
    assert remind_of_progress(store, knowledge, clock) == 10
    assert remind_of_progress(store, knowledge, clock) == 0
    letters = store.engine.rows("select text, payload from outbox where key like 'progress:due:区工信局%'")
    assert "2026年3月" in letters[0]["text"] and "4月5日前" in letters[0]["text"]
    assert json.loads(letters[0]["payload"]) == {"unit": 901}
    clock.forward(days=6)  # Tuesday, 7 April: the holiday is over
    admin, staff = clerk("administrator"), clerk("staff")
    assert "超期 1 项" in admin.get("/console/progress/").text
    report(staff, month="2026-03")
    remind_of_progress(store, knowledge, clock)
    late = {row["key"] for row in store.engine.rows("select key from outbox where key like 'progress:late:%'")}
    assert "progress:late:区住建局:2026-03" in late and "progress:late:区工信局:2026-03" not in late
    assert "换电站" not in clerk("administrator").get("/console/progress/?state=late").text


def test_nobody_is_reminded_on_a_free_day_or_before_office_hours(
    store: SqliteStore, knowledge: KnowledgeBase, clock: Clock
) -> None:
    KnowledgeStore(store.engine).bring_in(knowledge, clock())
    clock.forward(days=33)  # Saturday
    assert remind_of_progress(store, knowledge, clock) == 0
    clock.forward(days=3, hours=-4)  # Tuesday, 6:00 in China
    assert remind_of_progress(store, knowledge, clock) == 0
    clock.forward(hours=4)
    assert remind_of_progress(store, knowledge, clock) > 0


def reported(store: SqliteStore, clock: Clock, **fields: object) -> SqliteProgress:
    book = SqliteProgress(store.engine, clock)
    given = {"month": "2026-02", "value": "已建成3座", "department": "区工信局", **fields}
    book.report(Report("battery-swap", "换电站建设投运", **given))  # type: ignore[arg-type]
    return book


def test_a_resident_is_told_target_progress_date_and_who_reported(
    installation: Installation, model: Model, store: SqliteStore, clock: Clock
) -> None:
    book = reported(store, clock)
    conversation = installation.conversation(model, store)
    mind = mind_of("", installation.knowledge, model, conversation.mind.interpret, installation.config, clock(), book.reported())
    conversation._mind = lambda: mind
    reply = conversation.handle(Message("test:王阿姨", "换电站建了几座了", "test")).reply
    lines = reply.text.splitlines()
    assert lines[0] == "2022年计划的目标：换电站建设投运5座。"
    assert lines[1] == "截至2026年2月，区工信局填报：“换电站建设投运”已建成3座。"
    source = {"published": "2026-03-02", "by": "区工信局", "basis": "区工信局2026-03-02填报的进展"}
    assert source in reply.sources and "区工信局2026-03-02填报的进展" in lines[-1]


def test_the_latest_month_counts_and_a_target_without_report_is_named(
    store: SqliteStore, knowledge: KnowledgeBase, clock: Clock
) -> None:
    book = reported(store, clock, month="2026-01", value="已建成2座")
    reported(store, clock, month="2025-12", value="已建成1座")
    book.report(Report("rural-library", "图书下乡", "2026-02", "4000册", department="区文旅局"))
    wording = Wording(knowledge, reported=book.reported())
    assert "已建成2座" in wording.first_words(knowledge.services["battery-swap"], Aspect.PROGRESS)
    service = next(s for s in knowledge.services.values() if any(target.what == "图书下乡" for target in s.targets))
    book.report(Report(service.id, "图书下乡", "2026-02", "4000册", department="区文旅局"))
    said = Wording(knowledge, reported=book.reported()).first_words(service, Aspect.PROGRESS)
    assert "“图书下乡”4000册。" in said and "还没有填报进展的：农家书屋图书配送和流转。" in said
