"""A ticket's page over HTTP: what may be done, what is warned of, what is printed; the list, saved filters, several at once."""

import re
from collections.abc import Callable
from dataclasses import replace

from flask import Flask

from bot.store.sqlite import SqliteStore
from bot.store.tickets import TicketOffice
from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Actor
from tests.console.conftest import Clerk
from tests.console.test_board import DISPATCHER, LAMP, STAFF, filed, now, office

__all__ = ["office"]

SIGNED: list[tuple[Actor, str, dict[str, object]]] = [(DISPATCHER, "dispatch", {"lead": 901}), (STAFF, "sign", {})]


def seen(page: str) -> str:
    return re.findall(r'name="seen" value="(\d+)"', page)[0]


def test_a_reply_with_a_promise_is_sent_after_a_tick_for_just_that_promise(
    office: TicketOffice, clerk: Callable[..., Clerk]
) -> None:
    ticket, staff = filed(office, LAMP, *SIGNED), clerk("staff")
    page = f"/console/tickets/{ticket.number}"
    text = "三天内一定修好"
    answer = staff.post(f"{page}/answer", page, text=text)
    assert answer.status_code == 409 and text in answer.text
    assert "“一定”是承诺" in answer.text and "“三天内”在计划" in answer.text
    assert now(office, ticket).reply == ""
    mark = re.findall(r'name="confirmed" value="(\w+)"', answer.text)[0]
    more = staff.post(f"{page}/answer", page, text=text + "，我打13843112345找人", confirmed=mark)
    assert more.status_code == 409 and "手机号" in more.text, "the tick was for something else"
    assert staff.post(f"{page}/answer", page, text=text, confirmed=mark).status_code == 302
    assert now(office, ticket).reply == text


def test_an_approver_is_warned_of_what_the_draft_promises(
    office: TicketOffice, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    with store.engine.write() as db:
        db.execute("update units set signs_off = 1 where id = 901")
    ticket = filed(office, LAMP, *SIGNED, (STAFF, "draft_reply", {"text": "月底前修好"}))
    approver, page = clerk("approver"), f"/console/tickets/{ticket.number}"
    assert "月底前修好" in approver.get(page).text
    answer = approver.post(f"{page}/sign_off", page)
    assert answer.status_code == 409 and "月底前" in answer.text
    mark = re.findall(r'name="confirmed" value="(\w+)"', answer.text)[0]
    assert approver.post(f"{page}/sign_off", page, confirmed=mark).status_code == 302
    assert now(office, ticket).state == "answered"


def test_the_name_of_another_tickets_resident_is_warned_of(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    filed(office, replace(LAMP, name="欧阳建国", matter="井盖丢了"))
    ticket = filed(office, replace(LAMP, name="王秀英"), *SIGNED)
    staff, page = clerk("staff"), f"/console/tickets/{ticket.number}"
    assert "另一张工单里居民的称呼" in staff.post(f"{page}/answer", page, text="欧阳建国您好，灯修好了").text
    assert staff.post(f"{page}/answer", page, text="王秀英您好，灯修好了").status_code == 302


def test_whoever_works_off_a_list_goes_on_to_its_next_ticket(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    first, second, third = (filed(office, replace(LAMP, matter=f"第{k}盏灯"), *SIGNED) for k in range(3))
    staff, page = clerk("staff"), f"/console/tickets/{second.number}"
    assert f"{page}?section=in_progress" in staff.get("/console/board/mine").text
    opened = staff.get(f"{page}?section=in_progress").text
    assert f"/console/tickets/{third.number}?section=in_progress" in opened and "← 我的工单" in opened
    answered = staff.post(f"{page}/answer", page, text="修好了", section="in_progress", next=third.number)
    after = staff.get(answered.headers["Location"]).text
    assert f"/console/tickets/{third.number}?section=in_progress" in after
    assert f"/console/tickets/{first.number}?" in staff.get(f"/console/tickets/{third.number}?section=in_progress").text
    assert "下一张" not in staff.get(page).text


def test_what_the_resident_added_last_stands_in_the_line(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    ticket = filed(office, LAMP, *SIGNED, (DISPATCHER, "add", {"text": "是北边那根灯杆"}))
    staff = clerk("staff")
    assert "<b>居民补充：</b>是北边那根灯杆" in staff.get("/console/board/mine").text
    with office.desk() as desk:
        desk.perform(ticket.number, "note", STAFF, text="知道了")
    assert "居民补充" not in staff.get("/console/board/mine").text


def test_a_caller_is_found_by_telephone_number_by_who_may_see_people(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    ticket = filed(office, replace(LAMP, name="王秀英", contact="13900001111"), *SIGNED)
    assert ticket.number in clerk("staff").get("/console/tickets/?q=13900001111").text
    assert ticket.number in clerk("dispatcher").get("/console/tickets/?q=王秀英").text
    assert ticket.number not in clerk("reader").get("/console/tickets/?q=13900001111").text


def test_a_ticket_that_is_given_to_another_unit_keeps_those_who_assist_unless_they_are_unticked(
    office: TicketOffice, clerk: Callable[..., Clerk]
) -> None:
    ticket = filed(office, LAMP, (DISPATCHER, "dispatch", {"lead": 901, "assisting": (902,)}))
    dispatcher, page = clerk("dispatcher"), f"/console/tickets/{ticket.number}"
    assert re.search(r'name="assisting" value="902"[^>]* checked', dispatcher.get(page).text)
    assert dispatcher.post(f"{page}/dispatch", page, lead="901").status_code == 302
    assert now(office, ticket).assisting == ()


def test_two_tabs_of_the_same_ticket_do_not_overwrite_each_other(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    ticket, staff = filed(office, LAMP, *SIGNED), clerk("staff")
    page = f"/console/tickets/{ticket.number}"
    first = seen(staff.get(page).text)
    assert staff.post(f"{page}/note", page, text="去看过", seen=first).status_code == 302
    again = staff.post(f"{page}/note", page, text="去看过", seen=first)
    assert again.status_code == 302
    assert "没有再办一次" in staff.get(page).text
    with office.desk() as desk:
        desk.perform(ticket.number, "add", DISPATCHER, text="居民又来电话")
    late = staff.post(f"{page}/answer", page, text="修好了", seen=first)
    assert late.status_code == 409 and "请看过再办" in late.text and "修好了" in late.text
    assert staff.post(f"{page}/answer", page, text="修好了", seen=seen(late.text)).status_code == 302
    notes = [event for event in office.reading().store.events(ticket.number) if event.action == "note"]
    assert len(notes) == 1


def test_templates_are_filled_from_the_ticket_and_administrators_add_their_own(
    office: TicketOffice, clerk: Callable[..., Clerk]
) -> None:
    administrator = clerk("administrator")
    wrong = administrator.post("/console/templates/", title="路灯", text="您好，{nobody}")
    assert wrong.status_code == 400 and "没有 {nobody}" in wrong.text and "您好" in wrong.text
    assert administrator.post("/console/templates/", title="路灯", text="{number}的灯{place}已修").status_code == 302
    ticket = filed(office, LAMP, *SIGNED)
    page = clerk("staff").get(f"/console/tickets/{ticket.number}").text
    assert f'value="{ticket.number}的灯槐安路已修">路灯' in page
    assert administrator.post("/console/templates/1/delete").status_code == 302
    assert administrator.post("/console/templates/1/delete").status_code == 404


def test_the_page_shows_the_map_the_residents_other_tickets_and_who_told_it(
    office: TicketOffice, clerk: Callable[..., Clerk]
) -> None:
    point = replace(LAMP, latitude=43.88, longitude=125.27, name="王秀英", contact="13843112345")
    ticket = filed(office, point, *SIGNED)
    own = filed(office, replace(LAMP, matter="垃圾没人收"), *SIGNED)
    others = filed(office, replace(LAMP, matter="公厕太脏"), (DISPATCHER, "dispatch", {"lead": 902}))
    page = clerk("staff").get(f"/console/tickets/{ticket.number}").text
    assert "coord:43.88,125.27" in page and "王秀英" in page and 'href="tel:13843112345"' in page
    assert own.number in page and others.number not in page
    assert "王秀英" not in clerk("reader").get(f"/console/tickets/{ticket.number}").text
    secret = filed(office, replace(point, kind=Matter.REPORT, secret=True), *SIGNED)
    for role in ("staff", "dispatcher"):
        page = clerk(role).get(f"/console/tickets/{secret.number}").text
        assert "保密举报" in page and "王秀英" not in page and "13843112345" not in page


def test_tickets_are_printed_a_sheet_each_for_those_who_may_see_them(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    own = [filed(office, LAMP, *SIGNED).number for _ in range(2)]
    other = filed(office, LAMP, (DISPATCHER, "dispatch", {"lead": 902})).number
    staff = clerk("staff")
    page = staff.get(f"/console/tickets/print?number={own[0]}&number={own[1]}").text
    assert page.count('<article class="sheet">') == 2
    assert staff.get(f"/console/tickets/print?number={own[0]}&number={other}").status_code == 404
    assert staff.get("/console/tickets/print").status_code == 404


def test_the_list_is_found_by_what_is_asked_for(office: TicketOffice, clerk: Callable[..., Clerk], store: SqliteStore) -> None:
    lamp = filed(office, LAMP, *SIGNED).number
    with store.engine.write() as db:
        db.execute("update units set area = '青年路街道' where id = 902")
    phone = Draft(Matter.REQUEST, "想给老人装扶手", "青年路", source="telephone", external_number="CC12345-7")
    asked = filed(office, phone, (DISPATCHER, "dispatch", {"lead": 902})).number
    dispatcher = clerk("dispatcher")
    for query, there, not_there in [
        ("state=signed", lamp, asked),
        ("kind=request", asked, lamp),
        ("unit=901", lamp, asked),
        ("source=telephone", asked, lamp),
        ("area=青年路街道", asked, lamp),
        ("q=扶手", asked, lamp),
        (f"q={lamp[:16]}", lamp, ""),
        ("q=CC12345", asked, lamp),
        ("due=week&state=signed&order=newest", lamp, asked),
    ]:
        page = dispatcher.get(f"/console/tickets/?{query}").text
        assert there in page and (not not_there or not_there not in page), query
    assert "没有这样的工单" in dispatcher.get("/console/tickets/?due=today").text
    assert dispatcher.get("/console/tickets/?unit=99999999999999999999&due=x&state=x&kind=x").status_code == 200


def test_a_filter_is_kept_under_a_name_by_its_account_only(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    dispatcher, administrator = clerk("dispatcher"), clerk("administrator")
    saved = dispatcher.post("/console/tickets/filters", name="催办的", query="urged=1&state=signed&next=http://x")
    assert saved.headers["Location"] == "/console/tickets/?urged=1&state=signed"
    assert "/console/tickets/?urged=1&amp;state=signed" in dispatcher.get("/console/tickets/").text
    assert "催办的" not in administrator.get("/console/tickets/").text
    assert administrator.post("/console/tickets/filters/1/delete").status_code == 404
    assert dispatcher.post("/console/tickets/filters/1/delete").status_code == 302
    dispatcher.post("/console/tickets/filters", name="", query="urged=1")
    assert "起个名字" in dispatcher.get("/console/tickets/").text


def test_several_are_dealt_with_at_once_each_with_its_own_result(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    new, other = filed(office), filed(office)
    over = filed(office, LAMP, (DISPATCHER, "withdraw", {}))
    dispatcher = clerk("dispatcher")
    page = "/console/tickets/several?" + "&".join(f"number={one.number}" for one in (new, other, over))
    shown = dispatcher.get(page).text
    assert "2 张能办" in shown
    numbers = {"number": [new.number, other.number, over.number]}
    token = {"csrf_token": dispatcher.token()}
    address = "/console/tickets/several/dispatch"
    empty = dispatcher.client.post(address, data={**token, **numbers})
    assert empty.status_code == 409 and "请填写主办单位" in empty.text
    seen_all = {f"seen-{one.number}": re.findall(rf'seen-{one.number}" value="(\d+)"', shown)[0] for one in (new, other)}
    with office.desk() as desk:
        desk.perform(other.number, "dispatch", DISPATCHER, lead=902)
    results = dispatcher.client.post(address, data={**token, **numbers, **seen_all, "lead": "901"}).text
    assert "办好 1 张，没办成 2 张" in results and "请看过再办" in results and "已撤回" in results
    assert (now(office, new).lead, now(office, other).lead) == (901, 902)
    assert dispatcher.client.post("/console/tickets/several/merge", data={**token, **numbers}).status_code == 404


def test_whoever_sees_only_a_units_tickets_reaches_no_others_by_address(
    office: TicketOffice, clerk: Callable[..., Clerk], application: Flask
) -> None:
    ticket = filed(office, replace(LAMP, name="王秀英", contact="13843112345"), (DISPATCHER, "dispatch", {"lead": 902}))
    number, staff = ticket.number, clerk("staff")
    token = {"csrf_token": staff.token()}
    for address in (
        f"/console/tickets/{number}",
        f"/console/tickets/print?number={number}",
        f"/console/tickets/several?number={number}",
        f"/console/board/{number}/to_sign",
    ):
        assert staff.get(address).status_code == 404, address
    for address in (f"/console/tickets/{number}/note", "/console/tickets/several/note", f"/console/board/{number}/to_sign/0"):
        answer = staff.client.post(address, data={**token, "number": number, "text": "看看"})
        assert answer.status_code == 404, address
    for address in ("/console/tickets/", f"/console/tickets/?q={number}", "/console/tickets/?unit=902", "/console/board/mine"):
        page = staff.get(address).text
        assert "王秀英" not in page and f'tickets/{number}"' not in page, address
    assert staff.get("/console/board/").status_code == 403


def test_numbers_are_read_as_they_are_typed_at_a_chinese_keyboard(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    into, twice = filed(office, LAMP, *SIGNED), filed(office, replace(LAMP, matter="灯又灭了"), *SIGNED)
    staff, dispatcher = clerk("staff"), clerk("dispatcher")
    wide = str.maketrans("0123456789-", "０１２３４５６７８９－")
    page = f"/console/tickets/{twice.number}"
    assert staff.post(f"{page}/extend_ask", page, days="１０", reason="等灯杆").status_code == 302
    assert now(office, twice).extension_days == 10
    for typed in (into.number.lower(), into.number.translate(wide), f"LY {into.number[3:]}"):
        assert into.number in dispatcher.get("/console/tickets/", query_string={"q": typed}).text, typed
    assert dispatcher.post(f"{page}/merge", page, into=into.number.lower().translate(wide)).status_code == 302
    assert now(office, twice).merged_into == into.number
