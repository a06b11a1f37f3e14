"""Keeping what the service keeps: ``backup``, ``restore``, ``check``."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import click

from bot.commands.common import Command, config_option, say
from bot.config import Config, load_config
from bot.dialogue.conversation import utc_now
from bot.store.backup import Contents, back_up, faults_of, restore
from bot.store.engine import Engine, migrate
from bot.store.knowledge import KnowledgeStore
from bot.tickets.matters import check_digit
from bot.topics import catalogue_of
from intents.model import ModelStore
from knowledge.document import problems_of

_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))

COUNTED = {"messages": "条消息", "tickets": "件工单", "photos": "张照片", "accounts": "个账号", "knowledge_versions": "版知识库"}
LEAST_FREE_MB = 500


@click.command(cls=Command)
@config_option
@_file
def backup(config_file: Path | None, file: Path) -> None:
    """把数据库备份成一个文件，服务不用停。"""
    say("正在备份……")
    contents = back_up(load_config(config_file).store.path, file, utc_now())
    click.echo(f"已备份到 {file}（{file.stat().st_size / 1e6:.1f} MB）：{_told(contents)}")


@click.command("restore", cls=Command)
@config_option
@click.option("--yes", is_flag=True, help="不再问，直接恢复")
@_file
def restore_command(config_file: Path | None, yes: bool, file: Path) -> None:
    """用备份换掉现在的数据（先停服务）；现在的数据移到旁边，不删。"""
    from bot.server import require_port

    config = load_config(config_file)
    require_port(config.server.host, config.server.port)  # a service that runs would go on writing into the old file
    if config.store.path.exists() and not yes:
        click.confirm(f"{config.store.path} 里现在的数据会移到旁边，换成备份里的。继续吗", abort=True, err=True)
    say("正在恢复……")
    contents, moved = restore(file, config.store.path, utc_now())
    migrate(config.store.path)
    click.echo(f"已恢复 {contents.made_at} 的备份：{_told(contents)}")
    if moved:
        click.echo(f"原来的数据在 {moved}")
    click.echo("分类器不在备份里，下次启动时会按需要重新训练。")


def _told(contents: Contents) -> str:
    return "，".join(f"{contents.counts[name]}{words}" for name, words in COUNTED.items() if name in contents.counts)


@click.command(cls=Command)
@config_option
def check(config_file: Path | None) -> None:
    """检查数据库、知识库、分类器、编号、没送到的信和磁盘，有毛病就返回 1。"""
    config = load_config(config_file)
    path = config.store.path
    if not path.exists():
        raise SystemExit(f"错误：还没有数据库 {path}，先用 app.py serve 启动一次")
    bad = 0
    for name, faults in _checks(config):
        bad += bool(faults)
        click.echo(f"{name}：{'；'.join(faults) if faults else '好'}")
    if bad:
        raise SystemExit(f"错误：{bad} 处有毛病")


def _checks(config: Config) -> Iterator[tuple[str, list[str]]]:
    """What is looked at, with what is wrong about it."""
    path = config.store.path
    damaged = faults_of(path)
    yield "数据库", damaged
    if damaged:
        return
    migrate(path)
    engine = Engine(path)
    versions = KnowledgeStore(engine)
    if not versions.published_number():
        yield "知识库", ["还没有发布过，先用 app.py serve 启动一次"]
    else:
        knowledge = versions.published().knowledge
        yield "知识库", list(problems_of(knowledge))
        fits = ModelStore(path.parent / "model", use_vectors=config.answers.use_sentence_model).fits(catalogue_of(knowledge))
        yield "分类器", [] if fits else ["和发布的知识库不是一套，启动时会重新训练，也可以用 app.py train"]
    yield "工单编号", _faulty_numbers(engine)
    dead = engine.rows("select count(*) as n from outbox where state = 'dead'")[0]["n"]
    yield "没送到的信", [f"{dead} 封，在工作台“没送到的信”里重发或作罢"] if dead else []
    free = shutil.disk_usage(path.parent).free / 1e6
    yield "磁盘", [] if free >= LEAST_FREE_MB else [f"只剩 {free:.0f} MB"]


def _faulty_numbers(engine: Engine) -> list[str]:
    """Numbers whose check digit is wrong, that nothing happened to, or that the sequence would give again."""
    faults = []
    for row in engine.rows("select number from tickets"):
        day, sequence, digit = row["number"].rsplit("-", 3)[1:]
        if check_digit(day + sequence) != digit:
            faults.append(f"{row['number']} 的校验位不对")
    silent = engine.rows(
        "select number from tickets t where not exists (select 1 from ticket_events e where e.number = t.number)"
    )
    faults += [f"{row['number']} 没有经过" for row in silent]
    again = engine.rows(
        "select t.day from tickets t left join ticket_sequences s on s.day = t.day group by t.day"
        " having max(t.sequence) > coalesce(max(s.last), 0)"
    )
    return faults[:20] + [f"{row['day']} 的编号会重复" for row in again]
