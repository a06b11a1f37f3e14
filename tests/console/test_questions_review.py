"""What is reviewed besides: useless answers, the daily sample, and gaps of the plan that are written once."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app import Installation
from bot.store.knowledge import KnowledgeStore
from bot.store.questions import taught_questions
from bot.store.review import ReviewStore
from bot.store.sqlite import SqliteStore
from tests.conftest import Clock, Say
from tests.console.conftest import Clerk


@pytest.fixture
def reviews(application: Flask, store: SqliteStore, clock: Clock) -> ReviewStore:
    return ReviewStore(store.engine, clock)


def test_a_useless_answer_is_shown_with_its_question_and_taught_otherwise(
    reviews: ReviewStore, store: SqliteStore, say: Say, clerk: Callable[..., Clerk]
) -> None:
    say("换电站建了几座")
    say("没用")
    dispatcher = clerk("dispatcher")
    page = dispatcher.get("/console/review/").text
    assert "换电站建了几座" in page and "没用 1" in page
    (shown,) = reviews.rated_useless()
    warned = dispatcher.post(f"/console/review/{shown.message}/judge", verdict="wrong", service="legal-aid")
    assert warned.status_code == 409 and taught_questions(store.engine) == []
    dispatcher.post(f"/console/review/{shown.message}/judge", verdict="wrong", service="legal-aid", sure="legal-aid")
    assert taught_questions(store.engine) == [("换电站建了几座", "legal-aid")]
    assert reviews.rated_useless() == []


def test_a_useful_answer_is_counted_and_a_second_rating_outweighs_the_first(reviews: ReviewStore, say: Say) -> None:
    say("法律援助怎么申请")
    say("没用")
    say("有用")
    assert (reviews.shares()["useful"], reviews.shares()["useless"]) == (1, 0)


def test_every_day_some_confident_answers_are_drawn_once_and_judged(
    reviews: ReviewStore, say: Say, clock: Clock, clerk: Callable[..., Clerk]
) -> None:
    for k in range(30):
        say("法律援助怎么申请", who=f"居民{k}")
        say("护照过期了怎么换", who=f"居民{k}")
    clock.forward(days=1)
    assert (reviews.draw_yesterdays(), reviews.draw_yesterdays()) == (20, 0)
    drawn = reviews.sample()
    assert len(drawn) == 20 and {one.service for one in drawn} == {"legal-aid"}
    dispatcher = clerk("dispatcher")
    dispatcher.post(f"/console/review/{drawn[0].message}/judge", verdict="right")
    dispatcher.post(f"/console/review/{drawn[1].message}/judge", verdict="wrong")
    assert len(reviews.sample()) == 18 and (reviews.shares()["right"], reviews.shares()["wrong"]) == (1, 1)


def test_a_gap_is_counted_written_once_and_put_into_the_draft(
    installation: Installation, reviews: ReviewStore, store: SqliteStore, say: Say, clock: Clock, clerk: Callable[..., Clerk]
) -> None:
    versions = KnowledgeStore(store.engine)
    versions.bring_in(installation.knowledge, clock())
    for k in range(3):
        say("法律援助要带啥材料", who=f"居民{k}")
    say("换电站都建在哪儿")
    (first, *_) = reviews.gaps()
    assert (first.service, first.aspect, first.count) == ("legal-aid", "materials", 3)
    dispatcher = clerk("dispatcher")
    assert "法律援助要带啥材料" in dispatcher.get("/console/review/gaps/legal-aid/materials").text
    long = dispatcher.post("/console/review/gaps/legal-aid/materials", text="带身份证。" * 200)
    assert long.status_code == 400 and "最多800个字" in long.text and "带身份证。" * 200 in long.text
    dispatcher.post("/console/review/gaps/legal-aid/materials", text="带身份证和经济困难证明。")
    assert "写好了" in dispatcher.get("/console/review/gaps").text
    administrator = clerk("administrator")
    number = re.search(r"/console/review/suggestions/(\d+)", administrator.get("/console/review/gaps").text)
    assert number
    administrator.post(f"/console/review/suggestions/{number[1]}", state="taken")
    draft = versions.draft()
    assert draft is not None and draft.knowledge.services["legal-aid"].answers["materials"] == "带身份证和经济困难证明。"  # type: ignore[index]
    assert reviews.suggestions() == []
