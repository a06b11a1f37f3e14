"""Thresholds: what moving each of them trades, from messages that training held out."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from bot.config import Config, is_given
from bot.console.parts import part, parts
from bot.console.settings import settings
from intents.curves import near
from intents.model import Model


@dataclass(frozen=True)
class Threshold:
    """One threshold with what its curve's shares are called."""

    key: str
    title: str
    effect: str
    series: Mapping[str, str]

    @property
    def setting(self) -> str:
        """Its key in the configuration."""
        return f"answers.{self.key}"


@dataclass(frozen=True)
class Shown:
    """A threshold as the page shows it: what holds now, what training chose, what its curve says there."""

    threshold: Threshold
    now: float
    trained: float
    locked: bool
    chart: dict[str, Any] | None
    here: list[tuple[str, float]]


@cache
def known_thresholds() -> tuple[Threshold, ...]:
    """Those of data/thresholds.toml."""
    with (Path(__file__).parent / "data" / "thresholds.toml").open("rb") as file:
        return tuple(Threshold(**one) for one in tomllib.load(file)["thresholds"])


@settings.get("/thresholds/")
def thresholds() -> ResponseReturnValue:
    """Every threshold with its plot."""
    give: Callable[[], Model] = part("model_now")
    model, config = give(), parts().config()
    return render_template(
        "console/settings/thresholds.html",
        shown=[_shown(one, model, config) for one in known_thresholds()],
        examples=int(model.figures.get("examples", 0)),
        drawn=bool(model.curves),
    )


def _shown(threshold: Threshold, model: Model, config: Config) -> Shown:
    given: Config = part("given_config")
    trained = model.thresholds[threshold.key]
    own = getattr(config.answers, threshold.key)
    now = trained if own is None else own
    curve = model.curves.get(threshold.key, [])
    point = near(curve, now)
    chart = {
        "kind": "line",
        "percent": True,
        "x_name": threshold.title,
        "x": [f"{one['at']:.2f}" for one in curve],
        "series": [{"name": words, "values": [one[name] for one in curve]} for name, words in threshold.series.items()],
    }
    here = [(words, point[name]) for name, words in threshold.series.items()] if point else []
    return Shown(threshold, now, trained, is_given(given, threshold.setting), chart if curve else None, here)
