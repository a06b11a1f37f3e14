"""Known questions: what is asked of every draft before it is published."""

from collections.abc import Callable
from typing import Protocol

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, signed_in
from bot.console.knowledge_words import gone_words
from bot.console.parts import part
from bot.console.words import mode_words, outcome_words
from bot.messages import Mode
from bot.publishing.asking import Asked, right_item
from bot.questions.known import LONGEST, MODES, KnownQuestion, problem_of
from knowledge.base import KnowledgeBase

known = Blueprint("console_known", __name__, url_prefix="/console/known")

SOURCES = {"files": "项目自带", "console": "手工添加", "review": "复核回答", "group": "居民提问"}
PER_PAGE = 40


class KnownStore(Protocol):
    """Where known questions are kept."""

    def all(self) -> list[KnownQuestion]:
        """Every one, those in use first."""

    def get(self, number: int) -> KnownQuestion | None:
        """The one of that id."""

    def add(self, question: KnownQuestion, by: str) -> int | None:
        """Keep one; None when its words are among them already."""

    def change(self, number: int, question: KnownQuestion, by: str) -> bool:
        """Change one; False when another has its words."""

    def switch(self, number: int, active: bool, by: str) -> None:
        """Switch one on or off."""


def _store() -> KnownStore:
    store: KnownStore = part("known_questions")
    return store


def _knowledge() -> KnowledgeBase:
    give: Callable[[], KnowledgeBase] = part("knowledge_now")
    return give()


def is_gone(question: KnownQuestion, knowledge: KnowledgeBase) -> bool:
    """Whether what is right is not in the knowledge any more."""
    return (question.service or question.item) is not None and right_item(question, knowledge) is None


def right_words(question: KnownQuestion, knowledge: KnowledgeBase) -> str:
    """What is right, in words."""
    if question.service is not None:
        if question.service not in knowledge.services:
            return gone_words(question.service)
        return f"{knowledge.item_name(knowledge.item_of(question.service).number)} {knowledge.services[question.service].title}"
    return "" if question.item is None else f"{knowledge.item_name(question.item)}，哪一项都行"


def _choices(knowledge: KnowledgeBase) -> list[tuple[str, str]]:
    found = [("", "不涉及事项")]
    for item in knowledge.items.values():
        found += [(f"service:{s.id}", f"{knowledge.item_name(item.number)} {s.title}") for s in item.services]
        if len(item.services) > 1:
            found.append((f"item:{item.number}", f"{knowledge.item_name(item.number)}，哪一项都行"))
    return found


@known.get("/")
def index() -> ResponseReturnValue:
    """The list."""
    knowledge, words, mode = _knowledge(), request.args.get("q", "").strip(), request.args.get("mode", "")
    everything = sorted(_store().all(), key=lambda one: (not one.active, MODES.index(one.mode), right_item(one, knowledge) or 0))
    rows = [(question, right_words(question, knowledge)) for question in everything]
    found = [
        (question, right)
        for question, right in rows
        if (not words or words in question.text or words in right) and (not mode or question.mode == mode)
    ]
    page = max(request.args.get("page", 1, type=int), 1)
    covered = {right_item(question, knowledge) for question, _ in rows if question.active and question.mode is Mode.ANSWER}
    return render_template(
        "console/known/index.html",
        rows=found[(page - 1) * PER_PAGE : page * PER_PAGE],
        count=len(found),
        active=sum(question.active for question, _ in rows),
        gone=[question for question, _ in rows if question.active and is_gone(question, knowledge)],
        uncovered=[item for item in knowledge.items.values() if item.number not in covered],
        modes=[(str(one), mode_words()[one]) for one in MODES],
        sources=SOURCES,
        words=words,
        mode=mode,
        page=page,
        pages=-(-len(found) // PER_PAGE),
    )


def _form(question: KnownQuestion, error: str = "", status: int = 200) -> ResponseReturnValue:
    knowledge = _knowledge()
    right = f"service:{question.service}" if question.service else f"item:{question.item}" if question.item else ""
    choices = _choices(knowledge)
    if right and right not in dict(choices):
        choices.insert(1, (right, right_words(question, knowledge)))
    asked: Asked | None = None
    if question.text.strip():
        try_out: Callable[[KnownQuestion], Asked] = part("ask_known")
        asked = try_out(question)
    page = render_template(
        "console/known/form.html",
        question=question,
        modes=[(str(one), mode_words()[one]) for one in MODES],
        choices=choices,
        right=right,
        asked=asked,
        mode_words=mode_words(),
        outcome_words=outcome_words(),
        longest=LONGEST,
        error=error,
    )
    return page, status


def _given(source: str) -> KnownQuestion:
    text, mode = " ".join(request.form.get("text", "").split()), request.form.get("mode", "")
    kind, _, value = request.form.get("right", "").partition(":")
    return KnownQuestion(
        text,
        Mode(mode) if mode in MODES else Mode.ANSWER,
        int(value) if kind == "item" and value.isdigit() else None,
        value if kind == "service" else None,
        source=source if source in SOURCES and source != "files" else "console",
    )


def _problem(question: KnownQuestion) -> str:
    knowledge = _knowledge()
    return problem_of(question, knowledge.services, knowledge.items)


@known.get("/new")
def new() -> ResponseReturnValue:
    """The form for a new one."""
    return _form(KnownQuestion("", Mode.ANSWER))


@known.post("/begin")
def begin() -> ResponseReturnValue:
    """The form, filled in with a question that staff have just reviewed."""
    return _form(_given(request.form.get("source", "")))


@known.post("/new")
def add() -> ResponseReturnValue:
    """Keep a new one."""
    question = _given(request.form.get("source", ""))
    if problem := _problem(question):
        return _form(question, problem, 400)
    number = _store().add(question, signed_in().shown)
    if number is None:
        return _form(question, "已知问题里已经有这一句了", 400)
    audit("known.add", str(number), {"text": question.text, "mode": question.mode})
    flash("已加进已知问题，以后每次发布前都会先问它。", "success")
    return redirect(url_for(".index"))


def _one(number: int) -> KnownQuestion:
    found = _store().get(number)
    if found is None:
        abort(404)
    return found


@known.get("/<int:number>")
def edit(number: int) -> ResponseReturnValue:
    """One, and how it is answered now."""
    return _form(_one(number))


@known.post("/<int:number>")
def change(number: int) -> ResponseReturnValue:
    """Change one."""
    before, wanted = _one(number), _given("console")
    changed = KnownQuestion(wanted.text, wanted.mode, wanted.item, wanted.service, number, before.source, active=before.active)
    if problem := _problem(changed):
        return _form(changed, problem, 400)
    if not _store().change(number, changed, signed_in().shown):
        return _form(changed, "已知问题里已经有这一句了", 400)
    audit("known.change", str(number), {"text": changed.text, "mode": changed.mode})
    flash("已保存。", "success")
    return redirect(url_for(".index"))


@known.post("/<int:number>/switch")
def switch(number: int) -> ResponseReturnValue:
    """Switch one off, or on again."""
    question = _one(number)
    _store().switch(number, not question.active, signed_in().shown)
    audit("known.switch", str(number), {"active": not question.active})
    flash("已停用，发布前不再问它。" if question.active else "已启用。", "success")
    return redirect(url_for(".index"))


@known.post("/retire")
def retire() -> ResponseReturnValue:
    """Switch off all whose service is not there any more: another plan was published."""
    knowledge = _knowledge()
    gone = [question.id for question in _store().all() if question.active and is_gone(question, knowledge)]
    for number in gone:
        _store().switch(number, False, signed_in().shown)
    audit("known.switch", ",".join(map(str, gone)), {"active": False})
    flash(f"停用了 {len(gone)} 个。", "success")
    return redirect(url_for(".index"))
