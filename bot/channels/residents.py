"""Who a resident is on each channel: names that cannot meet each other."""

import json
import secrets
from typing import Any

from bot.delivery.choice import PAGE, WECHAT


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


def sound_id(given: Any) -> Any:
    """A caller's own id, whatever JSON it is, as it can be sent back."""
    return json.loads(sound_text(json.dumps(given, ensure_ascii=False)))
