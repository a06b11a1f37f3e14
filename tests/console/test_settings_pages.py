"""Settings: what was set is there at once, with its effect in words; what a threshold trades is drawn."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from flask import Flask

from app import Installation, web
from bot.config import Config, with_settings
from bot.dialogue.conversation import Conversation
from bot.store.settings import SqliteSettings
from bot.store.sqlite import SqliteStore
from intents.curves import answer_curve
from intents.model import Model
from knowledge.base import KnowledgeBase
from tests.conftest import Clock
from tests.console.conftest import Clerk

PAGE = "/console/settings/"

Drawn = Callable[..., Flask]


@pytest.fixture
def drawn(knowledge: KnowledgeBase, conversation: Conversation, model: Model, store: SqliteStore, clock: Clock) -> Drawn:
    """The application with another model or configuration."""

    def make(other: Model = model, config: Config | None = None) -> Flask:
        place = Installation(config or Config(), knowledge)
        return web(place, conversation, store, lambda: other, "test-secret", clock=clock)

    return make


def test_the_footer_is_on_the_residents_page_at_once(clerk: Callable[..., Clerk]) -> None:
    somebody = clerk()
    assert "吉ICP备" not in somebody.get("/").text
    assert somebody.post(PAGE, **{"page.footer": "吉ICP备 20260001号"}).status_code == 302
    assert "吉ICP备 20260001号" in somebody.get("/").text
    assert "吉ICP备" in Clerk(somebody.client.application, "nobody").get("/console/login").text


def test_a_switch_is_set_shown_and_taken_back(clerk: Callable[..., Clerk], store: SqliteStore, clock: Clock) -> None:
    somebody, kept = clerk(), SqliteSettings(store.engine, clock)
    somebody.post(PAGE, **{"console.second_person": "true"})
    assert kept.all() == {"console.second_person": True}
    assert '<option value="true" selected>' in somebody.get(PAGE).text
    bad = somebody.post(PAGE, **{"console.second_person": "vielleicht"})
    assert bad.status_code == 400 and "true 或 false" in bad.text
    somebody.post(PAGE, **{"console.second_person": ""})
    assert kept.all() == {}


def test_what_the_file_sets_cannot_be_set_here(
    clerk: Callable[..., Clerk], drawn: Drawn, store: SqliteStore, clock: Clock
) -> None:
    somebody = clerk()
    given = with_settings(Config(), {"console.second_person": True, "answers.answer_at": 0.7})
    somebody.client = drawn(config=given).test_client()
    somebody.sign_in()
    assert "已在配置文件里设定" in somebody.get(PAGE).text and "已在配置文件里设定" in somebody.get(PAGE + "thresholds/").text
    somebody.post(PAGE, **{"console.second_person": "false"})
    assert SqliteSettings(store.engine, clock).all() == {}


def test_thresholds_are_drawn_with_their_numbers_beside(clerk: Callable[..., Clerk], drawn: Drawn, model: Model) -> None:
    curve = answer_curve(np.array([0.95, 0.6, 0.3]), np.array([True, True, False]), np.array([True, True, False]))
    somebody = clerk()
    somebody.client = drawn(replace(model, curves={"answer_at": curve})).test_client()
    somebody.sign_in()
    page = somebody.get(PAGE + "thresholds/").text
    assert "data-chart=" in page and "计划里的问题，直接回答了" in page and "echarts.min.js" in page
    assert f"现在是 {model.thresholds['answer_at']}" in page
    assert somebody.post(PAGE, **{"answers.answer_at": "0.9"}).status_code == 302
    assert "现在是 0.9" in somebody.get(PAGE + "thresholds/").text
    bad = somebody.post(PAGE, **{"answers.answer_at": "1.9"})
    assert bad.status_code == 400 and "1.9" in bad.text


def test_a_model_without_curves_says_so(clerk: Callable[..., Clerk], drawn: Drawn, model: Model) -> None:
    somebody = clerk()
    somebody.client = drawn(replace(model, curves={})).test_client()
    somebody.sign_in()
    assert "没有留下曲线" in somebody.get(PAGE + "thresholds/").text


def test_an_empty_threshold_tells_what_training_chose(clerk: Callable[..., Clerk], model: Model) -> None:
    page = clerk().get(PAGE).text
    assert (
        f"训练时选出的值，{model.thresholds['answer_at']}" in page and f"训练时选出的值，{model.thresholds['danger_at']}" in page
    )
