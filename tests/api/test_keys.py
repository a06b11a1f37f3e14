"""Keys of other systems: made and taken back from the command line and the console, told of once, kept as a digest."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import main
from bot.accounts.keys import Scope, add_key, webhook_address
from bot.accounts.records import AccountError
from bot.delivery.webhooks import signature
from bot.dialogue.conversation import utc_now
from bot.store.api_keys import SqliteApiKeys
from bot.store.engine import Engine
from bot.store.sqlite import SqliteStore
from tests.conftest import Clock
from tests.console.conftest import Clerk
from tests.delivery.servers import WebServer

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("BOT_STORE_URL", f"sqlite:///{tmp_path}/data/bot.db")
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["apikey", *arguments])

    return command


def test_a_key_is_added_listed_and_revoked_on_the_command_line(run: Run, tmp_path: Path) -> None:
    added = run("add", "数字城管", "--scope", "read", "--scope", "write", "--webhook", "https://example.gov.cn/hook")
    assert added.exit_code == 0, added.output
    text, secret = (found[1] for found in re.finditer(r"密钥 (\S+)", added.stdout))
    engine = Engine(tmp_path / "data" / "bot.db")
    keys = SqliteApiKeys(engine, utc_now)
    key = keys.find(text)
    assert key and key.name == "数字城管" and key.scopes == {Scope.READ, Scope.WRITE} and key.secret == secret
    assert text not in str(engine.rows("select * from api_keys"))

    listed = run("list").stdout
    assert "数字城管\tread,write\t-\thttps://example.gov.cn/hook\t在用" in listed
    assert text not in listed and secret not in listed
    assert run("revoke", "数字城管").exit_code == 0
    assert keys.find(text) is None and "停用" in run("list").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "x"), "2 到 40"),
        (("add", "居民"), "不能叫"),
        (("add", "系统一", "--unit", "没有的局"), "没有名为 没有的局 的单位"),
        (("add", "系统一", "--webhook", "http://10.0.0.2/hook"), "不加密"),
        (("add", "系统一", "--webhook", "ftp://example.gov.cn"), "完整的网址"),
        (("revoke", "没有的系统"), "没有名为"),
    ],
)
def test_what_cannot_be_is_one_line(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 1 and said in str(result.exception or result.output) + result.output
    assert "Traceback" not in result.output


def test_an_unknown_scope_is_wrong_usage(run: Run) -> None:
    assert run("add", "系统一", "--scope", "everything").exit_code == 2


@pytest.mark.parametrize(
    "address",
    [
        "http://",
        "https:///x",
        "javascript:alert(1)",
        "https://u:p@example.gov.cn",
        "https://example.gov.cn/ a",
        "https://[::1",
        "//x",
        "https://example.gov.cn:99999/",
        "https://example.gov.cn/#x",
        "https://example.gov.cn/" + "a" * 500,
    ],
)
def test_an_address_that_cannot_be_told_is_refused(address: str) -> None:
    with pytest.raises(AccountError):
        webhook_address(address, plain=True)


def test_a_name_is_never_given_twice(store: SqliteStore, clock: Clock) -> None:
    keys = SqliteApiKeys(store.engine, clock)
    key, _ = add_key(keys, "数字城管", ["read"])
    keys.revoke(key.id)
    with pytest.raises(AccountError, match="已经有"):
        add_key(keys, "数字城管", ["read"])


def test_the_time_of_the_last_use_is_kept(store: SqliteStore, clock: Clock) -> None:
    keys = SqliteApiKeys(store.engine, clock)
    _, text = add_key(keys, "数字城管", ["read"])
    for _ in range(3):
        keys.find(text)
        clock.forward(seconds=40)
    assert keys.all()[0].used_at == "2026-03-02T02:01:20.000+00:00"


def test_an_administrator_makes_a_key_and_sees_it_once(clerk: Callable[..., Clerk], store: SqliteStore, clock: Clock) -> None:
    admin = clerk()
    made = admin.post("/console/keys/", name="数字城管", unit="901", scope="read", webhook="")
    assert made.status_code == 200
    found = re.search(r"<code[^>]*>(key_[^<]+)</code>", made.text)
    assert found
    keys = SqliteApiKeys(store.engine, clock)
    key = keys.find(found[1])
    assert key and key.unit == 901
    for page in ("/console/keys/", f"/console/keys/{key.id}"):
        shown = admin.get(page).text
        assert "数字城管" in shown and "试验单位一" in shown
        assert found[1] not in shown and key.secret not in shown
    assert admin.post(f"/console/keys/{key.id}/revoke").status_code == 302
    assert keys.find(found[1]) is None
    assert "已停用" in admin.get(f"/console/keys/{key.id}").text
    assert "新建系统密钥" in admin.get("/console/audit/").text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "", "scope": "read"}, "2 到 40"),
        ({"name": "系统一"}, "至少要有一种权限"),
        ({"name": "系统一", "scope": "all"}, "没有权限 all"),
        ({"name": "系统一", "scope": "read", "unit": "777"}, "没有这个单位"),
        ({"name": "系统一", "scope": "read", "webhook": "http://10.0.0.2/"}, "不加密"),
        ({"name": "系统一", "scope": "read", "webhook": "no address"}, "完整的网址"),
    ],
)
def test_a_form_that_cannot_be_says_why_and_loses_nothing(clerk: Callable[..., Clerk], fields: dict[str, str], said: str) -> None:
    page = clerk().post("/console/keys/", **fields)
    assert page.status_code == 400 and said in page.text
    assert f'value="{fields["name"]}"' in page.text


@pytest.mark.parametrize("role", ["dispatcher", "staff", "approver", "reader"])
def test_only_administrators_manage_keys(clerk: Callable[..., Clerk], role: str) -> None:
    somebody = clerk(role)
    assert somebody.get("/console/keys/").status_code == 403
    assert somebody.post("/console/keys/", name="系统一", scope="read").status_code == 403


def test_the_trial_message_is_signed_and_its_outcome_told(clerk: Callable[..., Clerk], store: SqliteStore, clock: Clock) -> None:
    admin, keys = clerk(), SqliteApiKeys(store.engine, clock)
    with WebServer() as web:
        key, _ = add_key(keys, "数字城管", ["read"], webhook=f"{web.url}/hook", plain=True)
        admin.post(f"/console/keys/{key.id}/test")
        assert "试发成功" in admin.get(f"/console/keys/{key.id}").text
        (request,) = web.got
        assert request.body["event"] == "ping" and request.headers["X-Signature"] == signature(key.secret, request.raw)
        web.answers.append((404, "nothing here"))
        admin.post(f"/console/keys/{key.id}/test")
        assert "HTTP 404" in admin.get(f"/console/keys/{key.id}").text
    admin.post(f"/console/keys/{key.id}/test")
    assert "试发没有成功" in admin.get(f"/console/keys/{key.id}").text


def test_the_address_is_changed_and_taken_away(clerk: Callable[..., Clerk], store: SqliteStore, clock: Clock) -> None:
    admin, keys = clerk(), SqliteApiKeys(store.engine, clock)
    key, _ = add_key(keys, "数字城管", ["read"])
    wrong = admin.post(f"/console/keys/{key.id}/webhook", webhook="http://10.0.0.2/hook")
    assert wrong.status_code == 400 and "http://10.0.0.2/hook" in wrong.text
    admin.post(f"/console/keys/{key.id}/webhook", webhook="http://10.0.0.2/hook", plain="1")
    assert keys.all()[0].webhook == "http://10.0.0.2/hook"
    admin.post(f"/console/keys/{key.id}/webhook", webhook="")
    assert keys.all()[0].webhook == ""
    assert admin.post(f"/console/keys/{key.id}/test").status_code == 404
