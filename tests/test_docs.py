"""What the documents say of addresses, commands and settings is what there is, and all of it."""

import re
from collections.abc import Iterator

import click
import pytest
from flask import Flask

from app import Installation, main, web
from bot.channels.api.drafts import FIELDS, actions_of
from bot.channels.api.tickets import PAGING, QUERY
from bot.channels.errors import CODES
from bot.config import Config
from bot.dialogue.conversation import Conversation
from bot.store.sqlite import SqliteStore
from bot.tickets.life import load_life
from intents.model import Model
from knowledge.base import KnowledgeBase
from tests.conftest import ROOT

API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


@pytest.fixture
def everything(knowledge: KnowledgeBase, conversation: Conversation, model: Model, store: SqliteStore) -> Flask:
    """The application with every address that it can have."""
    config = Config.model_validate({"server": {"developer": True}})
    return web(Installation(config, knowledge), conversation, store, lambda: model, "test-secret")


def addresses(application: Flask) -> set[tuple[str, str]]:
    """Method and address of everything outside the console and static files; a variable by its name."""
    found = set()
    for rule in application.url_map.iter_rules():
        if rule.rule.startswith("/console") or rule.endpoint.endswith("static"):
            continue
        address = re.sub(r"<(?:[^<>:]*:)?(\w+)>", r"<\1>", rule.rule)
        found |= {(method, address) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return found


def sections(document: str, heading: str) -> dict[str, str]:
    """A document's sections under headings of that form, by what the heading says."""
    found: dict[str, str] = {}
    for part in re.split(r"^(?=#+ )", document, flags=re.MULTILINE):
        if match := re.match(heading, part):
            found[match[1]] = part
    return found


def test_every_address_is_documented_and_no_other(everything: Flask) -> None:
    documented = {tuple(name.split(" ", 1)) for name in sections(API, r"### `((?:GET|POST) /[^`]*)`")}
    assert documented == addresses(everything)


def test_every_error_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \| (.+) \|$", API, re.MULTILINE)
    told = {(str(status), code) for status, (code, _) in CODES.items()}
    for path in (ROOT / "bot" / "channels").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        told |= set(re.findall(r'ApiError\((\d{3}), [^\n]*?, "(\w+)"(?:, [^)]*)?\)', text))
    assert {(status, code) for status, code, _ in rows} == told


def test_everything_that_can_be_sent_and_done_is_documented() -> None:
    create = sections(API, r"### `((?:GET|POST) /[^`]*)`")["POST /api/tickets"]
    assert [name for name in FIELDS if f"`{name}`" not in create] == []
    listing = sections(API, r"### `((?:GET|POST) /[^`]*)`")["GET /api/tickets"]
    assert [name for name in (*QUERY, *PAGING) if f"`{name}`" not in listing] == []
    change = sections(API, r"### `((?:GET|POST) /[^`]*)`")["POST /api/tickets/<number>/<action>"]
    documented = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]*)\|$", change, re.MULTILINE))
    life = load_life()
    documented.pop("action")  # the heading
    assert set(documented) == {*actions_of(life)}
    for action, words in documented.items():
        fields = {name for one in life.of(action) if "api" in one.roles for name in (*one.needs, *one.may)}
        assert set(re.findall(r"`(\w+)`", words)) == fields, action


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from commands(one, (*path, name))
    else:
        yield " ".join(path), command


def options(command: click.Command) -> set[str]:
    found = {name for option in command.params if isinstance(option, click.Option) for name in option.opts}
    return {name for name in found if name.startswith("--")} - {"--config"}


def test_every_command_and_option_is_documented_and_no_other() -> None:
    documented = sections(COMMANDS, r"### `([a-z -]+)`")
    there = dict(commands(main))
    assert set(documented) == set(there)
    for name, command in there.items():
        assert set(re.findall(r"`[^`]*?(--[a-z-]+)", documented[name])) == options(command), name


def test_every_command_says_what_it_is_for() -> None:
    for name, command in commands(main):
        assert command.help and re.search(r"[\u4e00-\u9fff]", command.help), name
        silent = [o.name for o in command.params if isinstance(o, click.Option) and not o.help and o.name not in ("host", "port")]
        assert silent == [], name


def test_every_setting_is_documented_with_its_default_and_no_other() -> None:
    documented: dict[tuple[str, str], tuple[str, str]] = {}
    for section, text in sections(CONFIGURATION, r"## \[(\w+)\]").items():
        for key, default, words in re.findall(r"^\| `(\w+)` \| (.*?) \| (.+) \|$", text, re.MULTILINE):
            documented[(section, key)] = (default.strip("`"), words)
    there = {(name, key): getattr(section, key) for name, section in Config() for key in type(section).model_fields}
    assert set(documented) == set(there)
    for place, value in there.items():
        default, words = documented[place]
        assert len(words) >= 2, place
        if value is not None:
            shown = str(value).lower() if isinstance(value, bool) else str(value)
            assert default.replace("\\|", "|") == (shown or "空"), place


def test_every_document_that_the_readme_names_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"\]\(([^)#]+\.(?:md|toml))\)", readme)
    assert named and all((ROOT / name).exists() for name in named)
    here = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert here <= set(named), "a document that nobody finds"
