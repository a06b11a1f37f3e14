"""Plan documents in many forms → the same things found, each with its place; what is wrong or not understood is told."""

import time
from collections import Counter
from pathlib import Path

import pytest

from knowledge.errors import KnowledgeError
from knowledge.plans.blocks import decoded, of_text
from knowledge.plans.findings import findings, place_list
from knowledge.plans.offices import read_offices, take_offices
from knowledge.plans.reader import read_plan
from knowledge.plans.records import ReadItem, ReadPlan
from knowledge.plans.word import of_word
from tests.plans.word_files import HEADINGS, LISTED, TABLE, list_plan, part, repacked, table_plan

PLANS = Path(__file__).parent.parent / "data" / "plans"


def read(name: str) -> ReadPlan:
    return read_plan(of_text(decoded((PLANS / name).read_bytes())))


def item(plan: ReadPlan, number: int) -> ReadItem:
    return next(item for item in plan.items if item.number == number)


# -- differing forms ----------------------------------------------------------------------------------------------------


def test_numbers_that_start_anew_in_each_field_are_counted_through() -> None:
    plan = read("yunshan-2026.txt")
    assert [item.number for item in plan.items] == list(range(1, 25))
    assert Counter(item.field for item in plan.items) == {
        "养老助残": 4, "托育和教育": 4, "医疗健康": 3, "住房和出行": 5, "环境和生活": 4, "就业和服务": 4,
    }  # fmt: skip
    assert (plan.title, plan.number, plan.year) == ("2026年云杉区民生实事项目计划", "云政发〔2026〕4号", 2026)
    assert (plan.city, plan.district) == ("临汀市", "云杉区")
    assert plan.faults == ()


@pytest.mark.parametrize(
    ("number", "lead", "assist"),
    [
        (1, ("区民政局", "区财政局"), ()),
        (2, ("区民政局",), ("各街道",)),
        (3, ("区残联",), ("区住建局", "区民政局")),
        (4, ("区卫健局", "区团委"), ()),
        (6, ("区卫健局",), ("区妇联", "各街道")),
        (7, ("区教育局", "区水务局"), ()),
        (8, ("区教育局",), ("区总工会", "区团委")),
        (11, ("区卫健局", "区应急局"), ()),
    ],
)
def test_departments_are_told_apart_as_those_that_lead_and_those_that_help(
    number: int, lead: tuple[str, ...], assist: tuple[str, ...]
) -> None:
    offices = item(read("yunshan-2026.txt"), number).offices
    assert (offices.lead, offices.assist) == (lead, assist)


def test_articles_with_their_departments_on_lines_of_their_own_and_pages_between() -> None:
    plan = read("tingzhou-2025.txt")
    assert [(item.number, item.field) for item in plan.items] == [
        *((n, "农村人居") for n in (1, 2, 3)), *((n, "社会保障") for n in (4, 5, 6)), *((n, "便民服务") for n in (7, 8, 9)),
    ]  # fmt: skip
    assert item(plan, 1).text == "新建农村生活污水处理站14座，覆盖白马镇、青石乡、大河村等31个村屯。"
    assert item(plan, 1).offices.assist == ("各乡镇",) and item(plan, 1).offices.lead == ("县生态环境局", "县农业农村局")
    assert item(plan, 5).offices.lead == ("县民政局", "县妇联", "团县委")
    assert (plan.district, plan.year, plan.number) == ("汀洲县", 2025, "汀委办发〔2025〕11号")
    assert plan.faults == ()
    assert {unread.position for unread in plan.unread} == {"before", "page", "after"}


def test_a_table_that_was_pasted_keeps_its_columns() -> None:
    plan = read("pasted-2027.txt")
    assert [item.field for item in plan.items] == ["教育", "教育", "医疗", "医疗", "住房", "交通"]
    canteen = item(plan, 2)
    assert canteen.text == "学校食堂：改造中小学食堂22个，推行“互联网+明厨亮灶”。完成时限：2027年8月底前。"
    assert (canteen.offices.lead, canteen.offices.assist) == (("区教育局",), ("区市场监管局",))
    assert (canteen.place, canteen.offices_place, canteen.name) == ("第4行第4格", "第4行第5格", "学校食堂")
    assert [fault.kind for fault in plan.faults] == ["no_number"]


def test_a_word_table_with_merged_cells_is_read_cell_by_cell() -> None:
    plan = read_plan(of_word(table_plan()))
    assert [(item.number, item.field) for item in plan.items] == [(1, "文化体育"), (2, "文化体育"), (3, "安居"), (4, "安居")]
    assert [item.text for item in plan.items] == [
        "社区书屋：" + TABLE[1][3],
        "健身场地：" + TABLE[2][3],
        TABLE[3][3],
        "消防安全：" + TABLE[4][3],
    ]
    assert item(plan, 4).offices.lead == ("区民政局", "区消防救援大队")
    assert item(plan, 2).offices.assist == ("区园林局", "各街道")
    assert item(plan, 3).place == "表1第4行第4格"
    assert (plan.title, plan.number, plan.district) == ("江南区2025年民生实事项目清单", "江政发〔2025〕9号", "江南区")
    assert plan.faults == ()


def test_the_numbers_of_words_own_lists_are_read_as_word_draws_them() -> None:
    plan = read_plan(of_word(list_plan()))
    assert [part.title for part in plan.fields] == list(HEADINGS)
    assert [item.number for item in plan.items] == [1, 2, 3, 4] and item(plan, 3).label == "3、"
    assert [item.text for item in plan.items] == [text[: text.index("（区")] for part in LISTED for text in part]
    assert item(plan, 3).offices.lead == ("区城管局",) and item(plan, 3).offices.assist == ("区商务局",)
    assert plan.title == "河西区2026年为民实事工作方案" and plan.district == "河西区"


@pytest.mark.parametrize(
    "form", ["1. {}", "1、{}", "（1）{}", "(1) {}", "1）{}", "第1条 {}", "第一条　{}", "（一）{}", "①{}", "1．{}"]
)
def test_items_are_found_whatever_their_numbers_look_like(form: str) -> None:
    second = form.replace("1", "2").replace("一", "二").replace("①", "②")
    lines = [
        "《2026年民生实事》",
        "【养老】",
        form.format("新建老年食堂3处。（区民政局）"),
        second.format("改造公园2个。（区园林局）"),
    ]
    plan = read_plan(of_text("\n".join(lines)))
    assert [(item.number, item.text, item.offices.names, item.field) for item in plan.items] == [
        (1, "新建老年食堂3处。", ("区民政局",), "养老"),
        (2, "改造公园2个。", ("区园林局",), "养老"),
    ]


@pytest.mark.parametrize(
    "heading",
    ["一、养老服务方面", "（一）养老服务方面", "第一部分 养老服务方面", "【养老服务方面】", "## 养老服务方面", "养老服务方面"],
)
def test_fields_are_found_whatever_their_headings_look_like(heading: str) -> None:
    plan = read_plan(of_text(f"《2026年民生实事》\n{heading}\n1. 新建老年食堂3处。（区民政局）\n2. 建公园2个。（区园林局）"))
    assert [part.title for part in plan.fields] == ["养老服务方面"] and {item.field for item in plan.items} == {"养老服务方面"}


@pytest.mark.parametrize(
    "ending",
    [
        "（责任部门：甲局、乙局）",
        "（责任单位：甲局；乙局）",
        "责任单位：甲局、乙局",
        "——甲局、乙局",
        "  甲局 乙局",
        "【甲局/乙局】",
        "（甲局和乙局）",
        "（甲局，乙局）。",
        "（牵头单位：甲局）（责任单位：乙局）",
    ],
)  # fmt: skip
def test_departments_are_found_wherever_they_stand(ending: str) -> None:
    assert take_offices("新建老年食堂3处。" + ending)[0] == "新建老年食堂3处。"
    assert take_offices("新建老年食堂3处。" + ending)[1].names == ("甲局", "乙局")


def test_a_name_that_holds_an_and_is_one_department() -> None:
    assert read_offices("区文化和旅游局、区人力资源和社会保障局").lead == ("区文化和旅游局", "区人力资源和社会保障局")


def test_figures_money_dates_and_places_are_found_as_they_stand() -> None:
    text = "9月底前改造柳荫小区、红星里等26个小区，每户补贴1.5万元，满意率达到95%，开展“321”行动。"
    assert [(one.kind, one.words) for one in findings(text)] == [
        ("date", "9月底前"),
        ("place", "柳荫小区"),
        ("place", "红星里"),
        ("figure", "26个"),
        ("money", "1.5万元"),
        ("percent", "95%"),
    ]
    assert place_list(text) == (("柳荫小区", "红星里"), True)


def test_nothing_of_a_document_is_dropped() -> None:
    """Every line is an item's, a field's, the title's, a department's, or stands among what was not understood."""
    for name in ("yunshan-2026.txt", "tingzhou-2025.txt"):
        plan = read(name)
        kept = "".join(item.text + "".join(item.offices.names) for item in plan.items) + plan.title + plan.number
        kept += "".join(part.title for part in plan.fields) + "".join(unread.text for unread in plan.unread)
        lost = Counter("".join(plan.text.split())) - Counter("".join(kept.split()))
        assert set(lost) <= set(
            "（）()：；、，。/0123456789一二三四五六责任部门牵头单位配合会同和第条【】2026年云杉区民生实事项目计划"
        ), lost


# -- faults -------------------------------------------------------------------------------------------------------------


def test_each_of_the_deliberate_faults_is_reported_with_its_place() -> None:
    told = {(fault.kind, fault.place) for fault in read("faulty-2026.txt").faults}
    assert told == {
        ("no_number", "全文"),
        ("before_fields", "第3行"),
        ("doubled_number", "第11行"),
        ("gap", "第13行之前"),
        ("no_department", "第13行"),
        ("unknown_office", "第15行"),
        ("empty_item", "第17行"),
        ("field_without_items", "第19行"),
        ("field_order", "第21行"),
        ("bracket", "第23行"),
        ("repeated_text", "第25行"),
        ("no_unit", "第27行"),
        ("other_year", "第29行"),
        ("no_such_date", "第31行"),
        ("out_of_order", "第33行"),
        ("too_many_percent", "第33行"),
        ("office_twice", "第35行"),
        ("bracket", "第35行"),
        ("placeholder", "第39行"),
        ("unfinished", "第41行"),
        ("short_item", "第43行"),
        ("range_reversed", "第45行"),
        ("garbled", "第47行"),
        ("no_department", "第49行"),
        ("not_an_office", "第49行"),
        ("field_twice", "第51行"),
        ("field_order", "第51行"),
    }


def test_a_document_that_is_right_has_no_faults() -> None:
    assert read_plan(of_text((PLANS.parent.parent.parent / "knowledge/data/plan-2022.txt").read_text())).faults == ()


def test_a_document_without_a_plan_says_so() -> None:
    assert "no_items" in {fault.kind for fault in read_plan(of_text("今天天气很好，我们去公园。")).faults}


# -- hostile files ------------------------------------------------------------------------------------------------------

WORD = table_plan()
RELATIONS = "word/_rels/document.xml.rels"


def with_relation(kind: str) -> bytes:
    relation = f'<Relationship Id="rX" Type="{kind}" Target="http://evil.example/x" TargetMode="External"/></Relationships>'
    return repacked(WORD, RELATIONS, part(WORD, RELATIONS).replace(b"</Relationships>", relation.encode()))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "不是 .docx"),
        (b"hello", "不是 .docx"),
        (WORD[: len(WORD) // 2], "不是 .docx"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "加了密码"),
        (repacked(WORD, "xl/workbook.xml", b"<x/>").replace(b"word/document.xml", b"word/dokument.xml"), "没有正文"),
        (repacked(WORD, "word/vbaProject.bin", b"x"), "宏"),
        (repacked(WORD, "word/document.xml", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'), "外部实体"),
        (repacked(WORD, "word/big.xml", b" " * (61 * 1024 * 1024)), "解开后太大"),
        (with_relation("http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"), "外部的内容"),
        (repacked(WORD, "word/document.xml", b"<x/>"), "读不了"),
        (repacked(WORD, "word/document.xml", b"not xml"), "读不了"),
        (b"PK" + b"\0" * (6 * 1024 * 1024), "太大"),
    ],
    ids=["empty", "text", "cut", "old", "no body", "macro", "entity", "bomb", "template", "other xml", "no xml", "large"],
)
def test_what_is_no_plain_word_document_is_refused_in_one_line_and_at_once(content: bytes, words: str) -> None:
    started = time.perf_counter()
    with pytest.raises(KnowledgeError) as refused:
        of_word(content)
    assert len(refused.value.problems) == 1 and words in refused.value.problems[0]
    assert time.perf_counter() - started < 5


def test_links_in_a_word_document_are_no_reason_to_refuse_it() -> None:
    linked = with_relation("http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink")
    assert len(read_plan(of_word(linked)).items) == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_files_are_read_in_the_usual_encodings(encoding: str) -> None:
    text = (PLANS / "tingzhou-2025.txt").read_text()
    assert decoded(text.encode(encoding)) == text


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(KnowledgeError):
        decoded(b"\x00\x01\x02\x00" * 50)


def test_a_text_as_long_as_a_book_is_refused() -> None:
    with pytest.raises(KnowledgeError):
        of_text("长" * 400_001)


def test_a_line_as_long_as_a_page_is_refused_with_its_place() -> None:
    with pytest.raises(KnowledgeError, match="第2行太长"):
        of_text("民生实事\n1. " + "建" * 4000)


def test_lines_that_never_end_an_item_are_kept_and_take_no_time() -> None:
    started = time.perf_counter()
    plan = read_plan(of_text("2026年民生实事\n1. 新建老年食堂\n" + "改造公园、甲局、\n" * 20_000))
    assert time.perf_counter() - started < 20
    assert len(plan.items[0].text) < 4000 and len(plan.unread) > 10_000
