"""Messages by authors who never saw the example utterances, labelled alike by a second reader: what residents will get.

The file is a measuring rod: nothing of it may stand among the examples, and it is looked at seldom.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue.conversation import Conversation
from bot.messages import Message, Reply
from bot.topics import catalogue_of
from intents.examples import load_examples
from knowledge.base import KnowledgeBase

Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    text = (Path(__file__).parent / "data" / "blind.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def verdict(row: Row, reply: Reply) -> str:
    named = [item.number for item in reply.items]
    if row["kind"] == "ask":
        if reply.mode == "answer":
            return "right" if named and named[0] in row["items"] else "wrong"
        return "offered" if set(named[:4]) & set(row["items"]) and reply.mode in ("clarify", "eligibility") else "missed"
    if row["kind"] == "oos":
        return "wrong" if reply.mode == "answer" else "right"
    wanted = {"feedback": "feedback", "human": "handoff", "emergency": "emergency", "chitchat": "chitchat", "dept": "answer"}
    return "right" if reply.mode == wanted[row["kind"]] else "missed"


def test_unseen_messages_are_understood_as_a_clerk_would(conversation: Conversation, rows: list[Row]) -> None:
    counts: dict[str, Counter[str]] = {}
    false_alarms = 0
    for row in rows:
        reply = conversation.handle(Message(f"blind:{row['id']}", row["text"], "test")).reply
        counts.setdefault(row["kind"], Counter())[verdict(row, reply)] += 1
        false_alarms += reply.mode == "emergency" and row["kind"] != "emergency"
    shares = {kind: {name: n / found.total() for name, n in found.items()} for kind, found in counts.items()}
    assert shares["ask"]["right"] >= 0.90, counts
    assert shares["ask"]["right"] + shares["ask"].get("offered", 0) >= 0.96, counts
    assert shares["ask"].get("wrong", 0) <= 0.04, counts
    assert shares["oos"].get("wrong", 0) <= 0.04, counts
    assert shares["feedback"]["right"] >= 0.90, counts
    assert shares["human"]["right"] >= 0.95 and shares["emergency"]["right"] == 1, counts
    assert false_alarms == 0


def test_no_message_of_the_blind_set_is_an_example(knowledge: KnowledgeBase, rows: list[Row]) -> None:
    def plain(text: str) -> str:
        return "".join(c for c in text.lower() if c.isalnum())

    known = {plain(example.text) for example in load_examples(catalogue_of(knowledge))}
    assert not [row["text"] for row in rows if len(plain(row["text"])) > 4 and plain(row["text"]) in known]
