"""Accounts from the command line."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import main
from bot.accounts.passwords import verify
from bot.dialogue.conversation import utc_now
from bot.store.accounts import SqliteAccounts
from bot.store.engine import Engine

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("BOT_STORE_URL", f"sqlite:///{tmp_path}/data/bot.db")
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["user", *arguments])

    return command


def test_accounts_are_added_listed_and_given_new_passwords(run: Run, tmp_path: Path) -> None:
    added = run("add", "LiPing", "--role", "dispatcher", "--name", "李平")
    assert added.exit_code == 0
    first = re.search(r"一次性密码 (\S+)", added.stdout)
    assert first
    accounts = SqliteAccounts(Engine(tmp_path / "data" / "bot.db"), utc_now)
    account = accounts.named("liping")
    assert account and account.must_change and verify(account.password, first[1])

    again = run("password", "liping")
    second = re.search(r"一次性密码 (\S+)", again.stdout)
    changed = accounts.named("liping")
    assert second and changed and verify(changed.password, second[1]) and not verify(changed.password, first[1])
    assert changed.session_key != account.session_key

    listed = run("list")
    assert listed.stdout.split("\t")[:3] == ["liping", "李平", "dispatcher"]
    assert first[1] not in listed.stdout and "argon2" not in listed.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "x"], "2 到 40"),
        (["add", "good", "--role", "king"], "没有角色 king"),
        (["add", "good", "--role", "staff"], "单位"),
        (["add", "good", "--role", "staff", "--unit", "月球局"], "月球局"),
        (["password", "nobody"], "nobody"),
    ],
)
def test_what_is_wrong_is_one_line_and_status_1(run: Run, arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 1
    assert said in done.output and len(done.output.strip().splitlines()) == 1


def test_an_account_cannot_be_added_twice(run: Run) -> None:
    assert run("add", "liping").exit_code == 0
    done = run("add", "LIPING")
    assert done.exit_code == 1


@pytest.mark.usefixtures("run")
def test_a_file_that_is_not_there_or_is_no_plan_is_told_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "plan.pdf").write_bytes(b"%PDF-1.7")
    for arguments in (
        ["import-plan", str(tmp_path / "none.txt")],
        ["import-plan", str(tmp_path)],
        ["import-plan", str(tmp_path / "plan.pdf")],
        ["import", str(tmp_path / "none.xlsx")],
        ["export", str(tmp_path / "none" / "x.xlsx")],
    ):
        refused = CliRunner().invoke(main, arguments)
        said = refused.output.splitlines()
        assert refused.exit_code == 1 and len(said) == 1, said
        assert said[0].startswith("错误：") and "Errno" not in said[0] and "知识库有问题" not in said[0]
