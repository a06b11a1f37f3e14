"""The monthly report, as a page and as a Word document."""

import io
import re
from collections.abc import Callable

import pytest
from docx import Document
from flask import Flask

from bot.store.sqlite import SqliteStore
from tests.conftest import Clock, Say
from tests.console.conftest import Clerk
from tests.fixtures_big import make_big_store


@pytest.fixture
def a_month_of_talk(application: Flask, store: SqliteStore, say: Say, clock: Clock) -> None:
    """February's tickets and some questions of March."""
    for k in range(6):
        say("法律援助怎么申请", who=f"居民{k}")
    say("法律援助要带啥材料")
    say("公积金贷款利率是多少")
    make_big_store(store.engine.path, tickets=300, questions=5, now=clock())


@pytest.mark.usefixtures("a_month_of_talk")
def test_the_page_and_the_document_say_the_same(clerk: Callable[..., Clerk]) -> None:
    reader = clerk("reader")
    page = reader.get("/console/report/?month=2026-03").text
    given = reader.get("/console/report/word?month=2026-03")
    assert given.status_code == 200 and "report-2026-03.docx" in given.headers["Content-Disposition"]
    document = Document(io.BytesIO(given.data))
    said = [paragraph.text for paragraph in document.paragraphs if paragraph.text]
    assert said[0].endswith("运行情况月报") and "数字到2026-03-02为止" in said[1]
    on_page = re.sub(r"<[^>]+>", "", page)
    for words in said:
        if not words.startswith("图"):
            assert words in on_page.replace("&#34;", '"').replace("&ldquo;", "“"), words
    assert len(document.inline_shapes) == 2
    headers = [[cell.text for cell in table.rows[0].cells] for table in document.tables]
    assert ["事项", "计划第几条", "部门", "回答（次）", "上月（次）"] in headers
    assert any("承办单位" in row for row in headers)
    assert any("legal" not in words and "法律援助" in words for words in said)


def test_a_month_without_anything_says_so(application: Flask, clerk: Callable[..., Clerk]) -> None:
    page = clerk("administrator").get("/console/report/?month=2026-01").text
    assert "本月没有居民来问" in page and "本月没有受理诉求" in page


@pytest.mark.parametrize("month", ["2026-13", "abc", "2026", "9999-01", "-1", "2026-04", "2026-03-01", "%00"])
def test_a_month_that_is_none_is_not_found(application: Flask, clerk: Callable[..., Clerk], month: str) -> None:
    assert clerk("administrator").get(f"/console/report/?month={month}").status_code == 404
