"""Answers to followers against a WeChat that refuses, stalls, breaks off and lies: each arrives once, or is visibly dead."""

import datetime
import time
from collections.abc import Callable

import pytest

from bot.delivery.outbox import HELD, Outcome, Result
from tests.delivery.conftest import WHO, PostOffice


def test_an_answer_is_pushed_while_the_window_is_open(office: PostOffice) -> None:
    office.follower_writes()
    office.write("路灯已经修好。")
    office.deliver()
    assert office.account.texts(WHO) == ["路灯已经修好。"]
    assert office.states() == [("sent", "wechat")]


def test_chinese_goes_as_it_is_and_in_order(office: PostOffice) -> None:
    office.follower_writes()
    for number in range(5):
        office.write(f"第{number}条：“修好了”<a href='x'>😀")
    office.deliver()
    assert office.account.texts(WHO) == [f"第{number}条：“修好了”<a href='x'>😀" for number in range(5)]


def test_what_the_quota_does_not_allow_waits_for_the_next_message(office: PostOffice) -> None:
    office.follower_writes()
    for number in range(7):
        office.write(f"第{number}条")
    office.deliver()
    assert office.account.texts(WHO) == [f"第{number}条" for number in range(5)]
    assert [letter.next_at for letter in office.letters()[5:]] == [HELD, HELD]
    office.clock.forward(hours=1)
    office.follower_writes()
    office.deliver()
    assert office.account.texts(WHO) == [f"第{number}条" for number in range(7)]


@pytest.mark.parametrize(("by", "seconds", "most"), [("menu", 60, 3), ("follow", 60, 3), ("scan", 60, 3)])
def test_smaller_windows_are_kept_to(office: PostOffice, by: str, seconds: int, most: int) -> None:
    office.follower_writes(by)
    for number in range(most + 1):
        office.write(f"第{number}条")
    office.deliver()
    assert len(office.account.texts(WHO)) == most
    office.follower_writes(by)
    office.clock.forward(seconds=seconds + 1)
    office.deliver()
    assert len(office.account.texts(WHO)) == most
    assert office.account.count("custom/send") == most  # nobody asked in vain


def test_after_48_hours_nothing_is_tried(office: PostOffice) -> None:
    office.follower_writes()
    office.clock.forward(hours=48, minutes=1)
    office.write("路灯已经修好。")
    office.deliver()
    assert office.account.count("custom/send") == 0
    assert [letter.next_at for letter in office.letters()] == [HELD]


@pytest.mark.parametrize("code", [45015, 45047])
def test_where_wechat_closed_the_window_the_letter_waits_for_the_next_message(office: PostOffice, code: int) -> None:
    office.follower_writes()
    office.fault("code", code)
    office.write("路灯已经修好。")
    office.deliver_patiently()
    assert office.account.texts(WHO) == []
    assert office.account.count("custom/send") == 1
    assert office.states() == [("waiting", None)] and office.letters()[0].next_at == HELD
    office.follower_writes()
    office.deliver()
    assert office.account.texts(WHO) == ["路灯已经修好。"]


@pytest.mark.parametrize("code", [48001, 43004, 40003, 45002])
def test_where_wechat_will_never_take_it_the_letter_waits_for_the_next_message(office: PostOffice, code: int) -> None:
    office.follower_writes()
    office.fault("code", code)
    office.write("路灯已经修好。")
    office.deliver_patiently()
    assert office.account.count("custom/send") == 1
    assert office.letters()[0].next_at == HELD and str(code) in office.letters()[0].last_error + str(office.outbox.attempts(1))


@pytest.mark.parametrize("code", [-1, 45009, 45011, 99999])
def test_what_wechat_refused_for_now_is_tried_again(office: PostOffice, code: int) -> None:
    office.follower_writes()
    office.fault("code", code, times=2)
    office.write("路灯已经修好。")
    office.deliver_patiently()
    assert office.account.texts(WHO) == ["路灯已经修好。"]
    assert office.outcomes() == ["again", "again", "sent"]


def test_a_daily_limit_is_not_hammered_on(office: PostOffice) -> None:
    office.follower_writes()
    office.fault("code", 45009, times=20)
    office.write("路灯已经修好。")
    office.deliver()
    office.clock.forward(minutes=59)
    office.deliver()
    assert office.account.count("custom/send") == 1


def test_what_is_refused_for_now_too_often_is_dead_and_can_be_sent_again(office: PostOffice) -> None:
    office.follower_writes()
    office.fault("code", -1, times=24)
    office.write("路灯已经修好。")
    office.deliver_patiently(hours=24)
    (dead,) = office.outbox.list_dead()
    assert "-1" in dead.last_error
    assert office.outbox.resend(dead.id, "张三", office.clock.iso())
    office.deliver()
    assert office.account.texts(WHO) == ["路灯已经修好。"]


@pytest.mark.parametrize(
    ("kind", "value", "arrived"),
    [("half", 0, 1), ("hang", 1, 1), ("lost", 0, 1), ("stall", 1, 1), ("drop", 0, 0), ("status", 502, 0), ("status", 500, 0)],
)
def test_what_may_have_arrived_is_not_sent_twice_but_shown(office: PostOffice, kind: str, value: float, arrived: int) -> None:
    office.follower_writes()
    office.fault(kind, value)
    office.write("路灯已经修好。")
    office.write("井盖也修好了。")
    office.deliver_patiently(hours=1)
    (dead,) = office.outbox.list_dead()
    assert dead.text == "路灯已经修好。" and "可能已送达" in dead.last_error
    expected = sorted(["路灯已经修好。"] * arrived + ["井盖也修好了。"])
    assert eventually(lambda: sorted(office.account.texts(WHO)) == expected)  # what stalled arrives when nobody waits any more
    office.follower_writes()
    assert office.outbox.resend(dead.id, "张三", office.clock.iso())
    office.deliver()
    assert office.account.texts(WHO)[-1] == "路灯已经修好。"
    assert office.outbox.list_dead() == []


def test_503_means_later(office: PostOffice) -> None:
    office.follower_writes()
    office.fault("status", 503)
    office.write("路灯已经修好。")
    office.deliver_patiently(hours=1)
    assert office.account.texts(WHO) == ["路灯已经修好。"]


def test_a_wechat_that_cannot_be_reached_is_tried_again(office: PostOffice) -> None:
    office.follower_writes()
    office.write("路灯已经修好。")
    url, office.simulator.url = office.simulator.url, "http://127.0.0.1:9"
    office.deliver()
    assert office.outcomes() == ["again"]
    office.simulator.url = url
    office.deliver_patiently(hours=1)
    assert office.account.texts(WHO) == ["路灯已经修好。"]


def test_an_account_that_is_not_verified_pushes_nothing(office: PostOffice) -> None:
    office.wechat = {"verified": False}
    office.follower_writes()
    office.write("路灯已经修好。")
    office.deliver()
    assert office.account.calls == []
    assert office.letters()[0].next_at == HELD


def test_a_crash_while_sending_is_shown_as_uncertain(office: PostOffice) -> None:
    office.follower_writes()
    office.write("路灯已经修好。")
    dying = office.courier()
    (letter,) = dying._letters.claim(office.clock(), dying._name, 8, _lease())
    assert dying._letters.decide(letter, dying._chooser.choose, office.clock(), dying._name)
    office.deliver()
    assert office.outbox.list_dead() == []  # still its own
    office.clock.forward(minutes=3)
    office.deliver()
    (dead,) = office.outbox.list_dead()
    assert "中断" in dead.last_error
    assert office.account.count("custom/send") == 0


def test_a_crash_before_sending_costs_nothing(office: PostOffice) -> None:
    office.follower_writes()
    office.write("路灯已经修好。")
    dying = office.courier()
    assert dying._letters.claim(office.clock(), dying._name, 8, _lease())
    office.clock.forward(minutes=3)
    office.deliver()
    assert office.account.texts(WHO) == ["路灯已经修好。"]


def test_what_stops_gives_back_what_it_had_not_begun(office: PostOffice) -> None:
    office.follower_writes()
    office.write("路灯已经修好。")
    stopping = office.courier()
    assert stopping._letters.claim(office.clock(), stopping._name, 8, _lease())
    stopping._letters.release(stopping._name, office.clock())
    office.deliver()
    assert office.account.texts(WHO) == ["路灯已经修好。"]


def test_a_late_result_does_not_undo_what_was_decided_meanwhile(office: PostOffice) -> None:
    office.follower_writes()
    office.write("路灯已经修好。")
    slow = office.courier()
    (letter,) = slow._letters.claim(office.clock(), slow._name, 8, _lease())
    begun = slow._letters.decide(letter, slow._chooser.choose, office.clock(), slow._name)
    assert begun
    office.clock.forward(minutes=3)
    office.deliver()
    slow._letters.settle(begun, Result(Outcome.AGAIN), office.clock(), slow._name)
    assert [letter.state for letter in office.letters()] == ["dead"]


def eventually(holds: Callable[[], bool]) -> bool:
    ends = time.monotonic() + 20
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def _lease() -> datetime.timedelta:
    return datetime.timedelta(seconds=90)


def test_a_store_that_is_busy_for_a_moment_does_not_make_what_was_sent_uncertain(office: PostOffice) -> None:
    office.follower_writes()
    office.write("路灯已经修好。")
    courier = office.courier()
    settle, failures = courier._letters.settle, iter([OSError("database is locked")])

    def busy(*given: object) -> None:
        for failure in failures:
            raise failure
        settle(*given)  # type: ignore[arg-type]

    courier._letters.settle = busy  # type: ignore[method-assign]
    courier.run_until_idle()
    assert office.states() == [("sent", "wechat")]


def test_letters_that_nobody_came_for_are_deleted_with_the_other_old_records(office: PostOffice) -> None:
    office.write("路灯已经修好。", "wechat:oGone")
    office.deliver()
    office.clock.forward(days=400)
    office.write("新的。", "wechat:oGone")
    office.store.purge(office.clock() - datetime.timedelta(days=365))
    assert [letter.text for letter in office.letters()] == ["新的。"]
