"""A1 without a browser: texts, records and wordings go into the draft, beside what is published and as residents get them."""

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from bot.channels.wechat import render
from bot.console.knowledge_words import words
from bot.dialogue.templates import templates
from bot.store.knowledge import KnowledgeStore
from bot.store.sqlite import SqliteStore
from knowledge.changes import apart
from knowledge.model import Aspect
from tests.conftest import Say
from tests.console.conftest import Clerk

SERVICE = "service:home-care-purchase"
AMOUNT = "/console/knowledge/service/home-care-purchase/amount"
OLD = "2022年计划的标准是每人每月200元，由区里用来购买居家养老服务。"
BASIS = "区民政局2026年3月1日书面答复：每人每月260元"
TEXT = "2026年起的标准是每人每月260元，由区里用来购买居家养老服务。"


@pytest.fixture
def versions(application: Flask, store: SqliteStore) -> KnowledgeStore:
    return KnowledgeStore(store.engine)


@pytest.fixture
def admin(versions: KnowledgeStore, clerk: Callable[..., Clerk]) -> Clerk:
    return clerk("administrator")


def record(versions: KnowledgeStore, key: str) -> dict[str, Any]:
    draft = versions.draft()
    return apart((draft or versions.published()).document).get(key, {})


def seen(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(seen\w*)" value="([^"]*)"', page))


def write(admin: Clerk, text: str = TEXT, **fields: str) -> Any:
    given = {"text": text, "rests": "other", "basis": BASIS, **seen(admin.get(AMOUNT).text), **fields}
    return admin.post(AMOUNT, AMOUNT, **given)


def test_a_text_goes_into_the_draft_and_residents_still_read_what_is_published(
    admin: Clerk, versions: KnowledgeStore, say: Say
) -> None:
    assert write(admin, owner="区民政局养老科", review_on="2026-12-01").status_code == 302
    service = record(versions, SERVICE)
    assert service["answers"]["amount"] == TEXT
    assert service["upkeep"]["amount"] == {
        "basis": BASIS,
        "owner": "区民政局养老科",
        "review_on": "2026-12-01",
        "published": "2026-03-02",
        "by": "区民政局养老科",
    }
    assert "260元" not in say("居家养老服务每月给多少钱").text
    page = admin.get("/console/knowledge/service/home-care-purchase").text
    assert "草稿有改动" in page and "〔新增：</span>" in page and "〔删去：</span>" in page


def test_the_preview_is_the_reply_that_residents_get_to_the_byte(admin: Clerk, say: Say) -> None:
    token = admin.token(AMOUNT)
    published = admin.client.post(AMOUNT + "/preview", data={"csrf_token": token, "text": OLD, "rests": "plan"})
    real = render(say("居家养老服务每月给多少钱"))
    assert f"<b>{len(real.encode())}</b> 字节" in published.text
    preview = admin.client.post(AMOUNT + "/preview", data={"csrf_token": token, "text": TEXT, "rests": "other", "basis": BASIS})
    assert TEXT in preview.text and f"依据：《2022年建设幸福绿园行动计划》第7条；{BASIS}" in preview.text
    size = int(re.search(r"<b>(\d+)</b> 字节", preview.text)[1])  # type: ignore[index]
    bubble = re.search(r'<div class="wechat-bubble">(.*?)</div>', preview.text, re.S)
    assert bubble and TEXT in bubble[1] and "wechat-link" in bubble[1]
    assert len(real.encode()) < size < 2048 and "一条说完" in preview.text
    long = admin.client.post(AMOUNT + "/preview", data={"csrf_token": token, "text": TEXT * 20, "rests": "other", "basis": BASIS})
    assert "会断开" in long.text and "（没说完，回复“继续”接着看）" in long.text and "从这里断开" in long.text


@pytest.mark.parametrize("figure", ["每人每月300元", "每人每月三百元", "咨询电话87612345", "每年两次"])
def test_a_figure_that_no_source_has_is_flagged_while_typing(admin: Clerk, figure: str) -> None:
    token, fields = admin.token(AMOUNT), {"text": f"标准是{figure}。", "rests": "plan"}
    assert "没有。请核对" in admin.client.post(AMOUNT + "/preview", data={"csrf_token": token, **fields}).text
    fields |= {"rests": "other", "basis": f"来函写明{figure}"}
    assert "没有。请核对" not in admin.client.post(AMOUNT + "/preview", data={"csrf_token": token, **fields}).text


def test_where_the_old_figure_still_stands_is_told_while_typing(admin: Clerk) -> None:
    fields = {"csrf_token": admin.token(AMOUNT), "text": TEXT, "rests": "other", "basis": BASIS}
    assert "这件事别处还写着“200”：是什么、名称、别名" in admin.client.post(AMOUNT + "/preview", data=fields).text


def test_what_is_said_now_goes_on_until_the_new_text_begins(admin: Clerk, versions: KnowledgeStore) -> None:
    fields = {"text": TEXT, "rests": "other", "basis": BASIS, "valid_from": "2026-06-01"}
    shown = admin.client.post(AMOUNT + "/preview", data={"csrf_token": admin.token(AMOUNT), **fields}).text
    assert "在那以前照旧说：“2022年计划的标准是每人每月200元" in shown
    for _ in range(2):  # saved again, it is still there
        admin.post(AMOUNT, AMOUNT, **fields)
        draft = versions.draft()
        assert draft is not None
        for day, figure in (("2026-05-31", "200"), ("2026-06-01", "260")):
            said = draft.knowledge.on(datetime.date.fromisoformat(day)).services["home-care-purchase"].answers
            assert figure in said[Aspect.AMOUNT]


def test_a_text_that_does_not_hold_yet_is_tried_for_the_day_it_begins(admin: Clerk) -> None:
    token = admin.token(AMOUNT)
    fields = {"csrf_token": token, "text": TEXT, "rests": "other", "basis": BASIS}
    later = admin.client.post(AMOUNT + "/preview", data={**fields, "valid_from": "2026-06-01"}).text
    assert "2026-06-01 起这样说" in later and TEXT in later
    over = admin.client.post(AMOUNT + "/preview", data={**fields, "valid_until": "2026-01-01"}).text
    assert "已经过了有效期" in over and TEXT not in over and "没有写明金额" in over


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"basis": ""}, "请写明依据"),
        ({"text": "长" * 1501}, "太长了"),
        ({"valid_from": "三月"}, "2026-03-01 这样的日期"),
        ({"valid_from": "2026-05-01", "valid_until": "2026-04-01"}, "不能早于开始的日期"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_that_was_written_is_lost(
    admin: Clerk, versions: KnowledgeStore, fields: dict[str, str], said: str
) -> None:
    answer = write(admin, **{"owner": "养老科写的", **fields})
    assert answer.status_code == 400 and said in answer.text and "养老科写的" in answer.text
    assert versions.draft() is None


def test_the_second_of_two_editors_is_told_and_sees_both_versions(
    admin: Clerk, versions: KnowledgeStore, clerk: Callable[..., Clerk]
) -> None:
    before = seen(admin.get(AMOUNT).text)
    write(admin)
    mine = "2026年起的标准是每人每月260元，请向区民政局核实。"
    late = write(admin, mine, **before)
    assert late.status_code == 409 and "别人也改了这一段" in late.text
    assert mine in late.text and "用来购买居家养老服务" in late.text
    assert record(versions, SERVICE)["answers"]["amount"] == TEXT
    again = admin.post(AMOUNT, AMOUNT, text=mine, rests="other", basis=BASIS, **seen(late.text))
    assert again.status_code == 302 and record(versions, SERVICE)["answers"]["amount"] == mine


def test_editors_of_two_texts_of_one_service_do_not_meet(admin: Clerk, versions: KnowledgeStore) -> None:
    how = "/console/knowledge/service/home-care-purchase/how"
    before = seen(admin.get(how).text)
    write(admin)
    assert admin.post(how, how, text="请向区民政局咨询。", rests="plan", **before).status_code == 302
    assert set(record(versions, SERVICE)["answers"]) >= {"amount", "how"}


def test_one_change_is_dropped_and_the_others_stay(admin: Clerk, versions: KnowledgeStore) -> None:
    write(admin)
    page = "/console/knowledge/record/department/区民政局"
    fields = {"full_name": "长春市绿园区民政局", "phone": "0431-87600000", "source": "区民政局2026年3月来函"}
    assert admin.post(page, page, **fields).status_code == 302
    assert "0431-87600000" in admin.get("/console/knowledge/changes").text
    token, fields_of_text = admin.token(), ["answers.amount", "upkeep.amount"]
    form = {"csrf_token": token, "object": SERVICE, "field": fields_of_text}
    assert admin.client.post("/console/knowledge/changes/drop", data=form).status_code == 302
    assert "260" not in record(versions, SERVICE)["answers"]["amount"] and "upkeep" not in record(versions, SERVICE)
    assert record(versions, "department:区民政局")["phone"] == "0431-87600000"


def test_a_contact_needs_its_source_and_a_sensible_number(admin: Clerk, versions: KnowledgeStore) -> None:
    page = "/console/knowledge/record/department/区民政局"
    refused = admin.post(page, page, full_name="长春市绿园区民政局", phone="打电话给老张")
    assert refused.status_code == 400 and "只能有数字" in refused.text and "联系方式要有出处" in refused.text
    assert "打电话给老张" in refused.text and versions.draft() is None


def test_facts_of_a_service_come_back_as_they_were_written(admin: Clerk, versions: KnowledgeStore) -> None:
    """What the form shows and sends back unchanged changes nothing; what is changed is changed alone."""
    for service in ("extreme-poverty-living", "battery-swap", "home-care-purchase"):
        page = f"/console/knowledge/record/service/{service}"
        html = admin.get(page)
        if html.status_code == 404:
            continue
        assert admin.post(page, page, **form_of(html.text)).status_code == 302
        assert versions.draft() is None
    page = "/console/knowledge/record/service/extreme-poverty-living"
    fields = {
        **form_of(admin.get(page).text),
        "aliases": "特困供养\n五保",
        "criteria_0_all": "低保等情况=特困、低保",
        "owner": "救助科",
    }
    before = record(versions, "service:extreme-poverty-living")
    assert admin.post(page, page, **fields).status_code == 302
    after = record(versions, "service:extreme-poverty-living")
    assert after["aliases"] == ["特困供养", "五保"] and after["criteria"][0]["all"] == {"income": ["特困", "低保"]}
    assert after["criteria"][1:] == before["criteria"][1:] and after["owner"] == "救助科"


def test_every_circumstance_of_the_criteria_has_its_word_in_the_form(versions: KnowledgeStore) -> None:
    criteria = [criterion for one in versions.published().knowledge.services.values() for criterion in one.criteria]
    assert {name for one in criteria for part in (one.all, one.none_of) for name in part} <= set(words()["circumstances"])


def form_of(html: str) -> dict[str, str]:
    """The fields of the page's form as a browser would send them."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.fields: dict[str, str] = {}
            self.inside = self.select = ""

        def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
            at = dict(given)
            name = at.get("name") or ""
            ticked = at.get("type") not in ("checkbox", "radio") or "checked" in at
            if tag == "input" and ticked and at.get("type") != "search":
                self.fields[name] = at.get("value") or ""
            if tag == "textarea":
                self.inside, self.fields[name] = name, ""
            if tag == "select":
                self.select = name
            if tag == "option" and self.select and ("selected" in at or self.select not in self.fields):
                self.fields[self.select] = at.get("value") or ""

        def handle_data(self, data: str) -> None:
            if self.inside:
                self.fields[self.inside] += data

        def handle_endtag(self, tag: str) -> None:
            self.inside = "" if tag == "textarea" else self.inside
            self.select = "" if tag == "select" else self.select

    reader = Reader()
    reader.feed(html[html.index('<form class="narrow') :])
    reader.fields.pop("csrf_token", None)
    return {name: value for name, value in reader.fields.items() if name}


def test_a_notice_is_added_changed_and_removed(admin: Clerk, versions: KnowledgeStore) -> None:
    new = "/console/knowledge/new/notice"
    assert admin.post(new, new, id="Spring!", text="放假").status_code == 400
    assert admin.post(new, new, id="spring-2026", text="清明节放假三天", valid_until="2026-04-06").status_code == 302
    assert record(versions, "notice:spring-2026")["text"] == "清明节放假三天"
    assert admin.post(new, new, id="spring-2026", text="又一条").status_code == 400
    page = "/console/knowledge/record/notice/spring-2026"
    wrong = admin.post(page, page, text="清明节放假", valid_from="2026-05-01", valid_until="2026-04-06")
    assert wrong.status_code == 400 and "清明节放假" in wrong.text
    assert admin.post("/console/knowledge/remove/notice/spring-2026").status_code == 302
    assert not record(versions, "notice:spring-2026")


def test_a_hotline_that_answers_need_cannot_be_removed(admin: Clerk, versions: KnowledgeStore) -> None:
    for number in ("12345", "12348"):
        refused = admin.post(f"/console/knowledge/remove/hotline/{number}")
        assert "还不能删去" in admin.client.get(refused.location).text
    assert versions.draft() is None


def test_a_service_is_added_to_an_item_answers_and_is_taken_away_again(admin: Clerk, versions: KnowledgeStore) -> None:
    new = "/console/knowledge/services/new"
    fields = {
        "number": "7",
        "id": "home-bath",
        "title": "上门助浴",
        "kind": "service",
        "overview": "2022年计划里有居家养老服务。",
    }
    for name, wrong in (
        ("number", "99"),
        ("number", "七"),
        ("id", "legal-aid"),
        ("id", "助浴"),
        ("overview", "一次300元"),
        ("kind", "x"),
    ):
        refused = admin.post(new, new, **{**fields, name: wrong})
        assert refused.status_code == 400 and "上门助浴" in refused.text
    assert admin.post(new, new, **fields).status_code == 302
    assert record(versions, "item:7")["services"] == ["home-care-purchase", "home-bath"]
    assert "2022年计划里有居家养老服务。" in admin.get("/console/knowledge/service/home-bath/overview").text
    admin.post("/console/knowledge/services/home-bath/remove")
    assert record(versions, "item:7")["services"] == ["home-care-purchase"] and not record(versions, "service:home-bath")
    admin.post("/console/knowledge/services/home-care-purchase/remove")
    assert record(versions, SERVICE)


def test_what_no_message_can_hold_is_left_out_of_what_is_pasted(admin: Clerk, versions: KnowledgeStore) -> None:
    write(admin, "标准是\x0b每人\x00每月260元。\r\n请核实。")
    assert record(versions, SERVICE)["answers"]["amount"] == "标准是每人每月260元。\n请核实。"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("依据：", "少了 {sources}"),
        ("依据：{sources}{link}", "没有 {link}"),
        ("依据：{sources", "大括号不成对"),
        ("依据：{sources.x}", "大括号"),
        ("", "不能是空的"),
    ],
)
def test_a_wording_without_its_placeholders_is_refused(admin: Clerk, versions: KnowledgeStore, text: str, said: str) -> None:
    page = "/console/knowledge/wording/answer.source"
    refused = admin.post(page, page, text=text)
    assert refused.status_code == 400 and said in refused.text and versions.draft() is None


def test_a_changed_wording_is_what_replies_say_and_can_be_reset(admin: Clerk, versions: KnowledgeStore) -> None:
    page = "/console/knowledge/wording/answer.source"
    assert admin.post(page, page, text="出处：{sources}", **seen(admin.get(page).text)).status_code == 302
    assert "出处：《2022年" in admin.get(AMOUNT).text
    assert admin.post(page + "/reset", page).status_code == 302
    assert record(versions, "wording") == {}


def test_a_wording_is_previewed_with_examples_for_its_braces(admin: Clerk) -> None:
    page = "/console/knowledge/wording/answer.verify"
    fields = {"csrf_token": admin.token(page), "text": "{year}年的计划，请向{departments}核实。"}
    assert "2022年的计划，请向区民政局核实。" in admin.client.post(page + "/preview", data=fields).text
    assert "少了 {departments}" in admin.client.post(page + "/preview", data={**fields, "text": "请核实。"}).text


def test_every_wording_has_a_heading_and_a_page(admin: Clerk) -> None:
    assert {template.section for template in templates().values()} <= set(words()["sections"])
    for key in templates():
        assert admin.get(f"/console/knowledge/wording/{key}").status_code == 200


def test_history_tells_who_changed_what_when_and_brings_it_back(admin: Clerk, versions: KnowledgeStore) -> None:
    write(admin)
    page = admin.get(f"/console/history/?object={SERVICE}&field=answers.amount").text
    assert "administrator姓名" in page and "2026-03-02 10:00" in page
    assert "<del>" in page and "<ins>" in page and "260" in page
    number = next(edit.id for edit in versions.edits() if edit.field == "answers.amount")
    assert admin.post(f"/console/history/edits/{number}/restore").status_code == 302
    assert "200元" in record(versions, SERVICE)["answers"]["amount"]
    draft = versions.draft()
    assert draft
    assert "第7条 居家养老服务" in admin.get(f"/console/history/versions/{draft.id}").text
    assert f"第{draft.id}版" in admin.get("/console/history/versions").text


def test_the_preview_of_a_text_that_must_not_be_empty_says_so_in_words(admin: Clerk) -> None:
    shown = admin.post("/console/knowledge/service/legal-aid/overview/preview", text="", rests="plan").text
    assert "不能是空的" in shown and "overview" not in shown and "fields" not in shown


def test_services_are_found_by_words_field_kind_department_and_what_lacks(admin: Clerk) -> None:
    def titles(**filters: str) -> list[str]:
        page = admin.client.get("/console/knowledge/", query_string=filters).text
        return re.findall(r'href="/console/knowledge/service/[^"]+"><b>([^<]+)<', page)

    everything = titles()
    assert len(everything) == 81
    assert titles(q="换电站") and titles(q="没有这样的词") == []
    assert 0 < len(titles(kind="benefit")) < 81 and 0 < len(titles(field="社会保障方面")) < 81
    assert 0 < len(titles(department="区民政局", kind="benefit")) < len(titles(department="区民政局"))
    assert 0 < len(titles(gap="how")) < len(titles(gap="materials")) < 81 and titles(show="changed") == []
    write(admin)
    assert titles(show="changed") == ["居家养老服务（每人每月200元）"]


PAGES = """items records/department records/hotline records/law records/notice records/unit records/safety wording changes
    record/plan/plan record/hotline/12345 record/unit/镇街 record/safety/燃气泄漏 new/department services/new?number=7"""


@pytest.mark.parametrize("page", PAGES.split())
def test_every_page_opens(admin: Clerk, page: str) -> None:
    assert admin.get(f"/console/knowledge/{page}").status_code == 200


@pytest.mark.parametrize("page", ["service/none", "service/home-care-purchase/none", "record/department/x", "record/x/y",
                                  "records/x", "wording/x.y", "new/law"])  # fmt: skip
def test_what_is_not_there_is_not_found(admin: Clerk, page: str) -> None:
    assert admin.get(f"/console/knowledge/{page}").status_code == 404


def test_what_the_check_finds_leads_to_the_field_and_can_be_left_with_a_reason(admin: Clerk, versions: KnowledgeStore) -> None:
    write(admin, "标准近期公布，请拨打87654321。", basis="区民政局来函")
    page = admin.get("/console/lint/").text
    assert "“近期”没有说清楚" in page and f"{AMOUNT}#text" in page and "87654321" in page
    key = f"vague|{SERVICE}|answers.amount|近期"
    assert "请写明为什么不用改" in admin.client.get(admin.post("/console/lint/leave", key=key).location).text
    admin.post("/console/lint/leave", key=key, reason="来函原话就是这样")
    page = admin.get("/console/lint/").text
    assert "来函原话就是这样（administrator姓名，2026-03-02）" in page and "1 处说明了不用改" in page
    write(admin, "标准近期一定公布。", basis="区民政局来函")
    assert "来函原话就是这样" not in admin.get("/console/lint/").text
    assert admin.post("/console/lint/leave", key="vague|x|y|z", reason="没有这处").status_code == 404


def test_the_department_in_charge_becomes_the_owner_of_everything_at_once(admin: Clerk, versions: KnowledgeStore) -> None:
    admin.post("/console/lint/owners")
    assert record(versions, SERVICE)["owner"] == "区民政局"
    assert "没有写谁负责更新" not in admin.get("/console/lint/").text
