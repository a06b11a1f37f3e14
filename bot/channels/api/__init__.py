"""The interfaces for the district's other systems: JSON at /api/tickets."""

from flask import Flask

from bot.channels.api.access import PARTS, counted_as
from bot.channels.api.ports import ExchangeParts
from bot.channels.api.tickets import api
from bot.channels.http import LIMITER

__all__ = ["ExchangeParts", "register_exchange"]


def register_exchange(app: Flask, given: ExchangeParts) -> None:
    """Bind the interfaces to the application that create_app() made."""
    app.extensions[PARTS] = given
    limiter = app.extensions[LIMITER]
    for blueprint in (api,):
        limiter.limit(f"{given.per_minute}/minute", key_func=counted_as)(blueprint)
        app.register_blueprint(blueprint)
