"""The knowledge base: ``publish``."""

from pathlib import Path

import click

from bot.commands.common import OPERATOR, Command, config_option, configured_store
from bot.dialogue.conversation import utc_now
from bot.store.knowledge import KnowledgeStore
from knowledge.changes import differences
from knowledge.document import problems_of
from knowledge.errors import KnowledgeError


@click.command(cls=Command)
@config_option
@click.option("--undo", is_flag=True, help="撤回最近一次发布，恢复上一版")
def publish(config_file: Path | None, undo: bool) -> None:
    """检查草稿，没有问题就发布；正在运行的服务几秒内换上。"""
    versions = KnowledgeStore(configured_store(config_file)[1])
    current = versions.published()
    if undo:
        if (earlier := versions.previous()) is None:
            raise SystemExit("错误：没有更早的版本可以恢复")
        click.echo(f"第{earlier}版恢复为第{versions.publish_again(earlier, OPERATOR, utc_now())}版，原来是第{current.id}版")
        return
    draft = versions.draft()
    if draft is None:
        raise SystemExit(f"错误：没有草稿，现在发布的是第{current.id}版")
    if problems := problems_of(draft.knowledge):
        raise KnowledgeError(problems)
    for change in differences(current.document, draft.document):
        click.echo(f"{change.object} {change.field}")
    click.echo(f"已发布第{versions.publish(draft.id, OPERATOR, utc_now())}版")
