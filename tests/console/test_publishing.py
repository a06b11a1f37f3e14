"""From draft to live on the page: what is found, asked, accepted, approved, published, and taken back."""

import json
import re
import time
from collections.abc import Callable

import pytest

from bot.dialogue.wording import Wording
from bot.messages import Mode
from bot.publishing.errors import Refused
from bot.questions.known import KnownQuestion
from bot.store.knowledge import KnowledgeStore
from bot.store.known_questions import KnownQuestions
from bot.store.publishing import PublishingStore, digest_of
from bot.store.settings import SqliteSettings
from bot.store.sqlite import SqliteStore
from knowledge.base import KnowledgeBase
from knowledge.model import Aspect
from tests.conftest import Clock
from tests.console.conftest import Clerk

PAGE = "/console/publish/"
SERVICE = "service:home-care-purchase"
AMOUNT = [
    (SERVICE, "answers.amount", "2026年起的标准是每人每月260元。"),
    (SERVICE, "upkeep.amount", {"basis": "区民政局答复：2026年起每人每月260元"}),
]
KNOWN = [
    KnownQuestion("居家养老服务每月给多少钱", Mode.ANSWER, service="home-care-purchase"),
    KnownQuestion("换电站建了几座", Mode.ANSWER, service="battery-swap"),
    KnownQuestion("护照到期了在哪换", Mode.REJECT),
]


@pytest.fixture
def versions(store: SqliteStore, knowledge: KnowledgeBase, clock: Clock) -> KnowledgeStore:
    found = KnowledgeStore(store.engine)
    found.bring_in(knowledge, clock())
    KnownQuestions(store.engine, clock).bring_in(KNOWN)
    return found


@pytest.fixture
def administrator(versions: KnowledgeStore, clerk: Callable[..., Clerk]) -> Clerk:
    return clerk()


def digest(page: str) -> str:
    found = re.search(r'name="digest" value="(\w+)"', page)
    assert found, page
    return found[1]


def checked(clerk: Clerk) -> str:
    """The page after the known questions were asked."""
    assert clerk.post(PAGE + "check").status_code == 302
    until = time.monotonic() + 30
    while time.monotonic() < until:
        page = clerk.get(PAGE).text
        if "个：" in page and "trial-bar" not in page:
            return page
        time.sleep(0.05)
    raise AssertionError(page)


def amount(versions: KnowledgeStore) -> str:
    return versions.published().knowledge.services["home-care-purchase"].answers.get("amount", "")  # type: ignore[call-overload,no-any-return]


def test_an_amount_goes_from_draft_to_live_and_back(administrator: Clerk, versions: KnowledgeStore, clock: Clock) -> None:
    assert "没有草稿" in administrator.get(PAGE).text
    before = amount(versions)
    versions.edit_all(AMOUNT, "administrator姓名", clock())
    page = administrator.get(PAGE).text
    assert "260" in page and "还没有问过" in page and 'data-key="p"' not in page
    page = checked(administrator)
    assert "字句变了 1" in page and "变差了 0" in page and "一样 2" in page
    clock.forward(minutes=1)
    published = administrator.post(PAGE + "publish", digest=digest(page), note="260元")
    assert published.status_code == 302 and "260" in amount(versions)
    upkeep = versions.published().knowledge.services["home-care-purchase"].upkeep["amount"]  # type: ignore[index]
    assert str(upkeep.published) == "2026-03-02" and upkeep.by == "绿园区" and "答复" in upkeep.basis
    page = administrator.get(PAGE).text
    assert "260元" in page and "撤回，用这一版" in page
    first = versions.previous()
    assert administrator.post(PAGE + "undo", version=str(first)).status_code == 302
    assert amount(versions) == before


def test_a_draft_that_nobody_wants_is_thrown_away_as_it_was_seen(
    administrator: Clerk, versions: KnowledgeStore, clock: Clock
) -> None:
    versions.edit_all(AMOUNT, "甲", clock())
    seen = digest(administrator.get(PAGE).text)
    versions.edit_all([(SERVICE, "aliases", ["买居家养老"])], "乙", clock())
    administrator.post(PAGE + "discard", digest=seen)
    assert versions.draft() is not None and "草稿刚刚有改动" in administrator.get(PAGE).text
    administrator.post(PAGE + "discard", digest=digest(administrator.get(PAGE).text))
    page = administrator.get(PAGE).text
    assert versions.draft() is None and "草稿作废了" in page and "没有草稿" in page
    assert "260" in administrator.get("/console/history/").text and "260" not in amount(versions)
    told = administrator.get("/console/history/versions").text
    assert "作废的草稿" in told and "现在用的" in told


def test_a_service_that_is_gone_is_called_as_it_was(
    administrator: Clerk, versions: KnowledgeStore, store: SqliteStore, clock: Clock
) -> None:
    first = versions.published()
    earlier = json.loads(json.dumps(first.document).replace('"battery-swap"', '"old-swap"'))
    draft = versions.replace_draft(earlier, "", "甲", clock())
    versions.publish(draft, "甲", clock())
    versions.publish_again(first.id, "甲", clock())
    KnownQuestions(store.engine, clock).bring_in([KnownQuestion("旧的换电站在哪", Mode.ANSWER, service="old-swap")])
    for address in ("/console/known/", "/console/statistics/messages?service=old-swap", "/console/history/"):
        page = administrator.get(address).text
        assert "电动汽车换电站（现在的知识库里没有）" in page, address


def test_a_new_plans_changes_are_told_in_words_and_its_text_is_folded(
    administrator: Clerk, versions: KnowledgeStore, clock: Clock
) -> None:
    document = versions.published().document
    later = {**document, "document": "新的全文" + document["document"], "plan": {**document["plan"], "document": "plan-2023.txt"}}
    versions.replace_draft(later, "导入", "甲", clock())
    versions.edit_all([(SERVICE, "kind", "activity"), (SERVICE, "criteria", [])], "甲", clock())
    for address in (PAGE, "/console/knowledge/changes", "/console/history/"):
        page = administrator.get(address).text
        assert "全文" in page and "原文文件" in page and "字），点开看" in page
        assert "补贴救助" in page and "活动" in page and ">activity<" not in page and "elderly" not in page


def test_a_draft_with_mistakes_lists_each_and_cannot_be_asked_or_published(
    administrator: Clerk, versions: KnowledgeStore, clock: Clock
) -> None:
    versions.edit_all([AMOUNT[0], ("hotline:12348", "items", [51, 99]), (SERVICE, "answers.how", "见第77条。")], "甲", clock())
    page = administrator.get(PAGE).text
    assert "数字“260”" in page and "没有第99条" in page and "说到第77条" in page and 'data-key="c"' not in page
    administrator.post(PAGE + "check")
    draft = versions.draft()
    assert draft
    refused = administrator.post(PAGE + "publish", digest=digest_of(draft.document))
    assert refused.status_code == 302 and "处错误" in administrator.get(PAGE).text
    assert versions.draft() is not None


def test_what_gets_worse_is_shown_and_accepted_singly_with_a_reason(
    administrator: Clerk, versions: KnowledgeStore, store: SqliteStore, clock: Clock
) -> None:
    document = versions.published().document
    gone = next(part for part in document["fields"] if any(item["number"] == 24 for item in part["items"]))
    item = next(item for item in gone["items"] if item["number"] == 24)
    item["services"] = [{**item["services"][0], "id": "other-works", "title": "充电桩", "aliases": []}]
    versions.replace_draft(document, "换了一项", "administrator姓名", clock())
    page = checked(administrator)
    assert "事项没有了 1" in page and "换电站建了几座" in page and "1 个事项是现在的模型没学过的" in page
    mark = digest(page)
    refused = administrator.post(PAGE + "publish", digest=mark)
    assert refused.status_code == 302 and "还没有逐个说明" in administrator.get(PAGE).text
    worse = re.search(r'name="question" value="(\d+)"', page)
    assert worse
    administrator.post(PAGE + "accept", digest=mark, question=worse[1], reason="  ")
    assert "请写明为什么" in administrator.get(PAGE).text
    administrator.post(PAGE + "accept", digest=mark, question=worse[1], reason="改建充电桩了")
    page = administrator.get(PAGE).text
    assert "改建充电桩了" in page and "administrator姓名" in page
    assert administrator.post(PAGE + "publish", digest=mark).status_code == 302
    assert "other-works" in versions.published().knowledge.services


def test_a_changed_draft_makes_what_was_asked_stale(administrator: Clerk, versions: KnowledgeStore, clock: Clock) -> None:
    versions.edit_all(AMOUNT, "administrator姓名", clock())
    page = checked(administrator)
    versions.edit(SERVICE, "answers.time", "全年。", "别人", clock())
    refused = administrator.post(PAGE + "publish", digest=digest(page))
    assert refused.status_code == 302 and "刚刚有改动" in administrator.get(PAGE).text
    assert versions.draft() is not None and "还没有问过" in administrator.get(PAGE).text


def test_a_new_known_question_makes_what_was_asked_stale(
    administrator: Clerk, versions: KnowledgeStore, store: SqliteStore, clock: Clock
) -> None:
    versions.edit_all(AMOUNT, "administrator姓名", clock())
    checked(administrator)
    KnownQuestions(store.engine, clock).add(KnownQuestion("公证上门要钱不", Mode.ANSWER, 53), "甲")
    assert "还没有问过" in administrator.get(PAGE).text


def test_a_second_person_approves_where_that_is_switched_on(
    administrator: Clerk, clerk: Callable[..., Clerk], versions: KnowledgeStore, store: SqliteStore, clock: Clock
) -> None:
    SqliteSettings(store.engine, clock).set("console.second_person", True, "administrator")
    versions.edit_all(AMOUNT, "administrator姓名", clock())
    page = checked(administrator)
    assert "另一位" in page
    mark = digest_of(versions.draft().document)  # type: ignore[union-attr]
    administrator.post(PAGE + "publish", digest=mark)
    administrator.post(PAGE + "approve", digest=mark)
    assert "要由另一位批准" in administrator.get(PAGE).text and versions.draft() is not None
    second = clerk("approver")
    assert second.post(PAGE + "publish", digest=mark).status_code == 403
    assert second.post(PAGE + "approve", digest=mark).status_code == 302
    assert "approver姓名" in second.get(PAGE).text
    assert administrator.post(PAGE + "publish", digest=mark).status_code == 302
    assert versions.draft() is None and "260" in amount(versions)


def test_the_store_itself_refuses_what_nobody_approved_or_asked(
    versions: KnowledgeStore, store: SqliteStore, clock: Clock
) -> None:
    publishing = PublishingStore(store.engine, clock, lambda: True)
    versions.edit_all(AMOUNT, "甲", clock())
    draft = versions.draft()
    assert draft
    mark = digest_of(draft.document)

    def publish() -> int:
        return publishing.publish(draft.id, mark, "subject", draft.document, "甲", "")

    with pytest.raises(Refused, match="已知问题"):
        publish()
    trial = publishing.begin("known", "subject", 1, "甲")
    assert trial and publishing.begin("known", "subject", 1, "乙") is None
    publishing.finish(trial, {"rows": [{"question": 1, "verdict": "worse"}]})
    with pytest.raises(Refused, match="变差"):
        publish()
    publishing.accept(mark, [1], "可以", "甲")
    with pytest.raises(Refused, match="另一位"):
        publish()
    with pytest.raises(Refused, match="您自己"):
        publishing.approve(draft.id, mark, ["甲"])
    publishing.approve(draft.id, mark, ["乙"])
    assert publish() == draft.id


def test_a_trial_whose_process_died_can_be_begun_again(versions: KnowledgeStore, store: SqliteStore, clock: Clock) -> None:
    publishing = PublishingStore(store.engine, clock, lambda: False)
    publishing.begin("known", "subject", 5, "甲")
    clock.forward(minutes=2)
    latest = publishing.latest("known", "subject")
    assert latest and latest.state == "failed"
    assert publishing.begin("known", "subject", 5, "甲")


def test_a_version_that_was_never_published_cannot_be_restored(
    administrator: Clerk, versions: KnowledgeStore, clock: Clock
) -> None:
    versions.edit_all(AMOUNT, "甲", clock())
    draft = versions.draft()
    assert draft
    versions.discard()
    for number in (str(draft.id), "999", "x"):
        assert administrator.post(PAGE + "undo", version=number).status_code == 302
        assert "没有发布过" in administrator.get(PAGE).text


def test_a_departments_telephone_address_and_hours_are_told_once_they_are_published(
    administrator: Clerk, versions: KnowledgeStore, knowledge: KnowledgeBase, clock: Clock
) -> None:
    contact = {"phone": "0431-80000001", "address": "某街1号", "hours": "周一至周五 8:30-16:30"}
    versions.edit_all([("department:区司法局", name, value) for name, value in contact.items()], "甲", clock())
    draft = versions.draft()
    assert draft and "还没有问过" in administrator.get(PAGE).text
    text = Wording(draft.knowledge).service_reply("legal-aid", Aspect.CONTACT, 1.0).text
    assert all(value in text for value in contact.values())


def test_what_wechat_cannot_show_at_once_and_what_is_past_its_date_is_noted_and_a_broken_template_hinders(
    administrator: Clerk, versions: KnowledgeStore, clock: Clock
) -> None:
    long = "先到社区登记，再等通知。" * 60
    over = {"basis": "区民政局答复", "valid_until": "2026-01-31"}
    versions.edit_all(
        [(SERVICE, "answers.how", long), (SERVICE, "answers.time", "全年。"), (SERVICE, "upkeep.time", over)], "甲", clock()
    )
    page = administrator.get(PAGE).text
    assert "超过 2048" in page and "只到2026-01-31有效" in page and 'data-key="c"' in page
    versions.edit("wording", "answer.departments", "责任部门：{departements}", "甲", clock())
    page = administrator.get(PAGE).text
    assert "departements" in page and "错误" in page and 'data-key="c"' not in page
