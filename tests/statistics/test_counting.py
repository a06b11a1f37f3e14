"""What residents said becomes counts by day; tickets are counted by what became of them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import office_of
from bot.statistics.records import Period, ServiceCount, Tickets, by_week, tickets_by_week, total
from bot.statistics.rising import rising
from bot.statistics.words import change, duration, figure_words, moved, percent
from bot.store.sqlite import SqliteStore
from bot.store.statistics import TICKET_CONDITIONS, SqliteStatistics
from bot.tickets.known_units import units_of
from knowledge.base import KnowledgeBase
from tests.conftest import Clock, Say
from tests.fixtures_big import make_big_store

TODAY = Period(datetime.date(2026, 3, 2), datetime.date(2026, 3, 2))


@pytest.fixture
def figures(store: SqliteStore, clock: Clock) -> SqliteStatistics:
    return SqliteStatistics(store.engine, clock)


def test_a_days_turns_are_counted_by_mode_with_what_stayed_unanswered_and_how_it_was_rated(
    figures: SqliteStatistics, say: Say
) -> None:
    say("法律援助怎么申请", who="甲")
    say("有用", who="甲")
    say("法律援助怎么申请", who="乙")
    say("没用", who="乙")
    say("公积金贷款利率是多少", who="丙")
    say("你好", who="丁")
    figures.count_days()
    sums = total(figures.modes(TODAY))
    assert (sums.turns, sums.asked, sums.unanswered) == (6, 3, 2)  # a useless answer is an unanswered question, too
    assert (sums.useful, sums.useless) == (1, 1)
    first = figures.services(TODAY)[0]
    assert (first.service, first.turns, first.useful, first.useless) == ("legal-aid", 2, 1, 1)


def test_counting_twice_changes_nothing_and_another_channel_has_none(figures: SqliteStatistics, say: Say) -> None:
    say("法律援助怎么申请")
    figures.count_days()
    once = figures.modes(TODAY)
    figures.count_days()
    assert figures.modes(TODAY) == once
    assert figures.modes(TODAY, "wechat") == [] and figures.services(TODAY, "wechat") == []


def test_days_that_were_missed_are_made_up_for(figures: SqliteStatistics, say: Say, clock: Clock) -> None:
    say("法律援助怎么申请")
    clock.forward(days=4)
    say("换电站建了几座")
    clock.forward(days=5)
    figures.count_days()
    days = {one.day for one in figures.modes(Period(TODAY.first, TODAY.first + datetime.timedelta(days=20)))}
    assert days == {datetime.date(2026, 3, 2), datetime.date(2026, 3, 6)}


def test_counts_outlive_the_messages(figures: SqliteStatistics, store: SqliteStore, say: Say, clock: Clock) -> None:
    say("法律援助怎么申请")
    figures.count_days()
    clock.forward(days=200)
    store.purge(clock())
    figures.count_days()
    assert total(figures.modes(TODAY)).turns == 1


def test_a_gap_is_counted_by_service_and_aspect(figures: SqliteStatistics, say: Say) -> None:
    say("法律援助要带啥材料")
    figures.count_days()
    (gap,) = figures.gaps(TODAY)
    assert (gap.service, gap.aspect, gap.turns) == ("legal-aid", "materials", 1)


def test_todays_numbers_are_some_seconds_old_at_most(figures: SqliteStatistics, say: Say, clock: Clock) -> None:
    figures.fresh()
    say("法律援助怎么申请")
    figures.fresh()
    assert total(figures.modes(TODAY)).turns == 0
    clock.forward(minutes=2)
    figures.fresh()
    assert total(figures.modes(TODAY)).turns == 1


def test_tickets_are_counted_by_what_became_of_them(
    figures: SqliteStatistics, store: SqliteStore, knowledge: KnowledgeBase, clock: Clock
) -> None:
    office_of(store).prepare(units_of(knowledge))
    make_big_store(store.engine.path, tickets=400, questions=1, now=clock())
    period = Period.last_days(datetime.date(2026, 3, 2), 60)
    every = figures.tickets(period)[""]
    assert every.received == 400
    count = lambda where: store.engine.rows(f"select count(*) as n from tickets where {where}")[0]["n"]  # noqa: E731
    assert every.open == count("phase = 'open'")
    assert every.satisfied == count("satisfaction in ('satisfied', 'basic')") and every.satisfied > 0
    for by in ("kind", "lead", "day", "source", "service"):
        parts = figures.tickets(period, by)
        for name in TICKET_CONDITIONS:
            assert sum(getattr(one, name) for one in parts.values()) == getattr(every, name), (by, name)
    weeks = tickets_by_week(figures.tickets(period, "day"), period)
    assert sum(one.received for one in weeks.values()) == 400


def test_every_figure_opens_to_as_many_tickets_as_it_says(
    figures: SqliteStatistics, store: SqliteStore, knowledge: KnowledgeBase, clock: Clock
) -> None:
    office_of(store).prepare(units_of(knowledge))
    make_big_store(store.engine.path, tickets=300, questions=1, now=clock())
    period = Period.last_days(datetime.date(2026, 3, 2), 60)
    for by in ("", "lead", "kind"):
        for key, row in figures.tickets(period, by or None).items():
            for name in TICKET_CONDITIONS:
                lines, before = [], ""
                while page := figures.ticket_lines(period, name, by, key, None, before, 100):
                    lines += page
                    before = page[-1].number
                assert len({line.number for line in lines}) == len(lines) == getattr(row, name), (by, key, name)


def test_a_unit_counts_its_own_tickets_only(
    figures: SqliteStatistics, store: SqliteStore, knowledge: KnowledgeBase, clock: Clock
) -> None:
    office_of(store).prepare(units_of(knowledge))
    make_big_store(store.engine.path, tickets=300, questions=1, now=clock())
    period = Period.last_days(datetime.date(2026, 3, 2), 60)
    leads = figures.tickets(period, "lead")
    own = next(key for key in leads if key)
    assert figures.tickets(period, visible=frozenset({int(own)}))[""].received == leads[own].received
    assert figures.tickets(period, visible=frozenset()).get("", Tickets()).received == 0


def test_a_place_belongs_to_the_unit_in_whose_area_it_lies(
    figures: SqliteStatistics, store: SqliteStore, knowledge: KnowledgeBase, clock: Clock
) -> None:
    office_of(store).prepare(units_of(knowledge))
    make_big_store(store.engine.path, tickets=200, questions=1, now=clock())
    with store.engine.write() as db:
        db.execute("insert into units (id, name, area) values (801, '甲街道', '正阳街、青年路')")
    found = figures.tickets(Period.last_days(datetime.date(2026, 3, 2), 60), "area")
    with_place = store.engine.rows("select count(*) as n from tickets where place like '%正阳街%' or place like '%青年路%'")[0][
        "n"
    ]
    assert found["801"].received == with_place > 0 and found[""].received == 200 - with_place


def test_a_figure_has_a_name_and_a_meaning() -> None:
    assert set(TICKET_CONDITIONS) <= set(figure_words("tickets"))


def test_what_rises_is_told_from_what_was_always_asked() -> None:
    def many(**turns: int) -> list[ServiceCount]:
        return [ServiceCount(name, 1, number, 0, 0, 0) for name, number in turns.items()]

    found = rising(many(a=40, b=100, c=4, d=9), many(a=10, b=95, d=0))
    assert [rise.service for rise in found] == ["a", "d"]


@given(st.dates(datetime.date(2020, 1, 1), datetime.date(2030, 1, 1)), st.integers(0, 400))
def test_a_period_and_the_one_before_meet_without_a_gap(first: datetime.date, days: int) -> None:
    period = Period(first, first + datetime.timedelta(days=days))
    assert period.before().until == period.since
    weeks = list(period.weeks())
    assert weeks[0] <= period.first and period.last - weeks[-1] < datetime.timedelta(days=7)
    assert by_week([], period).keys() == set(weeks)


def test_the_month_before_a_month_is_a_whole_month() -> None:
    march = Period.month(datetime.date(2024, 3, 1))
    assert (march.before().first, march.before().last) == (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    assert march.since == "2024-02-29T16:00:00.000+00:00"


def test_a_period_backwards_or_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="之前"):
        Period(datetime.date(2026, 3, 2), datetime.date(2026, 3, 1))
    with pytest.raises(ValueError, match="最多"):
        Period(datetime.date(2000, 1, 1), datetime.date(2026, 3, 1))


def test_numbers_are_written_as_people_read_them() -> None:
    tickets = Tickets(received=10, due=4, in_time=3)
    assert percent(tickets.in_time_share) == "75.0%" and percent(tickets.solved_share) == "—"
    assert [duration(hours) for hours in (None, 0.5, 5, 72)] == ["—", "30分钟", "5.0小时", "3.0天"]
    pairs = ((3, 2), (2, 4), (0, 0), (5, 0))
    assert [change(*pair) for pair in pairs] == [
        "比上期增加50%",
        "比上期减少50%",
        "和上期一样",
        "上期没有",
    ]
    assert moved(tickets.in_time_share, Tickets(due=4, in_time=2).in_time_share) == "比上期提高25.0个百分点"
