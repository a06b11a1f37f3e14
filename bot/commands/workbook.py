"""The knowledge base as an Excel workbook: ``export`` and ``import``."""

import os
from pathlib import Path

import click

from bot.commands.common import OPERATOR, Command, config_option, configured_store, say
from bot.console.knowledge_words import words
from bot.dialogue.conversation import utc_now
from bot.dialogue.templates import template_problem
from bot.store.engine import Engine
from bot.store.knowledge import KnowledgeStore, Version
from knowledge.changes import differences
from knowledge.document import Document, document_of, knowledge_of
from knowledge.errors import KnowledgeError
from knowledge.load import load_knowledge
from knowledge.merging import merging
from knowledge.workbook.exporter import export_workbook, mark_of
from knowledge.workbook.importer import import_workbook, marked
from knowledge.workbook.mistakes import WorkbookError

_file = click.argument("file", type=click.Path(path_type=Path))


@click.command("export", cls=Command)
@config_option
@click.option("--published", is_flag=True, help="导出已发布的，不管有没有草稿")
@_file
def export_command(config_file: Path | None, published: bool, file: Path) -> None:
    """把知识库导出成 Excel 工作簿（有草稿就导草稿）。"""
    _require_name(file)
    version = _current(_versions(config_file), published)
    say(f"正在导出{version_words(version)}……")
    content = export_workbook(version.document, version_words(version), words()["circumstances"])
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    click.echo(f"{file}：{version_words(version)}，{len(content) // 1024} KB")


@click.command("import", cls=Command)
@config_option
@click.option("--whole", is_flag=True, help="整份以文件为准：文件导出以后别处改的，也改回文件里的")
@_file
def import_command(config_file: Path | None, whole: bool, file: Path) -> None:
    """把 Excel 工作簿读成知识库的草稿；有错就全部列出来，什么都不改。"""
    content = file.read_bytes()
    versions = _versions(config_file)
    say(f"正在读 {file.name}……")
    try:
        document = import_workbook(content, template_problem, words()["circumstances"])
    except WorkbookError as refused:
        count = len(refused.mistakes)
        raise SystemExit("\n".join([f"错误：{file} 有 {count} 处错，什么都没有改", *refused.problems])) from None
    current = _current(versions, False)
    if not whole:
        document = _with_later(versions, current, document, marked(content))
    made = differences(current.document, document)
    if not made:
        click.echo(f"和{version_words(current)}一样，没有改动")
        return
    for change in made:
        click.echo(f"{change.object} {change.field}")
    draft = versions.replace_draft(document, f"从 {file.name} 导入", OPERATOR, utc_now())
    click.echo(f"{len(made)} 处改动已存成草稿（第{draft}版），用 app.py publish 检查并发布")


def _with_later(versions: KnowledgeStore, current: Version, document: Document, mark: str) -> Document:
    """What the file changes, brought together with what was changed since it was made."""
    if mark in ("", mark_of(current.document)):
        return document
    base = versions.state(mark, mark_of)
    if base is None:
        say("注意：这个文件导出以后，知识库又改过；下面列出的，可能也有把后来的改动改回去的。")
        return document
    found = merging(base, document, current.document)
    for change in (*found.clashes, *found.later):
        say(f"导出以后改过，保留现在的：{change.object} {change.field}")
    try:
        return document_of(knowledge_of(found.document))
    except KnowledgeError as error:
        raise SystemExit(f"错误：文件里的改动和后来的改动合不起来：{'；'.join(error.problems[:3])}") from None


def version_words(version: Version) -> str:
    """A version as people call it."""
    return f"第{version.id}版（{'草稿' if version.state == 'draft' else '已发布'}）"


def _versions(config_file: Path | None) -> KnowledgeStore:
    """The versions of the configured store; the project's files are the first where nothing was ever published."""
    engine: Engine = configured_store(config_file)[1]
    versions = KnowledgeStore(engine)
    if not versions.published_number() and versions.draft() is None:
        versions.bring_in(load_knowledge(), utc_now())
    return versions


def _current(versions: KnowledgeStore, published: bool) -> Version:
    draft = None if published else versions.draft()
    return draft or versions.published()


def _require_name(file: Path) -> None:
    if file.suffix.lower() != ".xlsx":
        raise click.UsageError("文件名要以 .xlsx 结尾")
    if not file.absolute().parent.is_dir():
        raise SystemExit(f"错误：没有这个文件夹：{file.absolute().parent}")
