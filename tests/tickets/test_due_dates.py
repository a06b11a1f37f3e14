"""Until when: working days over holidays and make-up days, hours around the clock, years without a notice."""

import datetime
from dataclasses import replace

import pytest
from lunar_python.util import HolidayUtil

from bot.tickets.calendar import CHINA, Calendar, Notice, known_calendar, statutory_days
from bot.tickets.desk import NotAllowed
from bot.tickets.due import load_due_rules
from bot.tickets.matters import Draft, Matter
from tests.conftest import Clock
from tests.tickets.conftest import DISPATCHER, LAMP, Hands

D = datetime.date.fromisoformat


def at(text: str) -> datetime.datetime:
    """A time in China."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=CHINA)


def last_moment(day: str) -> datetime.datetime:
    return at(day + " 23:59:59.999")


@pytest.mark.parametrize(
    ("filed", "days", "due"),
    [
        ("2026-03-02 10:00", 1, "2026-03-03"),  # Monday
        ("2026-03-02 00:00", 5, "2026-03-09"),
        ("2026-03-06 17:59", 1, "2026-03-09"),  # Friday
        ("2026-03-07 09:00", 1, "2026-03-09"),  # Saturday: the next working day is the first
        ("2026-03-01 23:59", 1, "2026-03-02"),  # Sunday night
        # 春节 2026: 15 to 23 February off, Saturdays 14 and 28 are worked
        ("2026-02-13 10:00", 1, "2026-02-14"),
        ("2026-02-13 10:00", 2, "2026-02-24"),
        ("2026-02-13 10:00", 5, "2026-02-27"),
        ("2026-02-13 10:00", 6, "2026-02-28"),
        ("2026-02-13 10:00", 7, "2026-03-02"),
        ("2026-02-18 10:00", 1, "2026-02-24"),
        # 国庆 2026: 1 to 7 October off, Sunday 20 September and Saturday 10 October are worked
        ("2026-09-18 10:00", 1, "2026-09-20"),
        ("2026-09-30 10:00", 1, "2026-10-08"),
        ("2026-09-30 10:00", 3, "2026-10-10"),
        ("2026-09-30 10:00", 4, "2026-10-12"),
        # 中秋 2026: Friday 25 September
        ("2026-09-24 10:00", 1, "2026-09-28"),
        # 元旦 2026: 1 to 3 January off, Sunday 4 is worked; from one year into the next
        ("2025-12-31 10:00", 1, "2026-01-04"),
        ("2025-12-31 10:00", 2, "2026-01-05"),
        # 国庆 and 中秋 2025, eight days; Saturday 11 October is worked
        ("2025-09-30 16:00", 3, "2025-10-11"),
        # 春节 2023: 21 to 27 January, Saturday 28 and Sunday 29 are worked
        ("2023-01-20 10:00", 2, "2023-01-29"),
        # 31 December 2022, a Saturday, is named by the notice of 2023
        ("2022-12-30 10:00", 1, "2023-01-03"),
        # 劳动节 2024: Sunday 28 April and Saturday 11 May are worked
        ("2024-04-26 10:00", 1, "2024-04-28"),
        ("2024-04-30 10:00", 4, "2024-05-09"),
    ],
)
def test_working_days_end_at_midnight_in_china(filed: str, days: int, due: str) -> None:
    found = known_calendar().due(at(filed), days)
    assert (found.at, found.provisional) == (last_moment(due), False)


@pytest.mark.parametrize(
    ("filed", "hours", "due"),
    [
        ("2026-03-06 17:00", 24, "2026-03-07 17:00"),  # a Friday evening: Saturday counts
        ("2026-03-07 23:30", 2, "2026-03-08 01:30"),
        ("2026-02-16 22:00", 24, "2026-02-17 22:00"),  # 除夕
        ("2026-10-01 08:00", 48, "2026-10-03 08:00"),
    ],
)
def test_what_cannot_wait_counts_hours_around_the_clock(filed: str, hours: int, due: str) -> None:
    assert known_calendar().due_hours(at(filed), hours).at == at(due)


@pytest.mark.parametrize("year", range(2022, 2027))
def test_the_notices_say_what_an_independent_table_says(year: int) -> None:
    calendar, day = known_calendar(), D(f"{year}-01-01")
    told = {
        D(entry.getDay()): entry.isWork()
        for known in (year, year + 1)
        for entry in HolidayUtil.getHolidays(known)
        if entry.getDay().startswith(str(year))
    }
    while day.year == year:
        assert calendar.is_working(day) == told.get(day, day.weekday() < 5), day
        day += datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (
            2027,
            "2027-01-01 2027-02-05 2027-02-06 2027-02-07 2027-02-08 2027-04-05 2027-05-01 2027-05-02 2027-06-09"
            " 2027-09-15 2027-10-01 2027-10-02 2027-10-03",
        ),
        (
            2024,
            "2024-01-01 2024-02-10 2024-02-11 2024-02-12 2024-04-04 2024-05-01 2024-06-10 2024-09-17"
            " 2024-10-01 2024-10-02 2024-10-03",
        ),
    ],
)
def test_a_year_without_a_notice_has_the_days_that_the_law_names(year: int, days: str) -> None:
    assert statutory_days(year) == {D(day) for day in days.split()}


def test_a_due_date_in_a_year_without_a_notice_is_provisional() -> None:
    calendar = known_calendar()
    assert not calendar.due(at("2026-12-30 10:00"), 1).provisional
    found = calendar.due(at("2026-12-31 10:00"), 1)
    assert found.at == last_moment("2027-01-04") and found.provisional


def test_a_day_when_nobody_works_belongs_to_the_next_that_is_worked() -> None:
    calendar = known_calendar()
    assert calendar.office_day(at("2026-02-15 08:00")) == D("2026-02-24")
    assert calendar.office_day(at("2026-02-14 08:00")) == D("2026-02-14")


def test_working_days_between_two_times_are_counted() -> None:
    calendar = known_calendar()
    assert calendar.working_days_between(at("2026-02-13 10:00"), at("2026-02-24 09:00")) == 2
    assert calendar.working_days_between(at("2026-03-02 10:00"), at("2026-03-02 18:00")) == 0


NOTICE_2027 = Notice(
    2027,
    frozenset({D("2027-01-01"), D("2027-01-02"), D("2027-01-03"), D("2027-01-04")}),
    frozenset({D("2027-01-10")}),
    "测试用的通知",
)


def test_entering_the_notice_reckons_open_tickets_anew(hands: Hands, clock: Clock) -> None:
    clock.now = at("2026-12-31 10:00").astimezone(datetime.UTC)
    ticket = hands.file(replace(LAMP, confidence=0.1))
    assert ticket.due_provisional and ticket.due_at is not None
    heating = hands.file(replace(LAMP, matter="家里暖气不热", unit="供热"))
    assert hands.office.enter_notice(NOTICE_2027) == 1
    desk = hands.office.reading()
    after = desk.store.ticket(ticket.number)
    assert after is not None and after.due_at is not None and not after.due_provisional
    assert datetime.datetime.fromisoformat(after.due_at) == last_moment("2027-01-10")  # 5, 6, 7, 8 and the Sunday made up
    assert desk.store.ticket(heating.number) == heating, "hours are no days"
    assert hands.office.enter_notice(NOTICE_2027) == 0
    assert hands.office.calendar.notices[2027].source == "测试用的通知"


def test_a_resident_hears_of_a_day_that_moves_later_and_once(hands: Hands, clock: Clock) -> None:
    clock.now = at("2026-12-30 10:00").astimezone(datetime.UTC)
    sure, waiting = hands.file(), hands.file(Draft(Matter.COMPLAINT, "楼道堆满杂物没人管", "青年路6号"))
    assert sure.lead is not None and waiting.lead is None and sure.due_provisional
    closed = Notice(2027, frozenset(D(f"2027-01-0{day}") for day in range(1, 10)), frozenset(), "测试用的通知")
    hands.office.enter_notice(closed)
    hands.office.enter_notice(closed)
    moved = hands.office.reading().store.ticket(sure.number)
    assert moved is not None and str(moved.due_at) > str(sure.due_at)
    [told] = hands.letters()
    assert sure.number in told and "2027年的放假安排" in told and "1月14日24:00" in told
    hands.office.enter_notice(Notice(2027, frozenset({D("2027-01-01")}), frozenset(), "改正的通知"))
    assert len(hands.letters()) == 1, "an earlier day takes nothing from anybody"


def test_a_units_own_days_stand_over_the_defaults(hands: Hands) -> None:
    hands.set_unit("区城管局", days='{"complaint": 3}')
    ticket = hands.file()
    assert (ticket.due_amount, ticket.due_at) == (3, "2026-03-05T15:59:59.999+00:00")
    moved = hands.do(ticket, "dispatch", DISPATCHER, lead=hands.unit("区住建局"))
    assert (moved.due_amount, moved.due_at) == (5, "2026-03-09T15:59:59.999+00:00")


@pytest.mark.parametrize("matter", list(Matter))
def test_every_kind_has_stated_days(matter: Matter) -> None:
    assert load_due_rules().days[matter] >= 1


@pytest.mark.parametrize(
    ("kind", "matter", "unit", "hours"),
    [
        ("complaint", "家里暖气不热，才15度", None, 24),
        ("request", "小区停水两天了", None, 24),
        ("complaint", "楼道里有股煤气味", None, 2),
        ("complaint", "正阳街井盖丢了", None, 24),
        ("request", "门前电线断了垂到地上", None, 24),
        ("complaint", "屋里冰凉", "供热", 24),
        ("complaint", "屋里冰凉", "区城管局", None),
        ("suggestion", "建议小区停水提前通知", None, None),
        ("complaint", "广场舞太吵", None, None),
        ("complaint", "水平太差，态度不好", None, None),
    ],
)
def test_what_cannot_wait_is_known_by_words_and_unit(kind: str, matter: str, unit: str | None, hours: int | None) -> None:
    rule = load_due_rules().cannot(Matter(kind), matter, unit)
    assert (rule.hours if rule else None) == hours


def test_a_matter_that_cannot_wait_is_urgent_over_a_weekend(hands: Hands, clock: Clock) -> None:
    clock.now = at("2026-03-06 18:00").astimezone(datetime.UTC)
    ticket = hands.file(Draft(Matter.COMPLAINT, "暖气不热，家里才十几度", "青年路6号"))
    assert (ticket.urgency, ticket.clock, ticket.due_at) == ("urgent", "hours", "2026-03-07T10:00:00.000+00:00")
    calm = hands.do(ticket, "change_urgency", DISPATCHER, urgency="normal", reason="已经热了")
    assert (calm.clock, calm.due_at) == ("working_days", "2026-03-13T15:59:59.999+00:00")


def test_urgency_gives_a_unit_no_time_that_it_had_not(hands: Hands, clock: Clock) -> None:
    ticket = hands.file()
    clock.forward(days=3)
    with pytest.raises(NotAllowed, match="现在就是"):
        hands.do(ticket, "change_urgency", DISPATCHER, urgency="normal")
    given = hands.file(replace(LAMP, place="青年路6号", due_at="2026-03-05T18:00:00.000+00:00"))
    urgent = hands.do(given, "change_urgency", DISPATCHER, urgency="urgent")
    assert (urgent.clock, urgent.due_at) == (given.clock, given.due_at), "the city's day is nearer"
    later = hands.file(replace(LAMP, place="青年路8号", due_at="2026-03-30T10:00:00.000+00:00"))
    assert hands.do(later, "change_urgency", DISPATCHER, urgency="urgent").due_at == "2026-03-06T02:00:00.000+00:00"


def test_a_calendar_without_any_notice_still_knows_weekends_and_the_law() -> None:
    calendar = Calendar([])
    assert not calendar.is_working(D("2026-10-01")) and not calendar.is_working(D("2026-03-07"))
    assert calendar.is_working(D("2026-10-05")) and calendar.due(at("2026-03-02 10:00"), 1).provisional
