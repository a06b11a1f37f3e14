"""``import-plan`` and what follows it on an installation that knows nothing yet."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import main
from bot.dialogue.conversation import utc_now
from bot.store.engine import Engine
from bot.store.knowledge import KnowledgeStore, published_knowledge
from knowledge.load import DATA, load_knowledge
from tests.plans.word_files import table_plan

PLANS = Path(__file__).parent.parent / "data" / "plans"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("BOT_STORE_URL", f"sqlite:///{tmp_path}/data/bot.db")
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])


def versions(folder: Path) -> KnowledgeStore:
    return KnowledgeStore(Engine(folder / "data" / "bot.db"))


def test_an_empty_installation_takes_a_plan_and_publishes_it(run: Run, tmp_path: Path) -> None:
    done = run("import-plan", PLANS / "yunshan-2026.txt")
    assert done.exit_code == 0, done.output
    assert "24 条，6 个方面，24 个部门" in done.stdout and "第3条（第21行）" in done.stdout
    assert "第7行：各镇人民政府、街道办事处，区政府各部门：" in done.stdout  # of no item, and told all the same
    assert published_knowledge(tmp_path / "data" / "bot.db") is None
    assert run("publish").exit_code == 0
    known = published_knowledge(tmp_path / "data" / "bot.db")
    assert known and known.plan.district == "云杉区" and len(known.items) == 24


def test_the_plan_of_2022_gives_56_items_10_fields_20_departments(run: Run, tmp_path: Path) -> None:
    assert "56 条，10 个方面，20 个部门" in run("import-plan", DATA / "plan-2022.txt").stdout
    assert run("publish").exit_code == 0
    known = published_knowledge(tmp_path / "data" / "bot.db")
    assert known and (len(known.items), len(known.fields), len(known.departments)) == (56, 10, 20)


def test_the_projects_files_do_not_come_into_another_districts_knowledge(run: Run, tmp_path: Path) -> None:
    run("import-plan", PLANS / "yunshan-2026.txt")
    run("publish")
    store = versions(tmp_path)
    assert store.bring_in(load_knowledge(), utc_now()) is None and store.draft() is None
    assert store.published().knowledge.plan.district == "云杉区"


def test_a_plan_with_faults_tells_every_one_of_them_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    done = run("import-plan", PLANS / "faulty-2026.txt")
    assert done.exit_code == 1
    for words in ("没有找到发文字号", "编号2重复", "缺少编号3", "没有写责任部门", "是不是“区民政局”", "没有内容", "不成对"):
        assert words in done.stdout
    assert "有问题的 27 处" in done.stdout
    assert "第17行：第6条没有内容" in str(done.exception) + done.output
    assert not (tmp_path / "data" / "bot.db").exists()


def test_what_the_document_does_not_say_can_be_said_to_the_command(run: Run, tmp_path: Path) -> None:
    plan = tmp_path / "short.txt"
    plan.write_text("民生实事清单\n一、养老\n1. 新建老年食堂3处。（区民政局）\n")
    refused = run("import-plan", plan)
    assert refused.exit_code == 1 and "年份" in refused.output + str(refused.exception)
    done = run("import-plan", plan, "--year", "2027", "--district", "杨树区", "--title", "2027年杨树区民生实事清单")
    assert done.exit_code == 0, done.output
    draft = versions(tmp_path).draft()
    assert draft and draft.knowledge.plan.year == 2027 and draft.knowledge.plan.district == "杨树区"


def test_a_draft_that_waits_is_not_overwritten_unasked(run: Run, tmp_path: Path) -> None:
    run("import-plan", PLANS / "yunshan-2026.txt")
    word = tmp_path / "plan.docx"
    word.write_bytes(table_plan())
    refused = run("import-plan", word)
    assert refused.exit_code == 1 and "--replace" in refused.output + str(refused.exception)
    assert run("import-plan", word, "--replace").exit_code == 0
    draft = versions(tmp_path).draft()
    assert draft and draft.knowledge.plan.district == "江南区"


@pytest.mark.parametrize("content", [b"\x00\x01\x02\x00" * 50, b"PK\x03\x04broken", b""])
def test_a_file_that_is_no_plan_ends_in_one_clear_message(run: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.txt"
    path.write_bytes(content)
    done = run("import-plan", path)
    assert done.exit_code == 1 and isinstance(done.exception, SystemExit) and "错误" in str(done.exception) + done.output


def test_a_plan_comes_beside_the_present_one_is_published_and_renewed(run: Run, tmp_path: Path) -> None:
    plan = PLANS / "lvyuan-2023.txt"
    done = run("import-plan", plan, "--beside")
    assert done.exit_code == 0, done.output
    assert "同时有效的计划：《2022年建设幸福绿园行动计划》、《2023年建设幸福绿园行动计划》" in done.stdout
    assert "第3条：防走失定位手环安装" in done.stdout and "取消 0" in done.stdout
    assert run("publish").exit_code == 0
    known = published_knowledge(tmp_path / "data" / "bot.db")
    assert known and len(known.items) == 61 and [head.year for head in known.heads.values()] == [2022, 2023]
    newer = tmp_path / "newer.txt"
    newer.write_text(plan.read_text().replace("260 元", "300 元"))
    assert "改动 1" in run("import-plan", newer, "--beside").stdout
    draft = versions(tmp_path).draft()
    assert draft and len(draft.knowledge.plans) == 1 and "300 元" in draft.knowledge.items[1001].text


def test_the_present_plan_itself_is_not_taken_beside(run: Run, tmp_path: Path) -> None:
    refused = run("import-plan", DATA / "plan-2022.txt", "--beside")
    assert refused.exit_code == 1 and "已经是现在的计划" in str(refused.exception) + refused.output
    assert versions(tmp_path).draft() is None
