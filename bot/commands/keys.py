"""Keys of the district's other systems."""

from pathlib import Path

import click

from bot.accounts.keys import Scope, add_key
from bot.accounts.records import AccountError
from bot.commands.common import OPERATOR, Command, config_option, configured_store, unit_named
from bot.dialogue.conversation import utc_now
from bot.store.api_keys import SqliteApiKeys
from bot.store.audit import SqliteAudit
from bot.store.engine import Engine


@click.group()
def apikey() -> None:
    """区里其他系统用的密钥。"""


def keys_of(config_file: Path | None) -> tuple[SqliteApiKeys, Engine]:
    """The keys of the configured store, made when there is none."""
    _, engine = configured_store(config_file)
    return SqliteApiKeys(engine, utc_now), engine


@apikey.command("add", cls=Command)
@config_option
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([str(scope) for scope in Scope]),
    default=["read"],
    show_default=True,
    help="权限",
)
@click.option("--unit", help="只看得到、只能办这个单位的工单")
@click.option("--webhook", default="", help="工单有变化时通知的网址")
@click.option("--allow-http", is_flag=True, help="允许通知地址不加密")
def apikey_add(
    config_file: Path | None, name: str, scopes: tuple[str, ...], unit: str | None, webhook: str, allow_http: bool
) -> None:
    """新建密钥；密钥和签名密钥只打印这一次。"""
    keys, engine = keys_of(config_file)
    key, text = add_key(keys, name, scopes, unit_named(engine, unit), webhook, allow_http)
    SqliteAudit(engine, utc_now).add(None, OPERATOR, "key.add", key.name, {"scopes": sorted(key.scopes), "unit": key.unit}, "")
    click.echo(f"密钥 {text}")
    click.echo(f"签名密钥 {key.secret}")


@apikey.command("revoke", cls=Command)
@config_option
@click.argument("name")
def apikey_revoke(config_file: Path | None, name: str) -> None:
    """停用密钥，马上生效，不能再启用。"""
    keys, engine = keys_of(config_file)
    key = next((key for key in keys.all() if key.name == name), None)
    if key is None:
        raise AccountError(f"没有名为 {name} 的系统")
    keys.revoke(key.id)
    SqliteAudit(engine, utc_now).add(None, OPERATOR, "key.revoke", key.name, {}, "")
    click.echo(f"已停用 {key.name}")


@apikey.command("list", cls=Command)
@config_option
def apikey_list(config_file: Path | None) -> None:
    """列出密钥（看不到密钥本身）。"""
    keys, engine = keys_of(config_file)
    units = {row["id"]: row["name"] for row in engine.rows("select id, name from units")}
    for key in keys.all():
        state = "在用" if key.active else "停用"
        scopes = ",".join(sorted(key.scopes))
        unit = units.get(key.unit, "-")
        click.echo(f"{key.name}\t{scopes}\t{unit}\t{key.webhook or '-'}\t{state}\t{key.used_at or '-'}")
