"""The production server: gunicorn, threads in a few worker processes that share the loaded model."""

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from bot.config import ServerConfig


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

    settings = {
        "bind": f"[{config.host}]:{config.port}" if ":" in config.host else f"{config.host}:{config.port}",
        "workers": config.workers,
        "worker_class": "gthread",
        "threads": config.threads,
        "preload_app": True,
        "post_fork": lambda server, worker: on_worker(),
        "worker_exit": lambda server, worker: on_worker_exit(),
        "when_ready": lambda server: on_ready(),
        "child_exit": child_exit,
        "timeout": 60,
        "graceful_timeout": 5,
        "keepalive": 30,
        "backlog": 2048,
        "loglevel": "warning",
        "control_socket_disable": True,
    }
    _Server(make_app, settings).run()
