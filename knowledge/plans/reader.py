"""A plan document, in whatever form → its title, fields and items, each with the place that it came from.

Nothing is dropped: what belongs to no item stands in ``unread``, what is wrong in ``faults``.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from knowledge.plans.blocks import LONGEST_BLOCK, Document, Line, Row
from knowledge.plans.faults import document_faults
from knowledge.plans.findings import findings
from knowledge.plans.labels import PLAIN, Label, label_of, number_of
from knowledge.plans.offices import Offices, looks_like_office, read_offices, take_offices
from knowledge.plans.records import Fault, ReadField, ReadItem, ReadPlan, Unread, fault
from knowledge.plans.settings import settings

_READING = settings("reading")
_CLOSING = [re.compile(pattern) for pattern in _READING["closing"]["patterns"]]
_SECTION = re.compile(_READING["closing"]["sections"])
_APPENDIX = re.compile(r"^附\s*(?:件|表|录)")
_PAGE_NUMBER = re.compile(_READING["closing"]["page_number"])
_DOCUMENT_NUMBER = re.compile(r"^\S{2,12}[〔\[【(（](\d{4})[〕\]】)）]\s*\d+\s*号$")
_TITLE = re.compile(r"《([^《》]{4,60})》")
_TITLE_LINE = re.compile(
    r"^\S{0,30}?(20\d\d\s*年)?\S{0,30}(行动计划|实施方案|工作方案|工作计划|民生计划|实事项目|民生实事|实事清单|项目清单|任务清单|实事|计划|清单|方案)$"
)
_OPINION = re.compile(r"^关于\S{4,40}的(?:意见|实施意见|决定|报告|通知)$")
_YEAR = re.compile(r"(20\d\d)\s*年?")
_OFFICES_LINE = re.compile(rf"^[（(【\[]?\s*({'|'.join([*_READING['lead_keys'], *_READING['assist_keys']])})\s*[:：]")
_DISTRICT = re.compile(
    r"(?:([\u4e00-\u9fff]{2,5}?(?:自治州|地区|市|盟)))?((?:(?![年月日在为全的])[\u4e00-\u9fff]){2,5}?(?:新区|区|县|旗))"
    r"(?=[“\"]?(?:人民政府|委|政府|\d|关于|十|民生|为民|实事|办))"
)


@dataclass
class _Raw:
    """An item as it is being gathered, ``own`` number in its field, and ``done`` once its offices have been read."""

    own: int
    label: str
    field_index: int
    place: str
    text: str = ""
    offices: Offices = field(default_factory=Offices)
    offices_place: str = ""
    name: str = ""
    done: bool = False
    tabled: bool = False


@dataclass
class _Gathered:
    fields: list[ReadField] = field(default_factory=list)
    field_offices: dict[int, Offices] = field(default_factory=dict)
    raws: list[_Raw] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    heads: frozenset[str] = frozenset()
    ended: bool = False


def read_plan(document: Document, known_offices: Sequence[str] = ()) -> ReadPlan:
    """Read a document; every fault is told, none stops the reading.

    Args:
        known_offices: names that are right; others that nearly are one of them are reported as misspelt.
    """
    lines = [block for block in document.blocks if isinstance(block, Line)]
    styles = _styles(lines)
    gathered = _Gathered(heads=_running_heads(lines))
    table = _Table()
    for block in document.blocks:
        if isinstance(block, Row):
            table.take(block, gathered)
        else:
            _take_line(block, styles, gathered)
    _assign_responsible(gathered)
    for raw in gathered.raws:
        _settle(raw, gathered)
    title, number = _title(lines, gathered)
    numbers = _numbered(gathered)
    default = title or "民生实事"
    items = tuple(
        ReadItem(
            n,
            raw.label,
            gathered.fields[raw.field_index].title if raw.field_index >= 0 else "" if gathered.fields else default,
            raw.text,
            raw.offices,
            raw.place,
            raw.offices_place,
            raw.name,
            findings(raw.text),
        )
        for n, raw in zip(numbers, gathered.raws, strict=True)
    )
    year = _year(title, number, lines)
    city, district = _district(lines, title)
    notices = [fault("text_box", place, text=text) for place, text in document.notices]
    read = ReadPlan(title, number, year, district, city, tuple(gathered.fields), items, (), tuple(gathered.unread), document.text)
    return replace(read, faults=(*gathered.faults, *notices, *document_faults(read, gathered.faults, known_offices)))


# -- numbered lines -----------------------------------------------------------------------------------------------------


_DEEPEST_FIRST = ("point", "article", "half-bracket", "bracket", "bracket-han", "circle", "han", "part")


@dataclass(frozen=True)
class _Styles:
    """Which kind of number begins an item here, and which a field; None where there is none."""

    item: str | None
    field: str | None


def _styles(lines: Sequence[Line]) -> _Styles:
    labelled = [(k, label) for k, line in enumerate(lines) if (label := label_of(line.text, line.heading))]
    like_items: Counter[str] = Counter()
    others: Counter[str] = Counter()
    ends = [k for k, _ in labelled[1:]] + [len(lines)]
    for (k, label), following in zip(labelled, ends, strict=False):
        body = " ".join([label.rest, *(line.text for line in lines[k + 1 : following])])
        if label.style != PLAIN and (take_offices(body)[1] or (not _is_heading(label) and len(body) >= 8)):
            like_items[label.style] += 1
        else:
            others[label.style] += 1
    like_items = like_items or Counter({style: count for style, count in others.items() if style in _DEEPEST_FIRST})
    if not like_items:
        return _Styles(None, None)
    with_most = max(like_items.values())
    item = min((style for style, count in like_items.items() if count * 2 > with_most), key=_DEEPEST_FIRST.index)
    above: Counter[str] = Counter()
    last = ""
    for _, label in labelled:
        if label.style != item and (label.style == PLAIN or _is_heading(label)):
            last = label.style
        elif label.style == item and last:
            above[last] += 1
            last = ""
    return _Styles(item, above.most_common(1)[0][0] if above else None)


def _is_heading(label: Label) -> bool:
    """A short line that is no sentence; offices may be named behind it for all of its items."""
    words, _ = take_offices(label.rest)
    return len(words) <= 30 and not re.search(r"[。；;]|，.*，", words) and (len(words) == len(label.rest) or len(words) <= 12)


def _running_heads(lines: Sequence[Line]) -> frozenset[str]:
    """What stands at the top of every page: lines that come again right behind a page's number."""
    times = Counter(line.text for line in lines)
    behind = {after.text for before, after in pairwise(lines) if _PAGE_NUMBER.match(before.text)}
    return frozenset(text for text in behind if times[text] > 1 and not _OFFICES_LINE.match(text))


def _take_line(line: Line, styles: _Styles, gathered: _Gathered) -> None:
    label = label_of(line.text, line.heading)
    raws = gathered.raws
    last = raws[-1] if raws else None
    if raws and label and _SECTION.match(label.rest) and _is_heading(label):
        gathered.ended = True
    gathered.ended = gathered.ended and not _APPENDIX.match(line.text)
    if gathered.ended or line.text in gathered.heads:
        gathered.unread.append(Unread(line.place, line.text, "after" if gathered.ended else "page" if raws else "before"))
        return
    if gathered.fields and len(gathered.fields) > (last.field_index + 1 if last else 0) and _OFFICES_LINE.match(line.text):
        _for_the_whole_field(read_offices(line.text), gathered)
        return
    if label and label.style == styles.field and _is_heading(label):
        words, offices = take_offices(label.rest)
        gathered.fields.append(ReadField(words, line.place, label.number))
        if offices:
            gathered.field_offices[len(gathered.fields) - 1] = offices
        if last:
            last.done = True
        return
    if label and label.style == styles.item:
        raws.append(_Raw(label.number, label.written, len(gathered.fields) - 1, line.place, label.rest))
        _look_for_offices(raws[-1], line.place)
        return
    position = "between"
    if _PAGE_NUMBER.match(line.text):
        position = "page"
    elif any(pattern.search(line.text) for pattern in _CLOSING):
        position = "after" if raws else "before"
    elif last is None:
        position = "before"
    elif (not last.done and len(last.text) < LONGEST_BLOCK) or (_OFFICES_LINE.match(line.text) and not last.offices.assist):
        last.text = _join(last.text, line.text) if not _OFFICES_LINE.match(line.text) else last.text
        if _OFFICES_LINE.match(line.text):
            found = read_offices(line.text)
            last.offices = Offices(
                last.offices.lead + found.lead, last.offices.assist + found.assist, last.offices.odd + found.odd
            )
            last.offices_place = last.offices_place or line.place
            last.done = True
        else:
            _look_for_offices(last, line.place)
        return
    elif label and label.style not in (styles.item, styles.field):
        position = "between"
    if position == "after" and last:
        last.done = True
    gathered.unread.append(Unread(line.place, line.text, position))


def _for_the_whole_field(found: Offices, gathered: _Gathered) -> None:
    """Offices below a heading, before its first item: they answer for each item that names none of its own."""
    index = len(gathered.fields) - 1
    before = gathered.field_offices.get(index, Offices())
    gathered.field_offices[index] = Offices(before.lead + found.lead, before.assist + found.assist, before.odd + found.odd)


def _look_for_offices(raw: _Raw, place: str) -> None:
    """Offices at the end of what has been read so far end the item."""
    words, offices = take_offices(raw.text)
    if offices:
        raw.text, raw.offices, raw.offices_place, raw.done = words, offices, place, True


def _join(first: str, second: str) -> str:
    """Two pieces of a sentence that a page or line break separated; Latin words keep a space between them."""
    gap = " " if first[-1:].isascii() and first[-1:].isalnum() and second[:1].isascii() and second[:1].isalnum() else ""
    return first + gap + second


def _settle(raw: _Raw, gathered: _Gathered) -> None:
    raw.text = raw.text.strip()
    if not raw.offices and (offices := gathered.field_offices.get(raw.field_index)):
        raw.offices, raw.offices_place = offices, gathered.fields[raw.field_index].place


# -- tables -------------------------------------------------------------------------------------------------------------


class _Table:
    """Tables: a row of column names, then an item a row; a row with one content only is a field's heading."""

    def __init__(self) -> None:
        self._table = 0
        self._columns: dict[str, list[int]] = {}
        self._names: tuple[str, ...] = ()
        self._last_field = ""

    def take(self, row: Row, gathered: _Gathered) -> None:
        """One more row."""
        if row.table != self._table:
            self._table = row.table
            previous, self._columns = self._columns, {}
            if not _columns_of(row.cells) and len(row.cells) == len(self._names):
                self._columns = previous  # a table that a page cut in two
        if found := _columns_of(row.cells):
            self._columns, self._names = found, row.cells
            return
        cells = [cell.replace("\n", "") for cell in row.cells]
        different = list(dict.fromkeys(cell for cell in cells if cell))
        if self._columns and len(different) == 1 and len(different[0]) <= 30:
            label = label_of(different[0])
            self._open(label.rest if label else different[0], row.place, label.number if label else 0, gathered)
            return
        if not self._columns or not self._item(row, cells, gathered):
            gathered.unread.append(Unread(row.place, " | ".join(cells), "between"))
            if different:
                gathered.faults.append(fault("row_unread", row.place))

    def _open(self, title: str, place: str, number: int, gathered: _Gathered) -> None:
        if title != self._last_field:
            gathered.fields.append(ReadField(title, place, number))
            self._last_field = title

    def _item(self, row: Row, cells: list[str], gathered: _Gathered) -> bool:
        def cell(column: str) -> str:
            numbers = [k for k in self._columns.get(column, []) if k < len(cells)]
            return next((row.cells[k] for k in numbers if cells[k]), "")

        def value(column: str) -> str:
            return cell(column).replace("\n", "")

        name, text = value("name"), value("text")
        if not (name or text) and not value("lead") and not value("number"):
            return False
        if title := value("field"):
            label = label_of(title)
            place = row.place_of(self._columns["field"][0])
            self._open(label.rest if label else title, place, label.number if label else 0, gathered)
        written = re.sub(r"[\s.．、]", "", value("number"))
        own = number_of(written) if re.fullmatch(r"\d{1,3}|[一二三四五六七八九十百]+", written) else len(gathered.raws) + 1
        words = text or name
        if text and name and name not in text:
            words = f"{name}：{text}"
        if deadline := value("deadline"):
            words = words.rstrip("。；") + f"。完成时限：{deadline.rstrip('。')}。"
        place = row.place_of((self._columns.get("text") or self._columns.get("name") or [0])[0])
        lead, assist = read_offices(_office_lines(cell("lead"))), read_offices(_office_lines(cell("assist")), assist=True)
        offices = Offices(lead.lead + assist.lead, lead.assist + assist.assist, lead.odd + assist.odd)
        raw = _Raw(own, written, len(gathered.fields) - 1, place, words, offices, name=name, done=True, tabled=True)
        if "lead" in self._columns:
            raw.offices_place = row.place_of(self._columns["lead"][0])
        if not offices:
            raw.done = False
            _look_for_offices(raw, place)
            raw.done = True
        if remark := value("remark"):
            gathered.unread.append(Unread(row.place, f"备注：{remark}", "between"))
        gathered.raws.append(raw)
        return True


def _office_lines(cell: str) -> str:
    """The offices of a cell, one a line where each line is an office, else a name that goes on in the next line."""
    lines = [line.strip(" 　、，；") for line in cell.split("\n") if line.strip()]
    return ("、" if all(looks_like_office(line) or "、" in line for line in lines) else "").join(lines)


def _columns_of(cells: Sequence[str]) -> dict[str, list[int]]:
    """Which column is what, when the row is one of column names."""
    found: dict[str, list[int]] = {}
    for k, cell in enumerate(cells):
        plain = re.sub(r"[\s\n（(].*$", "", re.sub(r"\s", "", cell))
        if not plain or len(plain) > 10:
            continue
        for column, names in _READING["columns"].items():
            if plain in names or any(plain.endswith(name) and len(plain) <= len(name) + 3 for name in names if len(name) > 1):
                found.setdefault(column, []).append(k)
                break
    enough = ("name" in found or "text" in found) and ("number" in found or "lead" in found)
    return found if enough and len(found) >= 2 else {}


def _assign_responsible(gathered: _Gathered) -> None:
    """A table behind the items that shares them out (责任分解表): its offices are the items', its rows are no items.

    It is one where each of its numbers is that of an item before it without offices.
    """
    open_items = {raw.own: raw for raw in gathered.raws if not raw.tabled and not raw.offices}
    shared = [raw for raw in gathered.raws if raw.tabled]
    if not shared or not all(raw.own in open_items and raw.offices for raw in shared):
        return
    if sum(_speak_alike(open_items[raw.own].text, raw.text) for raw in shared) * 2 < len(shared):
        return
    for raw in shared:
        item = open_items[raw.own]
        item.offices, item.offices_place, item.name = raw.offices, raw.offices_place, raw.name
    gathered.raws[:] = [raw for raw in gathered.raws if not raw.tabled]


def _speak_alike(first: str, second: str) -> bool:
    return any(a + b in first for a, b in pairwise(second))


# -- the whole ----------------------------------------------------------------------------------------------------------


def _numbered(gathered: _Gathered) -> list[int]:
    """Every item's number: as written, or counted through when each field starts anew with 1."""
    raws = gathered.raws
    firsts: dict[int, int] = {}
    for raw in raws:
        firsts.setdefault(raw.field_index, raw.own)
    if len(firsts) > 1 and all(own == 1 for own in firsts.values()):
        return list(range(1, len(raws) + 1))
    return [raw.own for raw in raws]


def _title(lines: Sequence[Line], gathered: _Gathered) -> tuple[str, str]:
    """Title and issuing number; they stand before the first item, and the lines that hold them are not unread."""
    title = number = ""
    for line in lines:
        if not number and _DOCUMENT_NUMBER.match(line.text):
            number = line.text
        if not title and (found := _TITLE.search(line.text)):
            title = found.group(1)
    before = [unread for unread in gathered.unread if unread.position == "before"]
    if not title:
        short = [(u.text, re.sub(r"\s", "", u.text)) for u in before if len(u.text) <= 40]
        title = next((text for pattern in (_TITLE_LINE, _OPINION) for text, bare in short if pattern.match(bare)), "")
    plain = re.sub(r"\s", "", title)
    gathered.unread[:] = [u for u in gathered.unread if u.text != number and (not plain or re.sub(r"\s", "", u.text) != plain)]
    return re.sub(r"\s+", "", title) if " " in title and not re.search(r"[A-Za-z] ", title) else title, number


def _year(title: str, number: str, lines: Sequence[Line]) -> int | None:
    for words in (title, number, *(line.text for line in lines[:20])):
        if found := _YEAR.search(words):
            return int(found.group(1))
    return None


def _district(lines: Sequence[Line], title: str) -> tuple[str, str]:
    """City and district, where the head of the document names them."""
    head = (title, *(line.text for line in lines[:12]))
    found = [(match.group(1) or "", match.group(2)) for words in head for match in _DISTRICT.finditer(words)]
    city, district = next((pair for pair in found if pair[0]), found[0] if found else ("", ""))
    return city.removeprefix("中共"), district.removeprefix("中共")


def office_names(read: ReadPlan) -> Iterator[str]:
    """The names that look like offices, once each."""
    yield from (name for name in read.offices if looks_like_office(name))
