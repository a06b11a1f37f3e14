"""The first page: what waits for me."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue


def bind_home(console: Blueprint) -> None:
    """Add the view."""
    console.add_url_rule("/", "home", home)


def home() -> ResponseReturnValue:
    """What waits for me."""
    return render_template("console/home.html")
