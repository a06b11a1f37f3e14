"""Entering what came by telephone, at the window or from the city's 12345; joining a caller to a ticket that is there."""

from collections.abc import Callable

import pytest
from flask import Flask

from bot.store.sqlite import SqliteStore
from tests.conftest import Clock
from tests.console.conftest import Clerk

PAGE = "/console/entry/"
LAMP = {
    "source": "telephone",
    "kind": "complaint",
    "matter": "楼下路灯三天不亮了",
    "place": "正阳街12号",
    "since": "三天前",
    "name": "王阿姨",
    "contact": "13800001111",
}


def enter(somebody: Clerk, **fields: str) -> str:
    """The number of what is entered."""
    answer = somebody.post(PAGE, PAGE, **{**LAMP, **fields})
    assert answer.status_code == 302, answer.text
    return str(answer.location.rsplit("/", 1)[1])


def test_a_call_becomes_a_ticket_with_number_and_code_to_read_out(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    somebody = clerk("dispatcher")
    number = enter(somebody)
    row = store.engine.rows("select * from tickets where number = ?", [number])[0]
    assert (row["source"], row["since"], row["place"]) == ("telephone", "三天前", "正阳街12号")
    slip = somebody.get(f"/console/entry/filed/{number}").text
    assert number in slip and f"{row['code'][:3]} {row['code'][3:]}" in slip
    people = store.engine.rows("select name, contact, resident from ticket_reporters where number = ?", [number])
    assert people == [{"name": "王阿姨", "contact": "13800001111", "resident": None}]
    event = store.engine.rows("select author, account from ticket_events where number = ? and action = 'file'", [number])[0]
    assert event["author"] == "dispatcher姓名" and event["account"]
    audited = store.engine.rows("select object from audit where action = 'entry.file'")
    assert [one["object"] for one in audited] == [number]


def test_a_dispatcher_who_chooses_the_unit_has_dispatched_a_clerk_has_only_suggested(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    by_dispatcher, by_staff = enter(clerk("dispatcher"), unit="902"), enter(clerk("staff"), unit="902")
    states = {row["number"]: row for row in store.engine.rows("select number, state, lead, suggested from tickets")}
    assert (states[by_dispatcher]["state"], states[by_dispatcher]["lead"]) == ("dispatched", 902)
    assert (states[by_staff]["state"], states[by_staff]["suggested"]) == ("received", "试验单位二")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"matter": ""}, "请写上是什么事"),
        ({"place": ""}, "要写地点"),
        ({"kind": "gossip"}, "请选类别"),
        ({"source": "pigeon"}, "请选来源"),
        ({"contact": "138000011"}, "手机号应为11位，现在是9位"),
        ({"source": "city12345"}, "要填它的工单号"),
        ({"external_number": "工单三"}, "只能有字母、数字和横线"),
        ({"name": "长" * 41}, "最多40个字"),
        ({"unit": "77777"}, "没有这个单位"),
    ],
)
def test_a_bad_field_is_told_and_nothing_typed_is_lost(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore, fields: dict[str, str], words: str
) -> None:
    given = {**LAMP, **fields}
    answer = clerk("dispatcher").post(PAGE, PAGE, **given)
    assert answer.status_code == 400 and words in answer.text
    for name in ("matter", "place", "since", "name", "contact"):
        assert given[name] in answer.text
    assert store.engine.rows("select 1 from tickets") == []


def test_the_number_of_the_citys_12345_is_kept_and_entered_once(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    somebody = clerk("dispatcher")
    number = enter(somebody, source="city12345", external_number="CC2026030200123")
    assert store.engine.rows("select external_number from tickets")[0]["external_number"] == "CC2026030200123"
    again = somebody.post(PAGE, PAGE, **{**LAMP, "source": "city12345", "external_number": "CC2026030200123"})
    assert again.status_code == 409 and f"登记过了：{number}" in again.text and "王阿姨" in again.text


def test_while_the_clerk_types_the_bot_suggests_and_shows_what_others_told(
    application: Flask, clerk: Callable[..., Clerk]
) -> None:
    somebody = clerk("dispatcher")
    assert "写上反映的事" in somebody.post(f"{PAGE}hints", PAGE, matter="路", kind="complaint").text
    first = somebody.post(f"{PAGE}hints", PAGE, matter=LAMP["matter"], place=LAMP["place"], kind="complaint").text
    assert "区城管局" in first and "可能是同一件事" not in first
    number = enter(somebody)
    again = somebody.post(f"{PAGE}hints", PAGE, matter="门口路灯不亮了", place="正阳街12号", kind="complaint").text
    assert number in again and "并入这一张" in again
    secret = somebody.post(f"{PAGE}hints", PAGE, matter="门口路灯不亮了", place="正阳街12号", kind="report", secret="1").text
    assert number not in secret
    court = somebody.post(f"{PAGE}hints", PAGE, matter="法院判决不公，要求改判", place="绿园", kind="complaint").text
    assert "区里可能管不了" in court


def test_a_caller_is_joined_to_a_ticket_of_others_and_gets_no_code_of_theirs(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    number = enter(clerk("dispatcher"), unit="902")
    staff = clerk("staff")  # of another unit
    shown = staff.post(f"{PAGE}hints", PAGE, matter="门口路灯不亮了", place="正阳街12号", kind="complaint").text
    assert number in shown and "内容不显示" in shown and LAMP["matter"] not in shown
    wrong = staff.post(f"{PAGE}join/{number}", PAGE, name="李叔", contact="139000022", matter="我家门口路灯不亮")
    assert wrong.status_code == 400 and "现在是9位" in wrong.text and "李叔" in wrong.text
    answer = staff.post(f"{PAGE}join/{number}", PAGE, name="李叔", contact="13900002222", matter="我家门口路灯不亮")
    assert answer.status_code == 302
    assert store.engine.rows("select joined from tickets")[0]["joined"] == 1
    slip = staff.get(f"{PAGE}filed/{number}").text
    code = store.engine.rows("select code from tickets")[0]["code"]
    assert number in slip and code[3:] not in slip and LAMP["matter"] not in slip
    assert clerk("administrator").get(f"{PAGE}filed/{number}").status_code == 404
    assert staff.post(f"{PAGE}join/LY-20260302-9999-1", PAGE, matter="路灯不亮").status_code == 404


def test_who_entered_a_secret_report_may_read_out_its_code_and_nobody_who_handles_it_sees_the_caller(
    application: Flask, clerk: Callable[..., Clerk]
) -> None:
    number = enter(clerk("dispatcher"), kind="report", secret="1", unit="901")
    page = clerk("staff").get(f"/console/tickets/{number}").text
    assert "王阿姨" not in page and "13800001111" not in page
    assert "保密" in clerk("dispatcher").get(f"{PAGE}filed/{number}").text


def test_the_same_form_sent_twice_is_one_ticket_and_another_caller_is_another(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore, clock: Clock
) -> None:
    somebody = clerk("dispatcher")
    number = enter(somebody)
    clock.forward(minutes=2)
    assert enter(somebody) == number
    assert "没有再登记一张" in somebody.get(f"/console/entry/filed/{number}").text
    others = {enter(somebody, name="李大爷", contact="13800002222"), enter(clerk("administrator"))}
    clock.forward(minutes=30)
    assert len({number, *others, enter(somebody)}) == 4
