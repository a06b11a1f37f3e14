"""A district that nobody wrote examples for: its services are understood by their names."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from bot.topics import catalogue_of
from intents.catalogue import Catalogue
from intents.examples import NO_TOPIC, load_examples, unwritten
from knowledge.load import load_knowledge
from tests.conftest import MODEL, ROOT, Service
from tests.plans.test_draft import draft

PLANS = Path(__file__).parent.parent / "data" / "plans"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return catalogue_of(draft("yunshan-2026.txt"))


def test_services_without_examples_get_them_from_their_names(catalogue: Catalogue) -> None:
    examples = load_examples(catalogue)
    for topic in catalogue.topics:
        own = [example.text for example in examples if example.topic == topic.id]
        assert all(name in own for name in topic.names) and len(own) > 2 * len(topic.names)
        assert all(words in own for words in topic.said)
    held_out = [example for example in examples if example.topic not in (None, NO_TOPIC) and example.fold >= 0]
    assert len(held_out) > 100
    assert {e.fold for e in examples if e.topic == NO_TOPIC} & {e.fold for e in held_out}


def test_the_present_plan_learns_from_written_examples_only() -> None:
    assert unwritten(catalogue_of(load_knowledge())) == []


def test_what_is_outside_one_plan_may_be_inside_another(catalogue: Catalogue) -> None:
    examples = {example.text: example.topic for example in load_examples(catalogue) if example.act == "ask"}
    outside = [text for text, topic in examples.items() if topic == NO_TOPIC]
    assert len(outside) > 500 and not any("高龄津贴" in text or "装电梯" in text for text in outside)


def test_complaints_go_to_the_offices_that_the_district_has(catalogue: Catalogue) -> None:
    units = {example.unit for example in load_examples(catalogue)} - {None}
    offices = set(catalogue.offices.values())
    assert {"区城管局", "区民政局", "供热", "公安"} <= units
    assert {unit for unit in units if unit and unit.startswith("区")} <= offices
    assert "区科协" not in units and "区政数局" not in units


@pytest.mark.slow(seconds=300)
def test_a_fresh_district_goes_from_its_document_to_a_service_that_answers(tmp_path: Path) -> None:
    """import-plan, publish, train, serve, and forty questions that nobody trained with: seven in ten are answered right."""
    (tmp_path / "model").mkdir()
    for encoder in MODEL.glob("encoder-*"):  # the converted sentence model is the same for every district
        (tmp_path / "model" / encoder.name).symlink_to(encoder)
    environment = {**os.environ, "BOT_STORE_URL": f"sqlite:///{tmp_path}/bot.db"}
    for command in (["import-plan", str(PLANS / "yunshan-2026.txt")], ["publish"], ["train"]):
        subprocess.run([sys.executable, "app.py", *command], cwd=ROOT, env=environment, check=True, capture_output=True)
    service = Service(tmp_path)
    try:
        rows = [json.loads(line) for line in (PLANS / "yunshan-2026.questions.jsonl").read_text().splitlines()]
        answers = [chat(service.url, row["id"], row["text"]) for row in rows]
    finally:
        service.stop()
    right = [
        answer["mode"] == "answer" and answer["items"][0]["number"] in row["items"]
        for row, answer in zip(rows, answers, strict=True)
    ]
    assert len(rows) == 40 and sum(right) / len(rows) >= 0.7, sum(right)
    said = " ".join(answer["reply"] for answer in answers)
    assert "《2026年云杉区民生实事项目计划》第" in said and "绿园" not in said and "2022" not in said


def chat(url: str, user: str, text: str) -> Any:
    body = json.dumps({"user": user, "text": text}).encode()
    request = urllib.request.Request(url + "/api/chat", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.load(response)
