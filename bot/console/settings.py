"""Settings: what an administrator may set, each with its effect in words (data/settings.toml)."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.config import Config, ConfigError, is_given, with_settings
from bot.console.frame import audit, signed_in
from bot.console.parts import part, parts
from intents.model import Model

settings = Blueprint("console_settings", __name__, url_prefix="/console/settings")


@dataclass(frozen=True)
class Setting:
    """A key that can be set here.  ``kind``: number, share, text, switch; ``default``: in words, where it depends."""

    key: str
    title: str
    effect: str
    kind: str = "text"
    unit: str = ""
    default: str = ""


@dataclass(frozen=True)
class SettingGroup:
    """Settings that belong together."""

    title: str
    words: str
    settings: tuple[Setting, ...]


@cache
def setting_groups() -> tuple[SettingGroup, ...]:
    """The settings of data/settings.toml.

    Raises:
        KeyError: one is no key of the configuration.
    """
    with (Path(__file__).parent / "data" / "settings.toml").open("rb") as file:
        groups = tomllib.load(file)["groups"]
    known = {f"{name}.{key}" for name, section in Config() for key in type(section).model_fields}
    for setting in (setting for group in groups for setting in group["settings"]):
        if setting["key"] not in known:
            raise KeyError(f"settings.toml: no key {setting['key']}")
    return tuple(
        SettingGroup(group["title"], group.get("words", ""), tuple(Setting(**setting) for setting in group["settings"]))
        for group in groups
    )


@dataclass(frozen=True)
class Shown:
    """A setting as the page shows it: its value here, what holds without one, whether the file or environment has it."""

    setting: Setting
    value: Any
    without: Any
    locked: bool
    locked_value: Any


def _value(config: Config, key: str) -> Any:
    section, _, name = key.partition(".")
    return getattr(getattr(config, section), name)


def _shown(setting: Setting) -> Shown:
    given: Config = part("given_config")
    without = _value(Config(), setting.key)
    if without is None:
        model: Callable[[], Model] = part("model_now")
        trained = model().thresholds.get(setting.key.partition(".")[2])
        without = setting.default if trained is None else f"{setting.default}，{trained}"
    stored = parts().settings.all().get(setting.key)
    return Shown(setting, stored, without, is_given(given, setting.key), _value(given, setting.key))


def _page(errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    groups = [(group, [_shown(setting) for setting in group.settings]) for group in setting_groups()]
    page = render_template("console/settings/page.html", groups=groups, errors=errors, given=request.form)
    return page, status


@settings.get("/")
def page() -> ResponseReturnValue:
    """Every setting."""
    return _page({})


@settings.post("/")
def change() -> ResponseReturnValue:
    """Keep what was changed, all or nothing."""
    given: Config = part("given_config")
    before = parts().settings.all()
    wanted, errors = dict(before), dict[str, str]()
    for setting in (setting for group in setting_groups() for setting in group.settings):
        if setting.key not in request.form or is_given(given, setting.key):
            continue
        wanted.pop(setting.key, None)
        text = request.form[setting.key].strip()
        if text:
            try:
                wanted[setting.key] = _read(given, setting, text)
            except ConfigError as error:
                errors[setting.key] = str(error).partition("：")[2] or str(error)
    if not errors:
        try:
            with_settings(given, wanted)
        except ConfigError as error:  # single values are good, together they are not
            flash(str(error), "danger")
            return _page(errors, 400)
    if errors:
        return _page(errors, 400)
    changed = {key: [before.get(key), wanted.get(key)] for key in before | wanted if before.get(key) != wanted.get(key)}
    for key, (_, value) in changed.items():
        parts().settings.set(key, value, signed_in().username)
    if changed:
        audit("settings.change", "", changed)
        look = getattr(parts().config, "look_again", None)
        if look:
            look()
    flash("已保存，几秒内在所有进程生效。" if changed else "没有改动。", "success")
    return redirect(url_for("console_settings.page"))


def _read(given: Config, setting: Setting, text: str) -> Any:
    """The typed value.

    Raises:
        ConfigError: it is not possible.
    """
    return _value(with_settings(given, {setting.key: text}), setting.key)
