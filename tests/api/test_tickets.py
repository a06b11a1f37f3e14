"""Tickets for other systems: filed once, read, listed, changed, each within what its key allows."""

import io
from typing import Any

import pytest
from flask import Flask

from bot.store.sqlite import SqliteStore
from bot.tickets.matters import Draft, Matter
from tests.api.conftest import LAMP, NewSystem
from tests.conftest import Clock
from tests.photos.pictures import jpeg, opened
from tests.tickets.conftest import DISPATCHER, WANG, Hands
from tests.tickets.test_secret_reports import CONTACT, NAME, SECRET


def test_a_matter_is_filed_and_read(system: NewSystem) -> None:
    outside = system()
    answer = outside.post("/api/tickets", LAMP | {"since": "三天前", "name": "王女士", "contact": "13900001111"})
    made = answer.json
    assert answer.status_code == 201 and answer.headers["Location"] == f"/api/tickets/{made['number']}"
    assert made["state"] == "dispatched" and made["unit"] == "区城管局" and made["status"] == "open"
    assert len(made["code"]) == 6 and made["source"] == "api"
    read = outside.get(f"/api/tickets/{made['number']}").json
    assert read["matter"] == LAMP["matter"] and [event["action"] for event in read["history"]] == ["file", "dispatch"]
    assert "code" not in read and "people" not in read and "13900001111" not in str(read)


def test_without_a_unit_the_matter_goes_where_the_bot_thinks(system: NewSystem, hands: Hands) -> None:
    made = system().file(matter="小区里的路灯坏了好几盏，晚上黑得看不见路", unit=None)
    assert made["suggested"]["unit"] and 0 < made["suggested"]["confidence"] <= 1


def test_a_request_that_comes_again_is_carried_out_once(system: NewSystem, store: SqliteStore) -> None:
    outside, other = system(), system("12345平台")
    first = outside.post("/api/tickets", LAMP, Idempotency_Key="a1")
    again = outside.post("/api/tickets", LAMP, Idempotency_Key="a1")
    assert (first.status_code, again.status_code) == (201, 200) and first.json == again.json
    changed = outside.post("/api/tickets", LAMP | {"place": "别处"}, Idempotency_Key="a1")
    assert changed.status_code == 422 and changed.json["code"] == "idempotency_key_reused"
    assert other.post("/api/tickets", LAMP, Idempotency_Key="a1").json["number"] != first.json["number"], "each system's own"
    assert outside.post("/api/tickets", LAMP).json["number"] != first.json["number"], "without a key each one is new"
    assert len(store.engine.rows("select 1 from tickets")) == 3


def test_a_change_that_comes_again_is_made_once(system: NewSystem) -> None:
    outside = system()
    number = outside.file()["number"]
    for _ in range(3):
        assert outside.post(f"/api/tickets/{number}/note", {"text": "已派车"}, Idempotency_Key="n1").status_code == 200
    history = outside.get(f"/api/tickets/{number}").json["history"]
    assert [event["action"] for event in history].count("note") == 1


def test_the_same_external_number_is_the_same_ticket(system: NewSystem) -> None:
    outside = system("12345平台")
    first = outside.file(external_number="CC20260302001")
    again = outside.post("/api/tickets", LAMP | {"external_number": "CC20260302001", "matter": "又打来一次"})
    assert again.status_code == 200 and again.json["number"] == first["number"] and again.json["code"] == first["code"]


def test_a_units_system_leads_a_ticket_to_its_end(system: NewSystem, clock: Clock) -> None:
    city, unit = system("12345平台"), system("数字城管", unit="区城管局")
    number = city.file(name="王女士")["number"]
    path = f"/api/tickets/{number}"
    assert {"sign", "return", "note"} <= set(unit.get(path).json["actions"])
    for action, body in (("sign", None), ("start", {}), ("answer", {"text": "已修好"})):
        clock.forward(minutes=1)
        answer = unit.post(f"{path}/{action}", body)
        assert answer.status_code == 200, answer.text
    assert answer.json["state"] == "answered" and answer.json["reply"] == "已修好" and answer.json["status"] == "closed"
    rated = city.post(f"{path}/rate", {"satisfaction": "satisfied", "solved": True})
    assert rated.json["state"] == "closed" and rated.json["solved"] is True
    assert unit.post(f"{path}/withdraw").status_code == 409


def test_only_who_brought_a_matter_speaks_for_its_resident(system: NewSystem, hands: Hands) -> None:
    city, unit = system("12345平台"), system("数字城管", unit="区城管局")
    number = city.file()["number"]
    refused = unit.post(f"/api/tickets/{number}/withdraw")
    assert refused.status_code == 409 and "只有登记它的系统" in refused.json["error"]
    assert city.post(f"/api/tickets/{number}/withdraw", {"reason": "已自行解决"}).json["state"] == "withdrawn"
    theirs = hands.answered()
    answer = city.post(f"/api/tickets/{theirs.number}/rate", {"satisfaction": "satisfied"})
    assert answer.status_code == 409, "a resident's own ticket is rated by the resident"


def test_a_unit_sees_and_changes_its_own_tickets_only(system: NewSystem, hands: Hands) -> None:
    ours, theirs = hands.file(), hands.file(Draft(Matter.REQUEST, "想申请低保", "铁西街", unit="区民政局", confidence=1.0), WANG)
    unit = system(unit="区城管局")
    assert unit.get(f"/api/tickets/{theirs.number}").status_code == 404
    for action in ("note", "sign"):
        refused = unit.post(f"/api/tickets/{theirs.number}/{action}", {"text": "看看"} if action == "note" else None)
        assert refused.status_code == 404 and refused.json["code"] == "unknown_ticket"
    assert [ticket["number"] for ticket in unit.get("/api/tickets").json["tickets"]] == [ours.number]
    assert unit.get("/api/tickets", unit="区民政局").json["tickets"] == []
    assert unit.file(unit=None)["unit"] == "区城管局", "what it files is its own"
    other = unit.post("/api/tickets", LAMP | {"unit": "区民政局"})
    assert other.status_code == 403 and other.json["code"] == "other_unit"


def test_an_external_number_of_another_unit_is_not_shown(system: NewSystem) -> None:
    system("12345平台").file(external_number="CC1", unit="区民政局")
    answer = system(unit="区城管局").post("/api/tickets", LAMP | {"external_number": "CC1"})
    assert answer.status_code == 409 and answer.json["code"] == "external_number_taken" and "LY-" not in answer.text


def test_a_ticket_that_changed_meanwhile_is_looked_at_again(system: NewSystem, hands: Hands) -> None:
    outside = system()
    made = outside.file()
    hands.do(hands.office.reading().store.ticket(made["number"]), "note", DISPATCHER, text="请先看现场")  # type: ignore[arg-type]
    answer = outside.post(f"/api/tickets/{made['number']}/sign", {"seen": made["seen"]})
    assert answer.status_code == 409 and answer.json["code"] == "overtaken"
    now = outside.get(f"/api/tickets/{made['number']}").json["seen"]
    assert outside.post(f"/api/tickets/{made['number']}/sign", {"seen": now}).status_code == 200


def test_scopes_are_kept(system: NewSystem, application: Flask) -> None:
    reader, writer = system("只读系统", "read"), system("只写系统", "write")
    made = writer.post("/api/tickets", LAMP)
    assert made.status_code == 201
    for answer in (reader.post("/api/tickets", LAMP), writer.get("/api/tickets"), writer.get("/api/units")):
        assert answer.status_code == 403 and answer.json["code"] == "missing_scope"
    assert reader.post(f"/api/tickets/{made.json['number']}/note", {"text": "x"}).status_code == 403


def test_people_are_shown_to_who_may_see_them_and_that_is_kept(system: NewSystem, store: SqliteStore) -> None:
    made = system("12345平台").file(name="王女士", contact="13900001111")
    shown = system("短信平台", "read", "people").get(f"/api/tickets/{made['number']}").json
    assert shown["people"] == [{"name": "王女士", "contact": "13900001111", "role": "reporter"}]
    (entry,) = store.engine.rows("select * from audit where action = 'api.people.view'")
    assert (entry["username"], entry["object"]) == ("短信平台", made["number"])


def test_nobody_behind_a_secret_report_is_shown(system: NewSystem, hands: Hands) -> None:
    ticket = hands.file(SECRET)
    everything = system("大数据局", "read", "write", "people")
    filed = everything.file(kind="report", secret=True, name=NAME, contact=CONTACT)
    told = [everything.get("/api/tickets").text, everything.get("/api/tickets", q=NAME).text]
    told += [everything.get(f"/api/tickets/{number}").text for number in (ticket.number, filed["number"])]
    told += [everything.post(f"/api/tickets/{ticket.number}/note", {"text": "已核实"}).text, str(filed)]
    assert ticket.number in told[0]
    assert not any(mark in text for text in told for mark in (NAME, CONTACT, "oWang", "王阿姨"))


# -- lists --------------------------------------------------------------------------------------------------------------


def test_a_list_is_filtered_and_read_page_by_page(system: NewSystem, clock: Clock) -> None:
    outside = system()
    numbers = []
    for k in range(7):
        numbers.append(outside.file(kind="praise" if k == 3 else "complaint", matter=f"第{k}件事，路灯")["number"])
        clock.forward(minutes=1)
    found, cursor = [], ""
    while True:
        page = outside.get("/api/tickets", limit=3, **({"cursor": cursor} if cursor else {})).json
        found += [ticket["number"] for ticket in page["tickets"]]
        if not page["more"]:
            break
        cursor = page["next"]
    assert found == numbers[::-1] and page["next"] is None
    assert [t["number"] for t in outside.get("/api/tickets", kind="praise").json["tickets"]] == [numbers[3]]
    assert [t["number"] for t in outside.get("/api/tickets", number=numbers[2]).json["tickets"]] == [numbers[2]]
    assert [t["number"] for t in outside.get("/api/tickets", q="第5件").json["tickets"]] == [numbers[5]]
    since = {"since": "2026-03-02T10:04:30+08:00", "until": "2026-03-02T02:05:30Z"}
    assert [t["number"] for t in outside.get("/api/tickets", **since).json["tickets"]] == [numbers[5]]
    assert outside.get("/api/tickets", state="received,answered").json["tickets"] == []


def test_what_changed_is_found_once_and_nothing_is_missed(system: NewSystem, clock: Clock) -> None:
    outside = system()
    first, second = outside.file()["number"], outside.file()["number"]
    page = outside.get("/api/tickets", order="changed").json
    assert [ticket["number"] for ticket in page["tickets"]] == [first, second] and page["more"] is False
    quiet = outside.get("/api/tickets", order="changed", cursor=page["next"]).json
    assert quiet["tickets"] == [] and quiet["next"] == page["next"]
    outside.post(f"/api/tickets/{first}/sign")  # the clock stands still: the same moment
    later = outside.get("/api/tickets", order="changed", cursor=page["next"]).json
    assert [ticket["number"] for ticket in later["tickets"]] == [first]
    clock.forward(minutes=5)
    outside.post(f"/api/tickets/{second}/sign")
    since = outside.get("/api/tickets", changed_since=clock().isoformat()).json
    assert [ticket["number"] for ticket in since["tickets"]] == [second]


@pytest.mark.parametrize(
    "query",
    [
        {"state": "lost"},
        {"kind": "anger"},
        {"unit": "没有的局"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "many"},
        {"cursor": "%%%"},
        {"cursor": "bm9uc2Vuc2U"},
        {"cursor": "WyJuZXdlc3QiLCAiW10iXQ"},
        {"cursor": "WyJjaGFuZ2VkIiwgIls5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OSwgXCJ4XCJdIl0", "order": "changed"},
        {"since": "yesterday"},
        {"since": "2026-03-02T10:00:00"},
        {"order": "random"},
        {"colour": "red"},
        {"overdue": "maybe"},
    ],
)
def test_a_condition_that_cannot_be_is_named(system: NewSystem, query: dict[str, str]) -> None:
    answer = system().get("/api/tickets", **query)
    assert answer.status_code == 422 and answer.json["field"] in query, answer.text
    assert {"error", "code", "field", "request_id"} == set(answer.json)


# -- what cannot be ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "anger"}, "kind"),
        ({"kind": None}, "kind"),
        ({"kind": ["complaint"]}, "kind"),
        ({"matter": "  "}, "matter"),
        ({"matter": 5}, "matter"),
        ({"matter": "长" * 4001}, "matter"),
        ({"place": ""}, "place"),
        ({"unit": "没有的局"}, "unit"),
        ({"urgency": "very"}, "urgency"),
        ({"secret": "yes"}, "secret"),
        ({"location": {"latitude": 91, "longitude": 125, "system": "wgs84"}}, "location"),
        ({"location": {"latitude": 43.8, "longitude": 125.2}}, "system"),
        ({"location": [43.8, 125.2]}, "location"),
        ({"photos": ["javascript:alert(1)"]}, "photos"),
        ({"photos": ["https://example.gov.cn/1.jpg"] * 10}, "photos"),
        ({"photos": "https://example.gov.cn/1.jpg"}, "photos"),
        ({"resident": "wechat:oWang"}, "resident"),
    ],
)
def test_a_field_that_cannot_be_is_named_and_nothing_filed(
    system: NewSystem, store: SqliteStore, fields: dict[str, Any], field: str
) -> None:
    answer = system().post("/api/tickets", LAMP | fields)
    assert answer.status_code == 422 and answer.json["field"] == field, answer.text
    assert store.engine.rows("select 1 from tickets") == []


@pytest.mark.parametrize(
    ("action", "body", "status", "code"),
    [
        ("answer", {"text": "好了"}, 409, "conflict"),  # not signed for yet
        ("return", {}, 422, "invalid"),
        ("return", {"reason": 5}, 422, "invalid"),
        ("return", {"reason": "不归我们", "colour": "red"}, 422, "unknown_field"),
        ("extend_ask", {"days": 1000, "reason": "雨"}, 422, "invalid"),
        ("extend_ask", {"days": "two", "reason": "雨"}, 422, "invalid"),
        ("dispatch", {"lead": "区民政局"}, 404, "unknown_action"),
        ("explode", {}, 404, "unknown_action"),
        ("file", {}, 404, "unknown_action"),
        ("note", {"text": "长" * 4001}, 422, "invalid"),
        ("note", {"text": "看过", "seen": "later"}, 422, "invalid"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_leaves_no_trace(
    system: NewSystem, action: str, body: dict[str, Any], status: int, code: str
) -> None:
    outside = system()
    made = outside.file()
    answer = outside.post(f"/api/tickets/{made['number']}/{action}", body)
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    assert outside.get(f"/api/tickets/{made['number']}").json["seen"] == made["seen"]


def test_an_unknown_ticket_is_not_found(system: NewSystem) -> None:
    for answer in (system("甲系统").get("/api/tickets/LY-1"), system("乙系统").post("/api/tickets/LY-1/note", {"text": "x"})):
        assert answer.status_code == 404 and answer.json["code"] == "unknown_ticket"


def test_a_location_is_kept_in_the_coordinates_of_chinese_maps(system: NewSystem) -> None:
    made = system().file(location={"latitude": 43.88, "longitude": 125.25, "system": "wgs84"}, place="")
    assert (made["latitude"], made["longitude"]) == (43.88233, 125.25638)


def test_links_to_pictures_are_kept_and_not_fetched(system: NewSystem, store: SqliteStore) -> None:
    photos = ["https://example.gov.cn/1.jpg", "http://10.0.0.5/2.jpg?a=b"]
    assert system().file(photos=photos)["photos"] == photos
    assert {row["state"] for row in store.engine.rows("select state from photos")} == {"link"}


def test_a_resident_s_photo_is_fetched_with_the_key_by_who_may_see_the_ticket(
    system: NewSystem, application: Flask, store: SqliteStore
) -> None:
    resident = application.test_client()
    resident.post("/api/chat", json={"text": "正阳街的路灯三天不亮了，没人修"})
    resident.post("/api/photos", data={"photo": (io.BytesIO(jpeg()), "x.jpg")}, content_type="multipart/form-data")
    number = resident.post("/api/chat", json={"text": "确认"}).get_json()["ticket"]
    city = system("市里")
    (address,) = city.get(f"/api/tickets/{number}").json["photos"]
    shown = city.get(address)
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg") and opened(shown.data).format == "JPEG"
    assert city.get(f"/api/tickets/{number}/photos/999").json["code"] == "unknown_photo"
    assert system("区民政局的系统", "read", unit="区民政局").get(address).status_code == 404
    assert system("只写的", "write").get(address).status_code == 403
    assert application.test_client().get(address).status_code == 401


def test_units_are_listed(system: NewSystem) -> None:
    units = {unit["name"]: unit for unit in system().get("/api/units").json["units"]}
    assert units["区城管局"]["outside"] is False and units["区税务局"]["outside"] is True
