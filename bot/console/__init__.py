"""The console of staff and administrators at /console/."""

from flask import Blueprint, Flask

from bot.console import (  # noqa: F401 - they add views
    knowledge_records,
    knowledge_services,
    knowledge_texts,
    knowledge_wording,
    replay,
    thresholds,
    ticket_export,
)
from bot.console.accounts import accounts
from bot.console.asking import asking
from bot.console.audit_log import audit_log
from bot.console.board import board
from bot.console.entry import entry
from bot.console.errors import bind_errors
from bot.console.faqs import faqs
from bot.console.frame import bind_frame
from bot.console.history import history
from bot.console.holidays import holidays
from bot.console.home import bind_home
from bot.console.keys import keys
from bot.console.knowledge import knowledge
from bot.console.known import known
from bot.console.letters import letters
from bot.console.lint import lint_pages
from bot.console.live import live
from bot.console.login import bind_login
from bot.console.parts import ConsoleParts
from bot.console.permissions import enforce_permissions
from bot.console.plan_import import plan_import
from bot.console.progress import progress
from bot.console.publishing import publishing
from bot.console.questions import questions
from bot.console.reply_templates import reply_templates
from bot.console.report import report
from bot.console.review import review
from bot.console.session import PREFIX, bind_sessions
from bot.console.settings import settings
from bot.console.statistics import statistics
from bot.console.ticket_import import ticket_import
from bot.console.ticket_list import tickets
from bot.console.ticket_photos import ticket_photos
from bot.console.units import units
from bot.console.uploads import bind_uploads
from bot.console.workbook import workbook

__all__ = ["SUBJECTS", "ConsoleParts", "register_console"]

SUBJECTS: list[Blueprint] = [
    tickets,
    ticket_import,
    ticket_photos,
    board,
    questions,
    live,
    review,
    faqs,
    known,
    progress,
    entry,
    asking,
    knowledge,
    history,
    lint_pages,
    plan_import,
    workbook,
    publishing,
    statistics,
    report,
    accounts,
    units,
    reply_templates,
    holidays,
    letters,
    keys,
    settings,
    audit_log,
]
"""The subjects beside the frame itself; bot/console/frame.py tells how to add one."""


def register_console(app: Flask, given: ConsoleParts) -> None:
    """Bind the console to the application that create_app() made.

    Raises:
        PermissionsError: an address is not in data/permissions.toml.
        KeyError: data/navigation.toml names what does not exist.
    """
    app.extensions["console"] = given
    app.extensions.update(given.more)
    console = Blueprint("console", __name__, url_prefix=PREFIX, template_folder="templates", static_folder="static")
    bind_login(console)
    bind_home(console)
    bind_sessions(app)
    bind_uploads(app)
    for blueprint in (console, *SUBJECTS):
        app.register_blueprint(blueprint)
    enforce_permissions(app)
    bind_errors(app)
    bind_frame(app, given)
