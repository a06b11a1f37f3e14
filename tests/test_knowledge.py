"""The knowledge files say nothing that no source supports, and what is wrong in them is refused by file, item and field."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.topics import catalogue_of
from knowledge.base import KnowledgeBase
from knowledge.check import unsupported_figures
from knowledge.errors import KnowledgeError
from knowledge.load import DATA, load_knowledge
from knowledge.model import Purpose, tight

FIGURE = re.compile(r"\d+(?:\.\d+)?%?")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the knowledge files, for spoiling."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


Spoil = Callable[[str, str, str], None]


@pytest.fixture
def spoil(folder: Path) -> Spoil:
    """Write something else into a file: ``spoil(file, what stands there, what shall stand there)``."""

    def replace(name: str, old: str, new: str) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} no longer holds {old}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


def problems(folder: Path) -> list[str]:
    """What is said about the folder when it is loaded; it must be refused."""
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(folder)
    assert refused.value.problems and all(problem in str(refused.value) for problem in refused.value.problems)
    return refused.value.problems


def the_problem(folder: Path, *words: str) -> str:
    """A problem that holds all these words."""
    told = problems(folder)
    found = [problem for problem in told if all(word in problem for word in words)]
    assert found, told
    return found[0]


# -- what is shipped ----------------------------------------------------------------------------------------------------


def test_the_shipped_files_are_accepted_and_their_copy_is_the_same(knowledge: KnowledgeBase, folder: Path) -> None:
    assert load_knowledge(folder) == knowledge
    assert catalogue_of(load_knowledge(folder)).fingerprint == catalogue_of(knowledge).fingerprint


def test_every_figure_of_every_answer_stands_in_its_item_or_a_cited_law_or_hotline(knowledge: KnowledgeBase) -> None:
    counted = 0
    for item in knowledge.items.values():
        for service in item.services:
            cited = [knowledge.law(law_id) for law_id in service.laws]
            sources = [item.text, *(law.name + law.fact for law in cited)]
            hotlines = {h.number for h in knowledge.hotlines if item.number in h.items or h.number in service.hotlines}
            known = {figure for source in sources for figure in FIGURE.findall(tight(source))} | hotlines | {"2022"}
            for aspect, text in service.answers.items():
                figures = FIGURE.findall(tight(text))
                assert set(figures) <= known, (service.id, aspect, set(figures) - known)
                counted += len(figures)
    assert counted > 100


def test_every_number_written_in_characters_stands_there_too(knowledge: KnowledgeBase) -> None:
    numerals = re.compile(r"[二三四五六七八九十百千万]+[\u4e00-\u9fff]")
    counted = {"三档", "三条"}  # what the same sentence lists: 自理、半失能、失能; 申报、排查、预警
    found = []
    for item in knowledge.items.values():
        for service in item.services:
            sources = item.text + "".join(law.name + law.fact for law in map(knowledge.law, service.laws))
            for aspect, text in service.answers.items():
                numbers = set(numerals.findall(text)) - counted
                assert all(number in sources for number in numbers), (service.id, aspect, text)
                found += numbers
    assert "六项" in found


def test_whichever_figure_of_whichever_answer_is_changed_it_is_noticed(knowledge: KnowledgeBase) -> None:
    for service in knowledge.services.values():
        for text in map(tight, service.answers.values()):
            assert not unsupported_figures(text, knowledge, knowledge.item_of(service.id), service)
            for figure in FIGURE.finditer(text):
                spoilt = text[: figure.start()] + "98765" + text[figure.end() :]
                assert unsupported_figures(spoilt, knowledge, knowledge.item_of(service.id), service) == ["98765"]


def test_every_item_has_services_and_every_service_says_what_it_is(knowledge: KnowledgeBase) -> None:
    assert len(knowledge.items) == 56 and len(knowledge.services) >= 56
    for item in knowledge.items.values():
        assert item.services and item.departments
        assert all(service.answers["overview"] for service in item.services)  # type: ignore[index]


def test_no_two_services_share_a_title_or_an_alias(knowledge: KnowledgeBase) -> None:
    titles = [service.title for service in knowledge.services.values()]
    assert len(set(titles)) == len(titles)
    names = [name for service in knowledge.services.values() for name in {service.title, *service.aliases}]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_a_service_cites_only_laws_that_are_about_its_item(knowledge: KnowledgeBase) -> None:
    for item in knowledge.items.values():
        for service in item.services:
            laws = {*service.laws, *(c.law for c in service.criteria if c.law)}
            assert all(item.number in knowledge.law(law).items for law in laws), service.id


def test_places_of_an_open_list_are_never_called_complete(knowledge: KnowledgeBase) -> None:
    open_items = {knowledge.item_of(s.id).number for s in knowledge.services.values() if s.place_list == "open"}
    assert open_items == {25, 26, 29, 30, 40}
    assert not any(s.places for s in knowledge.services.values() if knowledge.item_of(s.id).number in (24, 31))


def test_what_is_asked_for_is_found_or_a_key_error(knowledge: KnowledgeBase) -> None:
    assert knowledge.item_of("legal-aid").number == 51
    assert [item.number for item in knowledge.items_of_department("区税务局")] == [48, 49, 50]
    assert [h.number for h in knowledge.hotlines_for("legal-aid", Purpose.ADVICE)] == ["12348"]
    assert not list(knowledge.hotlines_for("women-training", Purpose.ADVICE))
    for look_up in (knowledge.department, knowledge.hotline, knowledge.law, knowledge.item_of):
        with pytest.raises(KeyError):
            look_up("不存在")


# -- statements without a source ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        (
            "02-social-security.toml",
            "低保标准的1.5倍。",
            "低保标准的1.6倍。",
            ("第5条", "extreme-poverty-living", "overview", "1.6"),
        ),
        ("02-social-security.toml", "失能40%。", "失能45%。", ("第5条", "extreme-poverty-care", "overview", "45%")),
        ("04-health.toml", "提供3000颗牙齿", "提供2000颗牙齿", ("第17条", "dental-sealant", "overview", "2000")),
        ("06-transport.toml", "换电站5座。", "换电站6座。", ("第24条", "battery-swap", "overview", "6")),
        ("10-convenience.toml", "按2025年5月10日起", "按2025年5月11日起", ("第45条", "marriage-registration", "overview", "11")),
        ("10-convenience.toml", "热线12348咨询", "热线12333咨询", ("第51条", "legal-aid", "how", "12333")),
    ],
)
def test_a_wrong_figure_in_an_answer_is_refused(
    folder: Path, spoil: Spoil, file: str, old: str, new: str, named: tuple[str, ...]
) -> None:
    spoil("items/" + file, old, new)
    assert problems(folder) == [the_problem(folder, *named)]


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("06-transport.toml", 'amount = "5 座"', 'amount = "8 座"', ("第24条", "battery-swap", "targets", "8 座")),
        (
            "06-transport.toml",
            'places = ["新西三环路"',
            'places = ["新东三环路"',
            ("第26条", "road-network", "places", "新东三环路"),
        ),
        (
            "02-social-security.toml",
            'words = "60 年代精简退职职工"',
            'words = "70 年代精简退职职工"',
            ("第8条", "retired-1960s-subsidy", "criteria", "70 年代"),
        ),
        (
            "10-convenience.toml",
            'words = "低保家庭中的残疾人"',
            'words = "所有家庭中的残疾人"',
            ("第45条", "disability-subsidy", "criteria", "所有家庭"),
        ),
    ],
)
def test_targets_places_and_criteria_that_the_source_does_not_say_are_refused(
    folder: Path, spoil: Spoil, file: str, old: str, new: str, named: tuple[str, ...]
) -> None:
    spoil("items/" + file, old, new)
    assert problems(folder) == [the_problem(folder, *named)]


# -- references that lead nowhere ---------------------------------------------------------------------------------------


def test_an_unknown_department_is_refused(folder: Path, spoil: Spoil) -> None:
    spoil("items/06-transport.toml", 'departments = ["区工信局"]', 'departments = ["区科技局"]')
    assert the_problem(folder, "第24条", "departments", "区科技局")


def test_an_unknown_law_of_a_service_is_refused(folder: Path, spoil: Spoil) -> None:
    spoil("items/10-convenience.toml", 'laws = ["marriage-2025"]', 'laws = ["marriage-2003"]')
    assert the_problem(folder, "第45条", "marriage-registration", "laws", "marriage-2003")


def test_an_unknown_law_of_a_criterion_is_refused(folder: Path, spoil: Spoil) -> None:
    spoil("items/10-convenience.toml", 'words = "低保家庭中的残疾人", law = "guofa-2015-52"', 'words = "低保", law = "guofa-1"')
    assert the_problem(folder, "第45条", "disability-subsidy", "guofa-1")


def test_an_unknown_law_of_the_place_to_apply_is_refused(folder: Path, spoil: Spoil) -> None:
    spoil("items/02-social-security.toml", '（街道办事处）", law = "guofa-2016-14"', '（街道办事处）", law = "guofa-2"')
    assert the_problem(folder, "第5条", "extreme-poverty-living", "guofa-2")


def test_an_unknown_hotline_of_a_service_is_refused(folder: Path, spoil: Spoil) -> None:
    spoil("items/09-safety.toml", 'hotlines = ["96110"]', 'hotlines = ["96111"]')
    assert the_problem(folder, "第37条", "elderly-anti-fraud", "hotlines", "96111")


def test_an_unknown_hotline_of_a_unit_is_refused(folder: Path, spoil: Spoil) -> None:
    """It would only come to light when a resident complains."""
    spoil("units.toml", 'hotline = "12315"', 'hotline = "12316"')
    assert the_problem(folder, "市场监管", "12316")


def test_a_doubled_service_id_is_refused(folder: Path, spoil: Spoil) -> None:
    spoil("items/06-transport.toml", 'id = "rain-sewage"', 'id = "road-network"')
    assert the_problem(folder, "road-network", "重复")


def test_a_doubled_item_number_is_refused(folder: Path, spoil: Spoil) -> None:
    spoil("items/06-transport.toml", "number = 25", "number = 24")
    assert the_problem(folder, "第24条", "重复")


@pytest.mark.parametrize(
    ("file", "old", "new", "doubled"),
    [
        ("departments.toml", 'name = "区妇联"', 'name = "区人社局"', "区人社局"),
        ("hotlines.toml", 'number = "12366"', 'number = "12333"', "12333"),
        ("laws.toml", 'id = "tax-2022-10"', 'id = "tax-2023-12"', "tax-2023-12"),
    ],
)
def test_a_doubled_department_hotline_or_law_is_refused(
    folder: Path, spoil: Spoil, file: str, old: str, new: str, doubled: str
) -> None:
    spoil(file, old, new)
    assert any(doubled in problem and "重复" in problem for problem in problems(folder))


# -- files that are no knowledge ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("items/06-transport.toml", 'title = "电动汽车换电站"', 'titel = "电动汽车换电站"', ("第24条", "battery-swap", "titel")),
        ("items/06-transport.toml", 'what = "换电站建设投运"', 'waht = "换电站建设投运"', ("第24条", "battery-swap", "waht")),
        ("items/06-transport.toml", 'kind = "works"', 'kind = "work"', ("第24条", "battery-swap", "kind")),
        ("items/06-transport.toml", 'overview = "2022', 'ovreview = "2022', ("第24条", "battery-swap", "ovreview")),
        ("items/06-transport.toml", 'id = "battery-swap"', 'id = "Battery Swap"', ("第24条", "id")),
        ("items/06-transport.toml", 'place_list = "none"', 'place_list = "open"', ("第24条", "battery-swap", "places")),
        ("items/06-transport.toml", 'field = "城市交通方面"', 'filed = "城市交通方面"', ("filed",)),
        ("departments.toml", 'full_name = "长春市绿园区妇女联合会"', 'fullname = "长春市绿园区妇女联合会"', ("fullname",)),
        ("hotlines.toml", 'purpose = "general"', 'purpose = "all"', ("purpose",)),
        ("hotlines.toml", 'number = "12348"', 'number = "一二三四八"', ("number",)),
        ("units.toml", 'name = "公安"\nours = true', 'name = "公安"', ("ours",)),
        ("laws.toml", 'matter = "燃气泄漏"', 'mater = "燃气泄漏"', ("mater",)),
        ("plan.toml", "year = 2022", 'year = "今年"', ("year",)),
        ("plan.toml", "year = 2022", "yaer = 2022", ("yaer",)),
    ],
)
def test_a_misspelt_field_or_an_impossible_value_is_refused(
    folder: Path, spoil: Spoil, file: str, old: str, new: str, named: tuple[str, ...]
) -> None:
    spoil(file, old, new)
    assert any(all(word in problem for word in (Path(file).name, *named)) for problem in problems(folder)), problems(folder)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("laws.toml", "[[safety]]", "[[safty]]"),
        ("units.toml", "[[units]]", "[[unit]]"),
        ("hotlines.toml", "[[hotlines]]", "[[hotline]]"),
    ],
)
def test_a_misspelt_heading_of_a_record_is_refused_and_the_record_not_dropped(
    folder: Path, spoil: Spoil, file: str, old: str, new: str
) -> None:
    spoil(file, old, new)
    assert any(file in problem for problem in problems(folder))


def test_a_service_without_an_overview_is_refused(folder: Path, spoil: Spoil) -> None:
    spoil("items/06-transport.toml", 'overview = "2022年计划里，建设投运', 'how = "2022年计划里，建设投运')
    assert the_problem(folder, "06-transport.toml", "battery-swap", "overview")


@pytest.mark.parametrize("name", ["plan.toml", "departments.toml", "units.toml", "hotlines.toml", "laws.toml"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert any(name in problem and "没有这个文件" in problem for problem in problems(folder))


def test_a_missing_field_of_the_plan_is_noticed_by_the_gap_that_it_leaves(folder: Path) -> None:
    (folder / "items" / "03-education.toml").unlink()
    assert the_problem(folder, "11")


def test_a_folder_without_items_is_refused(folder: Path) -> None:
    shutil.rmtree(folder / "items")
    assert any("items" in problem for problem in problems(folder))


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    assert any("plan.toml" in problem for problem in problems(tmp_path / "nirgends"))


@pytest.mark.parametrize("broken", [b'title = "unclosed\n', b"\xff\xfe\x00broken", b"= = =\n"])
@pytest.mark.parametrize("name", ["plan.toml", "departments.toml", "items/04-health.toml"])
def test_a_file_that_is_no_toml_is_named(folder: Path, name: str, broken: bytes) -> None:
    (folder / name).write_bytes(broken)
    assert any(Path(name).name in problem and "TOML" in problem for problem in problems(folder))


@pytest.mark.parametrize("content", ['departments = "区民政局"\n', "departments = 3\n", "departments = [1, 2]\n"])
def test_a_table_that_is_no_list_of_records_is_refused(folder: Path, content: str) -> None:
    (folder / "departments.toml").write_text(content, encoding="utf-8")
    assert any("departments.toml" in problem for problem in problems(folder))


def test_several_problems_of_several_files_are_told_at_once(folder: Path, spoil: Spoil) -> None:
    (folder / "units.toml").unlink()
    spoil("items/04-health.toml", 'title = "儿童免费窝沟封闭"', 'titel = "儿童免费窝沟封闭"')
    spoil("hotlines.toml", 'purpose = "general"', 'purpose = "all"')
    told = "\n".join(problems(folder))
    assert all(word in told for word in ("units.toml", "dental-sealant", "titel", "hotlines.toml"))


def test_several_unsupported_statements_are_told_at_once(folder: Path, spoil: Spoil) -> None:
    spoil("items/04-health.toml", "提供3000颗牙齿", "提供2000颗牙齿")
    spoil("items/06-transport.toml", 'amount = "5 座"', 'amount = "8 座"')
    spoil("items/06-transport.toml", 'departments = ["区工信局"]', 'departments = ["区科技局"]')
    told = "\n".join(problems(folder))
    assert all(word in told for word in ("dental-sealant", "2000", "battery-swap", "8 座", "区科技局"))


# -- versions -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("items/06-transport.toml", 'aliases = ["换电站",', 'aliases = ["换电站", "换电池",'),
        ("items/06-transport.toml", 'title = "电动汽车换电站"', 'title = "换电站建设"'),
        ("departments.toml", '"妇女联合会"]', '"妇女联合会", "妇女会"]'),
    ],
)
def test_what_the_classifier_learns_from_changes_its_fingerprint(
    folder: Path, spoil: Spoil, knowledge: KnowledgeBase, file: str, old: str, new: str
) -> None:
    spoil(file, old, new)
    assert catalogue_of(load_knowledge(folder)).fingerprint != catalogue_of(knowledge).fingerprint


def test_a_reworded_answer_needs_no_training(folder: Path, spoil: Spoil, knowledge: KnowledgeBase) -> None:
    spoil("items/06-transport.toml", "换电站5座。", "换电站共5座。")
    changed = load_knowledge(folder)
    assert changed != knowledge and catalogue_of(changed).fingerprint == catalogue_of(knowledge).fingerprint
