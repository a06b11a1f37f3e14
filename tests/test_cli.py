"""The commands as an operator types them: real processes, their exit status, and what stands where."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app import main
from intents.model import Model
from knowledge.base import KnowledgeBase
from tests.conftest import MODEL, ROOT, free_port
from tests.test_chat_api import check_answer_object

pytestmark = pytest.mark.slow(seconds=75)

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that holds the trained model and nothing else."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "model").symlink_to(MODEL)
    return folder


@pytest.fixture
def run(model: Model, data: Path, tmp_path: Path) -> Run:
    """``run("ask", "你好")``: app.py as a process, with its own data and scratch folder."""
    (tmp_path / "scratch").mkdir()

    def command(*arguments: str, stdin: str | bytes = b"", **settings: str) -> "subprocess.CompletedProcess[str]":
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("BOT_") and k != "PORT"}
        own = {"BOT_STORE_URL": f"sqlite:///{data}/bot.db", "TMPDIR": str(tmp_path / "scratch"), "PYTHONIOENCODING": "utf-8"}
        given = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, str(ROOT / "app.py"), *arguments],
            cwd=ROOT,
            env={**inherited, **own, **settings},
            input=given,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return command


def check_one_line(done: "subprocess.CompletedProcess[str]", *named: str) -> None:
    """Failed with one line that names what a person can mend."""
    assert done.returncode == 1, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for word in named:
        assert word in done.stderr


# -- help and usage ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["", *main.commands])
def test_every_command_explains_itself(run: Run, command: str) -> None:
    done = run(*command.split(), "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout and "--help" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["ask"],
        ["ask", "a", "b"],
        ["ask", "--jsonl", "a"],
        ["serve", "--port", "x"],
        ["serve", "--port", "0"],
        ["evaluate"],
    ],
)
def test_wrong_usage_is_status_2_and_tells_the_usage(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Usage" in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_python_without_the_packages_says_so_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "app.py"), "ask", "你好"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1 and "make run" in done.stderr


# -- what a person can mend ----------------------------------------------------------------------------------------------


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def test_a_port_in_use_is_one_line_at_once(run: Run, taken: int) -> None:
    began = time.monotonic()
    check_one_line(run("serve", PORT=str(taken)), str(taken))
    check_one_line(run("serve", "--port", str(taken)), str(taken))
    assert time.monotonic() - began < 30


def test_a_host_that_is_not_ours_is_one_line(run: Run) -> None:
    check_one_line(run("serve", "--host", "192.0.2.1", "--port", str(free_port())), "192.0.2.1")
    check_one_line(run("serve", "--host", "no.such.host.invalid", "--port", str(free_port())), "no.such.host.invalid")


@pytest.mark.parametrize("command", [["serve"], ["ask", "你好"], ["train"], ["evaluate", "x.jsonl"]])
def test_a_broken_configuration_is_one_line_that_names_the_key(run: Run, tmp_path: Path, command: list[str]) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[server]\nprot = 8000\n[wechat]\ntoken = "hush"\n')
    done = run(*command, "--config", str(config))
    check_one_line(done, "server.prot")
    assert "hush" not in done.stderr


def test_a_missing_configuration_is_one_line(run: Run) -> None:
    check_one_line(run("serve", "--config", "nowhere.toml"), "nowhere.toml")


def test_a_wrong_variable_is_one_line(run: Run) -> None:
    check_one_line(run("ask", "你好", BOT_SERVER_PORT="http"), "port")
    check_one_line(run("ask", "你好", BOT_SERVER_PROT="1"), "BOT_SERVER_PROT")


def test_a_data_folder_that_cannot_be_written_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for url in (f"sqlite:///{tmp_path}/file/bot.db", f"sqlite:///{tmp_path}/file/deeper/bot.db"):
        check_one_line(run("serve", PORT=str(free_port()), BOT_STORE_URL=url), "file")
        check_one_line(run("train", BOT_STORE_URL=url), "file")


def test_a_database_that_is_none_is_one_line(run: Run, data: Path) -> None:
    (data / "bot.db").write_bytes(b"no database" * 1000)
    check_one_line(run("serve", PORT=str(free_port())), "bot.db")


def test_a_missing_file_to_evaluate_is_one_line(run: Run) -> None:
    check_one_line(run("evaluate", "nowhere.jsonl"), "nowhere.jsonl")


def test_a_file_to_evaluate_that_is_no_jsonl_is_one_line(run: Run, tmp_path: Path) -> None:
    for content in ("hello\n", '{"id": 1}\n', "[]\n"):
        (tmp_path / "questions.jsonl").write_text(content)
        check_one_line(run("evaluate", str(tmp_path / "questions.jsonl")))


def test_evaluate_prints_the_figures(run: Run, tmp_path: Path) -> None:
    lines = [
        {"id": "1", "text": "法律援助怎么申请", "kind": "ask", "items": [51]},
        {"id": "2", "text": "护照丢了在哪补办", "kind": "oos", "items": []},
        {"id": "3", "text": "我妈瘫痪在床，能给家里装个扶手吗", "kind": "ask", "items": [6]},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    done = run("evaluate", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_evaluate_sets_two_models_side_by_side(run: Run, data: Path, tmp_path: Path) -> None:
    file, report = tmp_path / "questions.jsonl", tmp_path / "report.html"
    file.write_text(json.dumps({"id": "1", "text": "法律援助怎么申请", "kind": "ask", "items": [51]}, ensure_ascii=False) + "\n")
    done = run("evaluate", str(file), "--against", str(data / "model"), "--report", str(report))
    assert done.returncode == 0, done.stderr
    figures = next(line.split() for line in done.stdout.splitlines() if line.startswith("item_right") and line.count(".") == 2)
    assert figures[1:] == ["1.0000", "1.0000"]
    assert "两个模型并排" in report.read_text(encoding="utf-8")
    check_one_line(run("evaluate", str(file), "--against", str(tmp_path)))


# -- ask -----------------------------------------------------------------------------------------------------------------


def left_behind(data: Path) -> list[str]:
    """Names of what a command made; caches of libraries, which hold nothing of what was said, do not count."""
    kept = {"model", "jieba.cache", ".ses"}
    return sorted(p.name for folder in (data, data.parent / "scratch") for p in folder.iterdir() if p.name not in kept)


def test_ask_prints_the_reply_and_leaves_nothing_behind(run: Run, data: Path) -> None:
    done = run("ask", "法律援助怎么申请")
    assert done.returncode == 0, done.stderr
    assert "区司法局" in done.stdout and "第51条" in done.stdout
    assert left_behind(data) == []


@pytest.mark.parametrize("text", ["", "   ", "😀", "-", "着火了快来人啊，楼道里全是烟"])
def test_ask_answers_whatever_is_said(run: Run, text: str) -> None:
    done = run("ask", "--", text)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def answers_of(done: "subprocess.CompletedProcess[str]") -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def lines_of(*asked: Any) -> str:
    return "".join((x if isinstance(x, str) else json.dumps(x, ensure_ascii=False)) + "\n" for x in asked)


def test_jsonl_answers_every_line_in_order_with_an_answer_object(run: Run, data: Path, knowledge: KnowledgeBase) -> None:
    texts = [
        "法律援助怎么申请",
        "我要投诉",
        "转人工",
        "你好",
        "护照丢了在哪补办",
        "着火了快来人啊，楼道里全是烟",
        "我能办什么",
        "查进度",
    ]
    done = run("ask", "--jsonl", stdin=lines_of(*({"id": f"q{k}", "text": text} for k, text in enumerate(texts))))
    answers = answers_of(done)
    assert [answer["id"] for answer in answers] == [f"q{k}" for k in range(len(texts))]
    for answer in answers:
        check_answer_object(answer, knowledge)
    modes = [answer["mode"] for answer in answers]
    assert modes == ["answer", "feedback", "handoff", "chitchat", "reject", "emergency", "eligibility", "status"]
    assert left_behind(data) == []


def test_jsonl_lines_of_one_user_are_one_conversation_and_those_of_nobody_are_each_their_own(run: Run) -> None:
    filing = [
        ("a", "我要投诉"),
        ("b", "我要投诉"),
        ("a", "垃圾桶满了好几天没人收"),
        ("a", "春城大街"),
        ("b", "路灯不亮"),
        ("a", "确认"),
    ]
    lines = [{"id": k, "text": text, "user": user} for k, (user, text) in enumerate(filing)]
    lines += [{"id": 6, "text": "查进度", "user": "a"}, {"id": 7, "text": "查进度", "user": "b"}]
    lines += [{"id": 8, "text": "我要投诉"}, {"id": 9, "text": "垃圾桶满了好几天没人收，在春城大街"}, {"id": 10, "text": "确认"}]
    answers = answers_of(run("ask", "--jsonl", stdin=lines_of(*lines)))
    assert answers[5]["ticket"]
    assert answers[6]["ticket"] == answers[5]["ticket"]
    assert answers[7]["ticket"] is None
    assert answers[10]["ticket"] is None and answers[10]["mode"] != "feedback"


MALFORMED: list[tuple[str, object]] = [
    ("hello", None),
    ("[1, 2]", None),
    ('"text"', None),
    ("{", None),
    ('{"id": "m1"}', "m1"),
    ('{"id": "m2", "text": 5}', "m2"),
    ('{"id": "m3", "text": null}', "m3"),
    ('{"id": "m4", "text": "x", "user": {"a": 1}}', "m4"),
    ("[" * 100_000, None),
    ('{"id": "m5", "text": ' + "9" * 5000 + "}", None),
]


def test_a_malformed_line_gets_an_error_and_the_next_is_served(run: Run) -> None:
    lines = [text for line, _ in MALFORMED for text in (line, '{"id": "good", "text": "你好"}')]
    answers = answers_of(run("ask", "--jsonl", stdin=lines_of(*lines)))
    assert len(answers) == len(lines)
    for (_, ident), told, served in zip(MALFORMED, answers[::2], answers[1::2], strict=True):
        assert set(told) == {"id", "error"} and told["id"] == ident and told["error"]
        assert (served["id"], served["mode"]) == ("good", "chitchat")


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": "x", "text": "\\ud83d"}',
        b'{"id": "\\ud83d", "text": "x"}',
        b'{"id": "x", "text": "a\\u0000b", "user": "u\\u0000"}',
        b'{"id": "x", "text": "\xff\xfe"}',
        b"\xff\xfe",
        b'\xef\xbb\xbf{"id": "x", "text": "x"}',
    ],
)
def test_a_line_of_odd_characters_gets_an_answer_or_an_error_and_the_next_is_served(run: Run, line: bytes) -> None:
    answers = answers_of(run("ask", "--jsonl", stdin=line + b'\n{"id": "next", "text": "\xe4\xbd\xa0\xe5\xa5\xbd"}\n'))
    assert len(answers) == 2
    assert "error" in answers[0] or answers[0]["mode"]
    assert (answers[1]["id"], answers[1]["mode"]) == ("next", "chitchat")


def test_empty_input_gives_empty_output(run: Run) -> None:
    done = run("ask", "--jsonl", stdin="")
    assert (done.returncode, done.stdout) == (0, "")


def test_jsonl_answers_each_line_before_the_next_is_written(model: Model, data: Path) -> None:
    own = {**os.environ, "BOT_STORE_URL": f"sqlite:///{data}/bot.db"}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "app.py", "ask", "--jsonl"],
            cwd=ROOT,
            env=own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        assert process.stdin is not None and process.stdout is not None
        for k in range(3):
            process.stdin.write(json.dumps({"id": k, "text": "你好"}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == k
        process.stdin.close()
        assert process.wait(20) == 0
        process.stdout.close()
