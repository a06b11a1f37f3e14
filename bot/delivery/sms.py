"""Text messages through whatever gateway the district has: one HTTP request whose body the configuration describes."""

import json
from dataclasses import dataclass
from string import Template

from bot.delivery.answers import NoAnswer, ask, by_status
from bot.delivery.outbox import Letter, Outcome, Result
from bot.delivery.robots import alert_text


@dataclass(frozen=True)
class SmsGateway:
    """How the gateway is spoken to.

    ``body``: JSON with $phone, $text, $id and $key in it.  ``success``: what its answer holds when it took the message, empty
    when any 2xx does.  ``template``: the text, with {text} and {ticket} in it.
    """

    url: str
    key: str
    body: str
    success: str
    template: str


class Sms:
    """Sends text messages."""

    def __init__(self, gateway: SmsGateway) -> None:
        self._gateway = gateway

    def send(self, letter: Letter, address: str) -> Result:
        """See Sender; ``address`` is a telephone number."""
        gateway = self._gateway
        words = alert_text(letter, "") if letter.resident is None else letter.text
        text = gateway.template.replace("{text}", words).replace("{ticket}", letter.ticket or "")
        values = {"phone": address, "text": text, "id": letter.key, "key": gateway.key}
        # Each value as the inside of a JSON string: a quotation mark in the text must not end it.
        body = Template(gateway.body).safe_substitute({k: json.dumps(v, ensure_ascii=False)[1:-1] for k, v in values.items()})
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if gateway.key:
            headers["Authorization"] = f"Bearer {gateway.key}"
        try:
            answer = ask("POST", gateway.url, data=body.encode(), headers=headers)
        except NoAnswer as fault:
            return fault.result
        if early := by_status(answer):
            return early
        if gateway.success and gateway.success not in answer.body.decode("utf-8", "replace"):
            return Result(Outcome.AGAIN, answer.body[:120].decode("utf-8", "replace"))
        return Result(Outcome.SENT)
