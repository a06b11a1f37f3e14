"""The console's accounts."""

from pathlib import Path

import click

from bot.accounts.manage import add_account, new_password, role_named
from bot.accounts.records import CONSOLE_ROLES, AccountError
from bot.commands.common import Command, config_option, configured_store, unit_named
from bot.dialogue.conversation import utc_now
from bot.store.accounts import SqliteAccounts
from bot.store.audit import SqliteAudit
from bot.store.engine import Engine


@click.group()
def user() -> None:
    """工作台的账号。"""


def accounts_of(config_file: Path | None) -> tuple[SqliteAccounts, Engine]:
    """The accounts of the configured store, made when there is none."""
    _, engine = configured_store(config_file)
    return SqliteAccounts(engine, utc_now), engine


@user.command("add", cls=Command)
@config_option
@click.argument("username")
@click.option("--role", default="reader", show_default=True, help="角色：" + "、".join(CONSOLE_ROLES))
@click.option("--unit", help="所在单位的名称（承办人员和审核人员必填）")
@click.option("--name", default="", help="姓名")
def user_add(config_file: Path | None, username: str, role: str, unit: str | None, name: str) -> None:
    """新建账号，打印一次性密码。"""
    accounts, engine = accounts_of(config_file)
    account, password = add_account(accounts, username, role_named(role), unit_named(engine, unit), name)
    SqliteAudit(engine, utc_now).add(None, "app.py", "account.add", account.username, {"role": account.role}, "")
    click.echo(f"用户名 {account.username}，一次性密码 {password}")


@user.command("password", cls=Command)
@config_option
@click.argument("username")
def user_password(config_file: Path | None, username: str) -> None:
    """重设密码，打印新的一次性密码；原来的登录都会退出。"""
    accounts, engine = accounts_of(config_file)
    account = accounts.named(username)
    if account is None:
        raise AccountError(f"没有用户名为 {username} 的账号")
    password = new_password(accounts, account.id)
    SqliteAudit(engine, utc_now).add(None, "app.py", "account.password", account.username, {}, "")
    click.echo(f"用户名 {account.username}，一次性密码 {password}")


@user.command("list", cls=Command)
@config_option
def user_list(config_file: Path | None) -> None:
    """列出账号。"""
    accounts, engine = accounts_of(config_file)
    units = {row["id"]: row["name"] for row in engine.rows("select id, name from units")}
    for account in accounts.all():
        unit = units.get(account.unit, "-")
        state = "停用" if not account.active else "待换密码" if account.must_change else "在用"
        click.echo(f"{account.username}\t{account.name or '-'}\t{account.role}\t{unit}\t{state}\t{account.last_login_at or '-'}")
