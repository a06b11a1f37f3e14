"""The production server against senders that are slow on purpose."""

import socket
import threading
from dataclasses import dataclass

from bot.server import Worker


@dataclass(frozen=True)
class Connection:
    """What gunicorn's has of interest here."""

    sock: socket.socket


def test_who_takes_too_long_to_send_is_not_waited_for_and_still_gets_an_answer() -> None:
    ours, theirs = socket.socketpair()
    late, early = Connection(ours), Connection(socket.socket())
    worker = Worker.__new__(Worker)
    worker._until = {late: 10.0, early: 20.0}
    heard: list[bytes] = []
    waiting = threading.Thread(target=lambda: heard.append(ours.recv(10)))
    waiting.start()
    worker.hear_no_more(9.0)
    assert waiting.is_alive()
    worker.hear_no_more(11.0)
    waiting.join(10)
    assert heard == [b""]
    ours.sendall(b"HTTP/1.1 400")
    assert theirs.recv(100) == b"HTTP/1.1 400"
    for connection in (ours, theirs, early.sock):
        connection.close()
