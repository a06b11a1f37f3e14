"""``export`` and ``import`` as typed: a file out, a draft in, and nothing at all where there is a mistake."""

import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from bot.store.engine import Engine
from bot.store.knowledge import KnowledgeStore
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


class Shell:
    """app.py as a process, on a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        own = {"BOT_STORE_URL": f"sqlite:///{self.folder}/bot.db", "PYTHONIOENCODING": "utf-8"}
        kept = {key: value for key, value in os.environ.items() if not key.startswith("BOT_")}
        command = [sys.executable, str(ROOT / "app.py"), *arguments]
        return subprocess.run(command, cwd=self.folder, env=kept | own, capture_output=True, text=True, timeout=60, check=False)

    @property
    def versions(self) -> KnowledgeStore:
        return KnowledgeStore(Engine(self.folder / "bot.db"))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_workbook_goes_out_is_changed_and_becomes_the_draft(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "知识库.xlsx"
    done = shell("export", str(file))
    assert done.returncode == 0 and "已发布" in done.stdout and not list(tmp_path.glob(".*.xlsx*"))

    same = shell("import", str(file))
    assert same.returncode == 0 and "没有改动" in same.stdout and shell.versions.draft() is None

    book = openpyxl.load_workbook(file)
    page = book["部门"]
    row = next(row for row in page.iter_rows(min_row=2) if row[0].value == "区民政局")
    row[3].value = "0431-81234567"
    book.save(file)
    done = shell("import", str(file))
    assert done.returncode == 0 and "department:区民政局 phone" in done.stdout and "1 处改动" in done.stdout
    draft = shell.versions.draft()
    assert draft and draft.knowledge.department("区民政局").phone == "0431-81234567"
    assert shell.versions.published().knowledge.department("区民政局").phone == ""
    assert "草稿" in shell("export", str(tmp_path / "又一次.xlsx")).stdout


def test_every_mistake_is_printed_with_its_cell_and_nothing_is_changed(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "k.xlsx"
    shell("export", str(file))
    book = openpyxl.load_workbook(file)
    book["部门"]["D2"].value, book["部门"]["D3"].value = "abc", "0431-8"
    book["事项"]["A2"].value = "招聘会"
    book.save(file)
    done = shell("import", str(file))
    assert done.returncode == 1 and done.stdout == "" and "Traceback" not in done.stderr
    lines = done.stderr.splitlines()
    assert any("什么都没有改" in line and line.startswith("错误：") for line in lines)
    assert any(line.startswith("部门!D2：") for line in lines) and any(line.startswith("事项!A2：") for line in lines)
    assert shell.versions.draft() is None and len(shell.versions.versions()) == 1


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("import", "nowhere.xlsx"), 1, "nowhere.xlsx"),
        (("export", "nowhere/k.xlsx"), 1, "nowhere"),
        (("export", "k.txt"), 2, ".xlsx"),
        (("import",), 2, "FILE"),
    ],
)
def test_what_a_person_can_mend_is_one_line(shell: Shell, arguments: tuple[str, ...], status: int, words: str) -> None:
    done = shell(*arguments)
    assert done.returncode == status and words in done.stderr and "Traceback" not in done.stderr
