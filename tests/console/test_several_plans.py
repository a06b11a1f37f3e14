"""Several plans in force, in the console: one comes beside the present one, is seen with its name, and is taken out again."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app import Installation
from bot.config import Config
from bot.dialogue.conversation import utc_now
from bot.store.knowledge import KnowledgeStore
from bot.store.sqlite import SqliteStore
from knowledge.base import KnowledgeBase
from knowledge.document import document_of, problems_of
from tests.console.conftest import Clerk
from tests.console.test_plan_import import PAGE, send, token_of
from tests.plans.two_plans import FIRST, SECOND, TEXT, two_plans


@pytest.fixture
def versions(application: Flask, store: SqliteStore) -> KnowledgeStore:
    return KnowledgeStore(store.engine)


def test_a_plan_is_read_beside_the_present_one_and_becomes_the_draft(
    clerk: Callable[..., Clerk], versions: KnowledgeStore, knowledge: KnowledgeBase
) -> None:
    admin = clerk("administrator")
    assert "接替现在的计划" in admin.get(PAGE).text and "和现在的计划同时有效" in admin.get(PAGE).text
    page = send(admin, "lvyuan-2023.txt", TEXT.encode(), beside="1").text
    assert f"它和《{FIRST}》同时有效" in page and "取消 0 条" in page and "防走失定位手环安装" in page
    assert re.search(r'id="beside-yes" value="1" checked', page)
    assert admin.post(PAGE + "take", token=token_of(page), beside="1").status_code == 302
    draft = versions.draft()
    assert draft and draft.knowledge.plan == knowledge.plan and 1003 in draft.knowledge.items
    assert problems_of(draft.knowledge) == []
    changes = admin.get("/console/knowledge/changes").text
    assert f"《{SECOND}》第3条" in changes and f"同时有效的计划 《{SECOND}》" in changes
    assert admin.get("/console/publish/").status_code == 200


def test_the_choice_can_still_be_made_when_the_plan_was_read(clerk: Callable[..., Clerk], versions: KnowledgeStore) -> None:
    admin = clerk("administrator")
    page = send(admin, "lvyuan-2023.txt", TEXT.encode()).text
    assert "取消 53 条" in page
    again = admin.post(PAGE + "review", token=token_of(page), beside="1").text
    assert "取消 0 条" in again and f"它和《{FIRST}》同时有效" in again


def test_the_present_plan_itself_cannot_come_beside(clerk: Callable[..., Clerk], knowledge: KnowledgeBase) -> None:
    page = send(clerk("administrator"), "plan-2022.txt", knowledge.document.encode(), beside="1").text
    assert "已经是现在的计划" in page and "存成草稿</button>" not in page


class TestWithTwoPlans:
    @pytest.fixture
    def installation(self) -> Installation:
        return Installation(Config(), two_plans())

    @pytest.fixture
    def admin(self, clerk: Callable[..., Clerk]) -> Clerk:
        return clerk("administrator")

    @pytest.mark.parametrize(
        ("address", "words"),
        [
            ("/console/knowledge/", f"《{SECOND}》第3条"),
            ("/console/knowledge/items", f'同时有效：<a href="/console/knowledge/record/further/1">《{SECOND}》</a>'),
            ("/console/knowledge/service/home-care-purchase-2023", f"《{SECOND}》第1条"),
            ("/console/knowledge/service/home-care-purchase-2023/amount", f"《{SECOND}》第1条"),
            ("/console/knowledge/record/further/1", "长绿发〔2023〕3号"),
            ("/console/knowledge/services/new", f"《{SECOND}》第4条"),
            ("/console/progress/", f"《{SECOND}》第4条"),
            ("/console/known/new", f"《{SECOND}》第"),
            ("/console/lint/", f"《{SECOND}》第1条"),
            ("/console/statistics/", "统计"),
            ("/console/publish/", "发布"),
            (PAGE, f"《{SECOND}》"),
        ],
    )
    def test_pages_show_a_further_plans_items_with_its_title(self, admin: Clerk, address: str, words: str) -> None:
        page = admin.get(address)
        assert page.status_code == 200 and words in page.text and "第1003条" not in page.text and "第1001条" not in page.text

    def test_a_plan_beside_is_taken_out_in_one_step(
        self, admin: Clerk, versions: KnowledgeStore, knowledge: KnowledgeBase
    ) -> None:
        versions.edit("department:区民政局", "phone", "0431-1", "另一人", utc_now())
        assert admin.post(PAGE + "take-out/1", PAGE).status_code == 302
        draft = versions.draft()
        assert draft and draft.knowledge.plans == () and len(draft.knowledge.items) == 56
        assert draft.knowledge.department("区民政局").phone == "0431-1", "what was in the draft stays"
        assert document_of(versions.published().knowledge) == document_of(two_plans())
        assert admin.post(PAGE + "take-out/1", PAGE).status_code == 404
        assert admin.post(PAGE + "take-out/0", PAGE).status_code == 404

    def test_a_further_plans_head_is_edited_like_the_firsts(self, admin: Clerk, versions: KnowledgeStore) -> None:
        fields = {"title": SECOND, "document_number": "长绿发〔2023〕4号", "year": "2023", "district": "绿园区", "city": "长春市"}
        assert admin.post("/console/knowledge/record/further/1", **fields).status_code == 302
        draft = versions.draft()
        assert draft and draft.knowledge.heads[1].document_number == "长绿发〔2023〕4号"
