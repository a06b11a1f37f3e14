"""A conversation's state: kept as JSON, read back as it was, replaced when it cannot be read."""

import datetime
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.state import VERSION, ConversationState, Entry, Flow, Focus, Menu, Rest
from bot.messages import Mode, Reply
from tests.conftest import Clock, Say

WHEN = datetime.datetime(2026, 3, 2, 2, 0, tzinfo=datetime.UTC)
_WORDS = st.text(max_size=60)
_TIMES = st.datetimes(timezones=st.just(datetime.UTC))
_ENTRIES = st.builds(Entry, kind=st.sampled_from(["service", "field", "department", "say", "none"]), value=_WORDS, text=_WORDS)
_DATA = st.dictionaries(st.text(max_size=10), st.one_of(_WORDS, st.booleans(), st.integers(), st.lists(_WORDS)), max_size=4)
_STATES = st.builds(
    ConversationState,
    focus=st.none() | st.builds(Focus, service=_WORDS, at=_TIMES),
    menu=st.none()
    | st.builds(
        Menu, entries=st.lists(_ENTRIES, max_size=5), waits=st.booleans(), at=_TIMES, others=st.lists(_WORDS, max_size=4)
    ),
    rest=st.none() | st.builds(Rest, text=_WORDS, reply=st.just(Reply(Mode.ANSWER, "答", sources=({"item": 51},)).as_json())),
    flow=st.none() | st.builds(Flow, name=_WORDS, at=_TIMES, data=_DATA),
    failures=st.integers(0, 9),
    last_question=_WORDS,
)


@given(_STATES)
def test_a_state_is_read_back_as_it_was_kept(state: ConversationState) -> None:
    assert ConversationState.restore(json.loads(json.dumps(state.dump()))) == state


def test_a_new_resident_begins_with_nothing() -> None:
    assert ConversationState.restore(None) == ConversationState()


def _kept(**changes: object) -> dict[str, Any]:
    return {**ConversationState(failures=1, focus=Focus(service="legal-aid", at=WHEN)).dump(), **changes}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"version": VERSION + 1},
        {"version": None},
        {"version": str(VERSION)},
        {"menu": {"entries": "1、2、3"}},
        {"focus": "legal-aid"},
        {"focus": {"service": "legal-aid", "at": "昨天"}},
        {"flow": {"name": "feedback", "at": None, "data": []}},
        {"failures": "许多"},
    ],
)
def test_an_older_or_broken_state_is_replaced_by_a_new_one(broken: dict[str, Any]) -> None:
    kept = _kept(**broken) if broken else {}
    assert ConversationState.restore(kept) == ConversationState()


def test_what_a_newer_service_added_is_passed_over() -> None:
    assert ConversationState.restore(_kept(mood="好")) == ConversationState.restore(_kept())


def _put_state(store_file: Path, state: str) -> None:
    with sqlite3.connect(store_file) as db:
        assert db.execute("update conversations set state = ?", [state]).rowcount == 1


_AT = "2026-03-02T02:00:00Z"
_GONE_SERVICE = {"kind": "service", "value": "no-such-service", "text": "早没有的事"}


@pytest.mark.parametrize(
    ("left", "then"),
    [
        ({"flow": {"name": "feedback", "at": _AT, "data": {"kind": "没有这种"}}}, "确认"),
        ({"flow": {"name": "feedback", "at": _AT, "data": {"matter": "路灯不亮", "service": "no-such-service"}}}, "确认"),
        ({"flow": {"name": "eligibility", "at": _AT, "data": {"question": "no-such@家里"}}}, "1"),
        ({"flow": {"name": "eligibility", "at": _AT, "data": {"situation": 5}}}, "1"),
        ({"flow": {"name": "no-such-flow", "at": _AT, "data": {}}}, "1"),
        ({"menu": {"entries": [_GONE_SERVICE], "waits": True, "at": _AT}}, "1"),
        (
            {"menu": {"entries": [{"kind": "none", "text": "都不是"}], "waits": True, "at": _AT, "others": ["no-such-service"]}},
            "都不是",
        ),
        ({"menu": {"entries": [{"kind": "field", "value": "没有的方面", "text": "没有的方面"}], "waits": False, "at": _AT}}, "1"),
        ({"menu": {"entries": [{**_GONE_SERVICE, "value": "legal-aid", "aspect": "colour"}], "waits": True, "at": _AT}}, "1"),
        ({"focus": {"service": "no-such-service", "at": _AT}}, "找谁办"),
        ({"focus": {"service": "legal-aid", "at": "2026-03-02T02:00:00"}}, "找谁办"),
        ({"rest": {"text": "还有一半", "mode": "answer"}}, "继续"),
        ({"rest": {"text": "还有一半", "reply": {"mode": "no-such-mode"}}}, "继续"),
    ],
)
def test_what_an_older_service_left_half_done_breaks_no_turn(say: Say, tmp_path: Path, left: dict[str, Any], then: str) -> None:
    say("你好")
    _put_state(tmp_path / "bot.db", json.dumps({**ConversationState().dump(), **left}))
    assert say(then).text
    assert say("法律援助怎么申请").mode is Mode.ANSWER


@pytest.mark.parametrize("state", ["", "{", "null", "[]", '"text"', "5"])
def test_a_state_that_is_no_json_object_is_replaced(say: Say, tmp_path: Path, state: str) -> None:
    say("你好")
    _put_state(tmp_path / "bot.db", state)
    assert say("法律援助怎么申请").mode is Mode.ANSWER


def test_the_next_turn_goes_on_from_what_the_file_holds(say: Say, store: object, tmp_path: Path, clock: Clock) -> None:
    asked = say("法律援助怎么申请")
    with sqlite3.connect(tmp_path / "bot.db") as db:
        (kept,) = db.execute("select state from conversations").fetchone()
    focus = ConversationState.restore(json.loads(kept)).focus
    assert focus is not None and (focus.service, focus.at) == (asked.items[0].service, clock.now)
    assert _services(say("找谁办")) == _services(asked)


def _services(reply: Reply) -> list[str]:
    return [item.service for item in reply.items]
