"""Passwords: argon2 hashes, what is good enough, and one-time ones for a first sign-in."""

import itertools
import secrets
import threading
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from intents.sounds import sounds

LEAST = 10
MOST = 128

# OWASP's first choice for argon2id; a small server can afford it for everyone who signs in.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# One at a time in a process: a flood of attempts must not take the memory that residents' questions need.
_ONE = threading.Lock()

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are mistaken for each other when read from paper."""


def hash_password(password: str) -> str:
    """What is kept of a password."""
    with _ONE:
        return _HASHER.hash(password)


@cache
def _nobody() -> str:
    return hash_password(secrets.token_hex(16))


def verify(hashed: str | None, password: str) -> bool:
    """Whether it is the password; None (no such account) takes as long as any other wrong one."""
    stored = hashed or _nobody()
    with _ONE:
        try:
            right = _HASHER.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
    return right and hashed is not None


def one_time_password() -> str:
    """Twelve letters and figures in groups, some 59 bits; good for choosing an own password."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


@cache
def _common() -> frozenset[str]:
    path = Path(__file__).parent / "data" / "common-passwords.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@cache
def _in_pinyin(district: str) -> frozenset[str]:
    """The district's name in pinyin, which is what comes to mind first there: yunshan, yunshanqu; lu or lv for 绿."""
    named = {"".join(sounds().word(name)) for name in (district, district[:-1]) if name}
    return frozenset(named | {name.replace("lv", "lu").replace("nv", "nu") for name in named})


def _plain(text: str) -> str:
    """Without what people hang onto a common word: figures and signs at both ends, case."""
    return text.casefold().strip("0123456789!@#$%^&*()_+-=.,?~ ")


def _is_run(text: str) -> bool:
    """Every character is the one before it, or the next or last one in the row: 1234567890, aaaaaaaaaa, 9876543210."""
    steps = {ord(b) - ord(a) for a, b in itertools.pairwise(text)}
    return all(step in (-1, 0, 1, -9, 9) for step in steps) and len(steps) <= 2


def weakness(password: str, username: str, district: str = "") -> str | None:
    """Why this is no good password for that account of that district (Chinese); None when it is good enough."""
    if len(password) < LEAST:
        return f"密码至少要 {LEAST} 个字符"
    if len(password) > MOST:
        return f"密码最多 {MOST} 个字符"
    lowered = password.casefold()
    if lowered == username.casefold() or (_plain(username) and _plain(password) == _plain(username)):
        return "密码不能和用户名一样"
    if len(set(lowered)) < 4 or _is_run(lowered):
        return "密码太简单：不要用连续或重复的字符"
    if lowered in _common() or _plain(password) in _common() | _in_pinyin(district):
        return "这是常见的密码，容易被猜到，请换一个"
    return None
