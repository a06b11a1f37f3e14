"""What may be done to a ticket, in which state, by whom; what follows from it."""

import re
import tomllib
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from bot.store.engine import Engine
from bot.store.tickets import TicketOffice
from bot.tickets.conditions import CONDITIONS
from bot.tickets.desk import NotAllowed, UnknownTicket
from bot.tickets.effects import EFFECTS
from bot.tickets.history import line_of
from bot.tickets.life import DATA, Life, load_life
from bot.tickets.matters import Matter
from bot.tickets.records import Actor, Role, Ticket
from bot.tickets.rules import load_rules
from tests.conftest import Clock
from tests.tickets.conftest import ADMINISTRATOR, DISPATCHER, LAMP, LI, READER, WANG, Hands

ACTIONS = (
    "file",
    "dispatch",
    "sign",
    "return",
    "decide_return",
    "start",
    "ask_resident",
    "note",
    "contact",
    "extend_ask",
    "extend_grant",
    "extend_refuse",
    "draft_reply",
    "answer",
    "sign_off",
    "send_back",
    "close",
    "call_back",
    "reopen",
    "merge",
    "withdraw",
    "urge",
    "add",
    "reach",
    "rate",
    "join",
    "refuse",
    "pass_on",
    "change_urgency",
    "reckon_due",
    "split",
)


def refused(hands: Hands, ticket: Ticket, action: str, actor: Actor, **details: Any) -> str:
    """Why it may not be done; nothing has changed."""
    before = hands.rows("select * from tickets"), hands.rows("select * from ticket_events"), hands.letters()
    with pytest.raises(NotAllowed) as caught:
        hands.do(ticket, action, actor, **details)
    assert before == (hands.rows("select * from tickets"), hands.rows("select * from ticket_events"), hands.letters())
    return str(caught.value)


# -- the data ---------------------------------------------------------------------------------------------------------------


def test_the_life_names_only_conditions_and_effects_that_exist() -> None:
    life = load_life()
    assert {change.action for change in life.changes} == set(ACTIONS)
    assert {name for change in life.changes for name in change.when} == set(CONDITIONS)
    assert {name for change in life.changes for name in change.then} == set(EFFECTS)
    ticket_fields = set(Ticket.__dataclass_fields__)
    for change in life.changes:
        named = {*change.takes, *change.copies, *change.sets, *change.clears, *change.counts, *change.stamps}
        assert named <= ticket_fields, change.action


def test_every_state_is_reached_and_no_open_one_is_a_dead_end() -> None:
    life = load_life()
    assert {change.to for change in life.changes} - {None} == set(life.states)
    for state in life.open_states():
        assert any(life.starts_from(change, state) and change.to not in (None, state) for change in life.changes), state


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('to = "received"', 'to = "recieved"'),
        ('needs = ["lead"]', 'needs = ["leed"]'),
        ('tells = "answered"', 'tells = "answerd"'),
        ('roles = ["resident", "administrator", "dispatcher", "staff", "api", "system"]', 'roles = ["clerk"]'),
        ('owner = "behind"', ""),
    ],
)
def test_a_life_that_does_not_fit_together_is_refused(old: str, new: str) -> None:
    text = (DATA / "life.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ValidationError):
        Life.model_validate(tomllib.loads(text.replace(old, new)))


# -- dispatching --------------------------------------------------------------------------------------------------------------


def test_a_sure_suggestion_is_dispatched_at_once_and_an_unsure_one_waits(hands: Hands) -> None:
    sure, unsure = hands.file(), hands.file(replace(LAMP, confidence=0.5))
    assert (sure.state, sure.lead) == ("dispatched", hands.unit("区城管局"))
    assert (unsure.state, unsure.lead, unsure.suggested) == ("received", None, "区城管局")
    assert any(sure.number in text for text in hands.letters("alert"))


@pytest.mark.parametrize("unit", ["区税务局", "区生态环境分局", "供电", "没有的单位", None])
def test_a_unit_outside_or_unknown_is_never_dispatched_to_at_once(hands: Hands, unit: str | None) -> None:
    assert hands.file(replace(LAMP, unit=unit, confidence=1.0)).state == "received"


def test_the_threshold_is_the_configurations_then_the_consoles(hands: Hands, office: TicketOffice) -> None:
    with office.engine.write() as db:
        db.execute("insert into settings values ('tickets.dispatch_at', '0.4', 'a', '2026-01-01')")
    assert hands.file(replace(LAMP, confidence=0.5)).state == "dispatched"
    configured = Hands(TicketOffice(Engine(office.engine.path), load_rules(dispatch_at=0.99), office.clock))
    assert configured.file().state == "received"


def test_a_unit_outside_is_passed_on_to_and_the_resident_told(hands: Hands) -> None:
    ticket = hands.file(replace(LAMP, unit="区税务局"))
    assert "区外" in refused(hands, ticket, "dispatch", DISPATCHER, lead=hands.unit("区税务局"))
    assert "区里" in refused(hands, ticket, "pass_on", DISPATCHER, outside=hands.unit("区城管局"))
    after = hands.do(ticket, "pass_on", DISPATCHER, outside=hands.unit("区税务局"))
    assert after.state == "passed_on" and "区税务局" in hands.letters()[-1]


def test_what_no_office_may_settle_is_not_accepted_with_the_lawful_way(hands: Hands) -> None:
    ticket = hands.file(replace(LAMP, unit=None))
    assert "途径" in refused(hands, ticket, "refuse", DISPATCHER, reason="已由法院判决")
    hands.do(ticket, "refuse", DISPATCHER, reason="已由法院判决", way="向上一级法院申请再审")
    assert "向上一级法院申请再审" in hands.letters()[-1]


def test_a_returned_ticket_is_decided_by_the_dispatcher(hands: Hands) -> None:
    ticket, clerk = hands.file(), hands.staff("区城管局")
    assert "理由" in refused(hands, ticket, "return", clerk)
    back = hands.do(ticket, "return", clerk, reason="这条路归市里管")
    assert (back.state, back.returned) == ("returned", 1)
    with pytest.raises(NotAllowed):
        hands.do(ticket, "decide_return", clerk, decision="accept")
    kept = hands.do(ticket, "decide_return", DISPATCHER, decision="refuse", reason="归你们")
    assert (kept.state, kept.lead) == ("dispatched", ticket.lead)
    hands.do(ticket, "return", clerk, reason="真不归我们")
    free = hands.do(ticket, "decide_return", DISPATCHER, decision="accept")
    assert (free.state, free.lead) == ("received", None)
    assert hands.do(ticket, "dispatch", DISPATCHER, lead=hands.unit("区住建局")).returned == 2


def test_another_unit_neither_sees_nor_changes_a_ticket_until_it_assists(hands: Hands, office: TicketOffice) -> None:
    ticket, other = hands.file(), hands.staff("区住建局")
    with pytest.raises(UnknownTicket):
        hands.do(ticket, "note", other, text="路过")
    hands.do(ticket, "dispatch", DISPATCHER, lead=ticket.lead, assisting=(other.unit,))
    hands.do(ticket, "note", other, text="我们配合")
    assert "承办单位" in refused(hands, ticket, "sign", other)


def test_a_unit_sees_the_tickets_of_those_below_it(hands: Hands, office: TicketOffice) -> None:
    hands.set_unit("区城管局", parent=hands.unit("镇街"))
    ticket = hands.file()
    assert office.reading().sees(ticket, hands.staff("镇街"))
    assert not office.reading().sees(ticket, hands.staff("区住建局"))


# -- working on it ------------------------------------------------------------------------------------------------------------


def test_from_filing_to_closing_with_everything_written_down(hands: Hands, office: TicketOffice) -> None:
    ticket = hands.answered()
    done = hands.do(ticket, "rate", WANG, satisfaction="satisfied", solved=True)
    assert (done.state, done.phase, done.satisfaction, done.solved) == ("closed", "over", "satisfied", True)
    desk = office.reading()
    told = [line_of(desk, done, event) for event in desk.history(done, WANG)]
    assert told == ["已收到", "已派给区城管局", "区城管局已签收", "区城管局开始办理", "区城管局答复：已经修好", "您评价：满意"]
    who = [(event.author, event.account) for event in desk.history(done, ADMINISTRATOR)]
    assert who == [("居民", None), ("系统", None), *[("区城管局的人10", 10)] * 3, ("居民", None)]


def test_an_extension_needs_a_reason_another_person_and_tells_the_resident(hands: Hands) -> None:
    ticket, clerk = hands.file(), hands.staff("区城管局")
    assert "理由" in refused(hands, ticket, "extend_ask", clerk, days=3)
    assert "天数" in refused(hands, ticket, "extend_ask", clerk, days=300, reason="难")
    hands.do(ticket, "extend_ask", clerk, days=3, reason="等配件")
    refused(hands, ticket, "extend_ask", clerk, days=3, reason="再来")
    assert hands.letters() == [], "nothing is told before it is granted"
    longer = hands.do(ticket, "extend_grant", DISPATCHER)
    assert (longer.due_at, longer.due_amount, longer.extension_days) == ("2026-03-12T15:59:59.999+00:00", 8, None)
    assert "3月12日24:00" in hands.letters()[0] and "等配件" in hands.letters()[0]
    hands.do(ticket, "extend_ask", ADMINISTRATOR, days=1, reason="我要")
    assert "另一个人" in refused(hands, ticket, "extend_grant", ADMINISTRATOR)
    assert hands.do(ticket, "extend_refuse", DISPATCHER, reason="不必").due_amount == 8


def test_a_reply_is_signed_off_by_a_second_person_where_the_unit_wants_that(hands: Hands) -> None:
    hands.set_unit("区城管局", signs_off=1)
    ticket, author, second = hands.file(), hands.staff("区城管局", 10), hands.staff("区城管局", 11, Role.APPROVER)
    for action in ("sign", "start"):
        hands.do(ticket, action, author)
    assert "审签" in refused(hands, ticket, "answer", author, text="修好了")
    hands.do(ticket, "draft_reply", author, text="修好了")
    assert "另一个人" in refused(hands, ticket, "sign_off", author)
    hands.do(ticket, "send_back", second, reason="写清哪天修的")
    hands.do(ticket, "draft_reply", author, text="3月3日修好了")
    assert hands.letters() == []
    answered = hands.do(ticket, "sign_off", second)
    assert (answered.state, answered.reply) == ("answered", "3月3日修好了")
    assert "3月3日修好了" in hands.letters()[0] and "写清" not in "".join(hands.letters())


def test_the_resident_hears_an_answer_in_their_conversation(hands: Hands) -> None:
    with hands.office.engine.write() as db:
        db.execute("insert into conversations values ('wechat:oWang', 'wechat', '{}', 'x', 'x')")
    hands.answered()
    (line,) = hands.rows("select author, text, sealed from messages")
    assert line["author"] == "staff" and "已经修好" in line["text"] and not line["sealed"]


# -- after the answer ---------------------------------------------------------------------------------------------------------


def test_who_is_not_satisfied_says_why_and_is_called_back(hands: Hands) -> None:
    ticket = hands.answered()
    assert "理由" in refused(hands, ticket, "rate", WANG, satisfaction="dissatisfied")
    unhappy = hands.do(ticket, "rate", WANG, satisfaction="dissatisfied", reason="还是黑的", solved=False)
    assert (unhappy.state, unhappy.callback_due, unhappy.solved) == ("callback", True, False)
    refused(hands, ticket, "rate", WANG, satisfaction="satisfied")
    hands.do(ticket, "call_back", DISPATCHER, text="打过电话，确实没亮")
    again = hands.do(ticket, "reopen", DISPATCHER, reason="没有修好")
    assert (again.state, again.reopened, again.callback_due, again.satisfaction) == ("reopened", 1, False, None)
    assert again.lead == ticket.lead and "重新办理" in hands.letters()[-1]


def test_a_call_back_closes_with_a_reason(hands: Hands) -> None:
    ticket = hands.answered()
    hands.do(ticket, "rate", WANG, satisfaction="dissatisfied", reason="太慢")
    assert "理由" in refused(hands, ticket, "close", DISPATCHER)
    closed = hands.do(ticket, "close", DISPATCHER, reason="已向居民道歉")
    assert (closed.state, closed.callback_due) == ("closed", False) and "已向居民道歉" in hands.letters()[-1]


@pytest.mark.parametrize("kind", [Matter.PRAISE, Matter.SUGGESTION])
def test_praise_and_suggestions_are_never_reopened(hands: Hands, kind: Matter) -> None:
    ticket = hands.answered(replace(LAMP, kind=kind))
    assert "不重新办理" in refused(hands, ticket, "reopen", DISPATCHER, reason="再看看")


def test_what_nobody_rates_is_closed_after_the_stated_days_and_can_still_be_rated(hands: Hands, clock: Clock) -> None:
    ticket = hands.answered()
    clock.forward(days=14)
    hands.office.remind()
    assert hands.office.reading().ticket(ticket.number, DISPATCHER).state == "answered"
    clock.forward(days=2)
    hands.office.remind()
    assert hands.office.reading().ticket(ticket.number, DISPATCHER).state == "closed"
    assert hands.do(ticket, "rate", WANG, satisfaction="dissatisfied", reason="又坏了").state == "callback"


# -- several residents --------------------------------------------------------------------------------------------------------


def test_a_resident_joins_a_ticket_and_hears_of_it(hands: Hands, office: TicketOffice) -> None:
    ticket = hands.file()
    with pytest.raises(UnknownTicket):
        hands.do(ticket, "urge", LI)
    assert hands.do(ticket, "join", LI).joined == 1
    assert "已经反映过" in refused(hands, ticket, "join", LI)
    assert "最先反映" in refused(hands, ticket, "withdraw", LI)
    assert "另有1位居民" in refused(hands, ticket, "withdraw", WANG)
    assert hands.do(ticket, "urge", LI).urged == 1
    assert [person.resident for person in office.reading().people(ticket, LI)] == ["wechat:oLi"]
    for action in ("sign", "start"):
        hands.do(ticket, action, hands.staff("区城管局"))
    hands.do(ticket, "answer", hands.staff("区城管局"), text="修好了")
    assert len(hands.letters()) == 2


def test_merging_carries_the_people_over_and_tells_them(hands: Hands, office: TicketOffice) -> None:
    first, second = hands.file(), hands.file(actor=LI)
    merged = hands.do(second, "merge", DISPATCHER, into=first.number)
    assert (merged.state, merged.merged_into) == ("merged", first.number)
    assert [p.resident for p in office.reading().store.reporters(first.number)] == ["wechat:oWang", "wechat:oLi"]
    assert office.reading().ticket(first.number, DISPATCHER).joined == 1
    (told,) = hands.letters()
    assert first.number in told and second.number in told
    for into in (first.number, second.number, "LY-20200101-0001-1"):
        with pytest.raises(NotAllowed):
            hands.do(second if into != first.number else first, "merge", DISPATCHER, into=into)


def test_a_caller_joins_with_a_name_that_stands_only_with_the_people(hands: Hands, office: TicketOffice) -> None:
    ticket = hands.file()
    hands.do(ticket, "join", DISPATCHER, name="张三", contact="13800000000")
    assert [(p.name, p.contact) for p in office.reading().store.reporters(ticket.number)][1] == ("张三", "13800000000")
    assert "张三" not in str(hands.rows("select * from ticket_events"))


# -- who is who ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "file"])
def test_who_may_only_read_can_do_nothing(hands: Hands, action: str) -> None:
    refused(hands, hands.file(), action, READER)


def test_a_detail_that_an_action_does_not_know_is_refused(hands: Hands) -> None:
    ticket = hands.file()
    assert "用不到" in refused(hands, ticket, "sign", hands.staff("区城管局"), reply="x")
    assert "没有这种操作" in refused(hands, ticket, "explode", ADMINISTRATOR)
    assert "应为" in refused(hands, ticket, "change_urgency", ADMINISTRATOR, urgency="very")


def test_a_number_from_the_citys_hotline_is_filed_once(hands: Hands) -> None:
    draft = replace(LAMP, source="city12345", external_number="CC2026-1", name="李四", contact="139")
    first = hands.file(draft, DISPATCHER)
    assert hands.file(draft, DISPATCHER).number == first.number
    assert len(hands.rows("select * from tickets")) == 1 and first.source == "city12345"


def test_a_ticket_has_a_number_and_a_code_of_six_digits(hands: Hands) -> None:
    tickets = [hands.file() for _ in range(5)]
    assert all(re.fullmatch(r"LY-20260302-\d{4}-\d", ticket.number) for ticket in tickets)
    assert all(re.fullmatch(r"\d{6}", ticket.code) for ticket in tickets)
    assert len({ticket.number for ticket in tickets}) == 5


def test_a_ticket_is_shown_to_who_knows_number_and_code(hands: Hands, office: TicketOffice) -> None:
    ticket, other = hands.file(), hands.file()
    desk = office.reading()
    assert desk.known_by(ticket.number, f" {ticket.code}") == ticket
    wrong = f"{(int(ticket.code) + 1) % 1_000_000:06d}"
    assert [desk.known_by(*pair) for pair in ((ticket.number, wrong), (ticket.number, ""), ("LY-1", other.code))] == [None] * 3


# -- reminders ----------------------------------------------------------------------------------------------------------------


def test_staff_are_reminded_once_a_day_of_what_is_due_tomorrow_and_overdue(hands: Hands, clock: Clock) -> None:
    ticket = hands.file()

    def new_alerts() -> list[str]:
        before = len(hands.letters("alert"))
        hands.office.remind()
        hands.office.remind()
        return hands.letters("alert")[before:]

    assert new_alerts() == []
    clock.forward(days=4)  # Friday, due on Monday, which is the next day that anybody is at work
    assert [ticket.number in text and "快到期" in text for text in new_alerts()] == [True]
    clock.forward(days=2)
    assert new_alerts() == []
    clock.forward(days=2)  # Tuesday, due on Monday
    assert [ticket.number in text and "超期" in text for text in new_alerts()] == [True]
    clock.forward(days=1)
    assert len(new_alerts()) == 1


def test_staff_are_reminded_the_day_before(hands: Hands, clock: Clock) -> None:
    ticket = hands.file(replace(LAMP, confidence=0.1))
    hands.set_unit("区城管局", days='{"complaint": 3}')
    ticket = hands.do(ticket, "dispatch", DISPATCHER, lead=hands.unit("区城管局"))
    clock.forward(days=2)
    hands.office.remind()
    assert [text for text in hands.letters("alert") if "快到期" in text and ticket.number in text]


def test_a_unit_is_alerted_when_the_resident_answers_what_it_asked(hands: Hands) -> None:
    ticket = hands.file()
    hands.do(ticket, "ask_resident", hands.staff("区城管局"), text="是哪根灯杆？")
    before = len(hands.letters("alert"))
    hands.do(ticket, "add", WANG, text="门口左边那根")
    hands.do(ticket, "add", WANG, text="灯杆上有编号")
    assert [ticket.number in text and "居民回了话" in text for text in hands.letters("alert")[before:]] == [True]


def test_a_unit_is_alerted_to_what_changes_its_time(hands: Hands) -> None:
    ticket, clerk = hands.file(), hands.staff("区城管局")
    before = len(hands.letters("alert"))
    hands.do(ticket, "change_urgency", DISPATCHER, urgency="urgent")
    hands.do(ticket, "extend_ask", clerk, days=3, reason="等材料")
    hands.do(ticket, "extend_refuse", DISPATCHER, reason="不行")
    hands.do(ticket, "extend_ask", clerk, days=1, reason="等材料")
    hands.do(ticket, "extend_grant", DISPATCHER)
    urgent, _, refused, _, granted = hands.letters("alert")[before:]
    assert "改成了紧急" in urgent and "3月3日10:00" in urgent
    assert refused.startswith("不同意延期") and granted.startswith("同意延期") and "3月4日10:00" in granted


def test_a_merge_that_was_wrong_is_undone_with_the_people_who_came_by_it(hands: Hands) -> None:
    first = hands.file()
    second = hands.file(replace(LAMP, matter="正阳街路灯又不亮了"), LI)
    hands.do(second, "join", DISPATCHER, name="赵", contact="13800001111")
    hands.do(second, "merge", DISPATCHER, into=first.number)
    store = hands.office.reading().store
    assert len(store.reporters(first.number)) == 3
    third = hands.file(replace(LAMP, place="正阳街14号"), WANG)
    hands.do(first, "merge", DISPATCHER, into=third.number)
    assert "先撤销那一次" in refused(hands, second, "split", DISPATCHER, reason="不是一处")
    hands.do(first, "split", DISPATCHER, reason="不是一处")
    again = hands.do(second, "split", DISPATCHER, reason="不是一处")
    assert (again.state, again.merged_into, again.lead, again.closed_at) == ("received", None, None, None)
    assert [person.resident for person in store.reporters(first.number)] == [WANG.resident]
    assert len(store.reporters(second.number)) == 2
    assert [ticket.joined for ticket in map(store.ticket, (first.number, second.number, third.number)) if ticket] == [0, 1, 0]
    assert "单独办理" in hands.letters()[-1] and second.number in hands.letters()[-1]


def test_who_assists_is_who_was_named_last_and_never_the_lead_unit(hands: Hands) -> None:
    parks, homes, help_ = (hands.unit(name) for name in ("区城管局", "区住建局", "区民政局"))
    ticket = hands.do(hands.file(), "dispatch", DISPATCHER, lead=parks, assisting=(parks, help_))
    assert ticket.assisting == (help_,)
    moved = hands.do(ticket, "dispatch", DISPATCHER, lead=homes)
    assert (moved.lead, moved.assisting) == (homes, ())


def test_alerts_hold_none_of_the_residents_words() -> None:
    said = {"matter", "place", "text", "reason", "reply", "contact", "name"}
    for kind, words in load_life().alerts.items():
        assert "{number}" in words, kind
        assert not said & set(re.findall(r"{(\w+)}", words)), kind
