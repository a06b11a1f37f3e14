"""Guessing a ticket's code: a few wrong ones are taken, then nothing is told any more, right or wrong."""

import pytest
from flask.testing import FlaskClient

from bot.messages import Mode
from bot.store.sqlite import SqliteStore
from tests.conftest import Clock, Say

LAMP = "正阳街的路灯三天不亮了，没人修"


@pytest.fixture
def number(say: Say) -> str:
    say(LAMP)
    found = say("确认").ticket
    assert found
    return found


@pytest.fixture
def code(number: str, store: SqliteStore) -> str:
    return str(store.engine.rows("select code from tickets")[0]["code"])


def wrong(code: str, k: int = 1) -> str:
    return f"{(int(code) + k) % 1_000_000:06d}"


def test_five_wrong_codes_shut_the_door_also_for_the_right_one(say: Say, number: str, code: str) -> None:
    for k in range(1, 6):
        assert "核对编号" in say(f"查{number} {wrong(code, k)}", who="李大爷").text
    shut = say(f"查{number} {code}", who="李大爷")
    assert shut.mode is Mode.STATUS and "次数太多" in shut.text and "路灯" not in shut.text
    assert "路灯" in say(f"查{number}").text, "whose ticket it is needs no code"
    assert "路灯" in say(f"查{number} {code}", who="张大妈").text, "somebody else has guesses of their own"


def test_the_door_opens_again_the_next_day(say: Say, number: str, code: str, clock: Clock) -> None:
    for k in range(1, 6):
        say(f"查{number} {wrong(code, k)}", who="李大爷")
    clock.forward(hours=23)
    assert "次数太多" in say(f"查{number} {code}", who="李大爷").text
    clock.forward(hours=2)
    assert "路灯" in say(f"查{number} {code}", who="李大爷").text


def test_many_guessers_at_one_ticket_are_counted_together(say: Say, number: str, code: str) -> None:
    for k in range(1, 16):
        say(f"查{number} {wrong(code, k)}", who=f"某人{k}")
    assert "次数太多" in say(f"查{number} {code}", who="又一人").text


def test_one_address_with_a_new_face_for_each_guess_is_stopped(client: FlaskClient, number: str, code: str) -> None:
    prefix, _, _ = number.rpartition("-")
    answers = []
    for k in range(31):
        asked = {"user": f"face{k}", "text": f"查{prefix[:-4]}{k + 100:04d}-1 {wrong(code, k)}"}
        answers.append(client.post("/api/chat", json=asked, environ_base={"REMOTE_ADDR": "203.0.113.9"}).get_json()["reply"])
    assert all("核对编号" in answer for answer in answers[:30]) and "次数太多" in answers[30]


def test_a_number_that_does_not_exist_counts_and_tells_nothing(say: Say, number: str, code: str) -> None:
    for k in range(1, 6):
        say(f"查LY-20260302-09{k:02d}-1 {code}", who="李大爷")
    assert "次数太多" in say(f"查{number} {code}", who="李大爷").text


def test_a_secret_report_is_not_found_by_its_code(say: Say, store: SqliteStore) -> None:
    say("我要举报青年路12号有人私自开地下加油点，要保密")
    number = say("确认").ticket
    code = store.engine.rows("select code from tickets")[0]["code"]
    assert "核对编号" in say(f"查{number} {code}", who="李大爷").text
