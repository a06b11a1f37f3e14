"""One HTTP request to somebody else's service, and what its answer means."""

import json
import time
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from bot.delivery.outbox import Outcome, Result, load_data

DETAIL_LENGTH = 200


@dataclass(frozen=True)
class Answer:
    """What came back: status, body and its JSON (None when it is none or cut short)."""

    status: int
    body: bytes
    content_type: str
    retry_after: float

    @property
    def data(self) -> dict[str, Any] | None:
        """The body's JSON object."""
        try:
            data = json.loads(self.body)
        except ValueError:
            return None
        return data if isinstance(data, dict) else None


class NoAnswer(Exception):
    """There was none; ``result`` says whether the request may have been carried out."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.detail)
        self.result = result


def ask(method: str, url: str, *, most_bytes: int | None = None, **more: Any) -> Answer:
    """Send one request on a connection of its own: on a kept one nobody could tell whether a reset came before it was read.

    Raises:
        NoAnswer: with ``again`` when nothing was sent, ``uncertain`` when it was.
    """
    settings = load_data("ways")["courier"]
    most = most_bytes or settings["answer_bytes"]
    headers = {"Connection": "close", **more.pop("headers", {})}
    timeout = (settings["connect_seconds"], settings["read_seconds"])
    ends = time.monotonic() + settings["answer_seconds"]
    try:
        with requests.request(
            method, url, headers=headers, timeout=timeout, allow_redirects=False, stream=True, **more
        ) as response:
            body = b""
            for chunk in response.iter_content(4096):
                body += chunk
                if len(body) > most or time.monotonic() > ends:
                    break
            wait = response.headers.get("Retry-After", "")
            return Answer(
                response.status_code, body, response.headers.get("Content-Type", ""), float(wait) if wait.isdigit() else 0.0
            )
    except (requests.RequestException, OSError) as error:
        outcome = Outcome.AGAIN if _never_sent(error) else Outcome.UNCERTAIN
        raise NoAnswer(Result(outcome, _without_secrets(type(error).__name__))) from None


def _never_sent(error: BaseException) -> bool:
    """Whether the fault came before the first byte of the request went out."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.InvalidURL):
        return True
    if isinstance(error, requests.exceptions.MissingSchema | requests.exceptions.InvalidSchema):
        return True
    seen: list[BaseException] = []
    todo: list[Any] = [error]
    while todo:
        current = todo.pop()
        if not isinstance(current, BaseException) or current in seen:
            continue
        if isinstance(current, NewConnectionError | ConnectTimeoutError):
            return True
        seen.append(current)
        todo += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
    return False


def _without_secrets(text: str) -> str:
    """The kind of fault only: an exception's own words hold the address, and robots' addresses are secrets."""
    return text[:DETAIL_LENGTH]


def meaning(service: str, answer: Answer) -> Result:
    """What an answer of that service (a table of errors.toml) means."""
    codes = load_data("errors")[service]
    if early := by_status(answer):
        return early
    data = answer.data
    if data is None or not isinstance(data.get("errcode", 0), int):
        return Result(Outcome.UNCERTAIN, f"HTTP {answer.status}，回应不完整")
    code = data.get("errcode", 0)
    detail = f"{code} {data.get('errmsg', '')}".strip()[:DETAIL_LENGTH]
    wait = max(float(codes.get("wait", {}).get(str(code), 0)), answer.retry_after)
    for outcome in (Outcome.SENT, Outcome.AGAIN, Outcome.CLOSED, Outcome.REFUSED, Outcome.TOKEN):
        if code in codes.get(str(outcome), ()):
            return Result(outcome, detail, wait)
    return Result(Outcome(codes["other"]), detail, wait)


def by_status(answer: Answer) -> Result | None:
    """What the HTTP status alone says; None when the body has the last word."""
    http, status = load_data("errors")["http"], answer.status
    wait = max(float(http["wait"].get(str(status), 0)), answer.retry_after)
    if status in http["again"]:
        return Result(Outcome.AGAIN, f"HTTP {status}", wait)
    if status in http["uncertain"] or status >= 500:
        return Result(Outcome.UNCERTAIN, f"HTTP {status}")
    if not 200 <= status < 300:
        return Result(Outcome.REFUSED, f"HTTP {status}")
    return None
