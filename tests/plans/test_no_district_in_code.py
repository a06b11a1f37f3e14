"""Nothing of one district is in the code: what is said of a district comes from its published knowledge and its configuration."""

import re
import subprocess

import pytest

from app import page_words, short_name
from bot.accounts.passwords import weakness
from bot.config import Config
from bot.tickets.duplicates import is_alike
from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Ticket
from knowledge.base import KnowledgeBase
from knowledge.load import load_knowledge
from tests.conftest import ROOT
from tests.plans.test_draft import draft

DATA = ("knowledge/data/", "intents/utterances/", "intents/data/sounds.txt", "config.example.toml")
"""The first plan's own: its knowledge, the questions about it, what is configured for it; and the sounds of words."""
VENDORED = "/vendor/"
ABOUT_CODE = {".py", ".toml", ".html", ".js", ".css", ".txt", ".tsv", ".md", ".svg", ".lock", ""}


def files() -> list[str]:
    """Everything that is part of the service, as the repository has it; where there is none, as it lies there."""
    parts = ["app.py", "bot", "intents", "knowledge", "Makefile", "config.example.toml"]
    found = subprocess.run(["git", "ls-files", *parts], cwd=ROOT, capture_output=True, text=True)
    lines = found.stdout.splitlines() or [str(p.relative_to(ROOT)) for part in parts for p in (ROOT / part).rglob("*")]
    return [name for name in lines if not name.startswith(DATA) and VENDORED not in name and "__pycache__" not in name]


def test_no_code_template_or_data_beside_the_code_names_the_district() -> None:
    plan = load_knowledge().plan
    names = [plan.district.removesuffix("区"), plan.city.removesuffix("市"), "吉林", "0431", "lvyuan", "春城大街"]
    said = re.compile("|".join(names))
    told = []
    for name in files():
        path = ROOT / name
        if path.is_file() and path.suffix in ABOUT_CODE:
            lines = path.read_text(encoding="utf-8").splitlines()
            told += [f"{name}:{n}" for n, line in enumerate(lines, 1) if said.search(line)]
    assert len(files()) > 300 and told == []


@pytest.fixture(scope="module")
def elsewhere() -> KnowledgeBase:
    return draft("yunshan-2026.txt")


def test_pages_of_another_district_have_its_name(elsewhere: KnowledgeBase) -> None:
    words = page_words(elsewhere, Config())
    assert (words["service_name"], words["city"]) == ("云杉民生问答", "临汀市")
    assert "绿园" not in str(words) and "长春" not in str(words)


@pytest.mark.parametrize(
    ("district", "short"), [("绿园区", "绿园"), ("东区", "东区"), ("海棠新区", "海棠新区"), ("汀洲县", "汀洲县")]
)
def test_a_district_is_called_by_a_name_that_it_has(district: str, short: str) -> None:
    assert short_name(district) == short


def test_the_districts_name_is_no_password_there() -> None:
    assert weakness("luyuan2026!", "admin", "绿园区") and weakness("Lvyuanqu@1", "admin", "绿园区")
    assert weakness("yunshanqu2026", "admin", "云杉区") and weakness("Yunshan@2026", "admin", "云杉区")
    assert weakness("Yunshan@2026", "admin", "绿园区") is None


@pytest.mark.parametrize(
    ("mine", "theirs", "same"),
    [
        ("临汀市云杉区枫林路12号", "云杉区枫林路12号门口", True),
        ("临汀市枫林路12号", "云杉区枫林路12号", True),
        ("江北省临汀市云杉区枫林路", "江北省临汀市云杉区石桥街", False),
        ("云杉区枫林路12号", "海棠区枫林路12号", False),
        ("欧亚超市门口", "欧亚超市旁边", True),
        ("绿地西区3号楼", "绿地东区3号楼", False),
    ],
)
def test_city_and_district_before_a_place_say_nothing_wherever_that_is(mine: str, theirs: str, same: bool) -> None:
    told = Ticket("X-1", "1", Matter.COMPLAINT, "路灯三天不亮了太黑", "received", "", "", theirs)
    assert (is_alike(Draft(Matter.COMPLAINT, "路灯不亮三天了太黑", mine), told) > 0) is same
