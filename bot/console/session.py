"""The staff's session: cookies of its own under /console; it ends when nothing is done, at the latest after half a day."""

import datetime
from typing import Any

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from bot.accounts.records import Account
from bot.console.parts import parts

PREFIX = "/console"
LONGEST = datetime.timedelta(hours=12)
MOST_SET_BACK = datetime.timedelta(days=1)
"""By so much the clock may be set back while cookies go on being good."""
BACKGROUND = "X-Background"
"""A header of requests that a page makes by itself: they do not count as doing something."""


class StaffSession(SecureCookieSession):
    """Told apart from a resident's when it is saved."""


class _PatientSigner(TimestampSigner):
    """Takes what was signed with a clock that has been set back since: else everybody would be somebody new."""

    def unsign(self, signed_value: Any, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """See TimestampSigner."""
        try:
            return super().unsign(signed_value, max_age, return_timestamp)  # type: ignore[call-overload]
        except SignatureExpired as expired:
            signed, now = expired.date_signed, self.timestamp_to_datetime(self.get_timestamp())
            if signed is None or not now < signed <= now + MOST_SET_BACK:
                raise
            return super().unsign(signed_value, None, return_timestamp)  # type: ignore[call-overload]


class _SignedCookie(SecureCookieSessionInterface):
    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.signer = _PatientSigner
        return serializer


class _StaffCookie(_SignedCookie):
    salt = "staff-session"  # a resident's cookie must not open with it although one key signs both
    session_class = StaffSession

    def get_cookie_name(self, app: Flask) -> str:
        return "staff"

    def get_cookie_path(self, app: Flask) -> str:
        return PREFIX


class SeenCookie(_StaffCookie):
    """When whoever is signed in last did something.

    Apart from the session, which is written only when it changes: an answer that comes late (a preview, a search) would else
    bring back a session that has ended meanwhile, or take away what the next page was to say."""

    salt = "staff-seen"

    def get_cookie_name(self, app: Flask) -> str:
        """See SecureCookieSessionInterface."""
        return "staff-seen"

    def last(self, app: Flask, session: SessionMixin) -> int:
        """Seconds since 1970."""
        serializer, began = self.get_signing_serializer(app), int(session.get("started", 0))
        try:
            whose, at = serializer.loads(request.cookies.get(self.get_cookie_name(app), "")) if serializer else ("", 0)
        except (BadSignature, TypeError, ValueError):
            return began
        return max(began, int(at)) if whose == session.get("_user_id") else began

    def save(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what ``g.seen`` holds; nobody signed in: nothing stays."""
        name, serializer, whose = self.get_cookie_name(app), self.get_signing_serializer(app), session.get("_user_id")
        if whose is None and name in request.cookies:
            response.delete_cookie(name, path=PREFIX)
        elif whose is not None and "seen" in g and serializer:
            secure, same_site = self.get_cookie_secure(app), self.get_cookie_samesite(app)
            response.set_cookie(
                name, serializer.dumps([whose, g.seen]), path=PREFIX, httponly=True, secure=secure, samesite=same_site
            )


class TwoCookies(SessionInterface):
    """Staff's cookie under /console, everywhere else the resident's: the one never touches the other."""

    def __init__(self) -> None:
        self._staff, self._resident, self._seen = _StaffCookie(), _SignedCookie(), SeenCookie()

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """See SessionInterface."""
        return (self._staff if is_console_path(request.path) else self._resident).open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """See SessionInterface.  A file is the same for everybody: it brings no cookie and can be kept."""
        if str(request.endpoint).endswith(".static"):
            return
        (self._staff if isinstance(session, StaffSession) else self._resident).save_session(app, session, response)
        if isinstance(session, StaffSession):
            self._seen.save(app, session, response)


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
    session["started"] = _now()


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
    last = SeenCookie().last(current_app, session)
    if now - last > idle or now - session.get("started", 0) > LONGEST.total_seconds():
        session.clear()
        return None
    user: Any = current_user._get_current_object()
    if not isinstance(user, SignedIn):
        session.clear()
        return None
    if BACKGROUND not in request.headers and now > last:
        g.seen = now
    return user.account


def _now() -> int:
    return int(parts().clock().timestamp())
