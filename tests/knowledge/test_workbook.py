"""The knowledge base as a workbook: nothing is lost on the way there and back, whatever program saved it in between."""

import datetime
import io
import json
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.workbook.workbook import Workbook

from bot.console.knowledge_words import words
from knowledge import model
from knowledge.base import KnowledgeBase
from knowledge.changes import differences, with_change
from knowledge.document import Document, document_of, knowledge_of
from knowledge.errors import KnowledgeError
from knowledge.workbook.exporter import export_workbook, mark_of
from knowledge.workbook.importer import import_workbook, marked
from knowledge.workbook.layout import GUIDE, layout
from knowledge.workbook.mistakes import WorkbookError
from knowledge.workbook.read import read_book
from knowledge.workbook.tables import document_from
from tests.plans.two_plans import two_plans

SERVICE = "service:home-care-purchase"


@pytest.fixture(scope="module")
def document(knowledge: KnowledgeBase) -> Document:
    written: Document = json.loads(json.dumps(document_of(knowledge), ensure_ascii=False))
    return written


def opened(content: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_round_trip_of_the_real_knowledge_changes_nothing(document: Document) -> None:
    assert import_workbook(export_workbook(document)) == document


def test_criteria_are_written_in_words_and_read_back(document: Document) -> None:
    names = words()["circumstances"]
    content = export_workbook(document, "", names)
    cells = [str(row[2]) for row in opened(content)["条件"].iter_rows(min_row=2, values_only=True)]
    assert "低保等情况=特困" in cells and "60岁以上\n打官司" in cells and not any("income" in cell for cell in cells)
    assert "60岁以上" in str(list(opened(content)[GUIDE].values)[-3])
    assert import_workbook(content, None, names) == document


def test_a_round_trip_of_an_edited_knowledge_changes_nothing(document: Document) -> None:
    for key, field, value in (
        (SERVICE, "answers.amount", "2026年起每人每月260元。"),
        (SERVICE, "upkeep.amount", {"basis": "区民政局答复：2026年每人每月260元", "valid_from": "2026-03-01", "by": "王"}),
        (SERVICE, "owner", "李科长"),
        (SERVICE, "review_on", "2026-12-31"),
        (SERVICE, "apply_at", {"text": "镇街", "basis": "=SUM(1)"}),
        (SERVICE, "aliases", ["=1+1", "-减号", "@我", "'引号", "2026-03-01", "12345", "是"]),
        ("department:区民政局", "phone", "0431-81234567 转 2"),
        ("department:区民政局", "vertical", True),
        ("notice:heating", "*", {"id": "heating", "text": "供热\n10月20日开始", "valid_until": "2026-10-20"}),
        ("wording", "answer.departments", " 负责的部门：{departments}\n"),
        ("law:legal-aid-31", "until", "2030-01-01"),
    ):
        document = with_change(document, key, field, value)
    document = document_of(knowledge_of(document))
    assert import_workbook(export_workbook(document)) == document


# -- every field of every record --------------------------------------------------------------------------------------------

FULL: Document = {
    "plan": {
        "title": "计划",
        "document_number": "号",
        "document": "p.txt",
        "year": 2030,
        "district": "区",
        "city": "市",
        "examples": ["问一", "问二"],
    },
    "document": "第一行\n\n  缩进\n \n",
    "fields": [
        {
            "field": "方面一",
            "items": [
                {
                    "number": 1,
                    "text": "条文",
                    "departments": ["区甲局", "区乙局"],
                    "services": [
                        {
                            "id": "one",
                            "title": "事项一",
                            "kind": "works",
                            "aliases": ["别名一", "别名二"],
                            "place_list": "open",
                            "places": ["地点一", "地点二"],
                            "laws": ["law-1", "law-2"],
                            "hotlines": ["12345", "123"],
                            "apply_at": {"text": "镇街", "law": "law-1", "basis": "答复"},
                            "targets": [{"what": "建", "amount": "5座"}, {"what": "办", "amount": "85%"}],
                            "criteria": [
                                {"all": {"income": ["低保"], "a": True}, "words": "原话"},
                                {
                                    "all": {"b": False, "c": ["是"], "d": []},
                                    "not": {"e": ["甲", "乙"]},
                                    "words": "原话",
                                    "law": "law-2",
                                    "open": True,
                                    "sure": False,
                                },
                            ],
                            "answers": {"overview": "是", "amount": "没写"},
                            "upkeep": {
                                "amount": {
                                    "valid_from": "2030-01-01",
                                    "valid_until": "2030-12-31",
                                    "earlier": "原来没有写。",
                                    "earlier_basis": "原来的依据",
                                    "earlier_published": "2029-01-01",
                                    "earlier_by": "原来写的人",
                                    "basis": "依据",
                                    "owner": "甲",
                                    "review_on": "2030-06-01",
                                    "published": "2030-01-02",
                                    "by": "乙",
                                }
                            },
                            "owner": "丙",
                            "review_on": "2031-01-01",
                        },
                        {"id": "two", "title": "事项二", "kind": "benefit", "answers": {"overview": "好"}},
                    ],
                }
            ],
        },
        {
            "field": "方面二",
            "items": [
                {
                    "number": 3,
                    "text": "第三条",
                    "departments": ["区乙局"],
                    "services": [{"id": "three", "title": "三", "kind": "service", "answers": {"overview": "三"}}],
                }
            ],
        },
    ],
    "departments": [
        {
            "name": "区甲局",
            "full_name": "全称",
            "aliases": ["甲局"],
            "vertical": True,
            "phone": "0431-12345678",
            "address": "街1号",
            "hours": "全天",
            "source": "网站",
            "review_on": "2030-02-01",
        },
        {"name": "区乙局", "full_name": "乙"},
    ],
    "units": [{"name": "供热", "ours": True, "hotline": "123"}, {"name": "供电", "ours": False}],
    "hotlines": [
        {
            "number": "12345",
            "name": "热线",
            "purpose": "general",
            "source": "办公厅",
            "note": "随时",
            "items": [1, 3],
            "departments": ["区甲局"],
            "matters": ["事由"],
            "words": ["词"],
            "review_on": "2030-03-01",
        },
        {"number": "123", "name": "另一个", "purpose": "help", "source": "厅"},
    ],
    "laws": [
        {"id": "law-1", "name": "《法》", "items": [1], "fact": "内容", "marks": ["用语", "另一个"], "until": "2031-01-01"},
        {"id": "law-2", "name": "《规定》", "items": [], "fact": "规定", "marks": ["规定"]},
    ],
    "safety": [{"matter": "险情", "fact": "先跑", "source": "局"}],
    "notices": [{"id": "n-1", "text": "公告", "valid_from": "2030-01-01", "valid_until": "2030-02-01"}],
    "wording": {"answer.source": "依据：{sources} "},
}


def test_the_example_below_has_every_field_of_every_record() -> None:
    service, item = FULL["fields"][0]["items"][0]["services"][0], FULL["fields"][0]["items"][0]
    for record, kind in (
        (FULL["plan"], model.PlanHead),
        (item, model.Item),
        (service, model.Service),
        (service["criteria"][1], model.Criterion),
        (service["targets"][0], model.Target),
        (service["apply_at"], model.ApplyAt),
        (service["upkeep"]["amount"], model.Upkeep),
        (FULL["departments"][0], model.Department),
        (FULL["units"][0], model.Unit),
        (FULL["hotlines"][0], model.Hotline),
        (FULL["laws"][0], model.Law),
        (FULL["safety"][0], model.Safety),
        (FULL["notices"][0], model.Notice),
    ):
        assert record.keys() == {field.alias or name for name, field in kind.model_fields.items()}, kind


def read_back(content: bytes) -> Document:
    """What stands in the workbook, without asking whether a source supports it."""
    book = read_book(content)
    assert book.mistakes == []
    return document_of(knowledge_of(document_from(book.tables)))


def test_every_field_of_every_record_has_its_column() -> None:
    full = document_of(knowledge_of(FULL))
    assert read_back(export_workbook(full)) == full


FREE = {
    "title",
    "text",
    "words",
    "fact",
    "what",
    "amount",
    "full_name",
    "source",
    "note",
    "basis",
    "owner",
    "by",
    "address",
    "hours",
}
FREE |= {"aliases", "places", "matters", "marks", "examples", "overview", "document_number"}
LETTERS = st.sampled_from("是否好，、；;=+-@'\"\n\t\x0b\x1f\r_x0041_<>&{}%#5 　a😀é")
TEXTS = st.text(LETTERS, min_size=1, max_size=30).map(str.strip).filter(bool)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_written_into_its_texts_comes_back_the_same(data: st.DataObject) -> None:
    def changed(value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return {name: changed(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return (
                [changed(one, key) for one in value] if key not in FREE else data.draw(st.lists(TEXTS, min_size=1, unique=True))
            )
        return data.draw(TEXTS) if key in FREE and isinstance(value, str) else value

    document = changed(FULL, "")
    document["document"] = data.draw(st.text(LETTERS, max_size=60)).replace("\r", "")
    document = document_of(knowledge_of(document))
    assert read_back(export_workbook(document)) == document


# -- as other programs leave it ---------------------------------------------------------------------------------------------


def numbers_for_digits(book: Workbook) -> None:
    for page in book:
        for row in page.iter_rows(min_row=2):
            for cell in row:
                if isinstance(cell.value, str) and cell.value.isdigit() and not cell.value.startswith("0"):
                    cell.value = float(cell.value)
                    cell.number_format = "General"


def text_for_everything(book: Workbook) -> None:
    for page in book:
        for row in page.iter_rows(min_row=2):
            for cell in row:
                if isinstance(cell.value, datetime.datetime):
                    cell.value = f"{cell.value.year}年{cell.value.month}月{cell.value.day}日"
                elif isinstance(cell.value, int | float):
                    cell.value = str(cell.value)


def dates_as_serial_numbers(book: Workbook) -> None:
    for page in book:
        for row in page.iter_rows(min_row=2):
            for cell in row:
                if isinstance(cell.value, datetime.datetime):
                    cell.value = (cell.value - datetime.datetime(1899, 12, 30)).days
                    cell.number_format = "General"


def blanks_around_and_empty_rows_between(book: Workbook) -> None:
    for page in book:
        if page.title in ("用语", "计划原文", GUIDE):
            continue
        for row in page.iter_rows(min_row=1):
            for cell in row:
                if isinstance(cell.value, str):
                    cell.value, cell.data_type = f" {cell.value}　 ", "s"
        page.auto_filter.ref = None
        page.insert_rows(2, 3)
        page.cell(page.max_row + 5, 1).value = "  "
        page.cell(1_048_576, 2).number_format = "@"


def truth_values(book: Workbook) -> None:
    for page in book:
        for row in page.iter_rows(min_row=2):
            for cell in row:
                if cell.value in ("是", "否") and page.title not in ("答复", "条件"):
                    cell.value = cell.value == "是"


def columns_the_other_way_round(book: Workbook) -> None:
    for page in book:
        if page.title == GUIDE:
            continue
        rows = [[(cell.value, cell.data_type, cell.number_format) for cell in row][::-1] for row in page.iter_rows()]
        for number, row in enumerate(rows, 1):
            for place, (value, kind, form) in enumerate(row, 1):
                cell = page.cell(number, place)
                cell.value, cell.number_format = value, form
                if kind == "s":
                    cell.data_type = "s"


def nothing_but_the_values(book: Workbook) -> None:
    for page in book:
        page.data_validations.dataValidation.clear()
        page.freeze_panes = page.auto_filter.ref = None
        for cell in page[1]:
            cell.comment = None


@pytest.mark.parametrize(
    "program",
    [
        numbers_for_digits,
        text_for_everything,
        dates_as_serial_numbers,
        blanks_around_and_empty_rows_between,
        truth_values,
        columns_the_other_way_round,
        nothing_but_the_values,
    ],
)
def test_a_round_trip_through_another_program_changes_nothing(program: Callable[[Workbook], None]) -> None:
    full = document_of(knowledge_of(FULL))
    book = opened(export_workbook(full))
    program(book)
    assert differences(full, read_back(saved(book))) == []


def test_a_share_that_excel_took_for_a_number_is_a_share_again() -> None:
    book = opened(export_workbook(FULL))
    cell = book["目标"]["D3"]
    assert cell.value == "85%"
    cell.value, cell.number_format = 0.85, "0%"
    assert read_back(saved(book)) == document_of(knowledge_of(FULL))


ANYTHING = st.one_of(
    st.sampled_from([None, "", " ", "=", "a=", "、", "=1+1", "{x", "http:/x", "²", "第5条", "2026-13-01", "x" * 6000, True]),
    st.integers(-5, 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    st.just(2958466.0),  # a day beyond Excel's calendar
    st.datetimes(datetime.datetime(1901, 1, 1), datetime.datetime(2200, 1, 1)),
    st.text(LETTERS.filter(lambda letter: letter.isprintable()), max_size=8),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(layout().sheets), st.integers(1, 5), st.integers(1, 12), ANYTHING), max_size=6))
def test_whatever_is_typed_into_its_cells_a_workbook_is_read_or_refused_in_words(typed: list[Any]) -> None:
    book = opened(export_workbook(FULL))
    for sheet, row, column, value in typed:
        book[sheet.name].cell(row, column).value = value
    try:
        import_workbook(saved(book))
    except WorkbookError as refused:
        assert refused.mistakes and all(one.words and one.sheet for one in refused.mistakes)


# -- what people find in it -------------------------------------------------------------------------------------------------


def test_every_sheet_has_frozen_headers_notes_and_drop_downs_for_what_is_chosen(document: Document) -> None:
    book = opened(export_workbook(document, "第3版"))
    assert book.sheetnames == [GUIDE, *(sheet.name for sheet in layout().sheets)]
    assert book[GUIDE]["B1"].value == "第3版"
    for sheet in layout().sheets:
        page = book[sheet.name]
        assert page.freeze_panes in ("A2", "B2")
        chosen = {str(rule.sqref).partition("2:")[0] for rule in page.data_validations.dataValidation}
        for cell, column in zip(page[1], sheet.columns, strict=True):
            assert cell.value == column.header and cell.comment and column.note in cell.comment.text
            wanted = column.kind in ("yes_no", "choice", "one", "some")
            assert (cell.column_letter in chosen) is wanted, (sheet.name, column.header)
            assert page.column_dimensions[cell.column_letter].width == column.width
    rules = {str(rule.sqref): rule for rule in book["事项"].data_validations.dataValidation}
    kind = next(rule for place, rule in rules.items() if place.startswith("D2:"))
    assert kind.formula1 == '"补贴救助,办事服务,工程项目,活动,治理目标"' and kind.showErrorMessage
    laws = next(rule for place, rule in rules.items() if place.startswith("F2:"))
    assert laws.formula1.startswith("'法规'!$A$2:$A$") and not laws.showErrorMessage
    texts = [cell for row in book["答复"].iter_rows(min_row=2) for cell in row if cell.value]
    assert texts and all(cell.alignment.wrap_text for cell in texts)


def test_a_workbook_tells_of_which_state_it_was_made_until_somebody_takes_that_out(document: Document) -> None:
    content = export_workbook(document)
    assert marked(content) == mark_of(document) != mark_of(with_change(document, SERVICE, "owner", "甲"))
    book = opened(content)
    del book[GUIDE]
    assert marked(saved(book)) == "" and import_workbook(saved(book)) == document


def test_a_text_is_never_a_formula(document: Document) -> None:
    changed = with_change(document, SERVICE, "aliases", ["=HYPERLINK(1)"])
    book = opened(export_workbook(changed))
    assert not [cell for page in book for row in page.iter_rows() for cell in row if cell.data_type == "f"]


def test_a_text_that_no_cell_can_hold_is_refused_with_its_place(document: Document) -> None:
    changed = with_change(document, SERVICE, "answers.how", "长" * 40_000)
    with pytest.raises(KnowledgeError, match=r"答复!D\d+：文字有 40000 个字"):
        export_workbook(changed)


# -- several plans in force -----------------------------------------------------------------------------------------------


def test_a_round_trip_of_several_plans_changes_nothing() -> None:
    both = document_of(two_plans())
    assert import_workbook(export_workbook(both)) == both


def test_a_workbook_that_was_made_before_there_were_several_plans_is_taken(document: Document) -> None:
    book = opened(export_workbook(document))
    for name in ("同时有效的计划", "同时有效的计划原文"):
        del book[name]
    assert import_workbook(saved(book)) == document


def test_mistakes_in_a_further_plan_are_told_by_sheet_and_cell() -> None:
    book = opened(export_workbook(document_of(two_plans())))
    items, fields, texts = book["计划条目"], book["方面"], book["同时有效的计划原文"]
    row = next(cell.row for cell in items["A"] if cell.value == 1004)
    items.cell(row, 3).value = "建设社区自习室 13 个，免费向学生开放。"
    items.cell(row + 1, 1).value = 3005
    texts.cell(3, 2).value = 1
    assert {str(cell.value) for cell in fields["A"]} >= {"社会保障方面", "[1] 社会保障方面"}
    with pytest.raises(WorkbookError) as told:
        import_workbook(saved(book))
    mistakes = {(mistake.sheet, mistake.cell): mistake.words for mistake in told.value.mistakes}
    assert "没有第 3 份" in mistakes["计划条目", f"A{row + 1}"]
    assert "重复" in mistakes["同时有效的计划原文", "B3"]
    texts.cell(3, 2).value, items.cell(row + 1, 1).value = 2, 1005
    with pytest.raises(WorkbookError) as told:
        import_workbook(saved(book))
    assert ("计划条目", f"C{row}") in {(mistake.sheet, mistake.cell) for mistake in told.value.mistakes}
