"""The Official Account: its custom menu."""

from pathlib import Path

import click

from bot.commands.common import Command, config_option, configured_store
from bot.config import Config, ConfigError
from bot.delivery.menu import MENU, load_menu, menu_lines
from bot.delivery.setup import wechat_api
from bot.delivery.wechat_api import WechatApi
from bot.dialogue.conversation import utc_now
from bot.store.tokens import SqliteTokens


@click.group()
def wechat() -> None:
    """微信公众号。"""


@wechat.group("menu")
def wechat_menu() -> None:
    """公众号的自定义菜单。"""


def account_api(config_file: Path | None) -> tuple[Config, WechatApi]:
    """WeChat's interface for a command; the access token is shared with the service that may be running."""
    config, engine = configured_store(config_file)
    api = wechat_api(config, SqliteTokens(engine), utc_now)
    if api is None:
        raise ConfigError("配置项 wechat.app_id 和 wechat.app_secret：要先填好")
    return config, api


@wechat_menu.command(cls=Command)
@config_option
@click.option("--file", "file", type=click.Path(path_type=Path), default=MENU, help="菜单文件（默认用自带的）")
def push(config_file: Path | None, file: Path) -> None:
    """把菜单文件推送到公众号。"""
    config, api = account_api(config_file)
    menu = load_menu(file, config.server.public_url)
    api.read("POST", "/cgi-bin/menu/create", menu)
    click.echo("\n".join(["已推送，关注者最迟 24 小时内看到：", *menu_lines(menu)]))


@wechat_menu.command(cls=Command)
@config_option
def show(config_file: Path | None) -> None:
    """看公众号现在的菜单。"""
    _, api = account_api(config_file)
    click.echo("\n".join(menu_lines(api.read("GET", "/cgi-bin/menu/get"))))
