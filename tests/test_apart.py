"""Heavy work in a process of its own: its result, what it raises, and that nothing of it stays."""

import os
import sys

import pytest

from bot import apart as module
from bot.apart import NotDone, apart
from knowledge.errors import KnowledgeError, Problem
from knowledge.workbook.importer import import_marked
from knowledge.workbook.mistakes import Mistake, WorkbookError


def fill(size: int) -> int:
    return len(bytearray(size))


def tell() -> int:
    print("a library talks")
    return os.getpid()


def end() -> None:
    os._exit(3)


def refuse() -> None:
    raise KnowledgeError([Problem("答复太长", "service:x", "answers.how", 2), "另一处"])


def test_it_is_another_process_and_what_it_prints_is_no_answer() -> None:
    assert apart(tell) not in (os.getpid(), None)


def test_what_the_function_raises_is_raised_with_all_that_it_tells() -> None:
    with pytest.raises(KnowledgeError) as raised:
        apart(refuse)
    found = raised.value.problems[0]
    assert isinstance(found, Problem) and (found, found.object, found.field, found.nth) == (
        "答复太长",
        "service:x",
        "answers.how",
        2,
    )
    assert str(raised.value) == "答复太长；另一处"
    with pytest.raises(WorkbookError) as refused:
        apart(import_marked, b"PK\x03\x04 no workbook")
    assert refused.value.mistakes and all(isinstance(mistake, Mistake) for mistake in refused.value.mistakes)


def test_who_takes_too_much_memory_or_ends_early_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert apart(fill, 1000) == 1000
    with pytest.raises(NotDone):
        apart(fill, module.MOST_MEMORY)
    with pytest.raises(NotDone):
        apart(end)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.01)
    with pytest.raises(NotDone):
        apart(fill, 1)
    assert sys.modules  # this process goes on
