"""The configuration: typed, from TOML and the environment; what is wrong is one line that names the key."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.live import LiveRules, OfficeHours


class ConfigError(Exception):
    """The configuration cannot be used; the message is for the operator."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerConfig(_Section):
    """[server] where the service listens."""

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    workers: int = Field(2, ge=1, le=64)
    threads: int = Field(8, ge=1, le=256)
    public_url: str = ""
    secret: str = ""
    developer: bool = False


class StoreConfig(_Section):
    """[store] where everything is kept."""

    url: str = Field("sqlite:///data/bot.db", pattern=r"^sqlite:///.+")

    @property
    def path(self) -> Path:
        """The database file."""
        return Path(self.url.removeprefix("sqlite:///"))


class WechatConfig(_Section):
    """[wechat] the Official Account; without a token the endpoint does not exist."""

    token: str = Field("", pattern=r"^[A-Za-z0-9]{0,32}$")
    app_id: str = ""
    app_secret: str = ""
    encoding_aes_key: str = Field("", pattern=r"^([A-Za-z0-9]{43})?$")
    mode: Literal["plain", "compatible", "safe"] = "plain"
    verified: bool = False
    api_base_url: str = Field("https://api.weixin.qq.com", pattern=r"^https?://")
    subscribe_template: str = ""
    subscribe_fields: str = "thing1={subject} character_string2={ticket} time3={time}"

    @model_validator(mode="after")
    def _complete(self) -> "WechatConfig":
        if self.mode != "plain" and not (self.encoding_aes_key and self.app_id):
            raise ValueError(f"mode = {self.mode} 需要 app_id 和 encoding_aes_key")
        return self


class AnswersConfig(_Section):
    """[answers] when to answer, to ask back, to decline; unset ones are what training chose."""

    answer_at: float | None = Field(None, ge=0, le=1)
    clarify_at: float | None = Field(None, ge=0, le=1)
    danger_at: float | None = Field(None, ge=0, le=1)
    caution_at: float | None = Field(None, ge=0, le=1)
    feedback_at: float | None = Field(None, ge=0, le=1)
    focus_minutes: int = Field(30, ge=1, le=24 * 60)
    use_sentence_model: bool = True

    @model_validator(mode="after")
    def _ordered(self) -> "AnswersConfig":
        if self.answer_at is not None and self.clarify_at is not None and self.clarify_at > self.answer_at:
            raise ValueError("clarify_at 不能大于 answer_at")
        return self


class PrivacyConfig(_Section):
    """[privacy] how long what residents wrote is kept."""

    retention_days: int = Field(365, ge=1, le=3650)


class LimitsConfig(_Section):
    """[limits] how fast one resident, and one address, may ask."""

    resident_per_minute: int = Field(30, ge=1)
    address_per_minute: int = Field(300, ge=1)
    api_per_minute: int = Field(600, ge=1)
    trusted_proxies: int = Field(0, ge=0, le=10)


class TicketsConfig(_Section):
    """[tickets] numbers of tickets, and when one is dispatched without the dispatcher."""

    prefix: str = Field("LY", pattern=r"^[A-Z]{1,6}$")
    dispatch_at: float | None = Field(None, ge=0, le=1)


class Open311Config(_Section):
    """[open311] the standard interface of other systems."""

    public: bool = True


class NotifyConfig(_Section):
    """[notify] where staff's alerts and residents' answers can go besides; lists are written with blanks between."""

    webhooks_wecom: str = ""
    webhooks_dingtalk: str = ""
    dingtalk_secret: str = ""
    email_to: str = ""
    smtp_host: str = ""
    smtp_port: int = Field(465, ge=1, le=65535)
    smtp_tls: Literal["ssl", "starttls", "none"] = "ssl"
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_from: str = ""
    sms_to: str = ""
    sms_url: str = Field("", pattern=r"^(https?://.*)?$")
    sms_key: str = ""
    sms_body: str = '{"phone":"$phone","text":"$text","id":"$id"}'
    sms_success: str = ""
    sms_template: str = "{text}"

    @model_validator(mode="after")
    def _complete(self) -> "NotifyConfig":
        if self.smtp_host and not (self.smtp_from or self.smtp_user):
            raise ValueError("smtp_host 需要 smtp_from 或 smtp_user 作发件人")
        if self.sms_url and "$phone" not in self.sms_body:
            raise ValueError("sms_body 里要有 $phone 和 $text")
        return self


class LiveConfig(_Section):
    """[live] talking with a person: how long residents wait, and when somebody is there."""

    wait_minutes: int = Field(3, ge=1, le=60)
    silent_minutes: int = Field(5, ge=1, le=120)
    hours: str = ""

    @model_validator(mode="after")
    def _readable(self) -> "LiveConfig":
        if self.hours:
            OfficeHours.parse(self.hours)
        return self

    @property
    def rules(self) -> LiveRules:
        """As the dialogue takes it."""
        return LiveRules(self.wait_minutes, self.silent_minutes, OfficeHours.parse(self.hours) if self.hours else None)


class PageConfig(_Section):
    """[page] what the resident's page shows at its foot."""

    footer: str = ""


class ConsoleConfig(_Section):
    """[console] the staff's side."""

    session_minutes: int = Field(60, ge=5, le=12 * 60)
    second_person: bool = False


class LogConfig(_Section):
    """[log] how much is logged."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(_Section):
    """Everything that can be set; see config.example.toml."""

    server: ServerConfig = ServerConfig()
    store: StoreConfig = StoreConfig()
    wechat: WechatConfig = WechatConfig()
    answers: AnswersConfig = AnswersConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    limits: LimitsConfig = LimitsConfig()
    tickets: TicketsConfig = TicketsConfig()
    open311: Open311Config = Open311Config()
    notify: NotifyConfig = NotifyConfig()
    live: LiveConfig = LiveConfig()
    page: PageConfig = PageConfig()
    console: ConsoleConfig = ConsoleConfig()
    log: LogConfig = LogConfig()


def load_config(path: Path | None, environment: Mapping[str, str] = os.environ) -> Config:
    """The configuration from ``path`` (None: config.toml if there is one), overridden by BOT_SECTION_KEY and PORT.

    Raises:
        ConfigError: the file is missing or no TOML, or a key is unknown, of a wrong type or impossible; it is named.
    """
    values = _read(path)
    sections = {name: field.annotation for name, field in Config.model_fields.items()}
    for name, section in sections.items():
        for key in getattr(section, "model_fields", {}):
            variable = f"BOT_{name}_{key}".upper()
            if variable in environment:
                values.setdefault(name, {})[key] = environment[variable]
    known = {f"BOT_{n}_{k}".upper() for n, s in sections.items() for k in getattr(s, "model_fields", {})}
    if unknown := sorted(v for v in environment if v.startswith("BOT_") and v not in known):
        raise ConfigError(f"环境变量 {unknown[0]}：没有这个配置项")
    _refuse_booleans(values, sections)
    if environment.get("PORT"):
        values.setdefault("server", {})["port"] = environment["PORT"]
    return _validated(values)


def with_settings(config: Config, settings: Mapping[str, Any]) -> Config:
    """The configuration with what was set in the console ("section.key"), where neither file nor environment sets the key.

    Raises:
        ConfigError: a value is impossible; it is named.
    """
    values: dict[str, dict[str, Any]] = {name: section.model_dump(exclude_unset=True) for name, section in config}
    for place, value in settings.items():
        section, _, key = place.partition(".")
        if not is_given(config, place):
            values.setdefault(section, {})[key] = value
    return _validated(values)


def is_given(config: Config, place: str) -> bool:
    """Whether file, environment or command line set that key ("section.key"), so that the console cannot."""
    section, _, key = place.partition(".")
    return key in getattr(getattr(config, section, None), "model_fields_set", ())


def _validated(values: dict[str, dict[str, Any]]) -> Config:
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        secret = any(word in place for word in ("secret", "token", "key", "url", "password", "webhook"))
        raise ConfigError(f"配置项 {place}：{_in_chinese({**first, 'input': '（保密）'} if secret else first)}") from None


def _refuse_booleans(values: dict[str, dict[str, Any]], sections: Mapping[str, Any]) -> None:
    """true is no number, although Python counts it as 1."""
    for name, section in values.items():
        fields = getattr(sections.get(name), "model_fields", {})
        for key, value in section.items():
            if isinstance(value, bool) and key in fields and fields[key].annotation is not bool:
                raise ConfigError(f"配置项 {name}.{key}：不能是 {str(value).lower()}")


def _read(path: Path | None) -> dict[str, dict[str, Any]]:
    if path is None:
        path = Path("config.toml")
        if not path.exists():
            return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"没有配置文件 {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"配置文件 {path} 读不了：{error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"配置文件 {path} 不是有效的 TOML：{error}") from None
    for name, section in values.items():
        if not isinstance(section, dict):
            raise ConfigError(f"配置项 {name}：应写在一个 [段] 里")
    return values


def _in_chinese(error: Any) -> str:
    """pydantic's reason in words an operator can act on."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return "没有这个配置项"
    if kind in ("int_parsing", "int_type", "int_from_float"):
        return f"应为整数，现在是 {error['input']!r}"
    if kind in ("float_parsing", "float_type"):
        return f"应为数字，现在是 {error['input']!r}"
    if kind.startswith("bool"):
        return f"应为 true 或 false，现在是 {error['input']!r}"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = f"不小于 {context['ge']}" if "ge" in context else f"不大于 {context['le']}"
        return f"应{bound}，现在是 {error['input']!r}"
    if kind == "literal_error":
        return f"应为 {context['expected']} 之一，现在是 {error['input']!r}"
    if kind == "string_type":
        return f"应为文字，现在是 {error['input']!r}"
    if kind == "string_pattern_mismatch":
        return f"格式不对，现在是 {error['input']!r}"
    return str(error["msg"]).removeprefix("Value error, ")
