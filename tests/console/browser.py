"""Staff at a real browser, against the real service."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from bot.accounts.passwords import hash_password
from bot.accounts.records import UNIT_ROLES
from bot.dialogue.conversation import utc_now
from bot.store.accounts import SqliteAccounts
from bot.store.engine import Engine
from bot.tickets.records import Role
from tests.console.passwords import PASSWORD

CHROMIUM = "/usr/bin/chromium"
SOON = 30_000
"""Milliseconds within which a person on a busy machine of two cores would see it."""
expect.set_options(timeout=SOON)
UNREADY = "html:not([data-ready])"
"""A page that does not hear everything yet; see bot/channels/static/early.js."""

AS_HERE: dict[str, Any] = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce"}
"""How a browser here is set; what flies in cannot be missed by a click."""
DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
LAPTOP: dict[str, Any] = {"viewport": {"width": 1366, "height": 768}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


def add_accounts(database: Path, *roles: Role, unit: str = "区城管局", names: dict[str, str] | None = None) -> None:
    """An account for each role in the service's store: its user name is the role's, its password PASSWORD."""
    engine = Engine(database)
    accounts, hashed = SqliteAccounts(engine, utc_now), hash_password(PASSWORD)
    own = engine.rows("select id from units where name = ?", [unit])[0]["id"]
    for role in roles:
        name = (names or {}).get(role, f"{role}")
        accounts.add(role, hashed, role, own if role in UNIT_ROLES else None, name, must_change=False)
    engine.db.close()


def patient(page: Page) -> None:
    """Every click, word and look waits until the page that is open hears everything (keys do not: ``hears``)."""
    page.add_locator_handler(page.locator(UNREADY), lambda: None)


def hears(page: Page) -> None:
    """Wait until the page that is open hears everything."""
    page.locator("html[data-ready]").wait_for(state="attached")


@contextmanager
def before_its_scripts(page: Page) -> Iterator[None]:
    """A slow line: what is opened in here is seen, and its scripts arrive only afterwards."""
    late: list[Route] = []
    with_early = re.compile(r"(?<!/early)(?<!/scheme)\.js(\?|$)")
    page.remove_locator_handler(page.locator(UNREADY))
    page.route(with_early, lambda route: late.append(route))
    yield
    expect(page.locator(UNREADY)).to_be_attached()
    while late:
        late.pop().continue_()
    page.unroute(with_early)
    patient(page)


class Staff:
    """Somebody at a browser of their own, and what it complained of or asked for elsewhere.

    Nothing is clicked, filled in or looked at before the page that is open hears everything."""

    def __init__(self, browser: Browser, url: str, device: dict[str, Any] | None = None) -> None:
        self.url = url
        self.context = browser.new_context(**AS_HERE, **(device or DESKTOP))
        self.context.set_default_timeout(SOON)
        self.page: Page = self.context.new_page()
        patient(self.page)
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    def go(self, path: str) -> None:
        """Open an address of the console."""
        self.page.goto(self.url + path)

    def press(self, *keys: str) -> None:
        """Press them, once the page that is open hears keys."""
        hears(self.page)
        for key in keys:
            self.page.keyboard.press(key)

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Sign in on the page that is open, or on the login page."""
        if "/console/login" not in self.page.url:
            self.go("/console/login")
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("密码").fill(password)
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_url(lambda url: "/console/login" not in url)

    def enter(self, username: str, password: str = PASSWORD) -> None:
        """Signed in, on the first page; for tests that are not about signing in."""
        form = self.context.request.get(self.url + "/console/login").text()
        found = re.search(r'name="csrf_token" value="([^"]+)"', form)
        assert found, form
        given = {"csrf_token": found[1], "username": username, "password": password}
        answer = self.context.request.post(self.url + "/console/login", form=given, max_redirects=0)
        until = time.monotonic() + SOON / 1000
        while answer.status == 503 and time.monotonic() < until:  # a disk that others keep busy: the page says to try again
            time.sleep(1)
            answer = self.context.request.post(self.url + "/console/login", form=given, max_redirects=0)
        assert answer.status == 302, answer.text()
        self.go("/console/")

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def require_quiet(self) -> None:
        """Nothing was complained of, nothing asked for elsewhere."""
        assert self.complaints == [], self.complaints
        assert self.hosts <= {urlsplit(self.url).netloc}
