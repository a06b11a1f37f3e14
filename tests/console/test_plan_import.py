"""A3 without a browser: a plan is read and shown, matched, put right, and becomes the draft; nothing is lost on a bad file."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from bot.store.knowledge import KnowledgeStore
from bot.store.sqlite import SqliteStore
from knowledge.load import DATA
from tests.conftest import Clock
from tests.console.conftest import Clerk
from tests.plans.word_files import repacked, table_plan

PLANS = Path(__file__).parent.parent / "data" / "plans"
PAGE = "/console/plans/"
NEXT_YEAR = (
    (DATA / "plan-2022.txt").read_text().replace("2022 年", "2023 年").replace("2022年", "2023年").replace("6 场以上", "8 场以上")
)


@pytest.fixture
def versions(application: Flask, store: SqliteStore) -> KnowledgeStore:
    return KnowledgeStore(store.engine)


@pytest.fixture
def admin(versions: KnowledgeStore, clerk: Callable[..., Clerk]) -> Clerk:
    return clerk("administrator")


def send(admin: Clerk, name: str, content: bytes, **more: str) -> TestResponse:
    answer = admin.post(PAGE + "read", file=(io.BytesIO(content), name), **more)
    return admin.get(answer.headers["Location"]) if answer.status_code == 302 else answer


def token_of(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found[1]


def test_next_years_plan_is_shown_in_four_lists_and_becomes_the_draft(admin: Clerk, versions: KnowledgeStore) -> None:
    page = send(admin, "plan-2023.txt", NEXT_YEAR.encode()).text
    assert "读到 56 条，10 个方面，20 个部门" in page
    assert all(words in page for words in ("沿用 55 条", "改动 1 条", "新增 0 条", "取消 0 条"))
    assert re.search(r"<del>.*?6.*?</del>", page) and re.search(r"<ins>.*?8.*?</ins>", page)
    assert versions.draft() is None
    taken = admin.post(PAGE + "take", token=token_of(page))
    assert taken.status_code == 302
    draft = versions.draft()
    assert draft and draft.knowledge.plan.year == 2023 and "2023年建设幸福绿园行动计划" in draft.note
    assert "8场以上" in draft.knowledge.services["graduate-job-fair"].answers["overview"]  # type: ignore[index]
    assert versions.published().knowledge.plan.year == 2022


def test_pasted_text_and_word_files_are_read_with_the_place_of_everything(admin: Clerk) -> None:
    sent = admin.post(PAGE + "read", text=(PLANS / "pasted-2027.txt").read_text())
    pasted = admin.get(sent.headers["Location"]).text
    assert "2027年海棠新区十件民生实事清单" in pasted and "第4行第4格" in pasted and "别的区县的计划" in pasted
    word = send(admin, "plan.docx", table_plan()).text
    assert "表1第4行第4格" in word and "新增 4 条" in word


def test_what_is_wrong_or_not_understood_is_listed_with_its_place(admin: Clerk) -> None:
    page = send(admin, "faulty.txt", (PLANS / "faulty-2026.txt").read_bytes()).text
    assert "有问题的 27 处" in page and "缺少编号3" in page and "是不是“区民政局”" in page
    assert "要先改好这 6 处" in page and "第17行：第6条没有内容" in page
    assert "存成草稿</button>" not in page


def test_a_person_corrects_departments_numbers_titles_and_what_is_no_item(admin: Clerk, versions: KnowledgeStore) -> None:
    token = token_of(send(admin, "faulty.txt", (PLANS / "faulty-2026.txt").read_bytes()).text)
    right = {
        "out:第3行": "1",
        "number:第11行": "3",
        "offices:第13行": "区民政局、区消防救援大队",
        "out:第17行": "1",
        "offices:第49行": "区交通局",
        "offices:第15行": "区民政局",
        "title:第7行": "养老驿站",
        "number": "青政发〔2026〕1号",
    }
    page = admin.post(PAGE + "review", token=token, **right).text
    assert "要先改好" not in page and 'value="区民政局、区消防救援大队"' in page and 'value="青政发〔2026〕1号"' in page
    assert admin.post(PAGE + "take", token=token, **right).status_code == 302
    draft = versions.draft()
    assert draft
    known = draft.knowledge
    assert known.items[3].text.startswith("开展银龄课堂") and 6 not in known.items
    assert known.items[4].departments == ("区民政局", "区消防救援大队") and known.items[5].departments == ("区民政局",)
    assert known.items[1].services[0].title == "养老驿站" and known.plan.document_number == "青政发〔2026〕1号"


def test_a_plan_with_obstacles_cannot_be_taken_and_nothing_that_was_entered_is_lost(
    admin: Clerk, versions: KnowledgeStore
) -> None:
    token = token_of(send(admin, "faulty.txt", (PLANS / "faulty-2026.txt").read_bytes()).text)
    refused = admin.post(PAGE + "take", token=token, **{"offices:第13行": "区民政局", "number:第11行": "x"})
    assert refused.status_code == 422 and versions.draft() is None
    assert 'name="offices:第13行" value="区民政局"' in refused.text and "要先改好这 5 处" in refused.text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("plan.docx", b"hello", "不是 .docx"),
        ("plan.doc", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "加了密码"),
        ("plan.txt", b"\x00\x01\x02\x00" * 50, "不是文本文件"),
        ("plan.docx", repacked(table_plan(), "word/big.xml", b" " * (61 * 1024 * 1024)), "压缩炸弹"),
        ("plan.pdf", b"%PDF-1.7 1 0 obj", "不能读 PDF"),
        ("plan.xlsx", b"PK\x03\x04", "只能读 .docx 和 .txt，这是 .xlsx"),
        ("plan.txt", b" \n", "是空的"),
        ("plan.txt", "今天天气很好。".encode(), "没有找到编号的条目"),
        ("plan.txt", ("长" * 400_001).encode(), "太长"),
    ],
    ids=["no word", "old word", "binary", "bomb", "pdf", "excel", "empty", "no plan", "book"],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(
    admin: Clerk, versions: KnowledgeStore, name: str, content: bytes, words: str
) -> None:
    answer = send(admin, name, content, text="粘贴过的")
    assert answer.status_code == 422 and words in answer.text and "粘贴过的" in answer.text
    assert versions.draft() is None


def test_nothing_chosen_is_said(admin: Clerk) -> None:
    answer = admin.post(PAGE + "read", text="  ")
    assert answer.status_code == 400 and "请选择一个文件" in answer.text


def test_a_plan_that_is_not_wanted_leaves_nothing(admin: Clerk, versions: KnowledgeStore) -> None:
    token = token_of(send(admin, "plan.txt", NEXT_YEAR.encode()).text)
    assert admin.post(PAGE + "drop", token=token).status_code == 302
    assert versions.draft() is None
    assert admin.post(PAGE + "take", token=token).status_code == 404


def test_what_cannot_be_taken_of_what_was_typed_is_told_and_hinders(admin: Clerk, versions: KnowledgeStore) -> None:
    token = token_of(send(admin, "plan.txt", NEXT_YEAR.encode()).text)
    typed = {"year": "廿三", "number:第23行": "abc", "offices:第23行": " "}
    for step in ("review", "take"):
        page = admin.post(PAGE + step, token=token, **typed).text
        assert "有 3 处没有采用" in page and "“廿三”" in page and "“abc”" in page and "第23行的责任部门：不能是空的" in page
    assert versions.draft() is None


def test_a_draft_that_somebody_began_meanwhile_is_not_overwritten_unseen(
    admin: Clerk, versions: KnowledgeStore, clock: Clock
) -> None:
    page = send(admin, "plan.txt", NEXT_YEAR.encode()).text
    mark = re.search(r'name="mark" value="([^"]+)"', page)
    assert mark
    versions.edit("service:legal-aid", "aliases", ["法援"], "乙", clock())
    seen = admin.post(PAGE + "take", token=token_of(page), mark=mark[1])
    assert "您看的时候" in seen.text and "还没有发布" in seen.text
    draft = versions.draft()
    assert draft and draft.knowledge.plan.year == 2022
    mark = re.search(r'name="mark" value="([^"]+)"', seen.text)
    assert mark and admin.post(PAGE + "take", token=token_of(page), mark=mark[1]).status_code == 302
    draft = versions.draft()
    assert draft and draft.knowledge.plan.year == 2023


def test_only_administrators_import_plans(clerk: Callable[..., Clerk]) -> None:
    assert clerk("dispatcher").get(PAGE).status_code == 403
