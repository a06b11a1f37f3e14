"""The production server: gunicorn, threads in a few worker processes that share the loaded model."""

import contextlib
import ctypes
import gc
import os
import shutil
import socket
import ssl
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from bot.config import ServerConfig

_PAGE = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>没有打开</title><h1>没有打开</h1><p>{words}</p></html>"
)
_UNREADABLE: tuple[tuple[type[Exception], tuple[str, str]], ...] = (
    (LimitRequestLine, ("414 URI Too Long", "网址太长了。请回到首页，重新打开。")),
    (
        LimitRequestHeaders,
        ("431 Request Header Fields Too Large", "浏览器带来的内容太多了。请清除这个网站的 Cookie，再打开一次。"),
    ),
    (ParseException, ("400 Bad Request", "请求的格式不对。请回到首页，重新打开。")),
    (ssl.SSLError, ("400 Bad Request", "请求的格式不对。请回到首页，重新打开。")),
)
_OWN_FAULT = ("500 Internal Server Error", "系统出了点问题，请稍后再试。着急的事请拨打12345。")
HEAD_SECONDS, BODY_SECONDS, STALL_SECONDS = 10.0, 90.0, 15
"""A request's head and body must come within that time, and without a longer stall: a thread waits for them.  A photo over a
poor line takes a minute."""
_MALLOC = {-1: 256 * 1024, -3: 256 * 1024, -8: 2}
"""Of mallopt(3): M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX."""
LONGEST_REQUEST_LINE = 8190
"""An address holds what was searched for, nine bytes a Chinese character."""


class PortInUse(Exception):
    """Somebody else listens there."""


def require_port(host: str, port: int) -> None:
    """Raise PortInUse when the address cannot be listened on, before anything that takes time is begun."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortInUse(f"{host}:{port} 用不了：{error.strerror}") from error


def give_memory_back() -> None:
    """From now on what this process and its workers free goes back to the system, in pieces of a few hundred kilobytes up.

    Left alone, glibc learns from each large piece to keep the next ones, and keeps a heap for every thread.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library has no such thing
        library = ctypes.CDLL(None)
        for option, value in _MALLOC.items():
            library.mallopt(option, value)


def counters_folder(data: Path) -> Path:
    """A new folder in memory for the workers' counters; that of the last start, to which ``data``/metrics leads, is deleted.

    The counters are memory-mapped files: on a full disk, writing to one kills the process.
    """
    place = next((path for path in (Path("/dev/shm"), data) if os.access(path, os.W_OK)), data)
    folder, link = Path(tempfile.mkdtemp(prefix="bot-metrics-", dir=place)), data / "metrics"
    with contextlib.suppress(OSError):  # a folder that stays until the machine is started anew
        if link.exists():
            shutil.rmtree(link.resolve(), ignore_errors=True)
        link.unlink(missing_ok=True)
        link.symlink_to(folder)
    return folder


class Worker(ThreadWorker):  # type: ignore[misc]
    """A worker that no slow sender can keep busy, and that tells in Chinese what it cannot read as a request."""

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self._until: dict[Any, float] = {}
        """Until when what a connection sends must have come."""

    def handle(self, conn: Any) -> Any:
        """Serve a connection, in a thread."""
        self._until[conn] = time.monotonic() + HEAD_SECONDS
        with contextlib.suppress(OSError):  # it has hung up already
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", STALL_SECONDS, 0))
        try:
            return super().handle(conn)
        finally:
            self._until.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request whose head has come."""
        self._until[conn] = time.monotonic() + BODY_SECONDS
        return super().handle_request(req, conn)

    def notify(self) -> None:
        """Every second: tell the parent that this worker lives."""
        super().notify()
        self.hear_no_more(time.monotonic())

    def hear_no_more(self, now: float) -> None:
        """Read nothing more from those who take too long; what is still being answered is sent."""
        for conn, until in list(self._until.items()):
            if until < now:
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer what never reaches the application."""
        status, words = next((told for kind, told in _UNREADABLE if isinstance(exc, kind)), _OWN_FAULT)
        if status.startswith("5"):
            self.log.exception("a request could not be handled")
        else:
            self.log.warning("an unreadable request: %s %.200r", status, str(exc))
        page = _PAGE.format(words=words).encode()
        lines = ("Connection: close", "Content-Type: text/html; charset=utf-8", f"Content-Length: {len(page)}", "", "")
        head = "\r\n".join((f"HTTP/1.1 {status}", *lines))
        with contextlib.suppress(Exception):  # whoever sent it may be gone
            write_nonblock(client, head.encode() + page)


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, make_app: Callable[[], Flask], settings: dict[str, Any]) -> None:
        self._make_app, self._settings = make_app, settings
        super().__init__()

    def load_config(self) -> None:
        for key, value in self._settings.items():
            self.cfg.set(key, value)

    def load(self) -> Flask:
        return self._make_app()


def run_server(
    make_app: Callable[[], Flask],
    config: ServerConfig,
    on_worker: Callable[[], None],
    on_worker_exit: Callable[[], None],
    on_ready: Callable[[], None],
    metrics: Path,
) -> None:
    """Serve until told to stop.

    Args:
        make_app: called once, before the workers are forked.
        on_worker: called in every worker before its first request.
        on_worker_exit: called in every worker after its last one.
        on_ready: called once when the address is listened on.
        metrics: folder of the workers' counters.
    """

    def child_exit(_: Any, worker: Any) -> None:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid, path=str(metrics))  # type: ignore[no-untyped-call]

    def ready() -> None:
        on_ready()
        # What the workers share stays shared: collecting garbage would write into every object of it.
        gc.collect()
        gc.freeze()

    settings = {
        "bind": f"[{config.host}]:{config.port}" if ":" in config.host else f"{config.host}:{config.port}",
        "workers": config.workers,
        "worker_class": Worker,
        "threads": config.threads,
        "preload_app": True,
        "post_fork": lambda server, worker: on_worker(),
        "worker_exit": lambda server, worker: on_worker_exit(),
        "when_ready": lambda server: ready(),
        "child_exit": child_exit,
        "on_exit": lambda server: shutil.rmtree(metrics, ignore_errors=True),
        "timeout": 60,
        "graceful_timeout": 5,
        "keepalive": 30,
        "backlog": 2048,
        "limit_request_line": LONGEST_REQUEST_LINE,
        "loglevel": "warning",
        "control_socket_disable": True,
    }
    _Server(make_app, settings).run()
