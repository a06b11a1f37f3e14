"""The account's custom menu."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.channels.simulator import Account, Simulator
from bot.delivery.menu import MENU, load_menu
from bot.messages import Mode
from tests.conftest import ROOT, Say

URL = "https://wenda.example.gov.cn"


def test_each_entry_leads_on_in_the_conversation(say: Say) -> None:
    entries = [entry for column in load_menu(MENU, URL)["button"] for entry in column["sub_button"]]
    for number, entry in enumerate(entries):
        if entry["type"] == "click":
            reply = say(entry["key"], who=f"居民{number}")
            assert reply.mode is not Mode.REJECT, entry["key"]


def test_it_keeps_to_wechats_measures() -> None:
    menu = load_menu(MENU, URL)["button"]
    assert 1 <= len(menu) <= 3 and all(1 <= len(column["sub_button"]) <= 5 for column in menu)
    assert all(len(column["name"]) <= 4 for column in menu)
    assert all(len(entry["name"]) <= 7 for column in menu for entry in column["sub_button"])
    assert f"{URL}/" in [entry.get("url") for column in menu for entry in column["sub_button"]]


def test_without_a_public_address_the_page_is_left_out() -> None:
    assert "url" not in str(load_menu(MENU, ""))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "1 到 3 列"),
        ("[[column]]\nname = '一二三四五六'\nsay = 'x'", "一二三四五六"),
        ("[[column]]\nname = '问'", "问"),
        ("[[column]]\nname = '问'\nsay = 'x'\nurl = 'https://a.cn'", "问"),
        ("[[column]]\nname = '问'\nurl = 'javascript:alert(1)'", "javascript"),
        ("[[column]]\nname = '问'\n[[column.entry]]\nname = '长'\nsay = '" + "长" * 50 + "'", "长"),
        ("[[column]", "TOML"),
    ],
)
def test_what_wechat_would_not_take_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "menu.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=named):
        load_menu(path, URL)


def run(folder: Path, url: str, *words: str) -> "subprocess.CompletedProcess[str]":
    settings = {
        "BOT_STORE_URL": f"sqlite:///{folder}/bot.db",
        "BOT_WECHAT_APP_ID": "wx1",
        "BOT_WECHAT_APP_SECRET": "geheim",
        "BOT_WECHAT_API_BASE_URL": url,
    }
    command = [sys.executable, "app.py", "wechat", "menu", *words]
    return subprocess.run(command, cwd=ROOT, env={"PATH": "/usr/bin", **settings}, capture_output=True, text=True, timeout=60)


def test_it_is_pushed_and_shown(tmp_path: Path) -> None:
    account = Account(app_id="wx1", app_secret="geheim")
    simulator = Simulator(account)
    try:
        before = run(tmp_path, simulator.url, "show")
        assert before.returncode == 1 and "46003" in before.stderr and "Traceback" not in before.stderr
        pushed = run(tmp_path, simulator.url, "push")
        assert pushed.returncode == 0 and "查进度" in pushed.stdout
        assert account.menu == load_menu(MENU, "")
        shown = run(tmp_path, simulator.url, "show")
        assert shown.returncode == 0 and "查进度" in shown.stdout
        assert account.count("stable_token") == 1  # kept in the store between the commands
    finally:
        simulator.close()


def test_a_wrong_secret_is_one_line(tmp_path: Path) -> None:
    simulator = Simulator(Account(app_id="wx1", app_secret="another"))
    try:
        refused = run(tmp_path, simulator.url, "push")
        assert refused.returncode == 1 and "40125" in refused.stderr and len(refused.stderr.splitlines()) == 1
    finally:
        simulator.close()
