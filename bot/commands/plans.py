"""Another plan document into a draft: ``import-plan``."""

from collections.abc import Iterator
from pathlib import Path

import click

from bot.commands.common import OPERATOR, Command, config_option, configured_store, say
from bot.dialogue.conversation import utc_now
from bot.store.knowledge import KnowledgeStore
from knowledge.base import KnowledgeBase
from knowledge.document import knowledge_of, problems_of
from knowledge.errors import KnowledgeError
from knowledge.load import load_knowledge
from knowledge.model import Item
from knowledge.plans.beside import beside, place_beside
from knowledge.plans.draft import Corrections, PlanDraft, corrected, counts, draft_of, obstacles
from knowledge.plans.files import of_file
from knowledge.plans.matching import Match, Outcome, word_differences
from knowledge.plans.reader import read_plan
from knowledge.plans.records import ReadPlan

_OUTCOMES = {Outcome.KEPT: "沿用", Outcome.CHANGED: "改动", Outcome.NEW: "新增", Outcome.GONE: "取消"}
_MARKS = {"same": "{}", "del": "［删：{}］", "ins": "［加：{}］"}


@click.command("import-plan", cls=Command)
@config_option
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="有一份没发布的草稿时，用这份计划换掉它")
@click.option("--beside", "is_beside", is_flag=True, help="和现在的计划同时有效；早先的一版已经在旁边的，只换那一版")
@click.option("--title", default="", help="计划的名称（文件里没写或者认错了时）")
@click.option("--number", default="", help="文号")
@click.option("--year", type=click.IntRange(2000, 2100), help="年份")
@click.option("--district", default="", help="区县的名称，如 云杉区")
@click.option("--city", default="", help="所在的市")
def import_plan(
    config_file: Path | None,
    file: Path,
    replace: bool,
    is_beside: bool,
    title: str,
    number: str,
    year: int | None,
    district: str,
    city: str,
) -> None:
    """把一份计划文件（.txt、.docx）读成知识库的草稿；发布之前不生效。"""
    try:
        document = of_file(file.name, file.read_bytes())
    except KnowledgeError as refused:
        raise SystemExit(f"错误：{file.name}：{'；'.join(refused.problems)}") from None
    plan = corrected(read_plan(document), Corrections(title=title, number=number, year=year, district=district, city=city))
    present = _present(config_file) if is_beside else None
    plan = beside(plan, present[1]) if present else plan
    for line in found_lines(plan):
        click.echo(line)
    if stop := obstacles(plan):
        raise SystemExit("错误：这份计划还不能成为草稿，什么也没有改动：\n" + "\n".join(stop))
    say("整理事项……")
    versions, base = present or _present(config_file)
    if (waiting := versions.draft()) and not replace:
        raise SystemExit(
            f"错误：有一份没发布的草稿（第{waiting.id}版，{waiting.by}）："
            "先发布（publish）或者作废（publish --discard），或者加 --replace 用这份计划换掉它"
        )
    now = utc_now()
    draft = draft_of(plan, file.name, base, now.date(), place=place_beside(plan, base) if is_beside else 0)
    for line in draft_lines(draft):
        click.echo(line)
    if wrong := problems_of(knowledge_of(draft.document)):
        click.echo(f"\n发布之前要改的 {len(wrong)} 处：")
        click.echo("\n".join(f"  {problem}" for problem in wrong))
    saved = versions.replace_draft(draft.document, f"导入《{plan.title}》", OPERATOR, now)
    click.echo(f"\n已存为草稿（第{saved}版），publish 之后才生效。")


def _present(config_file: Path | None) -> tuple[KnowledgeStore, KnowledgeBase]:
    """The store, and what is published; before anything was, what the project's files say."""
    versions = KnowledgeStore(configured_store(config_file)[1])
    return versions, versions.published().knowledge if versions.published_number() else load_knowledge()


def found_lines(plan: ReadPlan) -> Iterator[str]:
    """What was found in the document, each with its place; what is wrong, and what was not understood."""
    yield f"《{plan.title}》 {plan.number or '没有文号'}，{plan.year or '没有年份'}，{plan.city}{plan.district or '没有区县'}"
    yield f"{len(plan.items)} 条，{len(plan.fields)} 个方面，{len(plan.offices)} 个部门"
    field = None
    for item in plan.items:
        if item.field != field:
            field = item.field
            yield f"\n{field}"
        yield f"  第{item.number}条（{item.place}）{_shown(item.text)} —— {'、'.join(item.offices.names) or '没有部门'}"
        if item.found:
            yield "      " + "  ".join(finding.words for finding in item.found)
    yield "\n部门：" + "、".join(plan.offices)
    if plan.faults:
        yield f"\n有问题的 {len(plan.faults)} 处："
        yield from (f"  {fault.place}：{fault.words}" for fault in plan.faults)
    if plan.unread:
        yield f"\n没有归到任何一条的文字 {len(plan.unread)} 段："
        yield from (f"  {unread.place}：{_shown(unread.text, 60)}" for unread in plan.unread)


def draft_lines(draft: PlanDraft) -> Iterator[str]:
    """The services that were made, how the plan matches the present one, and what is to be looked at."""
    knowledge = knowledge_of(draft.document)
    items = [item for item in knowledge.items.values() if item.place == draft.place]
    yield f"\n{sum(len(item.services) for item in items)} 个事项："
    for item in items:
        yield f"  第{item.within}条：" + "、".join(f"{service.title}" for service in item.services)
    if knowledge.plans:
        yield "\n同时有效的计划：" + "、".join(f"《{head.title}》" for head in knowledge.heads.values())
    yield "\n和现在的计划相比：" + "，".join(f"{_OUTCOMES[outcome]} {n}" for outcome, n in counts(draft.matches).items())
    for match in draft.matches:
        if line := _match_line(match):
            yield line
    if draft.notes:
        yield f"\n请看一看的 {len(draft.notes)} 处："
        yield from (f"  {note}" for note in draft.notes)


def _match_line(match: Match) -> str:
    if match.outcome is Outcome.CHANGED and match.old and match.new:
        pieces = word_differences(match.old.text, match.new.text)
        words = "".join(_MARKS[piece.kind].format(piece.text) for piece in pieces)
        offices = "" if match.old.departments == match.new.offices.names else f"（部门：{_names(match.old)} → "
        offices += f"{'、'.join(match.new.offices.names)}）" if offices else ""
        return f"  改动 第{match.old.number}条 → 第{match.new.number}条：{words}{offices}"
    if match.outcome is Outcome.GONE and match.old:
        return f"  取消 第{match.old.number}条：{_shown(match.old.text)}"
    return ""


def _names(item: Item) -> str:
    return "、".join(item.departments)


def _shown(text: str, most: int = 40) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"
