"""A published plan document → its fields, items and departments, word for word; a faulty document is refused by name."""

import re

import pytest

from knowledge.base import KnowledgeBase
from knowledge.errors import KnowledgeError
from knowledge.load import DATA
from knowledge.plan_document import PlanDocument, parse_plan_document


@pytest.fixture(scope="module")
def raw() -> str:
    return (DATA / "plan-2022.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def document(raw: str) -> PlanDocument:
    return parse_plan_document(raw)


def text_of(document: PlanDocument, number: int) -> str:
    return next(item.text for item in document.items if item.number == number)


def another_plan(*lines: str) -> str:
    """Another district's plan with these lines after its heading."""
    return "\n\n".join(("某区委办〔2024〕18号", "关于印发《2024年民生实事清单》的通知", *lines))


def problems_of(text: str) -> str:
    with pytest.raises(KnowledgeError) as refused:
        parse_plan_document(text)
    return "\n".join(refused.value.problems)


# -- the plan of 2022 ---------------------------------------------------------------------------------------------------


def test_the_plan_has_56_items_in_ten_fields_with_twenty_departments(document: PlanDocument) -> None:
    assert [item.number for item in document.items] == list(range(1, 57))
    assert len(document.fields) == 10 and document.fields[0] == "就业创业方面" and document.fields[-1] == "便民利民方面"
    assert len(document.departments) == 20
    assert (document.title, document.number) == ("2022年建设幸福绿园行动计划", "长绿发〔2022〕6号")


def test_the_knowledge_base_says_what_the_document_says_word_for_word(document: PlanDocument, knowledge: KnowledgeBase) -> None:
    assert {item.number: item.text for item in document.items} == {n: item.text for n, item in knowledge.items.items()}
    assert {item.number: item.departments for item in document.items} == {n: i.departments for n, i in knowledge.items.items()}
    assert (knowledge.plan.title, knowledge.plan.document_number) == (document.title, document.number)


def test_items_stand_in_the_field_where_the_document_has_them(document: PlanDocument, knowledge: KnowledgeBase) -> None:
    ours = [(part.title, [item.number for item in part.items]) for part in knowledge.fields]
    theirs = [(field, [item.number for item in document.items if item.field == field]) for field in document.fields]
    assert ours == theirs


def test_every_department_of_the_document_is_known_and_no_other(document: PlanDocument, knowledge: KnowledgeBase) -> None:
    assert {department.name for department in knowledge.departments} == set(document.departments)


def test_nothing_of_the_document_behind_the_first_heading_is_lost(document: PlanDocument, raw: str) -> None:
    """Put together again, fields and items are the document's characters in their order."""

    def bare(text: str) -> str:
        return re.sub(r"[\s。．.、]", "", text)

    rebuilt, heading = "", ""
    numerals = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"]
    for item in document.items:
        if item.field != heading:
            heading = item.field
            rebuilt += numerals[document.fields.index(heading)] + heading
        rebuilt += f"{item.number}{item.text}（{'、'.join(item.departments)}）"
    assert bare(rebuilt) == bare(raw[raw.index("一、就业创业方面") :])


@pytest.mark.parametrize(
    ("number", "joined"),
    [
        (5, "不低于上年度城乡低保标准的 1.5 倍"),
        (15, "建档立卡脱贫户家庭学生及孤儿学生"),
        (42, "夏季夜间延时保洁、垃圾收运工作"),
        (51, "农民工、下岗失业人员、未成年人"),
    ],
)
def test_a_sentence_that_a_page_break_cut_is_whole_again(document: PlanDocument, raw: str, number: int, joined: str) -> None:
    assert joined not in raw and joined in text_of(document, number)


def test_a_full_stop_behind_the_department_is_no_part_of_the_item(document: PlanDocument, raw: str) -> None:
    assert "（区妇联）。" in raw
    third = next(item for item in document.items if item.number == 3)
    assert third.text == "实施城乡妇女创业就业培训项目，全年培训 80 人次。" and third.departments == ("区妇联",)


def test_brackets_inside_an_item_are_no_department(document: PlanDocument) -> None:
    assert "来（留）长招聘会" in text_of(document, 1) and "绿化村（屯）道路" in text_of(document, 35)


def test_the_youth_safety_item_stays_in_the_rural_field_where_the_document_has_it(
    document: PlanDocument, knowledge: KnowledgeBase
) -> None:
    item = next(item for item in document.items if item.number == 36)
    assert (item.field, item.departments) == ("乡村振兴方面", ("区团委",))
    assert 36 in [i.number for part in knowledge.fields if part.title == "乡村振兴方面" for i in part.items]


# -- other districts' documents -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", ["、", "，", ",", "；", ";", "／", "/", " ", "、 "])
def test_several_departments_are_told_apart_whatever_separates_them(separator: str) -> None:
    document = parse_plan_document(another_plan("一、养老方面", f"1. 新建食堂 3 处。（区民政局{separator}区住建局）"))
    assert document.items[0].departments == ("区民政局", "区住建局")
    assert document.items[0].text == "新建食堂 3 处。"


@pytest.mark.parametrize("mark", [".", "．", "、", ". ", " . "])
def test_items_may_be_numbered_with_other_marks(mark: str) -> None:
    document = parse_plan_document(another_plan("一、养老方面", f"1{mark}新建食堂。（甲局）", f"2{mark}改造公园。（乙局）"))
    assert [(item.number, item.text) for item in document.items] == [(1, "新建食堂。"), (2, "改造公园。")]


@pytest.mark.parametrize(
    "ending", ["（区民政局）", "(区民政局)", "（区民政局）。", "（区民政局） 。", "(区民政局).", "（区民政局）  "]
)
def test_the_department_is_found_in_either_kind_of_brackets(ending: str) -> None:
    document = parse_plan_document(another_plan("一、养老方面", f"1. 新建食堂 3 处。{ending}"))
    assert (document.items[0].text, document.items[0].departments) == ("新建食堂 3 处。", ("区民政局",))


def test_a_department_that_stands_alone_on_the_next_page_is_found() -> None:
    document = parse_plan_document(
        another_plan("一、养老方面", "1. 新建食堂 3 处。", "（区民政局）", "2. 改造公园。（区住建局）")
    )
    assert [item.departments for item in document.items] == [("区民政局",), ("区住建局",)]


def test_latin_words_that_a_line_break_separated_stay_apart() -> None:
    document = parse_plan_document(another_plan("一、数字方面", "1. 推广 smart", "home 服务。（甲局）"))
    assert document.items[0].text == "推广 smart home 服务。"


def test_windows_line_ends_and_blanks_around_lines_do_not_matter(raw: str, document: PlanDocument) -> None:
    assert parse_plan_document(raw.replace("\n", "\r\n")) == document
    assert parse_plan_document("\n".join(f"　{line}  " for line in raw.splitlines())) == document


# -- faults -------------------------------------------------------------------------------------------------------------


def test_a_missing_number_is_refused_and_named(raw: str) -> None:
    without = re.sub(r"(?m)^24\. .*$", "", raw)
    assert without != raw and re.search(r"缺少编号.*\b24\b", problems_of(without))


def test_a_doubled_number_is_refused_and_named(raw: str) -> None:
    message = problems_of(raw.replace("\n25. ", "\n24. "))
    assert re.search(r"编号重复.*\b24\b", message) and re.search(r"缺少编号.*\b25\b", message)


def test_an_item_without_a_department_is_refused_and_named(raw: str) -> None:
    assert "第24条" in problems_of(raw.replace("建设投运换电站 5 座。（区工信局）", "建设投运换电站 5 座。"))


def test_a_document_without_a_title_is_refused(raw: str) -> None:
    assert "名称" in problems_of(re.sub(r"《[^》]*》", "", raw))


@pytest.mark.parametrize("text", ["", "\n\n", "今天天气很好，我们去公园。", "《2024年民生实事清单》\n只有一段话，没有编号。"])
def test_what_is_no_plan_is_refused(text: str) -> None:
    assert "编号的条目" in problems_of(text)


def test_all_faults_of_the_numbering_are_told_at_once(raw: str) -> None:
    spoilt = re.sub(r"《[^》]*》", "", raw).replace("\n25. ", "\n24. ")
    message = problems_of(spoilt)
    assert all(word in message for word in ("名称", "重复", "缺少"))


def test_all_items_without_a_department_are_told_at_once(raw: str) -> None:
    spoilt = raw.replace("5 座。（区工信局）", "5 座。").replace("培训 80 人次。（区妇联）。", "培训 80 人次。")
    message = problems_of(spoilt)
    assert "第3条" in message and "第24条" in message


def test_a_page_that_begins_with_a_figure_is_no_new_item() -> None:
    """Item 5 says 1.5 倍: a page break in front of it must not begin an item 1."""
    document = parse_plan_document(another_plan("一、养老方面", "1. 标准提高到低保标准的", "1.5 倍。（区民政局）"))
    assert [(item.number, item.text) for item in document.items] == [(1, "标准提高到低保标准的1.5 倍。")]


def test_what_stands_behind_the_last_item_does_not_spoil_it(raw: str, document: PlanDocument) -> None:
    """A printed document ends with an office and a date, on lines of their own."""
    assert parse_plan_document(raw + "\n\n中共长春市绿园区委办公室\n\n2022年3月1日印发\n").items == document.items
