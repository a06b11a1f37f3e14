"""Signing in, staying so, and being kept out."""

import re
import time
from collections.abc import Callable

import pytest
from flask import Flask
from itsdangerous import TimestampSigner

from bot.accounts.passwords import weakness
from bot.accounts.records import AccountError
from bot.store.accounts import SqliteAccounts
from bot.store.sqlite import SqliteStore
from tests.conftest import Clock
from tests.console.conftest import HASH, PASSWORD, Clerk

OWN = "早市-豆浆-油条-热乎"


def test_signing_in_leads_to_the_page_that_was_wanted(application: Flask) -> None:
    somebody = Clerk(application, "dispatcher")
    away = somebody.get("/console/me?x=1")
    assert away.status_code == 302
    page = away.headers["Location"]
    assert "next=" in page
    wanted = re.search(r'name="next" value="([^"]+)"', somebody.get(page).text)
    assert wanted
    answer = somebody.post("/console/login", page, username="DISPATCHER ", password=PASSWORD, next=wanted[1])
    assert answer.status_code == 302 and answer.headers["Location"] == "/console/me?x=1"
    assert "dispatcher姓名" in somebody.get("/console/").text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/console/", "/\\evil.example", "/", "/consolex"])
def test_signing_in_leads_nowhere_else(application: Flask, elsewhere: str) -> None:
    answer = Clerk(application, "reader").post(
        "/console/login", "/console/login", username="reader", password=PASSWORD, next=elsewhere
    )
    assert answer.headers["Location"] == "/console/"


def test_the_staffs_cookie_is_their_own_and_closed(application: Flask) -> None:
    client = application.test_client()
    client.post("/api/chat", json={"text": "你好"})
    resident = client.get_cookie("resident")
    somebody = Clerk(application, "reader")
    somebody.client = client
    set_by = somebody.sign_in().headers.getlist("Set-Cookie")
    assert len(set_by) == 1 and set_by[0].startswith("staff=")
    for word in ("HttpOnly", "Path=/console", "SameSite=Lax"):
        assert word in set_by[0]
    after = client.get_cookie("resident")
    assert resident and after and after.value == resident.value
    assert len(client.get("/api/messages").json["messages"]) == 2  # type: ignore[index]
    staff = client.get_cookie("staff", path="/console")
    assert staff
    other = application.test_client()
    other.set_cookie("staff", resident.value, path="/console")
    assert other.get("/console/").status_code == 302, "a resident's cookie opens nothing"
    other.set_cookie("resident", staff.value)
    assert other.get("/api/messages").json["messages"] == []  # type: ignore[index]


def test_wrong_names_and_wrong_passwords_are_told_alike(application: Flask) -> None:
    known, unknown = Clerk(application, "reader"), Clerk(application, "nobody")
    for _ in range(5):
        one, other = known.sign_in("falsch-falsch"), unknown.sign_in("falsch-falsch")
        assert one.status_code == other.status_code == 403
        assert one.text.replace("reader", "").count("不对") == other.text.count("不对") == 1
    one, other = known.sign_in(), unknown.sign_in()
    assert one.status_code == other.status_code == 429, "even with the right password"
    assert "1 分钟" in one.text and "1 分钟" in other.text


def test_waiting_grows_and_ends(application: Flask, clock: Clock) -> None:
    somebody = Clerk(application, "reader")
    for _ in range(5):
        somebody.sign_in("wrong-password")
    clock.forward(seconds=29)
    assert somebody.sign_in().status_code == 429
    clock.forward(seconds=2)
    assert somebody.sign_in("wrong-password").status_code == 403
    clock.forward(seconds=31)
    assert somebody.sign_in().status_code == 429, "the second wait is longer"
    clock.forward(seconds=30)
    assert somebody.sign_in().status_code == 302
    assert somebody.sign_in("wrong-password", "/console/me").status_code == 403, "and the count began anew"


def test_an_address_that_tries_many_names_waits_too(application: Flask) -> None:
    for number in range(25):
        assert Clerk(application, f"name{number}").sign_in("wrong-password").status_code == 403
    assert Clerk(application, "reader").sign_in().status_code == 429
    elsewhere = Clerk(application, "reader")
    elsewhere.client.environ_base["REMOTE_ADDR"] = "10.0.0.9"
    assert elsewhere.sign_in().status_code == 302


def test_a_session_ends_after_an_hour_of_nothing(clerk: Callable[..., Clerk], clock: Clock) -> None:
    somebody = clerk("reader")
    clock.forward(minutes=59)
    assert somebody.get("/console/").status_code == 200
    clock.forward(minutes=59)
    assert somebody.get("/console/").status_code == 200
    clock.forward(minutes=61)
    assert somebody.get("/console/").status_code == 302


def test_what_a_page_asks_by_itself_does_not_keep_the_session_open(clerk: Callable[..., Clerk], clock: Clock) -> None:
    somebody = clerk("reader")
    for _ in range(4):
        clock.forward(minutes=20)
        last = somebody.get("/console/", headers={"X-Background": "1", "HX-Request": "true"})
    assert last.status_code == 401
    assert last.headers["HX-Redirect"].startswith("/console/login")


def test_a_session_ends_after_half_a_day_in_any_case(clerk: Callable[..., Clerk], clock: Clock) -> None:
    somebody = clerk("reader")
    for _ in range(15):
        clock.forward(minutes=47)
        assert somebody.get("/console/").status_code == 200
    clock.forward(minutes=47)
    assert somebody.get("/console/").status_code == 302


def test_signing_out_ends_the_session(clerk: Callable[..., Clerk]) -> None:
    somebody = clerk("reader")
    assert somebody.post("/console/logout").status_code == 302
    assert somebody.get("/console/").status_code == 302


def test_signing_out_everywhere_ends_the_other_session(clerk: Callable[..., Clerk]) -> None:
    here, there = clerk("reader"), clerk("reader")
    assert here.post("/console/me/sessions").status_code == 302
    assert there.get("/console/").status_code == here.get("/console/").status_code == 302


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(clerk: Callable[..., Clerk]) -> None:
    here, there = clerk("reader"), clerk("reader")
    answer = here.post("/console/me/password", old=PASSWORD, new=OWN, again=OWN)
    assert answer.status_code == 302
    assert here.get("/console/").status_code == 200
    assert there.get("/console/").status_code == 302
    assert Clerk(there.client.application, "reader").sign_in().status_code == 403
    assert Clerk(there.client.application, "reader").sign_in(OWN).status_code == 302


def test_a_one_time_password_is_good_for_choosing_an_own_one_only(application: Flask, store: SqliteStore, clock: Clock) -> None:
    SqliteAccounts(store.engine, clock).add("newcomer", HASH, "reader", None, "", must_change=True)  # type: ignore[arg-type]
    somebody = Clerk(application, "newcomer")
    assert somebody.sign_in().headers["Location"] == "/console/me"
    assert somebody.get("/console/").headers["Location"] == "/console/me"
    page = somebody.post("/console/me/password", old=PASSWORD, new=PASSWORD, again=PASSWORD)
    assert page.status_code == 400 and "一样" in page.text
    assert somebody.post("/console/me/password", old=PASSWORD, new=OWN, again=OWN).status_code == 302
    assert somebody.get("/console/").status_code == 200


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short-1", "10"),
        ("password123", "常见"),
        ("Admin888888", "常见"),
        ("changchun2022", "常见"),
        ("1234567890", "简单"),
        ("aaaaaaaaaaaa", "简单"),
        ("zhangsan2026", "用户名"),
        ("x" * 200, "最多"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    assert reason in (weakness(password, "zhangsan") or "")


def test_passwords_that_are_long_enough_and_odd_enough_are_taken() -> None:
    for password in (PASSWORD, OWN, "kT7#mq-wollen-31", "8374629105"):
        assert weakness(password, "zhangsan") is None


def test_the_last_administrator_can_neither_be_shut_out_nor_demoted(application: Flask, store: SqliteStore, clock: Clock) -> None:
    accounts = SqliteAccounts(store.engine, clock)
    only = accounts.named("administrator")
    assert only
    with pytest.raises(AccountError, match="唯一"):
        accounts.set_active(only.id, False)
    with pytest.raises(AccountError, match="唯一"):
        accounts.change(only.id, "", "reader", None)  # type: ignore[arg-type]


def test_an_answer_that_comes_late_brings_no_session_back_and_takes_no_message_away(
    clerk: Callable[..., Clerk], clock: Clock
) -> None:
    somebody = clerk()
    somebody.get("/console/")
    clock.forward(minutes=40)
    late = somebody.get("/console/questions/services?q=法律援助", headers={"HX-Request": "true"})
    written = late.headers.getlist("Set-Cookie")
    assert late.status_code == 200 and [cookie.partition("=")[0] for cookie in written] == ["staff-seen"]
    clock.forward(minutes=40)
    assert somebody.get("/console/").status_code == 200, "the search counted as doing something"
    seen = somebody.client.get_cookie("staff-seen", path="/console")
    assert seen and seen.http_only
    somebody.post("/console/logout")
    somebody.client.set_cookie("staff-seen", seen.value, path="/console")
    assert somebody.get("/console/").status_code == 302


@pytest.mark.parametrize(("seconds", "known"), [(-3600, True), (-2 * 86400, False), (3600, True)])
def test_a_clock_that_is_set_anew_signs_nobody_out_and_makes_nobody_a_stranger(
    application: Flask, clerk: Callable[..., Clerk], monkeypatch: pytest.MonkeyPatch, seconds: int, known: bool
) -> None:
    staff, resident = clerk("administrator"), application.test_client()
    resident.post("/api/chat", json={"text": "你好"})
    now = int(time.time())
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: now + seconds)
    assert (staff.get("/console/me").status_code == 200) is known
    heard = resident.get("/api/messages").json
    assert heard and bool(heard["messages"]) is known
