"""Other people's servers for tests: an HTTP one that keeps what it got and answers what it is told, and an SMTP one."""

import json
import socketserver
import threading
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Request:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass
class WebServer:
    """Answers the queued ``(status, body)``, then ``usual``."""

    usual: tuple[int, str] = (200, '{"errcode":0,"errmsg":"ok"}')
    answers: "deque[tuple[int, str]]" = field(default_factory=deque)
    got: list[Request] = field(default_factory=list)

    def __enter__(self) -> "WebServer":
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                address = urlsplit(self.path)
                outer.got.append(Request(address.path, dict(parse_qsl(address.query)), dict(self.headers), raw))
                status, body = outer.answers.popleft() if outer.answers else outer.usual
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()


@dataclass
class MailHost:
    """RFC 5321 as far as one client needs it; ``refuse`` answers that line instead of 250 to the command that begins so."""

    user: str = ""
    password: str = ""
    refuse: dict[str, str] = field(default_factory=dict)
    got: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    def __enter__(self) -> "MailHost":
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 mail.test ready")
                while line := self.rfile.readline().decode().strip():
                    word = line.split()[0].upper()
                    if word in outer.refuse:
                        self.say(outer.refuse[word])
                    elif word == "EHLO":
                        self.say("250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN")
                    elif word == "AUTH":
                        outer.logins.append(line.split()[-1])
                        self.say("235 ok")
                    elif word == "DATA":
                        self.say("354 go on")
                        self.take()
                    elif word == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 ok")

            def take(self) -> None:
                lines = []
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line)
                outer.got.append(message_from_bytes(b"".join(lines), policy=policy.default))  # type: ignore[arg-type]
                self.say("250 kept")

            def say(self, text: str) -> None:
                self.wfile.write(text.encode() + b"\r\n")

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads = True, True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = int(self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()
