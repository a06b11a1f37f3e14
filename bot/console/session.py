"""The staff's session: a cookie of its own under /console, which ends when nothing is done, at the latest after half a day."""

import datetime
from typing import Any

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from bot.accounts.records import Account
from bot.console.parts import parts

PREFIX = "/console"
LONGEST = datetime.timedelta(hours=12)
BACKGROUND = "X-Background"
"""A header of requests that a page makes by itself: they do not count as doing something."""


class StaffSession(SecureCookieSession):
    """Told apart from a resident's when it is saved."""


class _StaffCookie(SecureCookieSessionInterface):
    salt = "staff-session"  # a resident's cookie must not open with it although one key signs both
    session_class = StaffSession

    def get_cookie_name(self, app: Flask) -> str:
        return "staff"

    def get_cookie_path(self, app: Flask) -> str:
        return PREFIX


class TwoCookies(SessionInterface):
    """Staff's cookie under /console, everywhere else the resident's: the one never touches the other."""

    def __init__(self) -> None:
        self._staff, self._resident = _StaffCookie(), SecureCookieSessionInterface()

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """See SessionInterface."""
        return (self._staff if is_console_path(request.path) else self._resident).open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """See SessionInterface.  A file is the same for everybody: it brings no cookie and can be kept."""
        if str(request.endpoint).endswith(".static"):
            return
        (self._staff if isinstance(session, StaffSession) else self._resident).save_session(app, session, response)


def is_console_path(path: str) -> bool:
    """Whether an address belongs to the console."""
    return path == PREFIX or path.startswith(PREFIX + "/")


class SignedIn(UserMixin):  # type: ignore[misc]
    """An account as Flask-Login knows it: the session is good only as long as the account's session key is."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        """See UserMixin."""
        return f"{self.account.id}:{self.account.session_key}"


def _load(identity: str) -> SignedIn | None:
    number, _, key = identity.partition(":")
    account = parts().accounts.get(int(number)) if number.isdigit() else None
    return SignedIn(account) if account and account.active and account.session_key == key else None


def bind_sessions(app: Flask) -> None:
    """Give the application its two cookies and Flask-Login."""
    app.session_interface = TwoCookies()
    # No protection by address and browser: it writes into the session of residents too, and a phone changes its address.
    manager = LoginManager()
    manager.session_protection = None
    manager.user_loader(_load)
    manager.init_app(app, add_context_processor=False)


def sign_in(account: Account) -> None:
    """Begin a session; what an earlier one held is gone."""
    session.clear()
    login_user(SignedIn(account))
    session["started"] = session["seen"] = _now()


def sign_out() -> None:
    """End this session."""
    logout_user()
    session.clear()


def current_account() -> Account | None:
    """Who is signed in; None when nobody is, or the session is over."""
    if "account" not in g:
        g.account = _current()
    account: Account | None = g.account
    return account


def _current() -> Account | None:
    if not isinstance(session._get_current_object(), StaffSession) or "_user_id" not in session:  # type: ignore[attr-defined]
        return None
    now, idle = _now(), parts().config().console.session_minutes * 60
    if now - session.get("seen", 0) > idle or now - session.get("started", 0) > LONGEST.total_seconds():
        session.clear()
        return None
    user: Any = current_user._get_current_object()
    if not isinstance(user, SignedIn):
        session.clear()
        return None
    if BACKGROUND not in request.headers and now - session["seen"] >= 1:
        session["seen"] = now
    return user.account


def _now() -> int:
    return int(parts().clock().timestamp())
