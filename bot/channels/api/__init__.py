"""The interfaces for the district's other systems: JSON at /api/tickets, Open311 at /open311/v2."""

from flask import Flask

from bot.channels.api.access import PARTS, counted_as
from bot.channels.api.ports import ExchangeParts
from bot.channels.api.tickets import api
from bot.channels.errors import SHAPES
from bot.channels.http import LIMITER
from bot.channels.open311.views import PREFIX, errors, open311

__all__ = ["ExchangeParts", "register_exchange"]


def register_exchange(app: Flask, given: ExchangeParts) -> None:
    """Bind the interfaces to the application that create_app() made."""
    app.extensions[PARTS] = given
    limiter = app.extensions[LIMITER]
    app.extensions.setdefault(SHAPES, {})[f"{PREFIX}/"] = errors
    for blueprint in (api, open311):
        limiter.limit(f"{given.per_minute}/minute", key_func=counted_as)(blueprint)
        app.register_blueprint(blueprint)
