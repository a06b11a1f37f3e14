"""The standard's documented requests and answers, by a client that knows only the standard; in XML and in JSON."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import Installation, web
from bot.config import Config
from bot.dialogue.conversation import Conversation
from bot.store.sqlite import SqliteStore
from intents.model import Model
from tests.api.conftest import NewSystem
from tests.conftest import Clock
from tests.open311.standard import SPECIFICATION, Answer, Client, Refused
from tests.tickets.conftest import DISPATCHER, LAMP, Hands
from tests.tickets.test_secret_reports import CONTACT, NAME, SECRET

NewClient = Callable[..., Client]
HOLE = {
    # the standard's example request
    "lat": "43.88",
    "long": "125.25",
    "address_string": "1234 5th street",
    "email": "smit333@sfgov.edu",
    "device_id": "tt222111",
    "account_id": "123456",
    "first_name": "john",
    "last_name": "smith",
    "phone": "111111111",
    "description": "A large sinkhole is destroying the street 路面塌了",
    "media_url": "http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg",
}


@pytest.fixture(params=["xml", "json"])
def new_client(request: pytest.FixtureRequest, application: Flask) -> NewClient:
    http = application.test_client(use_cookies=False)

    def send(method: str, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        answer = http.open(f"/open311/v2/{address}", method=method, data=body, headers=headers)
        return Answer(answer.status_code, answer.headers["Content-Type"], answer.data)

    return lambda api_key="": Client(send, request.param, api_key)


@pytest.fixture
def client(new_client: NewClient, system: NewSystem) -> Client:
    """A client whose key may write; the standard sends it with POST only."""
    return new_client(system("手机应用", "write").text)


def refused(call: Callable[[], object], status: int) -> str:
    with pytest.raises(Refused) as caught:
        call()
    assert caught.value.status == status and [int(error["code"]) for error in caught.value.errors] == [status]
    return str(caught.value.errors[0]["description"])


def test_discovery_names_the_endpoint_and_its_formats(client: Client) -> None:
    (endpoint,) = client.discovery()["endpoints"]
    assert endpoint["specification"] == SPECIFICATION and endpoint["url"].endswith("/open311/v2")
    assert endpoint["formats"] == ["text/xml", "application/json"]


def test_services_are_listed_and_defined(client: Client) -> None:
    services = client.services()
    assert len({service["service_code"] for service in services}) == len(services) >= 5
    for service in services:
        attributes = client.definition(service["service_code"])
        assert bool(attributes) == (service["metadata"] in (True, "true"))


def test_from_the_list_of_services_to_the_request_and_its_state(client: Client, hands: Hands, clock: Clock) -> None:
    """The sequence in which the standard documents its methods."""
    service = next(service for service in client.services() if service["service_name"] == "投诉")
    unit = next(attribute for attribute in client.definition(service["service_code"]) if attribute["code"] == "unit")
    lighting = next(value["key"] for value in unit["values"] if value["name"] == "区城管局")
    made = client.post(**HOLE, service_code=service["service_code"], attribute={"unit": lighting})
    assert made["account_id"] == "123456" and made["service_request_id"] in (made["service_notice"] or "")
    number = made["service_request_id"]
    found = client.request(number)
    assert (found["status"], found["service_code"], found["agency_responsible"]) == ("open", "complaint", "区城管局")
    assert found in client.requests()
    assert client.token(number)["service_request_id"] == number
    clock.forward(hours=3)
    ticket, clerk = hands.office.reading().store.ticket(number), hands.staff("区城管局")
    assert ticket is not None
    for action in ("sign", "start"):
        hands.do(ticket, action, clerk)
    hands.do(ticket, "answer", clerk, text="已经回填")
    closed = client.request(number)
    assert closed["status"] == "closed" and closed["updated_datetime"] == "2026-03-02T13:00:00+08:00"
    assert number in [request["service_request_id"] for request in client.requests(status="closed")]
    assert number not in [request["service_request_id"] for request in client.requests(status="open")]


def test_the_least_that_the_standard_wants_is_enough(client: Client) -> None:
    for code in ("complaint", "suggestion", "praise"):
        assert client.post(service_code=code, lat="43.88", long="125.25")["service_request_id"]
    assert client.post(service_code="complaint", address_id="545483")["account_id"] is None


def test_what_was_sent_is_read_by_who_has_a_key(client: Client, application: Flask, system: NewSystem) -> None:
    made = client.post(**HOLE, service_code="complaint")
    reader = system("大数据局", "read")
    got = reader.get(f"/open311/v2/requests/{made['service_request_id']}.json").json[0]
    assert got["description"] == HOLE["description"] and got["address"] == HOLE["address_string"]
    assert (got["lat"], got["long"]) == (43.88, 125.25) and got["media_url"] == HOLE["media_url"]
    assert "smit333" not in str(got) and "111111111" not in str(got)
    by_key = application.test_client().get("/open311/v2/requests.json", query_string={"api_key": reader.text})
    assert by_key.json == [got]


def test_without_a_key_no_words_and_no_place_are_shown(client: Client) -> None:
    made = client.post(**HOLE, service_code="complaint")
    (found,) = client.requests()
    assert found["service_request_id"] == made["service_request_id"]
    hidden = ("description", "address", "lat", "long", "media_url")
    assert [found[name] for name in hidden] == [None] * 5 and "sinkhole" not in str(found)


def test_a_secret_report_is_not_there_without_a_key_and_never_its_reporter(
    client: Client, hands: Hands, system: NewSystem, store: SqliteStore
) -> None:
    ticket = hands.file(SECRET)
    posted = client.post(
        service_code="report",
        address_string="青年路12号",
        description="有人私自加油",
        last_name=NAME,
        phone=CONTACT,
        attribute={"secret": "yes"},
    )
    assert store.engine.rows("select secret from tickets where number = ?", [posted["service_request_id"]]) == [{"secret": 1}]
    assert client.requests() == [] == client.requests(service_request_id=f"{ticket.number},{posted['service_request_id']}")
    for number in (ticket.number, posted["service_request_id"]):
        refused(lambda number=number: client.request(number), 404)  # type: ignore[misc]
    everything = system("大数据局", "read", "people").get("/open311/v2/requests.xml").text
    assert ticket.number in everything and not any(mark in everything for mark in (NAME, CONTACT, "oWang"))


# -- queries ------------------------------------------------------------------------------------------------------------------


def test_several_ids_override_everything_else(client: Client) -> None:
    numbers = [client.post(service_code="praise", address_string="正阳街")["service_request_id"] for _ in range(3)]
    wanted = f"{numbers[0]},{numbers[2]},LY-20260302-9999-9"
    found = client.requests(service_request_id=wanted, service_code="complaint", start_date="2001-01-01T00:00:00Z")
    assert [request["service_request_id"] for request in found] == [numbers[0], numbers[2]]


def test_requests_are_found_by_service_and_state_comma_delimited(client: Client) -> None:
    for code in ("complaint", "praise", "suggestion"):
        client.post(service_code=code, address_string="正阳街")
    assert {request["service_code"] for request in client.requests(service_code="praise,suggestion")} == {"praise", "suggestion"}
    assert len(client.requests(status="open,closed")) == 3
    assert client.requests(service_code="", status="", start_date="") == client.requests(), "empty is as not given"


def test_dates_are_included_and_the_default_is_ninety_days(client: Client, clock: Clock) -> None:
    first = client.post(service_code="praise", address_string="正阳街")["service_request_id"]
    at = client.request(first)["requested_datetime"]
    clock.forward(days=80)
    second = client.post(service_code="praise", address_string="正阳街")["service_request_id"]
    assert len(client.requests()) == 2
    assert [request["service_request_id"] for request in client.requests(start_date=at, end_date=at)] == [first]
    clock.forward(days=20)
    assert [request["service_request_id"] for request in client.requests()] == [second]
    utc = datetime.fromisoformat(at) + timedelta(days=1)
    assert [r["service_request_id"] for r in client.requests(end_date=utc.isoformat())] == [first]
    span = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-01T00:00:01Z"}
    assert "90" in refused(lambda: client.requests(**span), 400)


@pytest.mark.parametrize(
    "query",
    [
        {"start_date": "last week"},
        {"end_date": "2026-03-02T00:00:00"},
        {"start_date": "0001-01-01T00:00:00Z", "end_date": "9999-12-31T23:59:59Z"},
        {"end_date": "0001-01-01T00:00:00Z"},
        {"status": "lost"},
    ],
)
def test_a_query_that_cannot_be_is_refused(client: Client, query: dict[str, str]) -> None:
    refused(lambda: client.requests(**query), 400)


# -- errors -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "status", "named"),
    [
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": "001"}, 404, "001"),
        ({"address_string": ""}, 400, "地点"),
        ({"address_string": "", "lat": "43.8"}, 400, "long"),
        ({"lat": "x", "long": "y"}, 400, "lat"),
        ({"lat": "nan", "long": "125"}, 400, "lat"),
        ({"description": "长" * 4001}, 400, "4000"),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
        ({"attribute": {"colour": "red"}}, 400, "colour"),
        ({"attribute": {"danger": "x"}}, 400, "danger"),
        ({"attribute": {"unit": "77777"}}, 400, "unit"),
        ({"service_code": "report"}, 400, "secret"),
        ({"service_code": "report", "attribute": {"secret": "perhaps"}}, 400, "secret"),
        ({"description": "我不服法院的判决，要求改判"}, 400, "法院"),
    ],
)
def test_what_cannot_be_filed_is_refused_by_name(
    client: Client, store: SqliteStore, fields: dict[str, object], status: int, named: str
) -> None:
    sent = {"service_code": "complaint", "address_string": "正阳街12号", **fields}
    assert named in refused(lambda: client.post(**sent), status)
    assert store.engine.rows("select 1 from tickets") == []


def test_a_key_that_is_missing_wrong_or_not_good_for_it_is_refused(new_client: NewClient, system: NewSystem) -> None:
    hole = {**HOLE, "service_code": "complaint"}
    for key in ("", "xyz", system("只读", "read").text):
        assert refused(lambda key=key: new_client(key).post(**hole), 403)  # type: ignore[misc]


def test_what_is_not_there_is_404(client: Client) -> None:
    for call in (
        lambda: client.request("LY-20260302-0001-0"),
        lambda: client.definition("001"),
        lambda: client.token("12345"),
        lambda: client._get("nothing", "services"),
    ):
        refused(call, 404)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"service_code=%FF%FE&address_string=x", "application/x-www-form-urlencoded"),
        (b"service_code=\xff", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % k for k in range(300)), "application/x-www-form-urlencoded"),
        (b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded"),
        (b'{"service_code": "complaint"}', "application/json"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "text/xml"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
        (b"", ""),
    ],
)
def test_a_body_that_is_no_form_is_refused(client: Client, body: bytes, kind: str) -> None:
    answer = client._send("POST", f"requests.{client.form}", body, {"Content-Type": kind} if kind else {})
    refused(lambda: client._read(answer, "service_requests"), 400)


def test_a_method_that_is_not_allowed_is_refused_in_the_standards_words(client: Client) -> None:
    answer = client._send("DELETE", f"requests.{client.form}", None, {})
    refused(lambda: client._read(answer, "service_requests"), 400)


# -- beyond the standard's examples ---------------------------------------------------------------------------------------------


def test_whatever_a_matter_holds_is_sound_xml(client: Client, hands: Hands, system: NewSystem, application: Flask) -> None:
    evil = "路灯]]>&<b>\x01\x0b\ufffe😀\nx"
    client.post(service_code="praise", address_string="a\x00b", description=evil)
    reader = Client(lambda method, address, body, headers: _keyed(application, system("大数据局", "read").text, address), "xml")
    (found,) = reader.requests()
    assert found["description"] == "路灯]]>&<b>😀\nx"


FIELDS = ["service_code", "lat", "long", "address_string", "address_id", "description", "media_url", "attribute[secret]"]
WORDS = st.text(max_size=20) | st.sampled_from(["complaint", "report", "43.88", "1e999", "yes", "http://[::1", "\x00", "٣"])


def test_whatever_is_sent_is_answered_as_the_standard_wants(client: Client, application: Flask) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from([*FIELDS, "attribute[unit][]", "attribute[", "x"]), WORDS, max_size=5))
    def send(fields: dict[str, str]) -> None:
        sound = {name: text.encode("utf-8", "replace").decode() for name, text in fields.items()}
        try:
            client.post(**{"service_code": "complaint", "address_string": "正阳街", **sound})
        except Refused as refusal:
            assert refusal.status in (400, 404)

    send()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(["service_request_id", "service_code", "start_date", "end_date", "status"]), WORDS))
def test_whatever_is_asked_is_answered_as_the_standard_wants(client: Client, query: dict[str, str]) -> None:
    try:
        client.requests(**{name: text.encode("utf-8", "replace").decode() for name, text in query.items()})
    except Refused as refusal:
        assert refusal.status in (400, 404)


def _keyed(application: Flask, key: str, address: str) -> Answer:
    parts = urlsplit(address)
    query = {**{name: values[0] for name, values in parse_qs(parts.query).items()}, "api_key": key}
    answer = application.test_client().get(f"/open311/v2/{parts.path}", query_string=query)
    return Answer(answer.status_code, answer.headers["Content-Type"], answer.data)


def test_a_units_key_sees_its_own_requests_only(client: Client, hands: Hands, system: NewSystem) -> None:
    ours, theirs = hands.file(), hands.file(LAMP.__class__(**{**LAMP.__dict__, "unit": "区民政局"}), DISPATCHER)
    unit = system(unit="区城管局")
    got = unit.get("/open311/v2/requests.json").json
    assert [request["service_request_id"] for request in got] == [ours.number]
    assert unit.get(f"/open311/v2/requests/{theirs.number}.json").status_code == 404


def test_where_queries_are_not_public_they_need_a_key_and_services_do_not(
    installation: Installation, conversation: Conversation, model: Model, store: SqliteStore, clock: Clock
) -> None:
    place = Installation(Config.model_validate({"open311": {"public": False}}), installation.knowledge)
    http = web(place, conversation, store, lambda: model, "test-secret", clock=clock).test_client()
    for path in ("requests.json", "requests/LY-1.json", "tokens/LY-1.json"):
        answer = http.get(f"/open311/v2/{path}")
        assert answer.status_code == 403 and answer.json[0]["code"] == 403
    assert http.get("/open311/v2/services.json").status_code == 200
