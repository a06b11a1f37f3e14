"""How quick and how large the service is: ``python -m tests.bench [PART …]`` prints a table and writes build/bench.json.

Parts (without any named: all of them):

    understanding   one message on one core, distinct messages, no cache: median and 99th percentile
    worker          memory of one worker, and its cold start until the first message is understood
    load            200 messages a second for a minute to /wechat over 16 connections: loss, receivers, latency, the store
    servers         the same application in several WSGI servers: messages a second over 16 connections
"""

import argparse
import http.client
import importlib.util
import itertools
import json
import os
import queue
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from flask import Flask

from tests.platform import Platform, message, passive_text

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "build" / "test-model"
SEED = 20221
RESULTS = ROOT / "build" / "bench.json"
UTTERANCES = ROOT / "intents" / "utterances"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
CONNECTIONS = 16
DIFFERENT_TEXTS = 1000
"""Among the messages of the load: residents ask the same things again and again."""

Figures = dict[str, Any]


def utterances(most: int) -> list[str]:
    """Distinct messages as residents write them, in an order that is always the same."""
    lines = itertools.chain.from_iterable(path.read_text("utf-8").splitlines() for path in sorted(UTTERANCES.rglob("*.tsv")))
    texts = sorted({line.rsplit("\t", 1)[-1] for line in lines if line.strip()})
    random.Random(SEED).shuffle(texts)
    return texts[:most]


def unseen() -> list[str]:
    """Distinct messages like those of residents, by authors who never saw the examples."""
    lines = (ROOT / "tests" / "data" / "blind.jsonl").read_text("utf-8").splitlines()
    return list(dict.fromkeys(json.loads(line)["text"] for line in lines))


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def latency(seconds: Sequence[float]) -> Figures:
    """Milliseconds that half, 95 %, 99 % of the messages took at most, and the slowest one."""
    shares = {"median": 0.5, "p95": 0.95, "p99": 0.99, "slowest": 1.0}
    return {f"{name}_ms": round(1000 * percentile(seconds, share), 2) for name, share in shares.items()}


# -- in a process of its own ---------------------------------------------------------------------------------------------


def in_child(part: str, **environment: str) -> Figures:
    """What ``python -m tests.bench --child PART`` prints as its last line."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--child", part],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def one_core() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def memory(process: int | str = "self") -> Figures:
    """In MiB: resident, proportional (pages that several processes share counted by share), and the highest resident."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text() + Path(f"/proc/{process}/status").read_text()
    found = {line.split(":")[0]: line.split()[1] for line in lines.splitlines() if line.startswith(("Rss:", "Pss:", "VmHWM:"))}
    return {f"{key.lower()}_mib": round(int(value) / 1024, 1) for key, value in found.items()}


def child_understanding() -> Figures:
    one_core()
    from intents.model import ModelStore

    understanding = ModelStore(MODEL).load().understanding
    understanding.warm()
    took, by_words = [], 0
    texts = unseen()
    for text in texts:
        began = time.perf_counter()
        by_words += understanding.interpret(text).level == "words"
        took.append(time.perf_counter() - began)
    share = round(by_words / len(texts), 3)
    return {"messages": len(texts), "by_words_alone": share, "mean_ms": round(1000 * statistics.mean(took), 2), **latency(took)}


def child_worker() -> Figures:
    """As a worker without a parent that shares anything: the whole start counts."""
    one_core()
    make_wsgi()
    ready = time.time() - float(os.environ["BENCH_BEGAN"])
    texts = utterances(300)
    with make_wsgi.app.test_client() as client:  # type: ignore[attr-defined]
        for k, text in enumerate(texts):
            assert client.post("/api/chat", json={"user": f"u{k}", "text": text}).status_code == 200
    return {"cold_start_s": round(ready, 2), **memory(), "messages": len(texts)}


# -- the application for any server --------------------------------------------------------------------------------------


def make_wsgi() -> Flask:
    """The application over the database and model that BOT_STORE_URL names, warm."""
    from app import installation, page_words
    from bot.channels.http import Parts, create_app
    from bot.store.sqlite import SqliteStore

    place = installation(None)
    model = place.models.load()
    model.understanding.warm()
    store = SqliteStore(place.config.store.path)
    app = create_app(
        Parts(place.config, place.conversation(model, store), store, page_words(place.knowledge, place.config), "bench")
    )
    make_wsgi.app = app  # type: ignore[attr-defined]
    return app


@contextmanager
def scratch() -> Iterator[dict[str, str]]:
    """The environment of a service on a data folder of its own with the trained model."""
    from bot.store.engine import migrate
    from tests.conftest import WECHAT  # not above: a measured process shall not carry what tests need

    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        (folder / "model").symlink_to(MODEL)
        migrate(folder / "bot.db")
        yield {**WECHAT, "BOT_STORE_URL": f"sqlite:///{folder}/bot.db", "BOT_LOG_LEVEL": "warning"}


# -- the parts -----------------------------------------------------------------------------------------------------------


def understanding() -> Figures:
    return in_child("understanding", **ONE_THREAD)


def worker() -> Figures:
    with scratch() as environment:
        limits = {"BOT_LIMITS_ADDRESS_PER_MINUTE": "100000"}
        return in_child("worker", **environment, **limits, **ONE_THREAD, BENCH_BEGAN=str(time.time()))


Sent = tuple[str, str, int, int]
"""Sender, text, message number, time of the message."""


def conversation(count: int, senders: int) -> list[Sent]:
    """Texts of many senders, in an order that is always the same."""
    chance, texts = random.Random(SEED), utterances(DIFFERENT_TEXTS)
    return [(f"oSender{chance.randrange(senders):03d}", chance.choice(texts), 10**15 + k, int(time.time())) for k in range(count)]


class Talk:
    """Sends messages over keep-alive connections and notes when each was due, answered, and with what."""

    def __init__(self, port: int) -> None:
        self.port, self.platform = port, Platform()
        self.seconds: list[float] = []
        self.shown: dict[int, str] = {}
        self.lost: list[str] = []

    def _send(self, connection: http.client.HTTPConnection, sent: Sent, due: float) -> None:
        who, text, number, at = sent
        delivery = self.platform.plain(message(who, Content=text, number=number, at=at))
        try:
            connection.request("POST", delivery.path, delivery.body, {"Content-Type": "text/xml"})
            response = connection.getresponse()
            body = response.read()
            self.seconds.append(time.perf_counter() - due)
            assert response.status == 200, response.status
            self.shown[number] = passive_text(body, who)
        except Exception as error:
            connection.close()
            self.lost.append(f"{number}: {error!r}")

    def at_rate(self, messages: Sequence[Sent], per_second: float) -> float:
        """Message k is due k / per_second seconds after the start, answered or not what came before; how long it took."""
        waiting: queue.SimpleQueue[tuple[Sent, float] | None] = queue.SimpleQueue()

        def connection() -> None:
            own = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            while (task := waiting.get()) is not None:
                self._send(own, *task)

        began = time.perf_counter()
        with self._running(connection):
            for k, sent in enumerate(messages):
                due = began + k / per_second
                time.sleep(max(0.0, due - time.perf_counter()))
                waiting.put((sent, due))
            for _ in range(CONNECTIONS):
                waiting.put(None)
        return time.perf_counter() - began

    def as_fast_as_possible(self, messages: Iterator[Sent], seconds: float) -> float:
        """Every connection sends its next message when the last one is answered; how long it took."""
        lock, began = threading.Lock(), time.perf_counter()

        def connection() -> None:
            own = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            while time.perf_counter() < began + seconds:
                with lock:
                    sent = next(messages)
                self._send(own, sent, time.perf_counter())

        with self._running(connection):
            pass
        return time.perf_counter() - began

    @staticmethod
    @contextmanager
    def _running(connection: Callable[[], None]) -> Iterator[None]:
        threads = [threading.Thread(target=connection) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        yield
        for thread in threads:
            thread.join()


def load(per_second: int = 200, seconds: int = 60, senders: int = 100) -> Figures:
    from tests.conftest import WECHAT, Service

    messages = conversation(per_second * seconds, senders)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        service = Service(Path(folder), **WECHAT)
        try:
            talk = Talk(service.port)
            took = talk.at_rate(messages, per_second)
            served_by = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
            workers = {f"worker_{k}": memory(pid) for k, pid in enumerate(served_by, 1)}
        finally:
            service.stop()
        wrong, not_once = compare(Path(folder) / "bot.db", messages, talk.shown)
    late = sum(second >= 5 for second in talk.seconds)
    return {
        "messages": len(messages),
        "senders": senders,
        "per_second": round(len(messages) / took, 1),
        "lost": len(talk.lost),
        "first_lost": talk.lost[:3],
        "wrong_receiver_or_reply": wrong,
        "not_in_store_once": not_once,
        "later_than_5_s": late,
        **latency(talk.seconds),
        **workers,
    }


def compare(database: Path, messages: Sequence[Sent], shown: dict[int, str]) -> tuple[int, int]:
    """How many replies are not what the store holds for that sender and text, and how many messages do not stand there once."""
    kept: dict[str, list[tuple[str, str, str]]] = {}
    sql = """select d.key, reply.resident, asked.text, reply.text from deliveries d
             join messages reply on reply.id = d.reply_id join messages asked on asked.id = reply.answers"""
    with sqlite3.connect(database) as db:
        for key, *rest in db.execute(sql):
            kept.setdefault(key, []).append(tuple(rest))
        (stored,) = db.execute("select count(*) from messages where author = 'resident'").fetchone()
    wrong = not_once = 0
    for who, text, number, at in messages:
        found = kept.get(f"wechat:{who}:{at}:{number}", [])
        not_once += len(found) != 1
        for resident, asked, reply in found[:1]:
            right = resident == f"wechat:{who}" and asked == text.strip() and shown.get(number, reply).startswith(reply)
            wrong += not right
    return wrong, not_once + abs(stored - len(messages))


def servers(seconds: int = 15) -> Figures:
    """Two processes of eight threads each; waitress knows no processes and gets one of sixteen."""
    from tests.conftest import free_port

    factory = "tests.bench:make_wsgi"
    commands = {
        "gunicorn": f"gunicorn --worker-class gthread --workers 2 --threads 8 --keep-alive 30 --bind {{address}} {factory}()",
        "granian": f"granian --interface wsgi --workers 2 --blocking-threads 8 --port {{port}} --no-log --factory {factory}",
        "waitress": f"waitress --threads 16 --listen {{address}} --call {factory}",
    }
    found: Figures = {}
    for name, command in commands.items():
        if importlib.util.find_spec(name) is None:
            found[name] = {"not_installed": True}
            continue
        port = free_port()
        command = command.format(port=port, address=f"127.0.0.1:{port}")
        with scratch() as environment:
            found[name] = one_server([sys.executable, "-m", *command.split()], port, environment, seconds)
    return found


def one_server(command: list[str], port: int, environment: dict[str, str], seconds: int) -> Figures:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log, start_new_session=True
        )
        try:
            for _ in range(600):
                if process.poll() is not None or answers(port):
                    break
                time.sleep(0.1)
            else:
                raise AssertionError(f"did not start: {command}")
            for _ in range(20):  # every process has served
                assert answers(port), command
            messages = conversation(20_000, 100)
            Talk(port).as_fast_as_possible(iter(messages[:10_000]), 3)
            talk = Talk(port)
            took = talk.as_fast_as_possible(itertools.cycle(messages[10_000:]), seconds)
            return {"per_second": round(len(talk.shown) / took, 1), "lost": len(talk.lost), **latency(talk.seconds)}
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


# -- the whole -----------------------------------------------------------------------------------------------------------

PARTS: dict[str, Callable[[], Figures]] = {"understanding": understanding, "worker": worker, "load": load, "servers": servers}
CHILDREN = {"understanding": child_understanding, "worker": child_worker}


def show(name: str, figures: Figures, depth: int = 0) -> None:
    """A line a figure."""
    print("  " * depth + name)
    for key, value in figures.items():
        if isinstance(value, dict):
            show(key, value, depth + 1)
        else:
            print("  " * (depth + 1) + f"{key:28} {value}")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--child", choices=CHILDREN, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(CHILDREN[options.child]()))
        return
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    prepare()
    results: Figures = json.loads(RESULTS.read_text()) if RESULTS.exists() and options.parts else {}
    for name in options.parts or PARTS:
        print(f"… {name}", file=sys.stderr)
        results[name] = PARTS[name]()
        show(name, results[name])
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n")


def prepare() -> None:
    """The tests' model, trained when there is none for what there is now."""
    from bot.topics import catalogue_of
    from intents.model import ModelStore
    from knowledge.load import load_knowledge

    ModelStore(MODEL).current(catalogue_of(load_knowledge()), lambda text: print(text, file=sys.stderr))


if __name__ == "__main__":
    main()
