"""What all commands share: the configuration file's option, progress, errors in one line."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bot.accounts.records import AccountError
from bot.config import Config, ConfigError, load_config
from bot.delivery.wechat_api import WechatError
from bot.dialogue.ports import StoreError
from bot.logs import set_up_logs
from bot.store.engine import Engine, migrate
from knowledge.errors import KnowledgeError

config_option = click.option("--config", "config_file", type=click.Path(path_type=Path), help="配置文件（默认 config.toml）")

_OS_ERRORS = {
    errno.ENOSPC: "磁盘满了",
    errno.EDQUOT: "磁盘配额用完了",
    errno.EROFS: "磁盘只能读，不能写",
    errno.EFBIG: "文件太大",
}

OPERATOR = "命令行"
"""Who did what a command did."""


def configured_store(config_file: Path | None) -> tuple[Config, Engine]:
    """The configuration and its store, made or brought up to date; logs are set up."""
    config = load_config(config_file)
    set_up_logs(config.log.level)
    migrate(config.store.path)
    return config, Engine(config.store.path)


def unit_named(engine: Engine, name: str | None) -> int | None:
    """The id of the unit of that short or full name; None for none.

    Raises:
        AccountError: there is no such unit.
    """
    if name is None:
        return None
    rows = engine.rows("select id from units where name = ? or full_name = ?", [name, name])
    if not rows:
        raise AccountError(f"没有名为 {name} 的单位")
    return int(rows[0]["id"])


def say(text: str) -> None:
    """Progress for a person who waits, on standard error."""
    click.echo(text, err=True)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """What a person can mend ends in one line and status 1."""
    from bot.server import PortInUse

    try:
        yield
    except (ConfigError, StoreError, PortInUse, WechatError, AccountError) as error:
        raise SystemExit(f"错误：{error}") from None
    except KnowledgeError as error:
        raise SystemExit("错误：知识库有问题\n" + "\n".join(error.problems)) from None
    except FileNotFoundError as error:
        raise SystemExit(f"错误：没有这个文件或者文件夹：{error.filename}") from None
    except IsADirectoryError as error:
        raise SystemExit(f"错误：这是一个文件夹，不是文件：{error.filename}") from None
    except PermissionError as error:
        raise SystemExit(f"错误：没有权限读写：{error.filename}") from None
    except OSError as error:
        where = f"：{error.filename}" if error.filename else ""
        raise SystemExit(f"错误：{_OS_ERRORS.get(error.errno or 0, error.strerror or error)}{where}") from None
    except ValueError as error:
        raise SystemExit(f"错误：{error}") from None


class Command(click.Command):
    """A command whose mendable errors are one line."""

    def invoke(self, ctx: click.Context) -> object:
        """See click.Command."""
        with one_line_errors():
            return super().invoke(ctx)
