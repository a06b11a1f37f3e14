"""Webhooks: other systems of the district are told of changes.

The body is JSON; X-Signature is ``sha256=`` and the hexadecimal HMAC-SHA256 of the body under the system's secret; X-Delivery
stays the same when the same event is told again.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from bot.accounts.keys import ApiKey
from bot.delivery.answers import NoAnswer, ask, by_status
from bot.delivery.outbox import Addressee, Letter, Outcome, Result


def signature(secret: str, body: bytes) -> str:
    """What stands in X-Signature."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def ping(clock: Callable[[], datetime], key: ApiKey) -> Result:
    """Send a trial message to a system's address now."""
    at = clock().isoformat(timespec="milliseconds")
    letter = Letter(0, f"ping:{key.id}:{at}", Addressee.WEBHOOK, "ping", at, at, payload={"system": key.id})
    return Webhooks(lambda _: key.secret).send(letter, key.webhook)


class Webhooks:
    """Tells other systems.

    Args:
        secret_of: the secret of the system with that id, None when its key was taken back.
    """

    def __init__(self, secret_of: Callable[[int], str | None]) -> None:
        self._secret_of = secret_of

    def send(self, letter: Letter, address: str) -> Result:
        """See Sender."""
        secret = self._secret_of(int(letter.payload.get("system", 0)))
        if secret is None:
            return Result(Outcome.REFUSED, "密钥已停用")
        told = {key: value for key, value in letter.payload.items() if key not in ("system", "unit")}
        body = json.dumps({"event": letter.text, "at": letter.at, **told}, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Event": quote(letter.text),
            "X-Delivery": quote(letter.key, safe=":|"),
            "X-Signature": signature(secret, body),
        }
        try:
            answer = ask("POST", address, data=body, headers=headers)
        except NoAnswer as fault:
            return fault.result
        return by_status(answer) or Result(Outcome.SENT)
