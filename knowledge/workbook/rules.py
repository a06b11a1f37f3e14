"""What single cells do not show: rows that name each other, belong together, or say what no source says."""

from collections.abc import Callable, Iterator
from typing import Any

from knowledge.check import document_problems, source_problems
from knowledge.document import further_problems, knowledge_of, parsed
from knowledge.errors import KnowledgeError, Problem
from knowledge.model import Aspect, PlaceList, place_of
from knowledge.workbook.layout import Circumstances, Sheet, layout
from knowledge.workbook.mistakes import Mistake
from knowledge.workbook.read import Book, Line
from knowledge.workbook.tables import document_from, field_named

TemplateProblem = Callable[[str, str], str | None]
"""What is wrong with a text in the place of a template (section.name); None when nothing is."""


def check_rows(book: Book, template_problem: TemplateProblem | None) -> None:
    """Tell what is wrong between rows: doubled names, references to nothing, what is missing, dates the wrong way round."""
    for sheet in layout().sheets:
        _check_unique(book, sheet)
        _check_references(book, sheet)
    for rule in _RULES:
        rule(book)
    if template_problem:
        _check_wording(book, template_problem)


def _check_unique(book: Book, sheet: Sheet) -> None:
    for column in sheet.columns:
        if column.unique:
            _tell_doubled(book, sheet, column.field, lambda line, name=column.field: line.values.get(name))  # type: ignore[misc]
    if sheet.link and sheet.strings:
        _tell_doubled(book, sheet, "text", lambda line: _pair(line, sheet.link, "text"))
    if sheet.table == "plan_texts":
        _tell_doubled(book, sheet, "line", lambda line: _pair(line, "plan", "line"))
    if sheet.table == "answers":
        _tell_doubled(book, sheet, "aspect", lambda line: _pair(line, "service", "aspect"))
    if sheet.single and len(book.lines[sheet.table]) != 1 and book.letters[sheet.table]:
        for line in book.lines[sheet.table][1:]:
            book.tell(sheet.table, line, sheet.columns[0].field, "这张表只能有一行")
        if not book.lines[sheet.table]:
            book.mistakes.append(Mistake(sheet.name, "A2", "这张表要有一行"))


def _pair(line: Line, *names: str) -> tuple[Any, ...] | None:
    values = tuple(line.values.get(name) for name in names)
    return None if None in values else values


def _tell_doubled(book: Book, sheet: Sheet, name: str, key: Callable[[Line], Any]) -> None:
    seen: dict[Any, int] = {}
    for line in book.lines[sheet.table]:
        value = key(line)
        if value is None:
            continue
        if value in seen:
            words = line.values[name]
            column = sheet.by_field[name]
            shown = layout().words_of(column, words) if column.choices else words
            book.tell(sheet.table, line, name, f"“{shown}”重复，第 {seen[value]} 行已经有了")
        else:
            seen[value] = line.number


def _check_references(book: Book, sheet: Sheet) -> None:
    for column in sheet.columns:
        if not column.refers:
            continue
        target = layout().by_table[column.refers]
        if target.key not in book.letters[target.table]:
            continue  # that its sheet or column is missing is told already
        known = {value for line in book.lines[target.table] for value in (line.values.get(target.key), *line.raw.values())}
        for line in book.lines[sheet.table]:
            value = line.values.get(column.field)
            for one in value if isinstance(value, list) else () if value is None else (value,):
                if one not in known and str(one) not in known:
                    book.tell(sheet.table, line, column.field, f"“{target.name}”表里没有“{one}”")


# -- what belongs together ------------------------------------------------------------------------------------------------


def _check_dates(book: Book) -> None:
    for table in ("answers", "notices"):
        for line in book.lines[table]:
            first, last = (line.values.get(name) for name in ("valid_from", "valid_until"))
            if first and last and first > last:
                book.tell(table, line, "valid_until", f"“到哪天止”{last} 比“从哪天起”{first} 早")
            if line.values.get("earlier") and not first:
                book.tell(table, line, "valid_from", "写了“在那以前怎么说”，就要写从哪天起")


def _check_parents(book: Book) -> None:
    """Fields have items, items services, laws words by which they are cited."""
    for parent, child, link, words in (
        ("fields", "items", "field", "“计划条目”表里没有一条属于这个方面"),
        ("items", "services", "item", "“事项”表里没有一件属于这一条；每条至少一件"),
        ("laws", "law_marks", "law", "“法规用语”表里没有这部法规的词语；至少一个"),
    ):
        if link not in book.letters[child]:
            continue
        told = {str(line.values.get(link)) for line in book.lines[child]}
        for line in book.lines[parent]:
            key = layout().by_table[parent].key
            if key in line.values and str(line.values[key]) not in told:
                book.tell(parent, line, key, words)


def _check_services(book: Book) -> None:
    # An aspect that could not be read may be the overview: that is told already.
    said = {
        line.values.get("service")
        for line in book.lines["answers"]
        if line.values.get("aspect", Aspect.OVERVIEW) == Aspect.OVERVIEW
    }
    listed = {line.values.get("service") for line in book.lines["places"]}
    for line in book.lines["services"]:
        values, service = line.values, line.values.get("id")
        if service and {"service", "aspect"} <= book.letters["answers"].keys() and service not in said:
            book.tell("services", line, "id", "“答复”表里没有它的“是什么”；每个事项都要有")
        named = values.get("place_list") in (PlaceList.OPEN, PlaceList.CLOSED)
        if service and "service" in book.letters["places"] and named != (service in listed):
            words = "“地点”表里没有它的地点" if named else "“地点”表里有它的地点，这里应选“点名了一部分”或“全部点名”"
            book.tell("services", line, "place_list", words)
        text, law, basis = (values.get(f"apply_at.{name}") for name in ("text", "law", "basis"))
        if text and not law and not basis and not {"apply_at.law", "apply_at.basis"} & line.wrong:
            book.tell("services", line, "apply_at.text", "写了“到哪申请”，就要写依据（法规或者后一栏）")
        if not text and (law or basis) and "apply_at.text" not in line.wrong:
            book.tell("services", line, "apply_at.law" if law else "apply_at.basis", "写了依据，没有写“到哪申请”")


def _check_plans(book: Book) -> None:
    """The number of a further plan's item and the name of its field tell of which plan it is, which must be there."""
    places = {0, *(line.values.get("place") for line in book.lines["plans"])}
    for line in book.lines["items"]:
        number, field = line.values.get("number"), line.values.get("field")
        if number is None:
            continue
        if place_of(number) not in places:
            book.tell("items", line, "number", f"“同时有效的计划”表里没有第 {place_of(number)} 份，编号 {number} 应该在那一份里")
        elif field is not None and field_named(field).get("place", 0) != place_of(number):
            book.tell("items", line, "field", f"编号 {number} 和“{field}”不是一份计划的")


_RULES: tuple[Callable[[Book], None], ...] = (_check_dates, _check_plans, _check_parents, _check_services)


# -- circumstances --------------------------------------------------------------------------------------------------------


def name_circumstances(book: Book, circumstances: Circumstances) -> None:
    """Put the document's names in the place of what circumstances are called; tell those that nobody knows."""
    names = {words: name for name, words in circumstances.items()} | {name: name for name in circumstances}
    for line in book.lines["criteria"]:
        for part in ("all", "not"):
            named: dict[str, Any] = {}
            for words, value in line.values.get(part, {}).items():
                if words not in names:
                    book.tell("criteria", line, part, f"没有“{words}”这种情况；能用的列在“说明”表的最后")
                elif names[words] in named:
                    book.tell("criteria", line, part, f"“{words}”写了两遍")
                else:
                    named[names[words]] = value
            if part in line.values:
                line.values[part] = named


# -- templates ------------------------------------------------------------------------------------------------------------


def _check_wording(book: Book, template_problem: TemplateProblem) -> None:
    for line in book.lines["wording"]:
        key, text = line.values.get("key"), line.values.get("text")
        if key and text is not None and (words := template_problem(key, text)):
            book.tell("wording", line, "text", words)


# -- sources --------------------------------------------------------------------------------------------------------------


def check_sources(book: Book) -> None:
    """Tell what no source supports, and where the items are not those of the plan's text.

    Looks at what can be used of the workbook; what follows only from a mistake that is told already is left out.
    """
    try:
        knowledge = knowledge_of(document_from(book.tables))
    except KnowledgeError as error:
        if not book.mistakes:
            book.mistakes += [Mistake("", "", problem) for problem in error.problems]
        return
    unreadable: list[str] = []
    plan = parsed(knowledge.document, knowledge.plan.document, unreadable) if _sound(book, "document") else None
    book.mistakes += [Mistake(layout().by_table["document"].name, "B2", problem) for problem in unreadable]
    problems: Iterator[Problem] = source_problems(knowledge)
    sound = _sound(book, "items", "fields")
    for problem in [*problems, *(document_problems(knowledge, plan) if sound else ())]:
        _tell_problem(book, problem)
    if sound and _sound(book, "plans", "plan_texts"):
        for told in further_problems(knowledge):
            if isinstance(told, Problem):
                _tell_problem(book, told)
            else:
                book.mistakes.append(Mistake(layout().by_table["plan_texts"].name, "C2", told))


def _sound(book: Book, *tables: str) -> bool:
    """Whether nothing is wrong in these sheets."""
    names = {layout().by_table[table].name for table in tables}
    return not any(mistake.sheet in names for mistake in book.mistakes)


def _tell_problem(book: Book, problem: Problem) -> None:
    kind, _, key = problem.object.partition(":")
    words = problem.partition("：")[2] or str(problem)
    if kind == "item":
        line = next((one for one in book.lines["items"] if str(one.values.get("number")) == key), None)
        if line is None:
            book.mistakes.append(
                Mistake(layout().by_table["items"].name, "", f"{problem.partition('：')[0]}：计划原文里有，这里没有")
            )
        else:
            book.tell("items", line, problem.field or "text", words)
        return
    if not _sound(book, "laws", "hotlines", "items"):
        return  # the source itself is in doubt
    table, name = _PLACES.get(problem.field.partition(".")[0], ("answers", "text"))
    aspect = problem.field.partition(".")[2]
    lines = [one for one in book.lines[table] if one.values.get("service") == key and aspect in ("", one.values.get("aspect"))]
    if problem.nth < len(lines) and not {name, "basis"} & lines[problem.nth].wrong:
        book.tell(table, lines[problem.nth], name, words)


_PLACES = {"targets": ("targets", "amount"), "places": ("places", "text"), "criteria": ("criteria", "words")}
"""Where a problem of a service's field stands."""
