"""A workbook with mistakes: every one is told by sheet and cell, all at once, and nothing of it is taken."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.cell import Cell
from openpyxl.workbook.workbook import Workbook

from bot.console import knowledge_words
from bot.dialogue.templates import template_problem
from knowledge.base import KnowledgeBase
from knowledge.changes import with_change
from knowledge.document import Document, document_of, knowledge_of
from knowledge.workbook.exporter import export_workbook
from knowledge.workbook.importer import import_workbook
from knowledge.workbook.mistakes import WorkbookError

CIRCUMSTANCES = knowledge_words.words()["circumstances"]
TEMPLATES = {
    "answer.source": "依据：{sources}",
    "answer.updated": "{by}{date}更新的说明",
    "answer.verify": "{year}年的，以{departments}为准",
}


@pytest.fixture(scope="module")
def document(knowledge: KnowledgeBase) -> Document:
    written: Document = json.loads(json.dumps(document_of(knowledge), ensure_ascii=False))
    for name in TEMPLATES:
        written = with_change(written, "wording", name, TEMPLATES[name])
    for number in range(1, 5):
        notice = {"id": f"n-{number}", "text": "公告", "valid_from": "2026-03-01", "valid_until": "2026-04-01"}
        written = with_change(written, f"notice:n-{number}", "*", notice)
    return document_of(knowledge_of(written))


@pytest.fixture(scope="module")
def exported(document: Document) -> bytes:
    return export_workbook(document, "", CIRCUMSTANCES)


class Sheets:
    """A workbook, its cells by what stands in the row's first column (the nth such row) and the header."""

    def __init__(self, book: Workbook) -> None:
        self.book = book

    def at(self, sheet: str, key: object, header: str, nth: int = 0) -> Cell:
        page = self.book[sheet]
        column = next(cell.column for cell in page[1] if cell.value == header)
        rows = [row[0].row for row in page.iter_rows(min_row=2) if row[0].value == key]
        cell: Any = page.cell(rows[nth], column)
        return cell

    def put(self, sheet: str, key: object, header: str, value: Any, nth: int = 0) -> str:
        """Write it; where that is."""
        cell = self.at(sheet, key, header, nth)
        cell.value = value
        return f"{sheet}!{cell.coordinate}"

    def add(self, sheet: str, header: str, *values: Any) -> str:
        """A row at the end; the place of its cell under the header."""
        page = self.book[sheet]
        page.append(values)
        letter = next(cell.column_letter for cell in page[1] if cell.value == header)
        return f"{sheet}!{letter}{page.max_row}"

    def rename(self, sheet: str, header: str, other: str) -> str:
        cell = next(cell for cell in self.book[sheet][1] if cell.value == header)
        cell.value = other
        return f"{sheet}!{cell.coordinate}"

    def answer(self, service: str, aspect: str) -> int:
        """Which of the service's rows of answers it is."""
        rows = [row for row in self.book["答复"].iter_rows(min_row=2, values_only=True) if row[0] == service]
        return [row[2] for row in rows].index(aspect)


def told(content: bytes) -> list[str]:
    """All that is told about a file that must be refused."""
    with pytest.raises(WorkbookError) as refused:
        import_workbook(content, template_problem, CIRCUMSTANCES)
    assert [str(mistake) for mistake in refused.value.mistakes] == refused.value.problems
    return refused.value.problems


Spoil = Callable[[Sheets], str]


def spoil_dropped_sheet(s: Sheets) -> str:
    s.book.remove(s.book["安全提示"])
    return "安全提示"


def spoil_foreign_sheet(s: Sheets) -> str:
    s.book.create_sheet("草稿")["A1"] = "备忘"
    return "草稿"


def spoil_hidden_sheet(s: Sheets) -> str:
    s.book["承办单位"].sheet_state = "hidden"
    return "承办单位"


def spoil_doubled_header(s: Sheets) -> str:
    s.book["方面"]["C1"] = "方面"
    return "方面!C1"


def spoil_content_without_header(s: Sheets) -> str:
    s.book["通知"]["H3"] = "备注"
    return "通知!H1"


def spoil_merged(s: Sheets) -> str:
    s.book["首页例句"].merge_cells("A3:A4")
    return "首页例句!A3"


def spoil_hidden_rows(s: Sheets) -> str:
    for row in (5, 6):
        s.book["热线事由"].row_dimensions[row].hidden = True
    return "热线事由!A5"


def spoil_hidden_column(s: Sheets) -> str:
    s.book["目标"].column_dimensions["D"].hidden = True
    return "目标!D1"


def spoil_second_plan(s: Sheets) -> str:
    return s.add("计划", "计划名称", "另一个计划", "号", "x.txt", 2022, "区", "市")


MISTAKES: list[tuple[str, Spoil, str]] = [
    ("a sheet is missing", spoil_dropped_sheet, "缺少这张表"),
    ("a sheet that nobody knows", spoil_foreign_sheet, "没有这种表"),
    ("a hidden sheet", spoil_hidden_sheet, "隐藏了"),
    ("a header was renamed: unknown", lambda s: s.rename("部门别名", "别名", "又叫"), "没有“又叫”这一列"),
    ("a header was renamed: missing", lambda s: "部门别名!1:1", "少了“别名”这一列"),
    ("a header twice", spoil_doubled_header, "有两个"),
    ("content under no header", spoil_content_without_header, "没有表头"),
    ("merged cells", spoil_merged, "合并的单元格"),
    ("hidden rows", spoil_hidden_rows, "有 2 行看不见"),
    ("a hidden column", spoil_hidden_column, "这一列隐藏了"),
    ("a second row where there is one", spoil_second_plan, "只能有一行"),
    ("a formula", lambda s: s.put("事项", "legal-aid", "名称", "=A1&A2"), "是公式"),
    ("an error value", lambda s: s.put("事项", "online-notary", "名称", "#REF!"), "错误值"),
    ("a required text is empty", lambda s: s.put("事项", "people-talk", "名称", None), "“名称”没有填"),
    ("a required text is blanks", lambda s: s.put("部门", "区妇联", "全称", "   "), "“全称”没有填"),
    ("a name that is too long", lambda s: s.put("事项", "home-notary", "名称", "长" * 101), "太长：101 个字，最多 100"),
    ("an answer that is too long", lambda s: s.put("答复", "night-market", "答复文字", "长" * 5001), "太长：5001 个字"),
    ("an id with capitals", lambda s: s.add("事项", "事项编号", "Night Market", "夜市", 40, "活动"), "小写英文字母"),
    ("a kind that does not exist", lambda s: s.put("事项", "city-management", "类别", "福利"), "应为其中之一：补贴救助"),
    ("a list of places that does not exist", lambda s: s.put("事项", "public-toilets", "地点名单", "很多"), "应为其中之一：点名"),
    (
        "an aspect that does not exist",
        lambda s: s.put("答复", "funeral-benefit", "问的哪一方面", "价格", 2),
        "应为其中之一：是什么",
    ),
    ("a purpose that does not exist", lambda s: s.put("热线", "12366", "用途", "税"), "应为其中之一：紧急"),
    ("neither yes nor no", lambda s: s.put("条件", "six-taxes", "基本能定", "也许"), "应为：是、否"),
    ("a number with text", lambda s: s.add("计划条目", "条目编号", "四十一", "便民利民方面", "x", "区科协"), "不是整数"),
    ("a number with a fraction", lambda s: s.put("计划", "2022年建设幸福绿园行动计划", "年份", 2022.5), "不是整数"),
    ("a number beyond its bounds", lambda s: s.add("计划条目", "条目编号", 0, "便民利民方面", "x", "区科协"), "应在 1 到 9999"),
    ("a date that is none", lambda s: s.put("通知", "n-1", "从哪天起", "三月初"), "不是日期"),
    ("a day that does not exist", lambda s: s.put("通知", "n-2", "到哪天止", "2026-02-30"), "没有“2026-02-30”这一天"),
    ("until before from", lambda s: s.put("通知", "n-3", "到哪天止", "2026-02-01"), "早"),
    ("until before from, in an answer", lambda s: until_before_from(s), "早"),
    ("an id twice", lambda s: s.add("法规用语", "词语", "tax-2022-10", "2022年第10号"), "重复，第"),
    ("a department twice", lambda s: s.add("部门", "简称", "区妇联", "又一个"), "“区妇联”重复，第 3 行已经有了"),
    ("an aspect twice", lambda s: s.add("答复", "问的哪一方面", "legal-aid", None, "是什么", "好"), "“是什么”重复"),
    ("a service that does not exist", lambda s: s.add("地点", "事项编号", "no-such", None, "街"), "“事项”表里没有“no-such”"),
    ("an item that does not exist", lambda s: s.put("事项", "family-notary", "条目编号", 99), "“计划条目”表里没有“99”"),
    ("a field that does not exist", lambda s: s.put("计划条目", 30, "所在方面", "别的方面"), "“方面”表里没有"),
    (
        "one of several departments that does not exist",
        lambda s: s.put("计划条目", 20, "责任部门", "区科协、区气象局"),
        "“区气象局”",
    ),
    ("a law that does not exist", lambda s: s.put("事项", "elderly-legal-aid", "依据的法规", "legal-aid-99"), "“legal-aid-99”"),
    ("a hotline that does not exist", lambda s: s.put("事项", "golden-autumn", "热线", "99999"), "“热线”表里没有“99999”"),
    ("a name twice in one cell", lambda s: s.put("热线", "12348", "管哪几条", "51、52、51"), "“51”写了两遍"),
    ("a hotline that is no number", lambda s: s.add("热线", "号码", "12O45", "名", "咨询怎么办", "源"), "3 到 6 位数字"),
    ("a telephone with letters", lambda s: s.put("部门", "区民政局", "电话", "tel 8123"), "不像电话号码"),
    ("a telephone without digits", lambda s: s.put("部门", "区科协", "电话", "问前台"), "不像电话号码"),
    ("an address on the web that is none", lambda s: s.put("热线", "12333", "说明", "见 http://gov"), "网址“http://gov”写得不对"),
    ("an address on the web of another kind", lambda s: s.put("热线", "12315", "说明", "见 htp://a.gov.cn"), "写得不对"),
    ("circumstances without a value", lambda s: s.put("条件", "funeral-benefit", "都要符合", "家里办丧事="), "应写成 情况"),
    (
        "a circumstance that nobody knows",
        lambda s: s.put("条件", "golden-autumn", "都要符合", "家里办喜事"),
        "没有“家里办喜事”这种",
    ),
    (
        "a circumstance under both of its names",
        lambda s: s.put("条件", "legal-aid", "不能符合", "孤儿\norphan=否"),
        "“orphan”写了",
    ),
    ("a circumstance twice", lambda s: s.put("条件", "expert-service", "不能符合", "a=是\na=否"), "“a”写了两遍"),
    ("places without a list", lambda s: s.put("事项", "business-district", "地点名单", None), "“地点”表里有它的地点"),
    ("a list without places", lambda s: s.put("事项", "transfer-station", "地点名单", "全部点名"), "“地点”表里没有它的地点"),
    ("where to apply without a basis", lambda s: s.put("事项", "marriage-registration", "到哪申请", "民政局"), "就要写依据"),
    (
        "a basis without where to apply",
        lambda s: s.put("事项", "dispute-mediation", "到哪申请（依据）", "答复"),
        "没有写“到哪申请”",
    ),
    ("a service without an overview", lambda s: no_overview(s), "都要有"),
    (
        "an item without a service",
        lambda s: s.add("计划条目", "条目编号", 57, "便民利民方面", "新", "区科协"),
        "没有一件属于这一条",
    ),
    ("a field without an item", lambda s: s.add("方面", "方面", "新的方面"), "没有一条属于这个方面"),
    ("a template that does not exist", lambda s: s.add("用语", "文字", "answer.nothing", "好"), "没有“answer.nothing”这条"),
    (
        "a placeholder that does not exist",
        lambda s: s.put("用语", "answer.source", "文字", "依据 {source}"),
        "没有 {source} 这个占位",
    ),
    ("braces that do not pair", lambda s: s.put("用语", "answer.updated", "文字", "{by"), "大括号不成对"),
]


def until_before_from(s: Sheets) -> str:
    nth = s.answer("legal-aid", "怎么办理")
    s.put("答复", "legal-aid", "从哪天起", "2026-05-01", nth)
    return s.put("答复", "legal-aid", "到哪天止", "2026-04-01", nth)


def no_overview(s: Sheets) -> str:
    s.put("答复", "micro-tax-hall", "问的哪一方面", "怎么办理")
    return f"事项!{s.at('事项', 'micro-tax-hall', '事项编号').coordinate}"


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def spoilt(exported: bytes, *spoils: Spoil) -> tuple[bytes, list[str]]:
    """The workbook with these mistakes, and where each is."""
    sheets = Sheets(openpyxl.load_workbook(io.BytesIO(exported)))
    places = [spoil(sheets) for spoil in spoils]
    return saved(sheets.book), places


def test_fifty_kinds_of_mistakes_are_each_told_with_sheet_and_cell_and_nothing_else(exported: bytes) -> None:
    assert len(MISTAKES) >= 50
    content, places = spoilt(exported, *(spoil for _, spoil, _ in MISTAKES))
    problems = told(content)
    unexpected = list(problems)
    for (name, _, words), place in zip(MISTAKES, places, strict=True):
        found = [problem for problem in unexpected if problem.startswith(f"{place}：") and words in problem]
        assert len(found) == 1, (name, place, words, [p for p in problems if p.startswith(place[:3])])
        unexpected.remove(found[0])
    assert unexpected == []


SOURCES: list[tuple[str, Spoil, str]] = [
    ("a figure without a source", lambda s: s.put("答复", "funeral-benefit", "答复文字", "给3000元。", 2), "数字“3000”"),
    ("a place that the plan does not name", lambda s: s.put("地点", "business-district", "地点", "红旗街"), "没有“红旗街”"),
    ("an amount that the plan does not promise", lambda s: s.put("目标", "mechanised-sweeping", "数量", "99%"), "没有“99%”"),
    ("words that are not the law's", lambda s: s.put("条件", "six-taxes", "原话", "所有人"), "没有“所有人”这句话"),
    ("an item that is not the plan's", lambda s: s.put("计划条目", 16, "条文", "改了条文"), "与计划原文不一致"),
    ("an item that the plan does not have", lambda s: extra_item(s), "计划原文里没有这一条"),
]


def extra_item(s: Sheets) -> str:
    place = s.add("计划条目", "条目编号", 57, "便民利民方面", "新条", "区科协")
    s.add("事项", "名称", "new-one", "新事项", 57, "活动")
    s.add("答复", "答复文字", "new-one", None, "是什么", "新")
    return place


@pytest.mark.parametrize(("spoil", "words"), [pytest.param(*rest, id=name) for name, *rest in SOURCES])
def test_what_no_source_supports_is_told_with_its_cell(exported: bytes, spoil: Spoil, words: str) -> None:
    content, (place,) = spoilt(exported, spoil)
    (problem,) = told(content)
    assert problem.startswith(f"{place}：") and words in problem


def test_an_item_that_is_left_out_is_told(exported: bytes) -> None:
    def leave_out(s: Sheets) -> str:
        row = s.at("计划条目", 16, "条文").row
        s.book["计划条目"].delete_rows(row)
        for sheet in ("事项", "事项别名", "答复"):
            page = s.book[sheet]
            for number in range(page.max_row, 1, -1):
                if page.cell(number, 1).value == "science-in-school":
                    page.delete_rows(number)
        return "计划条目"

    content, _ = spoilt(exported, leave_out)
    assert told(content) == ["计划条目：第16条：计划原文里有，这里没有"]


def test_a_text_of_the_plan_that_cannot_be_understood_is_told(document: Document, exported: bytes) -> None:
    lines = str(document["document"]).split("\n")
    number = next(number for number, line in enumerate(lines, 1) if line.startswith("16."))
    content, _ = spoilt(exported, lambda s: s.put("计划原文", number, "原文", lines[number - 1].replace("16.", "15.")))
    problems = told(content)
    assert any(problem.startswith("计划原文!B2：") and "15" in problem for problem in problems)


# -- files ------------------------------------------------------------------------------------------------------------------

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def zipped(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name.replace("__", "/"), data)
    return stream.getvalue()


FILES = {
    "empty": (b"", "不是 .xlsx"),
    "text": ("事项,名称\n".encode() * 50, "不是 .xlsx"),
    "old .xls or with a password": (OLE, "旧格式或加了密码"),
    "a Word file": (zipped(**{"word__document.xml": b"<w/>"}), "不是 .xlsx"),
    "a zip bomb": (zipped(**{"xl__workbook.xml": b"<w/>", "xl__worksheets__sheet1.xml": b"0" * 70_000_000}), "解开后太大"),
    "a sheet beyond all bounds": (
        zipped(**{"xl__workbook.xml": b"<w/>", "xl__worksheets__sheet1.xml": b"0" * 25_000_000}),
        "表格太大",
    ),
    "macros": (zipped(**{"xl__workbook.xml": b"<w/>", "xl__vbaProject.bin": b"x"}), "宏"),
    "entities": (zipped(**{"xl__workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), "DTD"),
    "no workbook inside": (zipped(**{"xl__workbook.xml": b"<w/>"}), "读不了"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_workbook_is_refused_in_one_line(name: str) -> None:
    content, words = FILES[name]
    (problem,) = told(content)
    assert words in problem and "\n" not in problem


def test_a_file_that_breaks_off_is_refused(exported: bytes) -> None:
    (problem,) = told(exported[: len(exported) // 2])
    assert "不是 .xlsx 文件，或者文件坏了" in problem


def test_somebody_elses_workbook_lacks_every_sheet_and_says_so(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active["A1"] = "姓名"
    problems = told(saved(book))
    assert "Sheet：没有这种表；草稿和备忘请放在别的文件里" in problems
    assert sum(problem.endswith("：缺少这张表") for problem in problems) == len(problems) - 1 > 20
