"""The frame of every page of the console.

To add a page:

1. ``bot/console/<subject>.py`` with ``subject = Blueprint("console_<subject>", __name__, url_prefix="/console/<subject>")``
   and its views; templates in ``templates/console/<subject>/``.  A view that changes something is an endpoint of its own
   (POST), answers with ``redirect(...)`` and ``flash("…", "success")`` or, for htmx, with a piece of the page.
2. The blueprint into SUBJECTS of ``bot/console/__init__.py``.
3. Every endpoint into ``data/permissions.toml``: the application refuses to start otherwise.  Whose unit something belongs to
   is not decided there but by who gives the data: pass ``current_actor()`` on.
4. An entry into ``data/navigation.toml``, if it should stand in the navigation; what its badge counts is a function under
   ``@counter("name")`` (bot/console/navigation.py).
5. What the page works on: a Protocol that you name, filled by app.py through ``ConsoleParts.more``, fetched with
   ``office: Office = part("tickets")`` (bot/console/parts.py).  The console imports nothing from bot.store.
6. ``audit("ticket.answer", number, {...})`` after every change and every look at personal data; the Chinese word for a new
   action into ``data/audit.toml``.

A template extends ``console/base.html``: blocks title, heading, tools (buttons beside the heading), content, keys (lines of
the help that ``?`` shows).  ``console/_macros.html`` has page_heading, badge, pager, empty, field, select, check, button_form,
due, when and icon.  Forms need ``{{ csrf() }}`` from there; htmx sends the token by itself.  No inline script or style: the
Content-Security-Policy forbids it.  Keyboard: ``data-list`` around and ``data-row`` on each line (j, k; Enter opens its first
link), ``data-key="1"`` on a button or link (pressed by that key, inside the chosen line first), ``data-search`` on a search
field (/), ``data-enter`` where Enter belongs to a script.  What is done before the scripts are there is kept and done again
(bot/channels/static/early.js): so a script listens to the document, and a form posts without one or has ``data-scripted``.
Requests that a page makes by itself carry ``hx-headers='{"X-Background": "1"}'``, else nobody is ever signed out.
"""

import datetime
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, request

from bot.accounts.records import Account
from bot.console.navigation import Group, check_navigation, navigation
from bot.console.parts import ConsoleParts, parts
from bot.console.permissions import is_console, may
from bot.console.session import current_account, is_console_path
from bot.console.words import role_words
from bot.tickets.records import Actor

CHINA = ZoneInfo("Asia/Shanghai")


def signed_in() -> Account:
    """Who is signed in; for views that nobody else reaches."""
    account = current_account()
    if account is None:
        raise RuntimeError("this view is open to anyone")
    return account


def actor_of(account: Account) -> Actor:
    """The account as tickets know it."""
    return Actor(account.role, account.shown, account.id, account.unit)


def current_actor() -> Actor:
    """Who is signed in, as tickets know them."""
    return actor_of(signed_in())


def audit(action: str, object: str = "", detail: Mapping[str, Any] | None = None, username: str | None = None) -> None:
    """Keep in the audit log that somebody did or saw something; ``username`` where nobody is signed in."""
    account = current_account()
    name = username if username is not None else (account.username if account else "")
    parts().audit.add(account.id if account else None, name, action, object, detail or {}, request.remote_addr or "")


def bind_frame(app: Flask, given: ConsoleParts) -> None:
    """What all templates of the console may use, and the headers of all its pages."""
    check_navigation()
    app.context_processor(_for_templates)
    app.after_request(_not_kept)
    app.jinja_env.filters["when"] = when
    app.jinja_env.filters["day"] = day
    app.jinja_env.filters["item_name"] = item_name


def _for_templates() -> dict[str, Any]:
    if not is_console_path(request.path):
        return {}
    account = current_account()
    return {
        "account": account,
        "console_words": parts().words,
        "navigation": _navigation(account) if account and not account.must_change else [],
        "may": lambda endpoint: may(account, endpoint),
        "role_words": role_words(),
        "footer": parts().config().page.footer,
    }


def _navigation(account: Account) -> list[Group]:
    return navigation(account, actor_of(account))


def _not_kept(response: Response) -> Response:
    """What a page of the console shows stays in no cache of a shared computer."""
    if is_console(request.endpoint) and not str(request.endpoint).endswith(".static"):
        response.headers["Cache-Control"] = "no-store"
    return response


def when(at: str | None) -> str:
    """A stored time as staff read it: 2026-03-02 10:00, in China."""
    return datetime.datetime.fromisoformat(at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if at else ""


def item_name(number: int) -> str:
    """An item of what is published: 第5条; of a further plan with that plan's title."""
    return parts().item_name(number)


def day(at: str | None) -> str:
    """A stored time's day in China."""
    return when(at)[:10]
