"""The statistics in the console: the figures, and what stands behind each."""

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from flask import Flask

from bot.store.sqlite import SqliteStore
from tests.conftest import Clock, Say
from tests.console.conftest import Clerk
from tests.fixtures_big import make_big_store


def links(page: str, part: str) -> list[str]:
    return [address.replace("&amp;", "&") for address in re.findall(r'href="([^"]+)"', page) if part in address]


def test_what_residents_asked_is_shown_and_every_number_opens_to_their_words(
    application: Flask,
    say: Say,
    clerk: Callable[..., Clerk],
) -> None:
    for k in range(5):
        say("法律援助怎么申请", who=f"居民{k}")
    say("没用", who="居民1")
    say("公积金贷款利率是多少")
    administrator = clerk("administrator")
    page = administrator.get("/console/statistics/").text
    assert "没答上来率" in page and "法律援助" in page and "升温的事项" in page
    opened = links(page, "/console/statistics/messages")
    assert len(opened) >= 6
    for address in opened:
        assert administrator.get(address).status_code == 200, unquote(address)
    behind = administrator.get(next(one for one in opened if "unanswered=1" in one)).text
    assert "公积金贷款利率是多少" in behind and "法律援助怎么申请" not in behind
    behind = administrator.get(next(one for one in opened if "rated=useless" in one)).text
    assert behind.count("法律援助怎么申请") == 1


NUMBER = re.compile(r'<a (?:class="tile" )?href="([^"]*/messages[^"]*)">(?:\s*<span>[^<]*</span><b>)?(\d+)<')
COUNT = re.compile(r"共 (\d+) 条(?:，另有 (\d+) 条属于)?(?:[^<]*一共 (\d+) 次)?")


def test_every_number_is_as_many_as_the_rows_behind_it(
    application: Flask, say: Say, clerk: Callable[..., Clerk], clock: Clock
) -> None:
    for who in "甲乙丙":
        say("法律援助怎么申请", who=who)
        say("孩子上学家里困难有什么补助", who=who)
    say("有用", who="甲")
    say("法律援助要带啥材料", who="乙")
    say("没用", who="乙")
    say("公积金贷款利率是多少", who="丁")
    for text in ("我要举报社区干部收黑钱，别让人知道是我", "正阳街道办公室，上个月", "确认"):
        say(text, who="举报人")
    clock.forward(days=8)
    for who in "甲乙丙丁戊":
        say("换电站建了几座", who=who)
    administrator = clerk("administrator")
    for more in ("", "?department=区司法局", "?since=2026-03-05&until=2026-03-31"):
        page = administrator.get(f"/console/statistics/{more}").text
        numbers = [(address.replace("&amp;", "&"), int(number)) for address, number in NUMBER.findall(page) if number != "0"]
        assert len(numbers) > 5, more
        for address, number in numbers:
            opened = administrator.get(address).text
            shown, secret, times = (int(one or 0) for one in COUNT.search(opened).groups())  # type: ignore[union-attr]
            assert number == (times or shown + secret), (more, unquote(address))
            assert opened.count("data-row") == min(shown, 50), unquote(address)
    assert re.search(r"另有 \d 条属于要求保密的举报", administrator.get("/console/statistics/messages").text)


def test_a_readers_numbers_lead_to_nobodys_words(application: Flask, say: Say, clerk: Callable[..., Clerk]) -> None:
    say("法律援助怎么申请")
    reader = clerk("reader")
    page = reader.get("/console/statistics/").text
    assert "法律援助" in page and not links(page, "/console/statistics/messages")
    assert reader.get("/console/statistics/messages").status_code == 403


def test_a_secret_report_is_in_no_list_of_words(
    application: Flask,
    say: Say,
    clerk: Callable[..., Clerk],
) -> None:
    say("我要举报社区干部收黑钱，别让人知道是我", who="举报人")
    say("正阳街道办公室，上个月", who="举报人")
    say("确认", who="举报人")
    say("法律援助怎么申请", who="别人")
    page = clerk("administrator").get("/console/statistics/messages").text
    assert "法律援助怎么申请" in page and "收黑钱" not in page


@pytest.mark.parametrize(
    "query",
    ["since=abc", "since=2026-03-02&until=2026-03-01", "since=0001-01-01&until=0001-01-02", "since=1990-01-01",
     "until=9999-12-31", "since=2026-02-30", "channel=x&department=没有这个部门", "since=9999-12-31", "before=x"],
)  # fmt: skip
def test_days_that_make_no_sense_are_answered_in_words(
    application: Flask,
    clerk: Callable[..., Clerk],
    query: str,
) -> None:
    administrator = clerk("administrator")
    for path in ("", "tickets", "messages", "tickets/rows"):
        assert administrator.get(f"/console/statistics/{path}?{query}").status_code == 200, path
    assert "日期" in administrator.get("/console/statistics/?since=2026-03-02&until=2026-03-01").text


def test_an_unknown_figure_is_not_found(application: Flask, clerk: Callable[..., Clerk]) -> None:
    administrator = clerk("administrator")
    assert administrator.get("/console/statistics/tickets/rows?figure=nothing").status_code == 404
    assert administrator.get("/console/statistics/tickets/rows?figure=late&by=matter&key=x").status_code == 404


def test_a_units_staff_see_their_own_units_tickets_only(
    application: Flask,
    clerk: Callable[..., Clerk],
    store: SqliteStore,
    clock: Clock,
) -> None:
    make_big_store(store.engine.path, tickets=120, questions=2, now=clock())
    with store.engine.write() as db:
        db.execute("update tickets set lead = 902")
        db.execute("update tickets set lead = 901, matter = '本单位的事' where rowid % 10 = 0")
    staff = clerk("staff")
    own = store.engine.rows("select count(*) as n from tickets where lead = 901")[0]["n"]
    page = staff.get("/console/statistics/tickets").text
    assert f"<b>{own}</b>" in page and "试验单位二" not in page
    rows = staff.get("/console/statistics/tickets/rows?figure=received").text
    assert rows.count("data-row") == own and rows.count("本单位的事") == own
    assert staff.get("/console/statistics/").status_code == 403


def test_the_tickets_page_opens_to_rows(
    application: Flask,
    clerk: Callable[..., Clerk],
    store: SqliteStore,
    clock: Clock,
) -> None:
    make_big_store(store.engine.path, tickets=200, questions=2, now=clock())
    dispatcher = clerk("dispatcher")
    page = dispatcher.get("/console/statistics/tickets").text
    opened = links(page, "/console/statistics/tickets/rows")
    assert len(opened) > 20
    for address in opened[::7]:
        assert "data-row" in dispatcher.get(address).text or "没有这样的诉求" in dispatcher.get(address).text
    late = dispatcher.get("/console/statistics/tickets/rows?figure=late").text
    due, in_time, missed = (int(one) for one in re.findall(r"(?:到期或已答复|按时办结|没按时) (\d+)</a>", late))
    assert due == in_time + missed > 0 and f"共 {missed} 件" in late
    for behind_a_median in ("answered", "signed"):
        assert any(f"figure={behind_a_median}" in address for address in opened)
    first = dispatcher.get("/console/statistics/tickets/rows?figure=received").text
    (older,) = links(first, "before=")
    assert set(re.findall(r"LY-[\d-]+", first)).isdisjoint(re.findall(r"LY-[\d-]+", dispatcher.get(older).text))
