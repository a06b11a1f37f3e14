"""The frame's pages with 50,000 tickets and 10,000 questions behind them."""

import statistics
import time
from collections.abc import Callable

import pytest
from flask import Flask

from app import office_of
from bot.store.sqlite import SqliteStore
from bot.tickets.known_units import units_of
from knowledge.base import KnowledgeBase
from tests.console.conftest import Clerk
from tests.console.test_home import tiles
from tests.fixtures_big import make_big_store

MOST_MS = 300


@pytest.mark.slow
def test_the_first_page_and_the_administrators_pages_stay_quick(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore, knowledge: KnowledgeBase
) -> None:
    office_of(store).prepare(units_of(knowledge))
    make_big_store(store.engine.path)
    assert tiles(clerk("administrator").get("/console/").text)["等派单"] > 100
    for role, pages in {
        "administrator": ("", "accounts/", "units/", "holidays/", "settings/", "audit/"),
        "dispatcher": ("",),
        "staff": ("",),
    }.items():
        somebody = clerk(role)
        for page in pages:
            taken = []
            for _ in range(5):
                begun = time.perf_counter()
                assert somebody.get(f"/console/{page}").status_code == 200
                taken.append((time.perf_counter() - begun) * 1000)
            print(f"{role} /console/{page}: {statistics.median(taken):.0f} ms")
            assert statistics.median(taken) < MOST_MS, (role, page)
