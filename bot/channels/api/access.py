"""Who calls: a key in the header, what it may do, how often; cookies count for nothing here."""

import hashlib
import json
from typing import Any

from flask import current_app, request
from flask_limiter.util import get_remote_address

from bot.accounts.keys import ApiKey, Scope
from bot.channels.api.ports import Exchange, ExchangeParts
from bot.channels.errors import ApiError
from bot.channels.residents import plain_text, sound_text

PARTS = "exchange"
MAX_BODY = 64 * 1024
MAX_REQUEST_KEY = 128


def parts() -> ExchangeParts:
    """What the interfaces of this application work on."""
    given: ExchangeParts = current_app.extensions[PARTS]
    return given


def exchange() -> Exchange:
    """The tickets."""
    return parts().exchange


def bearer() -> str | None:
    """The key in the header Authorization; None where there is none."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" and text.strip() else None


def caller(scope: Scope) -> ApiKey:
    """The system that calls.

    Raises:
        ApiError: 401 without a good key, 403 where it may not do that.
    """
    key = exchange().caller(text) if (text := bearer()) else None
    if key is None:
        raise ApiError(401)
    require(key, scope)
    return key


def require(key: ApiKey, scope: Scope) -> None:
    """Raise ApiError where the key may not do that."""
    if scope not in key.scopes:
        raise ApiError(403, f"这把密钥没有“{scope.words}”（{scope}）的权限", "missing_scope")


def counted_as() -> str:
    """Whose calls are counted together: those with one key, or without any those of one address."""
    text = bearer() or request.args.get("api_key")
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() if text else get_remote_address()


def take_body() -> None:
    """Refuse what is too large before anybody reads it."""
    request.max_content_length = MAX_BODY
    request.get_data()


def json_object() -> dict[str, Any]:
    """The request's JSON object, its texts fit to be kept; raises ApiError where it is none."""
    if not request.is_json:
        raise ApiError(415)
    try:
        body = json.loads(request.get_data().decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ApiError(400, "请求体不是有效的 JSON（UTF-8）") from None
    if not isinstance(body, dict):
        raise ApiError(400, "请求体应为 JSON 对象")
    return {sound_text(name): plain_text(value) if isinstance(value, str) else value for name, value in body.items()}


def _no_number(name: str) -> None:
    raise ValueError(name)


def request_key() -> str | None:
    """The caller's Idempotency-Key: the same request under the same key is carried out once."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= MAX_REQUEST_KEY and key.isprintable()):
        raise ApiError(400, f"Idempotency-Key 应为 1 到 {MAX_REQUEST_KEY} 个可见字符")
    return key


def request_digest() -> str:
    """What makes a request the same: address and body."""
    return hashlib.sha256(request.path.encode() + b"\n" + request.get_data()).hexdigest()
