"""Keys of the district's other systems: what each may do, for which unit, and where it is told of changes."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

from bot.accounts.records import AccountError
from bot.tickets.records import Actor, Role

_NAME = re.compile(r"[\w.()（）·-]{2,40}")
_TAKEN = frozenset({"系统", "居民", "工作人员"})
"""Names that a ticket's history gives to others."""
_LONGEST_ADDRESS = 500


class Scope(StrEnum):
    """What a key is good for."""

    READ = "read"
    WRITE = "write"
    PEOPLE = "people"

    @property
    def words(self) -> str:
        """As administrators read it."""
        return _WORDS[self]


_WORDS = {
    Scope.READ: "查工单",
    Scope.WRITE: "登记和办理工单",
    Scope.PEOPLE: "看居民的称呼和联系方式（保密举报除外）",
}


@dataclass(frozen=True)
class ApiKey:
    """Another system.  ``unit``: it sees and changes only that unit's tickets; ``webhook``: where it is told of changes, with
    messages signed by ``secret``."""

    id: int
    name: str
    scopes: frozenset[Scope]
    at: str
    unit: int | None = None
    webhook: str = ""
    secret: str = ""
    active: bool = True
    used_at: str | None = None

    @property
    def actor(self) -> Actor:
        """The system as tickets know it."""
        return Actor(Role.API, self.name, unit=self.unit)


class KeyStore(Protocol):
    """Keeps keys; every method is a transaction of its own."""

    def all(self) -> list[ApiKey]:
        """Every key, active ones first."""

    def get(self, number: int) -> ApiKey | None:
        """The key of that id."""

    def add(self, name: str, digest: str, scopes: Iterable[Scope], unit: int | None, webhook: str, secret: str) -> ApiKey:
        """Keep a new one.  Raises AccountError when the name is taken or there is no such unit."""

    def revoke(self, number: int) -> ApiKey:
        """Let it in no more; what was still to be told to it is given up."""

    def set_webhook(self, number: int, address: str) -> ApiKey:
        """Tell it there from now on, also what waits; empty: nowhere."""


def digest_of(key: str) -> str:
    """What is kept of a key: it holds 256 random bits, so nobody finds it from this."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def add_key(
    keys: KeyStore, name: str, scopes: Iterable[str], unit: int | None = None, webhook: str = "", plain: bool = False
) -> tuple[ApiKey, str]:
    """A new key and its text, which is shown once and kept nowhere.

    Raises:
        AccountError: name, scopes or webhook cannot be, or the name is taken.
    """
    name = name.strip()
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise AccountError("系统的名字要 2 到 40 个字，只用字母、数字、汉字和 . _ - · ( )，不能叫“系统”“居民”“工作人员”")
    wanted = scopes_of(scopes)
    address = webhook_address(webhook, plain)
    text = f"key_{secrets.token_urlsafe(32)}"
    return keys.add(name, digest_of(text), wanted, unit, address, secrets.token_hex(32)), text


def scopes_of(names: Iterable[str]) -> frozenset[Scope]:
    """The scopes of those names; raises AccountError when there is none, or one is unknown."""
    given = list(names)
    if unknown := [name for name in given if name not in set(Scope)]:
        raise AccountError(f"没有权限 {unknown[0]}，可以是：{'、'.join(Scope)}")
    if not given:
        raise AccountError(f"至少要有一种权限：{'、'.join(Scope)}")
    return frozenset(map(Scope, given))


def webhook_address(address: str, plain: bool) -> str:
    """The address, empty for none.

    Args:
        plain: an address without encryption (http) is allowed.

    Raises:
        AccountError: messages cannot be sent there.
    """
    address = address.strip()
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if (
        not host
        or parts.scheme not in ("https", "http")
        or re.search(r"[\s\x00-\x1f]", address)
        or len(address) > _LONGEST_ADDRESS
    ):
        raise AccountError("通知地址要是完整的网址，例如 https://example.gov.cn/hook")
    if parts.username is not None or parts.fragment:
        raise AccountError("通知地址里不能有用户名、密码和 #")
    if parts.scheme == "http" and not plain:
        raise AccountError("通知地址不加密（http），要用就明确允许")
    return address


class RequestReused(Exception):
    """An Idempotency-Key came with another request before."""
