"""Asking on a caller's behalf: the real conversation, read out; unanswered ones reach the questions, callers are called back."""

from collections.abc import Callable

from flask import Flask

from app import courier_of
from bot.config import Config
from bot.questions.grouper import Grouper
from bot.store.questions import QuestionStore
from bot.store.settlements import SettlementStore
from bot.store.sqlite import SqliteStore
from bot.store.tickets import TicketOffice
from bot.tickets.records import Actor, Role
from intents.model import Model
from intents.vectors import MessageVectors
from tests.conftest import Clock
from tests.console.conftest import Clerk

PAGE = "/console/asking/"


def ask(somebody: Clerk, text: str) -> str:
    """The page of a new call."""
    answer = somebody.post(PAGE, PAGE, text=text)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def test_the_answer_stands_large_with_what_can_be_asked_next_and_the_call_goes_on(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    somebody = clerk("dispatcher")
    call = ask(somebody, "法律援助咋申请")
    page = somebody.get(call).text
    assert 'class="read-out"' in page and "区司法局" in page and "找谁办" in page
    assert somebody.post(f"{call}/say", call, text="找谁办").status_code == 302
    page = somebody.get(call).text
    assert "由区司法局负责" in page and "法律援助咋申请" in page
    rows = store.engine.rows("select resident, channel from conversations")
    assert len(rows) == 1 and rows[0]["channel"] == "telephone" and rows[0]["resident"].startswith("phone:")


def test_each_call_is_a_conversation_of_its_own_that_no_other_clerk_opens(
    application: Flask, clerk: Callable[..., Clerk]
) -> None:
    somebody = clerk("dispatcher")
    first, second = ask(somebody, "法律援助咋申请"), ask(somebody, "找谁办")
    assert first != second and "由区司法局负责" not in somebody.get(second).text
    other = clerk("staff")
    assert other.get(first).status_code == 404
    assert other.post(f"{first}/say", PAGE, text="找谁办").status_code == 404
    assert other.post(f"{first}/number", PAGE, phone="13800001111").status_code == 404
    assert somebody.get(f"{PAGE}nosuchcall1").status_code == 404


def test_an_empty_or_endless_question_is_told_and_asks_nothing(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    somebody = clerk("staff")
    for text in (" ", "长" * 501):
        assert somebody.post(PAGE, PAGE, text=text).status_code == 302
        assert "没有问" in somebody.get(PAGE).text
    assert store.engine.rows("select 1 from conversations") == []


def test_a_caller_who_wants_a_person_is_with_one_and_nobody_is_called(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    somebody = clerk("dispatcher")
    call = ask(somebody, "转人工")
    assert "您现在就在和工作人员说话" in somebody.get(call).text
    assert store.engine.rows("select 1 from handoffs") == [] and store.engine.rows("select 1 from inbox") == []


def settled(store: SqliteStore, model: Model, clock: Clock, text: str) -> None:
    """Staff answer the only open group."""
    vectors = MessageVectors(model.understanding)
    questions = QuestionStore(store.engine, clock)
    Grouper(questions, vectors, vectors.alike_at).work()
    group = questions.groups("open", None, 0, 5)[0]
    asked = questions.questions(group.id)
    assert SettlementStore(store.engine, clock).settle(group.id, "answered", text, {q.id: text for q in asked}, 1)


def test_an_unanswered_question_is_kept_with_the_callers_number_and_the_caller_is_called_back(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore, model: Model, clock: Clock
) -> None:
    somebody = clerk("staff")
    call = ask(somebody, "护照到期了在哪换")
    assert "由工作人员答复" in somebody.get(call).text
    wrong = somebody.post(f"{call}/number", call, phone="一三八", name="王阿姨")
    assert wrong.status_code == 400 and "请写能打通的电话号码" in wrong.text and "一三八" in wrong.text
    assert somebody.post(f"{call}/number", call, phone="138 0000 1111", name="王阿姨").status_code == 302
    assert store.engine.rows("select text from inbox where kind = 'question'")[0]["text"] == "护照到期了在哪换"
    settled(store, model, clock, "换护照请到公安出入境窗口")
    page = somebody.get(PAGE).text
    assert "13800001111" in page and "换护照请到公安出入境窗口" in page and "护照到期了在哪换" in page
    with store.engine.write() as db:
        db.execute("update accounts set unit = 902 where username = 'approver'")
        db.execute("update accounts set role = 'staff' where username = 'approver'")
    neighbour = clerk("approver")
    assert "13800001111" not in neighbour.get(PAGE).text
    letter = str(store.engine.rows("select id from outbox where kind = 'resident'")[0]["id"])
    neighbour.post(f"{PAGE}called", PAGE, letter=letter)
    assert "13800001111" in somebody.get(PAGE).text
    assert somebody.post(f"{PAGE}called", PAGE, letter=letter).status_code == 302
    assert "没有要回的电话" in somebody.get(PAGE).text
    row = store.engine.rows("select state, sent_way from outbox where id = ?", [letter])[0]
    assert (row["state"], row["sent_way"]) == ("sent", "telephone")


def test_from_a_call_a_ticket_is_registered_with_what_was_said(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    somebody = clerk("dispatcher")
    call = ask(somebody, "我要举报楼下饭店半夜往下水道倒油")
    page = somebody.get(call).text
    assert (
        "这是一件诉求" in page
        and "登记诉求" in page
        and "确认" not in page.split('id="answer"')[1].split("</section>")[0].split("<form")[-1]
    )
    somebody.post(f"{call}/number", call, phone="13800001111", name="王阿姨")
    token = call.rsplit("/", 1)[1]
    form = somebody.get(f"/console/entry/?call={token}").text
    assert "我要举报楼下饭店半夜往下水道倒油" in form and "13800001111" in form and "王阿姨" in form
    fields = {"source": "telephone", "kind": "report", "matter": "楼下饭店半夜倒油", "place": "普阳街3号", "secret": "1"}
    assert somebody.post("/console/entry/", "/console/entry/", call=token, **fields).status_code == 302
    assert store.engine.rows("select count(*) as n from messages where sealed = 0")[0]["n"] == 0
    assert clerk("staff").get(f"/console/entry/?call={token}").text.count("倒油") == 0


def test_a_callers_number_goes_with_their_conversation(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    somebody = clerk("dispatcher")
    call = ask(somebody, "护照到期了在哪换")
    somebody.post(f"{call}/number", call, phone="13800001111")
    with store.engine.write() as db:
        db.execute("delete from conversations")
    assert store.engine.rows("select 1 from callers") == []


def test_what_became_of_a_callers_ticket_is_told_by_telephone_once(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore, clock: Clock
) -> None:
    dispatcher = clerk("dispatcher")
    entry = {
        "source": "telephone",
        "kind": "suggestion",
        "matter": "小游园多装几个长椅",
        "name": "王阿姨",
        "contact": "13800001111",
    }
    entered = dispatcher.post("/console/entry/", "/console/entry/", unit="901", **entry)
    number = entered.location.rsplit("/", 1)[1]
    with TicketOffice(store.engine, store.rules, clock).desk() as desk:
        staff = Actor(Role.STAFF, "王梅", unit=901)
        desk.perform(number, "sign", staff)
        desk.perform(number, "ask_resident", staff, text="装在哪一段")
        desk.perform(number, "answer", staff, text="下月装四个。")
    courier_holds(store, clock)
    page = clerk("staff").get(PAGE).text
    assert page.count("13800001111") == 1 and "下月装四个。" in page and number in page and "王阿姨" in page
    with store.engine.write() as db:
        db.execute("update accounts set unit = 902 where username = 'staff'")
    assert "13800001111" not in clerk("staff").get(PAGE).text
    letter = str(store.engine.rows("select max(id) as id from outbox where kind = 'resident'")[0]["id"])
    dispatcher.post(f"{PAGE}called", PAGE, letter=letter)
    assert "13800001111" not in dispatcher.get(PAGE).text
    assert {row["state"] for row in store.engine.rows("select state from outbox where kind = 'resident'")} == {"sent"}


def courier_holds(store: SqliteStore, clock: Clock) -> None:
    """The courier looks at what is due; without a gateway for text messages nothing goes to a caller, and nothing is lost."""
    courier = courier_of(Config(), store)
    courier._clock = clock
    courier.run_until_idle()
    assert {row["state"] for row in store.engine.rows("select state from outbox where kind = 'resident'")} == {"waiting"}
