"""Who a resident is on each channel: names that cannot meet each other."""

import json
import re
import secrets
from typing import Any

from bot.delivery.choice import PAGE, WECHAT

_HIDDEN = re.compile(
    r"[\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
"""Marks of direction (Unicode UAX 9), blanks without width, controls other than the end of a line and the tabulator."""


def wechat_resident(openid: str) -> str:
    """A follower of the Official Account."""
    return f"{WECHAT}{openid}"


def bearer_resident(user: str) -> str:
    """Whoever a caller of the interface says; a namespace of its own."""
    return f"api:{user}"


def new_page_resident() -> str:
    """A new visitor of the page, known by a signed cookie from then on."""
    return f"{PAGE}{secrets.token_urlsafe(16)}"


def sound_text(text: str) -> str:
    """``text`` as it can be stored and sent: lone surrogates (half an emoji) and NUL characters replaced."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")


def plain_text(text: str) -> str:
    """What somebody wrote, as it can be stored and shown: sound, and without the invisible characters that turn the order of
    what stands around them about, or hide in it; those that emoji are put together with stay.

    >>> plain_text("正阳街\u202e灯路\u200b坏了")
    '正阳街灯路坏了'
    """
    return _HIDDEN.sub("", sound_text(text))


def sound_id(given: Any) -> Any:
    """A caller's own id, whatever JSON it is, as it can be sent back."""
    return json.loads(sound_text(json.dumps(given, ensure_ascii=False)))
