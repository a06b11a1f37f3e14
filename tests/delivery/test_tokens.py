"""WeChat's access token: one for all, fetched once."""

import datetime
import threading
from pathlib import Path

import pytest

from bot.channels.simulator import Account, Simulator
from bot.delivery.tokens import AccessTokens, NoToken
from bot.store.sqlite import SqliteStore
from bot.store.tokens import SqliteTokens
from tests.delivery.conftest import APP_ID, APP_SECRET, WHO, PostOffice


def tokens_of(office: PostOffice, secret: str = APP_SECRET) -> AccessTokens:
    store = SqliteTokens(SqliteStore(office.path).engine)  # as another process: an engine of its own
    return AccessTokens(office.simulator.url, APP_ID, secret, store, office.clock)


def fetched(office: PostOffice) -> int:
    return office.account.count("stable_token")


def test_it_is_fetched_once_and_kept(office: PostOffice) -> None:
    first = tokens_of(office).current()
    assert tokens_of(office).current() == first
    assert fetched(office) == 1


def test_twenty_at_once_fetch_it_once(office: PostOffice) -> None:
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(tokens_of(office).current())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 20 and len(set(got)) == 1
    assert fetched(office) == 1


def test_twenty_at_once_replace_an_invalid_one_once(office: PostOffice) -> None:
    bad = tokens_of(office).current()
    office.account.invalidate()
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(tokens_of(office).current(bad))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 1 and bad not in got
    assert fetched(office) == 2


def test_it_is_replaced_before_it_ends(office: PostOffice) -> None:
    first = tokens_of(office).current()
    office.clock.forward(seconds=7200 - 290)
    assert tokens_of(office).current() == first
    office.clock.forward(seconds=60)
    second = tokens_of(office).current()
    assert second != first and office.account.check_token(first) is None and office.account.check_token(second) is None
    assert fetched(office) == 2


@pytest.mark.parametrize("spoil", ["invalidate", "expire"])
def test_a_message_goes_once_although_the_token_was_no_good(office: PostOffice, spoil: str) -> None:
    office.follower_writes()
    office.write("一")
    office.deliver()
    getattr(office.account, spoil)()
    office.write("二")
    office.deliver()
    assert office.account.texts(WHO) == ["一", "二"]
    assert [code for path, code in office.account.calls if path.endswith("custom/send")] in ([0, 40001, 0], [0, 42001, 0])
    assert fetched(office) == 2


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_that_wechat_calls_invalid_and_gives_again_is_replaced_by_force(office: PostOffice, code: int) -> None:
    office.follower_writes()
    office.write("一")
    office.fault("code", code)
    office.deliver()
    assert office.account.texts(WHO) == ["一"]
    assert fetched(office) == 3  # the first, the same again, another by force


def test_one_that_is_called_invalid_again_and_again_is_not_fetched_in_a_circle(office: PostOffice) -> None:
    office.follower_writes()
    office.write("一")
    office.fault("code", 40001, times=2)
    office.deliver()
    assert fetched(office) == 3
    office.deliver_patiently(hours=1)
    assert office.account.texts(WHO) == ["一"]


def test_a_wrong_secret_is_said_and_tried_later(office: PostOffice) -> None:
    with pytest.raises(NoToken) as told:
        tokens_of(office, "wrong").current()
    assert "40125" in str(told.value) and told.value.result.not_before >= 600
    assert tokens_of(office).current()


def test_who_died_while_fetching_holds_nobody_up_for_long(office: PostOffice) -> None:
    store = SqliteTokens(SqliteStore(office.path).engine)
    now = office.clock()
    later = now + datetime.timedelta(seconds=30)
    assert store.lease(None, now, now, later) is True
    assert store.lease(None, now, now, later) is False
    office.clock.forward(seconds=31)
    assert tokens_of(office).current()


def test_where_there_are_no_stable_tokens_the_plain_ones_serve(office: PostOffice) -> None:
    office.fault("status", 404, times=1, path="/cgi-bin/stable_token")
    office.follower_writes()
    office.write("一")
    office.deliver()
    assert office.account.texts(WHO) == ["一"]
    assert [path for path, _ in office.account.calls] == [
        "/cgi-bin/stable_token",
        "/cgi-bin/token",
        "/cgi-bin/message/custom/send",
    ]


def test_a_tokens_answer_that_breaks_off_is_asked_for_again(office: PostOffice) -> None:
    office.fault("half", path="/cgi-bin/stable_token")
    office.follower_writes()
    office.write("一")
    office.deliver_patiently(hours=1)
    assert office.account.texts(WHO) == ["一"]


def test_the_simulator_keeps_to_wechats_rules_for_forcing(tmp_path: Path) -> None:
    now = [1000.0]
    account = Account(app_id=APP_ID, app_secret=APP_SECRET, clock=lambda: now[0])
    simulator = Simulator(account)
    try:
        body = {"appid": APP_ID, "secret": APP_SECRET, "force_refresh": True}
        first = account.stable_token(body)["access_token"]
        assert account.stable_token(body)["access_token"] == first  # within thirty seconds
        now[0] += 31
        assert account.stable_token(body)["access_token"] != first
        assert account.check_token(first) == {"errcode": 40001, "errmsg": account_words(40001)}
        for _ in range(18):
            now[0] += 31
            account.stable_token(body)
        assert account.stable_token(body)["errcode"] == 45009
    finally:
        simulator.close()


def account_words(code: int) -> str:
    from bot.channels.simulator import WORDS

    return WORDS[code]
