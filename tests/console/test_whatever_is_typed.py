"""Whatever is typed into whichever field of an administrator's form: a page in Chinese and no fault."""

import logging
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from flask import Flask

from bot.questions.known import load_seeds
from bot.store.known_questions import KnownQuestions
from bot.store.sqlite import SqliteStore
from tests.conftest import Clock
from tests.console.conftest import Clerk

PAGES = [
    "/console/settings/",
    "/console/settings/thresholds/",
    "/console/accounts/new",
    "/console/accounts/2",
    "/console/units/901",
    "/console/units/new",
    "/console/holidays/",
    "/console/keys/new",
    "/console/known/1",
    "/console/known/new",
    "/console/progress/pocket-parks",
    "/console/knowledge/record/service/extreme-poverty-living",
    "/console/knowledge/record/department/区民政局",
    "/console/knowledge/record/hotline/12348",
    "/console/knowledge/record/plan/plan",
    "/console/knowledge/record/law/legal-aid-31",
    "/console/knowledge/record/safety/燃气泄漏",
    "/console/knowledge/new/notice",
    "/console/knowledge/new/hotline",
    "/console/knowledge/new/department",
    "/console/knowledge/services/new?number=7",
    "/console/knowledge/service/legal-aid/how",
    "/console/knowledge/wording/chitchat.thanks",
    "/console/plans/",
    "/console/workbook/",
    "/console/me",
]
TYPED = [
    "",
    "😀<script>alert(1)</script>\u202e\u0000'\"{x}%s",
    "字" * 20_000,
    "-1",
    "9" * 400,
    "1e999",
    "nan",
    "2026-13-45",
    "../../etc/passwd\r\nX: 1",
    "；、\n\n|：",
]
ENGLISH = ("Traceback", "should be", "Field required", "Input should", "Not a valid", "Internal Server")


class Forms(HTMLParser):
    """The forms of a page: address, and the value of every field."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._area = self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("action", ""), {}) if given.get("method") == "post" else ("", {}))
        elif self.found and given.get("name") and tag in ("input", "textarea", "select"):
            kind = given.get("type", "text")
            if kind in ("checkbox", "radio") and "checked" not in given:
                return
            if kind not in ("file", "submit"):
                self.found[-1][1].setdefault(given["name"], given.get("value", ""))
            self._area = given["name"] if tag == "textarea" else ""
            self._select = given["name"] if tag == "select" else ""
        elif tag == "option" and self._select and self.found and "selected" in given:
            self.found[-1][1][self._select] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area and self.found:
            self.found[-1][1][self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


@pytest.mark.parametrize("address", PAGES)
def test_any_field_takes_whatever_is_typed(
    address: str,
    application: Flask,
    store: SqliteStore,
    clock: Clock,
    clerk: Callable[..., Clerk],
    caplog: pytest.LogCaptureFixture,
) -> None:
    KnownQuestions(store.engine, clock).bring_in(load_seeds()[:3])
    admin = clerk("administrator")
    opened = admin.get(address)
    assert opened.status_code == 200
    forms = [form for form in Forms(opened.text).found if form[0] and "logout" not in form[0] and "sessions" not in form[0]]
    assert forms
    faults: list[str] = []
    with caplog.at_level(logging.ERROR):
        for action, fields in forms:
            for name in fields:
                if name == "csrf_token":
                    continue
                for typed in TYPED:
                    answer = admin.client.post(action, data={**fields, name: typed})
                    where = f"{action} {name}={typed[:30]!r}: {answer.status_code}"
                    if answer.status_code >= 500 or (
                        answer.status_code not in (301, 302) and any(words in answer.text for words in ENGLISH)
                    ):
                        faults.append(where)
                    if answer.status_code in (301, 302):
                        there = admin.client.get(answer.headers["Location"])
                        if there.status_code not in (200, 404):
                            faults.append(where)
    assert faults == [], "\n".join(faults)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_number_that_no_database_holds_is_refused_in_an_address(clerk: Callable[..., Clerk]) -> None:
    admin, number = clerk("administrator"), "9" * 30
    for address in ("accounts", "units", "known", "history/versions", "keys", "questions"):
        assert admin.get(f"/console/{address}/{number}").status_code in (400, 404)
