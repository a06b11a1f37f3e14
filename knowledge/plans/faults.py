"""What is wrong with a plan document as a whole: numbers, fields, departments, sentences, figures and dates."""

import datetime
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from knowledge.plans.offices import bracket_at_end, kind_of_office, looks_like_office
from knowledge.plans.records import Fault, ReadItem, ReadPlan, fault
from knowledge.plans.settings import settings

_UNITS = "|".join(sorted(settings("reading")["figures"]["units"], key=len, reverse=True))
_PAIRS = ("（）", "《》", "“”", "〔〕", "【】")
_BARE_FIGURE = re.compile(
    rf"(?<![\d.A-Za-z+\-－—/])\d+(?:\.\d+)?(?![\d.])(?!\s*[余多]?\s*[万千百亿]?\s*[余多]?\s*(?:{_UNITS}|%|％|‰|[A-Za-z+/]|月|号|热线|电话|平台|[-—－~至到—]))"
)
_PLACEHOLDER = re.compile(r"[×ＸX]{2,}|_{3,}|＿{2,}|□+|待定|待补充|TODO|\?\?+|？？+")
_GARBLED = re.compile(r"[\ufffd\ue000-\uf8ff]+|锟斤拷|烫烫|[ÃÂ¤]{2,}")
_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年(?!代|度)")
_DAY = re.compile(r"(?:(20\d\d)\s*年\s*)?(?<!\d)(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日)?")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")
_RANGE = re.compile(
    r"(?<![\d.])(\d+(?:\.\d+)?)\s*(?:至|到|—|－|~|～)\s*(\d+(?:\.\d+)?)(?=\s*(?:个|处|场|座|条|元|岁|人|名|户|月|%))"
)
_QUOTED = re.compile(r"“[^”]*”|《[^》]*》")
_SUB_NUMBER = re.compile(r"[（(]\d{1,2}[)）]")
_REMARK = re.compile(r"含|包括|不含|其中|约|共|不超过|以")
_AS_BEFORE = ("上年", "去年", "以来", "同比", "较20", "比20", "制定", "印发", "至20", "到20", "—20")


def document_faults(read: ReadPlan, known: Sequence[Fault], offices: Sequence[str]) -> Iterator[Fault]:
    """Everything that is wrong, in the order in which it stands; ``known`` faults come from the reading itself."""
    yield from _head(read)
    yield from _fields(read)
    yield from _numbers(read)
    names = Counter(name for item in read.items for name in item.offices.names)
    texts: dict[str, int] = {}
    for item in read.items:
        yield from _office_faults(item, names, offices)
        yield from _text_faults(item, read)
        plain = re.sub(r"[\s，。；、]", "", item.text)
        if plain and plain in texts:
            yield fault("repeated_text", item.place, item.number, number=item.number, other=texts[plain])
        texts.setdefault(plain, item.number)


def _head(read: ReadPlan) -> Iterator[Fault]:
    if not read.title:
        yield fault("no_title", "全文")
    if not read.number:
        yield fault("no_number", "全文")
    if read.year is None:
        yield fault("no_year", "全文")
    if not read.items:
        yield fault("no_items", "全文")
    stated = re.search(r"[〔\[【(（](\d{4})", read.number)
    if (
        stated
        and (titled := re.search(r"20\d\d", read.title))
        and stated.group(1) not in (titled.group(), str(int(titled.group()) - 1))
    ):
        yield fault("year_differs", "全文", number_year=stated.group(1), year=titled.group())


def _fields(read: ReadPlan) -> Iterator[Fault]:
    if read.items and not read.fields:
        yield fault("no_fields", "全文", title=read.items[0].field)
    filled = {item.field for item in read.items}
    seen: dict[str, str] = {}
    last = 0
    for part in read.fields:
        if part.title not in filled:
            yield fault("field_without_items", part.place, title=part.title)
        if part.title in seen:
            yield fault("field_twice", part.place, title=part.title, before=seen[part.title])
        seen.setdefault(part.title, part.place)
        if part.number and last and part.number != last + 1:
            yield fault("field_order", part.place, before=last, label=part.number)
        last = part.number or last


def _numbers(read: ReadPlan) -> Iterator[Fault]:
    places: dict[int, str] = {}
    highest = 0
    for item in read.items:
        if read.fields and not item.field:
            yield fault("before_fields", item.place, item.number, number=item.number)
        if item.number in places:
            yield fault("doubled_number", item.place, item.number, number=item.number, before=places[item.number])
        elif item.number < highest:
            yield fault("out_of_order", item.place, item.number, number=item.number, before=highest)
        places.setdefault(item.number, item.place)
        highest = max(highest, item.number)
    for number in sorted(set(range(1, highest + 1)) - places.keys()):
        following = next((item.place for item in read.items if item.number > number), "全文")
        yield fault("gap", f"{following}之前", number=number)


def _office_faults(item: ReadItem, names: Counter[str], offices: Sequence[str]) -> Iterator[Fault]:
    place = item.offices_place or item.place
    if not item.offices and item.text:
        yield fault("no_department", item.place, item.number, number=item.number)
        if (odd := bracket_at_end(item.text)) and len(odd) <= 12 and not _REMARK.match(odd):
            yield fault("not_an_office", item.place, item.number, number=item.number, name=odd)
    for name in item.offices.odd:
        yield fault("not_an_office", place, item.number, number=item.number, name=name)
    for name, count in Counter((*item.offices.lead, *item.offices.assist)).items():
        if count > 1:
            yield fault("office_twice", place, item.number, number=item.number, name=name)
    for name in item.offices.names:
        if looks_like_office(name) and (like := _nearly(name, names, offices)):
            yield fault("unknown_office", place, item.number, number=item.number, name=name, like=like)


def _nearly(name: str, names: Counter[str], offices: Sequence[str]) -> str:
    """The known name, or one that the document uses more often, that differs in one character only."""
    if name in offices or kind_of_office(name):
        return ""
    for other in (*offices, *(other for other, count in names.items() if count > names[name])):
        if other != name and len(other) == len(name) > 3 and sum(a != b for a, b in zip(other, name, strict=True)) == 1:
            return other
        close = SequenceMatcher(None, other, name).ratio() if abs(len(other) - len(name)) == 1 and len(name) > 4 else 0
        if close > 0.9 and names[name] == 1:
            return other
    return ""


def _text_faults(item: ReadItem, read: ReadPlan) -> Iterator[Fault]:
    number, place, text = item.number, item.place, item.text
    if not text:
        yield fault("empty_item", place, number, number=number)
        return
    if len(text) < 6:
        yield fault("short_item", place, number, number=number, text=text)
    half = text.translate(str.maketrans("()", "（）"))
    for pair in _PAIRS:
        if half.count(pair[0]) != half.count(pair[1]):
            mark = pair[0] if half.count(pair[0]) > half.count(pair[1]) else pair[1]
            yield fault("bracket", place, number, number=number, mark=mark)
    if text[-1] in "，、：,（":
        yield fault("unfinished", place, number, number=number, end=text[-1])
    for kind, pattern in (("placeholder", _PLACEHOLDER), ("garbled", _GARBLED)):
        if found := pattern.search(text):
            yield fault(kind, place, number, number=number, words=found.group())
    yield from _figure_faults(item, read.year)


def _figure_faults(item: ReadItem, year: int | None) -> Iterator[Fault]:
    number, place = item.number, item.place
    text = _SUB_NUMBER.sub("", _QUOTED.sub("", item.text))
    for found in _BARE_FIGURE.finditer(text):
        yield fault("no_unit", place, number, number=number, figure=found.group())
    for found in _PERCENT.finditer(text):
        if float(found.group(1)) > 100 and not re.search(r"(增长|提高|提升|增加|上升)\s*$", text[: found.start()]):
            yield fault("too_many_percent", place, number, number=number, figure=found.group())
    for found in _RANGE.finditer(text):
        if float(found.group(1)) > float(found.group(2)):
            yield fault("range_reversed", place, number, number=number, words=found.group())
    for found in _YEAR.finditer(text):
        around = text[max(0, found.start() - 3) : found.end() + 3]
        if year and int(found.group(1)) != year and not any(words in around for words in _AS_BEFORE):
            yield fault("other_year", place, number, number=number, date=found.group(), year=year)
    for found in _DAY.finditer(text):
        if not _exists(int(found.group(1) or year or 2024), int(found.group(2)), int(found.group(3) or 1)):
            yield fault("no_such_date", place, number, number=number, date=found.group())


def _exists(year: int, month: int, day: int) -> bool:
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True
