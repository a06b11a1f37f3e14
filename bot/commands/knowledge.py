"""The knowledge base: ``publish``."""

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from bot.commands.common import OPERATOR, Command, config_option, configured_store, say
from bot.config import Config
from bot.current import CurrentConfig
from bot.dialogue.conversation import utc_now
from bot.drafts import publishing_desk
from bot.publishing.comparing import Compared, Said, Verdict
from bot.publishing.desk import PublishingDesk, Situation
from bot.publishing.errors import Refused
from bot.serving import models_of
from bot.store.engine import Engine
from bot.store.knowledge import KnowledgeStore
from bot.store.settings import SqliteSettings
from bot.tickets.rules import load_rules
from intents.model import Model
from knowledge.document import problems_of
from knowledge.errors import KnowledgeError


def desk_of(config: Config, engine: Engine) -> PublishingDesk:
    """What publishing works on, with the trained model where there is one."""
    settings, models = SqliteSettings(engine, utc_now), models_of(config)
    model: Model | None = models.load() if models.stamp() else None
    current: Callable[[], Config] = CurrentConfig(config, settings.version, settings.all)
    return publishing_desk(current, engine, load_rules(), lambda: model, utc_now)


@click.command(cls=Command)
@config_option
@click.option("--undo", is_flag=True, help="撤回最近一次发布，恢复上一版")
@click.option("--discard", is_flag=True, help="作废草稿，不发布")
@click.option("--acknowledge", multiple=True, metavar="编号=理由", help="接受一个变差的已知问题；可以写几次")
def publish(config_file: Path | None, undo: bool, discard: bool, acknowledge: tuple[str, ...]) -> None:
    """检查草稿，拿已知问题问一遍，没有问题就发布；正在运行的服务几秒内换上。"""
    config, engine = configured_store(config_file)
    versions = KnowledgeStore(engine)
    if undo + discard + bool(acknowledge) > 1:
        raise click.UsageError("--undo、--discard、--acknowledge 一次只能用一种")
    if discard:
        _discard(versions)
        return
    if undo:
        _undo(versions)
        return
    if not versions.published_number():
        _first(versions)
        return
    accepted = dict(_accepted(acknowledge))
    desk = desk_of(config, engine)
    situation = desk.situation()
    if situation is None:
        raise SystemExit(f"错误：没有草稿，现在发布的是第{versions.published().id}版")
    if situation.findings.wrong:
        raise KnowledgeError(list(situation.findings.wrong))
    try:
        if situation.trial is None or situation.trial.state != "done":
            say("拿已知问题问现在的和草稿的……")
            desk.ask_now(situation, OPERATOR, say)
            situation = _again(desk)
        for number, reason in accepted.items():
            desk.accept(situation, [number], reason, OPERATOR)
        situation = _again(desk)
        for line in _told(situation):
            click.echo(line)
        click.echo(f"已发布第{desk.publish(situation, OPERATOR)}版")
    except Refused as refused:
        raise SystemExit(f"错误：{refused}") from None


def _first(versions: KnowledgeStore) -> None:
    """Publish on an installation that never published anything: there is nothing to compare with."""
    draft = versions.draft()
    if draft is None:
        raise SystemExit("错误：没有草稿，也还没有发布过")
    if problems := problems_of(draft.knowledge):
        raise KnowledgeError(problems)
    click.echo(f"已发布第{versions.publish(draft.id, OPERATOR, utc_now())}版")


def _discard(versions: KnowledgeStore) -> None:
    draft = versions.draft()
    if draft is None:
        raise SystemExit("错误：没有草稿")
    versions.discard()
    click.echo(f"第{draft.id}版草稿作废了，已发布的没有变")


def _undo(versions: KnowledgeStore) -> None:
    current = versions.published()
    if (earlier := versions.previous()) is None:
        raise SystemExit("错误：没有更早的版本可以恢复")
    click.echo(f"第{earlier}版恢复为第{versions.publish_again(earlier, OPERATOR, utc_now())}版，原来是第{current.id}版")


def _accepted(given: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    for one in given:
        number, _, reason = one.partition("=")
        if not number.strip().isdigit() or not reason.strip():
            raise click.UsageError(f"--acknowledge {one}：应写成 编号=理由")
        yield int(number), reason.strip()


def _again(desk: PublishingDesk) -> Situation:
    situation = desk.situation()
    if situation is None:
        raise Refused("草稿刚刚被发布或者作废了")
    return situation


def _told(situation: Situation) -> Iterator[str]:
    """The changes, what is to be noted, and the known questions that came out otherwise."""
    yield from (f"{change.object} {change.field}" for change in situation.changes)
    yield from (f"注意：{note}" for note in (*situation.findings.notes, *situation.notes))
    rows = situation.rows
    yield f"已知问题 {len(rows)} 个：" + "，".join(
        f"{words} {len(situation.of(verdict))}" for verdict, words in _VERDICTS.items() if situation.of(verdict)
    )
    for row in situation.of(Verdict.WORSE, Verdict.GONE, Verdict.BETTER):
        accepted = situation.accepted.get(row.question)
        yield f"[{row.question}] {_VERDICTS[row.verdict]}：{row.text}　{_change(row)}" + (
            f"（已接受：{accepted.reason}）" if accepted else ""
        )


_VERDICTS = {
    Verdict.SAME: "一样",
    Verdict.CHANGED: "字句变了",
    Verdict.BETTER: "变好",
    Verdict.WORSE: "变差",
    Verdict.GONE: "事项没有了",
}


def _change(row: Compared) -> str:
    return f"{_said(row.before)} → {_said(row.after)}" if row.before else _said(row.after)


def _said(said: Said) -> str:
    return " ".join([said.mode, *said.services])
