"""The State Council's yearly notice on holidays, read from its text as it is published."""

import re
from datetime import date, timedelta

from bot.tickets.calendar import Notice

_DAY = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:[（(][^）)]*[）)])?"
_RANGE = re.compile(rf"{_DAY}(?:\s*(?:至|到|[-—~～])\s*{_DAY})?")
_DAY_OFF = re.compile(r"放假|调休|休息")
_WORK = re.compile(r"上班|补班|工作")


class NoticeError(Exception):
    """The text cannot be read as a notice; the message (Chinese) says what is wrong."""


def read_notice_text(year: int, text: str, source: str) -> Notice:
    """The days off and the make-up days that the notice names, clause by clause.

    Raises:
        NoticeError: no day off in it, or a day that does not exist or lies in another year.

    >>> notice = read_notice_text(2026, "一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。", "通知")
    >>> len(notice.days_off), sorted(notice.make_up_days)
    (3, [datetime.date(2026, 1, 4)])
    """
    off: set[date] = set()
    work: set[date] = set()
    for sentence in re.split(r"[。；;\n]", text):
        days = _days(year, sentence)
        if not days:
            continue
        if _WORK.search(sentence) and not _DAY_OFF.search(sentence):
            work |= days
        elif _DAY_OFF.search(sentence) and not _WORK.search(sentence):
            off |= days
        elif _WORK.search(sentence):
            raise NoticeError(f"这一句里放假和上班的日子分不开，请用句号隔开：{sentence.strip()}")
    if not off:
        raise NoticeError("没有读到放假的日子，请把通知里“1月1日至3日放假”这样的句子贴进来")
    if both := sorted(off & work):
        raise NoticeError(f"{both[0]} 既放假又上班")
    if weekday := sorted(day for day in work if day.weekday() < 5):
        raise NoticeError(f"{weekday[0]} 不是周末，不会是调休上班的日子")
    return Notice(year, frozenset(off), frozenset(work), source)


def _days(year: int, sentence: str) -> set[date]:
    """Every day that the sentence names; a month holds on until another is named."""
    days: set[date] = set()
    month = 0
    for match in _RANGE.finditer(sentence):
        first_year, first_month, first_day, last_year, last_month, last_day = match.groups()
        month = int(first_month or month)
        first = _date(int(first_year or year), month, int(first_day), sentence)
        last = first
        if last_day:
            month = int(last_month or month)
            last = _date(int(last_year or first.year), month, int(last_day), sentence)
        if last < first or (last - first).days > 31:
            raise NoticeError(f"日子的先后不对：{match[0]}")
        if first.year not in (year - 1, year) or last.year not in (year, year + 1):
            raise NoticeError(f"不是 {year} 年的日子：{match[0]}")
        days |= {first + timedelta(days=k) for k in range((last - first).days + 1)}
    return days


def _date(year: int, month: int, day: int, sentence: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NoticeError(f"没有这一天：{sentence.strip()}") from None
