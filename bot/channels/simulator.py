"""WeChat's side of the interface, for trying the service out and for its tests: tokens, customer-service messages with their
windows and quotas, 订阅通知, media, menu.  A real HTTP server that can also refuse, stall, break off and lie.

Built from WeChat's documents and with numbers of its own, not from the product's data:
https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage
https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
"""

import base64
import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

QUOTAS = {"message": (48 * 3600, 5), "menu": (60, 3), "follow": (60, 3), "scan": (60, 3)}
"""Seconds and messages that each kind of action gives."""
TOKEN_SECONDS, HANDOVER_SECONDS, FORCE_GAP, FORCE_A_DAY = 7200, 300, 30, 20
TEXT_BYTES = 2048
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)
"""A red point, as PNG: every media id that nobody gave a picture is this one."""

WORDS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    40013: "invalid appid",
    40014: "invalid access_token",
    40037: "invalid template_id",
    40125: "invalid appsecret",
    41001: "access_token missing",
    42001: "access_token expired",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44004: "empty content",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    47003: "argument invalid!",
    48001: "api unauthorized",
}


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong once, at the next call of ``path`` (any call of an interface when empty).

    ``kind``: code (answers ``value`` as errcode), status (answers ``value`` as HTTP status), half (carries out, then half of the
    JSON), stall (waits ``value`` seconds, then carries out), hang (carries out, then does not answer for ``value`` seconds),
    drop (closes before anything is done), lost (carries out, then closes without an answer).
    """

    kind: str
    value: float = 0
    path: str = "/cgi-bin/message/custom/send"


@dataclass
class _Token:
    value: str
    ends: float


@dataclass
class Account:
    """The account as WeChat's servers know it; every method is safe to call from any thread."""

    app_id: str = "wx0123456789abcdef"
    app_secret: str = "secret"
    verified: bool = True
    clock: Callable[[], float] = time.time
    templates: set[str] = field(default_factory=set)
    received: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, int]] = field(default_factory=list)
    menu: dict[str, Any] | None = None
    page_ticket: str = "a-ticket-for-pages"
    pictures: dict[str, bytes] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    _tokens: list[_Token] = field(default_factory=list)
    _forced: list[float] = field(default_factory=list)
    _followers: dict[str, dict[str, tuple[float, int]]] = field(default_factory=dict)
    _left: set[str] = field(default_factory=set)
    _subscribed: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    # -- what followers do ------------------------------------------------------------------------------------------------

    def opened(self, openid: str, by: str) -> None:
        """A follower wrote, tapped, scanned or followed: a window opens."""
        with self.lock:
            self._left.discard(openid)
            self._followers.setdefault(openid, {})[by] = (self.clock(), 0)

    def left(self, openid: str) -> None:
        """A follower follows no more."""
        with self.lock:
            self._left.add(openid)
            self._followers.pop(openid, None)

    def subscribed(self, openid: str, template: str) -> None:
        """A follower takes one notice of that template."""
        with self.lock:
            self._subscribed.append((openid, template))

    def texts(self, openid: str) -> list[str]:
        """The texts that a follower received, in order."""
        with self.lock:
            return [m["text"] for m in self.received if m["openid"] == openid and m["kind"] == "text"]

    def count(self, path: str) -> int:
        """How often an interface was called."""
        with self.lock:
            return sum(called.endswith(path) for called, _ in self.calls)

    # -- tokens -----------------------------------------------------------------------------------------------------------

    def invalidate(self) -> None:
        """The present token is good no more, as when somebody else fetched one by force."""
        with self.lock:
            self._tokens = []

    def expire(self) -> None:
        """The present token has run out."""
        with self.lock:
            for token in self._tokens:
                token.ends = self.clock() - 1

    def stable_token(self, body: dict[str, Any]) -> dict[str, Any]:
        """/cgi-bin/stable_token: the same token until five minutes before its end, another one by force."""
        with self.lock:
            if refused := self._check_secret(body):
                return refused
            now = self.clock()
            current = self._tokens[-1] if self._tokens and self._tokens[-1].ends - now > HANDOVER_SECONDS else None
            if body.get("force_refresh") is True:
                today = [at for at in self._forced if now - at < 86400]
                if len(today) >= FORCE_A_DAY:
                    return _error(45009)
                if not today or now - today[-1] >= FORCE_GAP:
                    self._forced.append(now)
                    self._tokens, current = [], None
            if current is None:
                current = _Token(f"T{secrets.token_hex(24)}", now + TOKEN_SECONDS)
                self._tokens = [*self._tokens[-1:], current]
            return {"access_token": current.value, "expires_in": int(current.ends - now)}

    def plain_token(self, query: dict[str, str]) -> dict[str, Any]:
        """/cgi-bin/token: a new one at every call; the one before is good for five minutes more."""
        with self.lock:
            if refused := self._check_secret(query):
                return refused
            now = self.clock()
            for token in self._tokens:
                token.ends = min(token.ends, now + HANDOVER_SECONDS)
            self._tokens = [*self._tokens[-1:], _Token(f"P{secrets.token_hex(24)}", now + TOKEN_SECONDS)]
            return {"access_token": self._tokens[-1].value, "expires_in": TOKEN_SECONDS}

    def _check_secret(self, given: dict[str, Any]) -> dict[str, Any] | None:
        if given.get("appid") != self.app_id:
            return _error(40013)
        return None if given.get("secret") == self.app_secret else _error(40125)

    def check_token(self, value: str) -> dict[str, Any] | None:
        """The error for a token that is not good; None for a good one."""
        with self.lock:
            if not value:
                return _error(41001)
            for token in self._tokens:
                if token.value == value:
                    return None if token.ends > self.clock() else _error(42001)
            return _error(40001)

    # -- interfaces -------------------------------------------------------------------------------------------------------

    def custom_send(self, body: dict[str, Any]) -> dict[str, Any]:
        """/cgi-bin/message/custom/send."""
        with self.lock:
            openid, text = body.get("touser", ""), body.get("text", {}).get("content", "")
            if not self.verified:
                return _error(48001)
            if openid in self._left:
                return _error(43004)
            if openid not in self._followers:
                return _error(40003)
            if body.get("msgtype") != "text" or not text:
                return _error(44004)
            if len(text.encode()) > TEXT_BYTES:
                return _error(45002)
            now, windows = self.clock(), self._followers[openid]
            ways = {by: (at, used) for by, (at, used) in windows.items() if now - at < QUOTAS[by][0]}
            if not ways:
                return _error(45015)
            free = [by for by, (_, used) in ways.items() if used < QUOTAS[by][1]]
            if not free:
                return _error(45047)
            at, used = windows[free[0]]
            windows[free[0]] = (at, used + 1)
            self.received.append({"openid": openid, "kind": "text", "text": text, "at": now})
            return _error(0)

    def subscribe_send(self, body: dict[str, Any]) -> dict[str, Any]:
        """/cgi-bin/message/subscribe/bizsend."""
        with self.lock:
            key = (body.get("touser", ""), body.get("template_id", ""))
            if key[1] not in self.templates:
                return _error(40037)
            if any(name.startswith("thing") and len(entry["value"]) > 20 for name, entry in body.get("data", {}).items()):
                return _error(47003)
            if key not in self._subscribed:
                return _error(43101)
            self._subscribed.remove(key)
            self.received.append({"openid": key[0], "kind": "notice", "data": body["data"], "at": self.clock()})
            return _error(0)


def _error(code: int) -> dict[str, Any]:
    return {"errcode": code, "errmsg": WORDS.get(code, "ok" if code == 0 else "error")}


class _Handler(BaseHTTPRequestHandler):
    account: Account
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the account counts the calls."""

    def do_GET(self) -> None:
        """See BaseHTTPRequestHandler."""
        self._serve({})

    def do_POST(self) -> None:
        """See BaseHTTPRequestHandler."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            body = {}
        self._serve(body if isinstance(body, dict) else {})

    def _serve(self, body: dict[str, Any]) -> None:
        address = urlsplit(self.path)
        path, query = address.path, dict(parse_qsl(address.query))
        if path.startswith("/simulator/"):
            self._answer(self._control(path, query, body))
            return
        with self.account.lock:
            fault = next((f for f in self.account.faults if not f.path or f.path == path), None)
            if fault:
                self.account.faults.remove(fault)
        self._with_fault(fault, path, query, body)

    def _with_fault(self, fault: Fault | None, path: str, query: dict[str, str], body: dict[str, Any]) -> None:
        kind = fault.kind if fault else ""
        value = fault.value if fault else 0
        if kind == "drop":
            self.close_connection = True
            return
        if kind == "status":
            self._note(path, int(value))
            self._answer({"error": "gateway"}, status=int(value))
            return
        if kind == "stall":
            time.sleep(value)
        answer = _error(int(value)) if kind == "code" else self._carry_out(path, query, body)
        if kind == "hang":
            time.sleep(value)
        if kind in ("lost", "hang"):
            self.close_connection = True
            return
        if isinstance(answer, bytes):
            self._send(answer, "image/png", 200)
        else:
            self._note(path, answer.get("errcode", 0))
            self._answer(answer, half=kind == "half")

    def _note(self, path: str, code: int) -> None:
        with self.account.lock:
            self.account.calls.append((path, code))

    def _carry_out(self, path: str, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any] | bytes:
        account = self.account
        if path == "/cgi-bin/stable_token":
            return account.stable_token(body)
        if path == "/cgi-bin/token":
            return account.plain_token(query)
        if refused := account.check_token(query.get("access_token", "")):
            return refused
        if path == "/cgi-bin/message/custom/send":
            return account.custom_send(body)
        if path == "/cgi-bin/message/subscribe/bizsend":
            return account.subscribe_send(body)
        if path == "/cgi-bin/media/get":
            media = query.get("media_id", "")
            return account.pictures.get(media, PICTURE) if media else {"errcode": 40007, "errmsg": "invalid media_id"}
        if path == "/cgi-bin/ticket/getticket" and query.get("type") == "jsapi":
            return {**_error(0), "ticket": account.page_ticket, "expires_in": TOKEN_SECONDS}
        if path == "/cgi-bin/menu/create":
            account.menu = body
            return _error(0)
        if path == "/cgi-bin/menu/get":
            return {"menu": account.menu} if account.menu else {"errcode": 46003, "errmsg": "menu no exist"}
        return {"errcode": 40066, "errmsg": "invalid url"}

    def _control(self, path: str, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        """For who plays a follower: what arrived, and what the follower does."""
        account, openid = self.account, query.get("openid") or str(body.get("openid", ""))
        if path == "/simulator/received":
            with account.lock:
                return {"received": [m for m in account.received if m["openid"] == openid]}
        if path == "/simulator/opened":
            account.opened(openid, str(body.get("by", "message")))
        elif path == "/simulator/left":
            account.left(openid)
        elif path == "/simulator/subscribed":
            account.templates.add(str(body.get("template", "")))
            account.subscribed(openid, str(body.get("template", "")))
        elif path == "/simulator/picture":
            account.pictures[str(body.get("media", ""))] = base64.b64decode(str(body.get("data", "")))
        elif path == "/simulator/fault":
            account.faults.append(Fault(str(body.get("kind", "")), float(body.get("value", 0))))
        return _error(0)

    def _answer(self, data: dict[str, Any], status: int = 200, half: bool = False) -> None:
        text = json.dumps(data, ensure_ascii=False).encode()
        self._send(text[: len(text) // 2] if half else text, "application/json; encoding=utf-8", status)

    def _send(self, body: bytes, content_type: str, status: int) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # whoever asked did not wait


class Simulator:
    """The server, in a thread of this process.

    Args:
        account: what it serves.
        port: where it listens on 127.0.0.1; 0 for any.
    """

    def __init__(self, account: Account, port: int = 0) -> None:
        self.account = account
        handler = type("Handler", (_Handler,), {"account": account})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="simulator", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
