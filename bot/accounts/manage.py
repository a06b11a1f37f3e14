"""Making accounts and giving passwords, the same from the console and from the command line."""

import re

from bot.accounts.passwords import hash_password, one_time_password
from bot.accounts.ports import AccountStore
from bot.accounts.records import CONSOLE_ROLES, Account, AccountError
from bot.tickets.records import Role

FIRST = "admin"

_USERNAME = re.compile(r"[\w.@-]{2,40}")
_NAME_LENGTH = 40


def role_named(name: str) -> Role:
    """The role of that name; raises AccountError when accounts have no such role."""
    if name not in CONSOLE_ROLES:
        raise AccountError(f"没有角色 {name}，可以是：{'、'.join(CONSOLE_ROLES)}")
    return Role(name)


def add_account(accounts: AccountStore, username: str, role: Role, unit: int | None, name: str) -> tuple[Account, str]:
    """A new account with its one-time password.

    Raises:
        AccountError: the name cannot be one or is taken, or role and unit do not go together.
    """
    username, name = username.strip(), name.strip()
    if not _USERNAME.fullmatch(username):
        raise AccountError("用户名要 2 到 40 个字，只用字母、数字、汉字和 . _ - @")
    if len(name) > _NAME_LENGTH:
        raise AccountError(f"姓名最多 {_NAME_LENGTH} 个字")
    password = one_time_password()
    return accounts.add(username, hash_password(password), role, unit, name, must_change=True), password


def new_password(accounts: AccountStore, number: int) -> str:
    """A new one-time password for an account; it is signed out everywhere, and may be tried again at once."""
    password = one_time_password()
    accounts.set_password(number, hash_password(password), must_change=True)
    return password


def first_administrator(accounts: AccountStore) -> str | None:
    """Make the first account when there is none; its one-time password, else None."""
    if accounts.all():
        return None
    try:
        return add_account(accounts, FIRST, Role.ADMINISTRATOR, None, "管理员")[1]
    except AccountError:  # another process that started at the same moment made it
        return None
