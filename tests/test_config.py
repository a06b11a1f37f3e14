"""The configuration: from a file and the environment, and what an operator is told when it is wrong."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config, ConfigError, load_config

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(path: Path | None, environment: dict[str, str]) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(path, environment)
    return str(caught.value)


def test_without_a_file_everything_has_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config(None, {})
    assert config == Config()
    assert (config.server.host, config.server.port, config.server.workers) == ("127.0.0.1", 8000, 2)
    assert config.wechat.token == "" and config.wechat.mode == "plain"
    assert config.tickets.prefix == "LY"


def test_config_toml_is_read_when_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "[server]\nport = 8123\n")
    monkeypatch.chdir(tmp_path)
    assert load_config(None, {}).server.port == 8123


def test_the_environment_outranks_the_file_and_port_outranks_both(tmp_path: Path) -> None:
    path = written(tmp_path, '[server]\nport = 8001\nhost = "0.0.0.0"\n[page]\nfooter = "吉ICP备1号"\n')
    assert load_config(path, {}).server.port == 8001
    config = load_config(path, {"BOT_SERVER_PORT": "8002", "BOT_ANSWERS_USE_SENTENCE_MODEL": "false"})
    assert (config.server.port, config.server.host, config.page.footer) == (8002, "0.0.0.0", "吉ICP备1号")
    assert config.answers.use_sentence_model is False
    assert load_config(path, {"BOT_SERVER_PORT": "8002", "PORT": "8003"}).server.port == 8003
    assert load_config(path, {"PORT": ""}).server.port == 8001


def environment_of(config: Config) -> dict[str, str]:
    """Every key with its value as a variable."""
    values = config.model_dump(exclude_none=True)
    return {f"BOT_{name}_{key}".upper(): str(value) for name, section in values.items() for key, value in section.items()}


def test_every_key_can_be_set_in_the_environment() -> None:
    unset = {name: {key: 0.5 for key, value in section if value is None} for name, section in Config()}
    config = Config.model_validate(unset)
    environment = environment_of(config)
    assert len(environment) == sum(len(type(section).model_fields) for section in dict(config).values())
    assert load_config(None, environment) == config


WRONG: list[tuple[str, str]] = [
    ("[server]\nprot = 8000", "server.prot"),
    ("[sever]\nport = 8000", "sever"),
    ("port = 8000", "port"),
    ("server = 1", "server"),
    ("[[server]]\nport = 1", "server"),
    ('[server]\nport = "http"', "server.port"),
    ("[server]\nport = 80.5", "server.port"),
    ("[server]\nport = 0", "server.port"),
    ("[server]\nport = 65536", "server.port"),
    ("[server]\nworkers = 0", "server.workers"),
    ("[server]\nworkers = true", "server.workers"),
    ("[server]\nhost = 5", "server.host"),
    ('[store]\nurl = "mysql://x"', "store.url"),
    ('[store]\nurl = "sqlite:///"', "store.url"),
    ('[wechat]\nmode = "secret"', "wechat.mode"),
    ('[wechat]\nmode = "safe"', "encoding_aes_key"),
    ('[wechat]\nmode = "compatible"\napp_id = "wx1"', "encoding_aes_key"),
    (f'[wechat]\nmode = "safe"\nencoding_aes_key = "{KEY}"', "app_id"),
    ('[wechat]\ntoken = "not a token"', "wechat.token"),
    ('[wechat]\nencoding_aes_key = "short"', "wechat.encoding_aes_key"),
    ('[wechat]\nverified = "perhaps"', "wechat.verified"),
    ('[wechat]\napi_base_url = "api.weixin.qq.com"', "wechat.api_base_url"),
    ("[answers]\nanswer_at = 1.5", "answers.answer_at"),
    ("[answers]\nclarify_at = -0.1", "answers.clarify_at"),
    ("[answers]\nanswer_at = nan", "answers.answer_at"),
    ('[answers]\ndanger_at = "high"', "answers.danger_at"),
    ("[answers]\nfocus_minutes = 0", "answers.focus_minutes"),
    ("[privacy]\nretention_days = 0", "privacy.retention_days"),
    ("[limits]\nresident_per_minute = 0", "limits.resident_per_minute"),
    ("[limits]\ntrusted_proxies = -1", "limits.trusted_proxies"),
    ('[tickets]\nprefix = "l y"', "tickets.prefix"),
    ("[page]\nfooter = 5", "page.footer"),
    ('[log]\nlevel = "loud"', "log.level"),
]


@pytest.mark.parametrize(("text", "key"), WRONG)
def test_what_is_wrong_in_the_file_is_one_line_that_names_the_key(tmp_path: Path, text: str, key: str) -> None:
    said = complaint(written(tmp_path, text), {})
    assert key in said
    assert "\n" not in said
    assert re.search(r"[\u4e00-\u9fff]", said)
    assert "pydantic" not in said and "Value error" not in said


def test_ask_back_may_not_need_more_certainty_than_to_answer(tmp_path: Path) -> None:
    said = complaint(written(tmp_path, "[answers]\nanswer_at = 0.3\nclarify_at = 0.9"), {})
    assert "answer_at" in said or "clarify_at" in said


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"BOT_SERVER_PROT": "1"}, "BOT_SERVER_PROT"),
        ({"BOT_SERVER_PORT": "http"}, "port"),
        ({"PORT": "http"}, "port"),
        ({"PORT": "99999"}, "port"),
        ({"BOT_WECHAT_MODE": "safe"}, "encoding_aes_key"),
        ({"BOT_LIMITS_ADDRESS_PER_MINUTE": "0"}, "limits.address_per_minute"),
    ],
)
def test_what_is_wrong_in_the_environment_is_named_too(tmp_path: Path, environment: dict[str, str], named: str) -> None:
    said = complaint(written(tmp_path, ""), environment)
    assert named in said and "\n" not in said


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "nowhere.toml" in complaint(tmp_path / "nowhere.toml", {})


@pytest.mark.parametrize("content", [b"[server", b"port 8000", b"[server]\nhost = \xff\xfe", b"[server]\nport = 1\nport = 2"])
def test_a_file_that_is_no_toml_is_named_with_the_place(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    said = complaint(path, {})
    assert "config.toml" in said and "\n" not in said


def test_a_folder_instead_of_a_file_is_named(tmp_path: Path) -> None:
    assert str(tmp_path) in complaint(tmp_path, {})


@pytest.mark.parametrize(
    "text",
    [
        '[wechat]\ntoken = "hush-hush!"',
        '[wechat]\nencoding_aes_key = "hush-hush!"',
        '[wechat]\napp_secret = ["hush-hush!"]',
        '[server]\nsecret = ["hush-hush!"]',
        '[wechat]\ntokn = "hush-hush!"',
        '[server]\nsecert = "hush-hush!"',
        '[wechat]\nmode = "safe"\ntoken = "a"\napp_secret = "hush-hush!"',
        '[store]\nurl = "postgresql://bot:hush-hush!@db/bot"',
        'secret = "hush-hush!"',
    ],
)
def test_a_secret_is_never_told(tmp_path: Path, text: str) -> None:
    assert "hush" not in complaint(written(tmp_path, text), {})


def test_a_secret_in_the_environment_is_never_told(tmp_path: Path) -> None:
    assert "hush" not in complaint(written(tmp_path, ""), {"BOT_WECHAT_TOKEN": "hush-hush!"})


# -- config.example.toml -------------------------------------------------------------------------------------------------


def test_the_example_loads_and_shows_the_defaults() -> None:
    assert load_config(EXAMPLE, {}) == Config()


def uncommented() -> dict[str, Any]:
    """The example with the keys that stand there as comments switched on."""
    text = re.sub(r"^# *(?=[a-z_]+ = )", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return tomllib.loads(text)


def test_the_example_documents_every_key_and_no_other() -> None:
    documented = {(name, key) for name, section in uncommented().items() for key in section}
    known = {(name, key) for name, section in dict(Config()).items() for key in type(section).model_fields}
    assert documented == known
    Config.model_validate(uncommented())


def test_every_key_of_the_example_is_explained() -> None:
    lines = [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if re.match(r"(# *)?[a-z_]+ = ", line)]
    silent = [line for line in lines if not re.search(r"#.*[\u3001\u4e00-\u9fff]", line.split("=", 1)[1])]
    assert [line for line in silent if "api_base_url" not in line] == []
