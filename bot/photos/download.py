"""Fetching a picture from WeChat's own hosts, and from nowhere else: no other name, no inner address, no redirect."""

import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import certifi
import urllib3

from bot.photos.picture import PictureError, settings, words

Addresses = Callable[[str, int], Sequence[tuple[str, int]]]
CHUNK = 64 * 1024


class NotNow(Exception):
    """It cannot be fetched now; the words are for the log."""


class Gone(Exception):
    """It will never be there, or must not be fetched from there."""


def public_addresses(host: str, port: int) -> list[tuple[str, int]]:
    """The addresses of a name that lie in the open internet."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    return [(address, port) for address in addresses if ipaddress.ip_address(address).is_global]


def is_of_wechat(host: str) -> bool:
    """Whether the name is one of WeChat's, or below one."""
    return any(host == name or host.endswith("." + name) for name in settings()["hosts"])


def download(url: str, addresses: Addresses = public_addresses) -> bytes:
    """The bytes behind ``url``.

    Args:
        addresses: where a host with that name and port is connected to.

    Raises:
        Gone: the address is not WeChat's, or WeChat says that nothing is there.
        NotNow: no answer, or none of use.
        PictureError: too large.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise Gone("地址不对") from None
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    if standard is None or port not in (None, standard) or not is_of_wechat(host):
        raise Gone("不是微信的地址")
    # The address that was looked at is the one that is connected to: a name may lead elsewhere a moment later.
    where = addresses(host, standard)
    if not where:
        raise NotNow(f"{host} 没有公网地址")
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        return _read(parts.scheme == "https", host, where[0], path or "/")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise NotNow(type(error).__name__) from None


def _read(secure: bool, host: str, where: tuple[str, int], path: str) -> bytes:
    limits, most = settings()["fetching"], int(settings()["most_bytes"])
    timeout = urllib3.Timeout(connect=limits["connect_seconds"], read=limits["read_seconds"])
    ends = time.monotonic() + limits["whole_seconds"]
    pool = (
        urllib3.HTTPSConnectionPool(
            *where, timeout=timeout, server_hostname=host, assert_hostname=host, ca_certs=certifi.where(), retries=False
        )
        if secure
        else urllib3.HTTPConnectionPool(*where, timeout=timeout, retries=False)
    )
    with pool:
        answer = pool.request(
            "GET", path, headers={"Host": host, "Connection": "close"}, redirect=False, preload_content=False, retries=False
        )
        try:
            if answer.status in (404, 410) or 300 <= answer.status < 400:
                raise Gone(f"HTTP {answer.status}")
            if answer.status != 200:
                raise NotNow(f"HTTP {answer.status}")
            data = b""
            for chunk in answer.stream(CHUNK, decode_content=True):
                data += chunk
                if len(data) > most:
                    raise PictureError(words("too_large"))
                if time.monotonic() > ends:
                    raise NotNow("太慢")
            return data
        finally:
            answer.close()
