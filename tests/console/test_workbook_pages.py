"""A4 without a browser: the workbook goes out, its mistakes are listed, what it changes is shown before it becomes the draft."""

import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask import Flask
from openpyxl.workbook.workbook import Workbook

from bot.store.knowledge import KnowledgeStore
from bot.store.sqlite import SqliteStore
from bot.store.uploads import SqliteUploads
from knowledge.workbook.layout import GUIDE, MARK
from tests.conftest import Clock
from tests.console.conftest import Clerk

PAGE = "/console/workbook/"


@pytest.fixture
def versions(application: Flask, store: SqliteStore) -> KnowledgeStore:
    return KnowledgeStore(store.engine)


@pytest.fixture
def admin(versions: KnowledgeStore, clerk: Callable[..., Clerk]) -> Clerk:
    return clerk("administrator")


def book_of(admin: Clerk, state: str = "published") -> Workbook:
    answer = admin.get(f"{PAGE}{state}.xlsx")
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    return openpyxl.load_workbook(io.BytesIO(answer.data))


def with_phone(book: Workbook, phone: str) -> bytes:
    row = next(row for row in book["部门"].iter_rows(min_row=2) if row[0].value == "区民政局")
    row[3].value = phone
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def upload(admin: Clerk, content: bytes, name: str = "知识库.xlsx") -> Any:
    return admin.post(f"{PAGE}upload", PAGE, file=(io.BytesIO(content), name))  # type: ignore[arg-type]


def hidden(text: str) -> dict[str, str]:
    return dict(re.findall(r'name="(token|mark)" value="([^"]+)"', text))


def test_what_the_workbook_changes_is_shown_before_it_becomes_the_draft(admin: Clerk, versions: KnowledgeStore) -> None:
    shown = upload(admin, with_phone(book_of(admin), "0431-81234567"))
    assert shown.status_code == 200 and "导入会改动 1 处" in shown.text and "0431" in shown.text and "区民政局" in shown.text
    assert versions.draft() is None and "又改过" not in shown.text
    assert admin.post(f"{PAGE}take", PAGE, **hidden(shown.text)).status_code == 302
    draft = versions.draft()
    assert draft and draft.knowledge.department("区民政局").phone == "0431-81234567" and "知识库.xlsx" in draft.note
    assert [edit.field for edit in versions.edits(draft.id)] == ["phone"]
    assert book_of(admin, "draft")["部门"]["D5"].value == "0431-81234567"
    audit = clerk_audit(admin)
    assert "导入知识库 Excel" in audit and "下载知识库 Excel" in audit


def clerk_audit(admin: Clerk) -> str:
    return str(admin.get("/console/audit/").text)


def test_every_mistake_is_listed_with_sheet_and_cell_and_nothing_is_changed(admin: Clerk, versions: KnowledgeStore) -> None:
    book = book_of(admin)
    book["事项"]["D2"].value, book["热线"]["A3"].value = "福利", "abc"
    answer = upload(admin, with_phone(book, "没有"))
    assert answer.status_code == 422 and "什么都没有改" in answer.text
    for sheet, cell in (("事项", "D2"), ("热线", "A3"), ("部门", "D5")):
        assert re.search(rf">{sheet}</td>\s*<td[^>]*>{cell}</td>", answer.text), (sheet, cell)
    assert versions.draft() is None and "有错" in clerk_audit(admin)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("计划.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "旧格式或加了密码"),
        ("照片.png", b"\x89PNG", "不是 .xlsx 文件"),
        ("空.xlsx", b"", "不是 .xlsx 文件"),
        ("<script>.xlsx", b"x" * 2_000_000, "不是 .xlsx 文件"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused_in_words(admin: Clerk, name: str, content: bytes, words: str) -> None:
    answer = upload(admin, content, name)
    assert answer.status_code == 422 and words in answer.text and "<script>.xlsx" not in answer.text


def test_a_file_beyond_the_limit_and_none_at_all_are_refused(admin: Clerk) -> None:
    assert upload(admin, b"x" * 6_000_000).status_code == 413
    assert admin.post(f"{PAGE}upload", PAGE).status_code == 400


def test_the_same_workbook_changes_nothing_and_says_so(admin: Clerk, versions: KnowledgeStore) -> None:
    answer = upload(admin, admin.get(f"{PAGE}published.xlsx").data)
    assert answer.status_code == 200 and "没有改动" in answer.text and versions.draft() is None


def edited(admin: Clerk, versions: KnowledgeStore, record: str, field: str, value: object) -> None:
    clock = admin.client.application.extensions["console"].clock
    clock.forward(minutes=1)
    versions.edit(record, field, value, "别人", clock())


def test_what_others_changed_meanwhile_is_shown_and_stays(admin: Clerk, versions: KnowledgeStore) -> None:
    shown = upload(admin, with_phone(book_of(admin), "0431-81234567"))
    edited(admin, versions, "department:区民政局", "address", "和平大街1号")
    again = admin.post(f"{PAGE}take", PAGE, **hidden(shown.text))
    assert again.status_code == 409 and "别人又改了" in again.text and "和平大街" in again.text
    assert "会照现在的保留" in again.text and "导入会改动 1 处" in again.text
    assert admin.post(f"{PAGE}take", PAGE, **hidden(again.text)).status_code == 302
    draft = versions.draft()
    assert draft and draft.knowledge.department("区民政局").address == "和平大街1号"
    assert draft.knowledge.department("区民政局").phone == "0431-81234567"


@pytest.mark.parametrize(
    ("more", "phone", "address"),
    [
        ({}, "0431-11111111", "和平大街2号"),
        ({"file": "department:区民政局|phone"}, "0431-81234567", "和平大街2号"),
        ({"file": "department:区民政局|address"}, "0431-11111111", "和平大街1号"),
        ({"whole": "1"}, "0431-81234567", "和平大街1号"),
    ],
)
def test_an_older_workbook_takes_back_only_what_is_ticked(
    admin: Clerk, versions: KnowledgeStore, more: dict[str, str], phone: str, address: str
) -> None:
    edited(admin, versions, "department:区民政局", "address", "和平大街1号")
    book = book_of(admin, "draft")  # of a draft in the midst of editing
    book["部门"]["E6"].value, book["部门"]["G6"].value = "青年路3号", "来函"
    edited(admin, versions, "department:区民政局", "phone", "0431-11111111")
    edited(admin, versions, "department:区民政局", "address", "和平大街2号")
    edited(admin, versions, "service:legal-aid", "aliases", ["免掏钱的律师"])
    shown = upload(admin, with_phone(book, "0431-81234567"))
    clashes, _, rest = shown.text.partition("<h2>文件改的</h2>")
    made, _, later = rest.partition("会保留</summary>")
    assert "区民政局|phone" in clashes and "青年路" in made and "区民政局|address" in later and "legal-aid|aliases" in later
    assert admin.post(f"{PAGE}take", PAGE, **{**hidden(shown.text), **more}).status_code == 302
    draft = versions.draft()
    assert draft is not None
    office, aliases = draft.knowledge.department("区民政局"), draft.knowledge.services["legal-aid"].aliases
    assert (office.phone, office.address) == (phone, address)
    assert ("免掏钱的律师" in aliases) == ("whole" not in more)
    assert any(one.address == "青年路3号" for one in draft.knowledge.departments)


def test_a_workbook_of_nobody_knows_when_is_taken_as_it_is_with_a_warning(admin: Clerk, versions: KnowledgeStore) -> None:
    book = book_of(admin)
    mark = next(row for row in book[GUIDE].iter_rows(max_col=2) if row[0].value == MARK)
    mark[1].value = "0" * 16
    edited(admin, versions, "department:区民政局", "address", "和平大街1号")
    shown = upload(admin, with_phone(book, "0431-81234567"))
    assert "查不到它是从哪一版导出的" in shown.text and "和平大街" in shown.text and "1 处改动还没有发布" in shown.text


def test_a_file_waits_for_who_sent_it_only_and_is_gone_when_it_is_not_wanted(admin: Clerk, versions: KnowledgeStore) -> None:
    shown = hidden(upload(admin, with_phone(book_of(admin), "0431-81234567")).text)
    assert admin.post(f"{PAGE}take", PAGE, token="x", mark=shown["mark"]).status_code == 404
    assert admin.post(f"{PAGE}drop", PAGE, **shown).status_code == 302
    assert admin.post(f"{PAGE}take", PAGE, **shown).status_code == 404
    assert versions.draft() is None


def test_a_file_that_nobody_confirms_is_gone_after_a_day(
    admin: Clerk, versions: KnowledgeStore, store: SqliteStore, clock: Clock
) -> None:
    shown = hidden(upload(admin, with_phone(book_of(admin), "0431-81234567")).text)
    kept = SqliteUploads(store.engine, clock)
    clock.forward(hours=23)
    assert kept.clean() == 0
    clock.forward(hours=2)
    assert kept.clean() == 1 and store.engine.rows("select * from uploads") == []
    assert admin.sign_in().status_code == 302
    assert admin.post(f"{PAGE}take", PAGE, **shown).status_code == 404
