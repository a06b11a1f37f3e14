"""Unanswered questions: groups, the most pressing first, each settled in one step."""

from typing import Protocol

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, current_actor, signed_in
from bot.console.navigation import counter
from bot.console.parts import part
from bot.console.question_desk import QuestionDesk
from bot.delivery.choice import TELEPHONE
from bot.questions.records import Group, Question, Settlement
from bot.tickets.records import Actor, Role, Unit

questions = Blueprint("console_questions", __name__, url_prefix="/console/questions")

PER_PAGE = 50
LONGEST_QUOTED = 60
LONGEST_ANSWER = 800
LONGEST_WORDS = 200
STATES = {"open": "没处理的", "passed": "转给单位的", "settled": "处理过的"}
OUTCOMES = {"taught": "归到事项", "answered": "写了答复", "not_ours": "不归区里管", "passed": "转给单位", "closed": "不用答复"}


def desk() -> QuestionDesk:
    """What these pages work on."""
    given: QuestionDesk = part("questions")
    return given


def unit_of(actor: Actor) -> int | None:
    """Whose groups somebody sees: dispatchers and administrators all, a unit's people what was passed on to it."""
    return None if actor.role in (Role.ADMINISTRATOR, Role.DISPATCHER) else (actor.unit or -1)


@counter("open_questions")
def count_open(actor: Actor) -> int:
    """The badge: groups that wait for this person."""
    unit = unit_of(actor)
    return desk().questions.count_groups("open" if unit is None else "passed", unit)[0]


def _group(number: int) -> Group:
    group, unit = desk().questions.group(number), unit_of(current_actor())
    if group is None or (unit is not None and group.unit != unit):
        abort(404)
    return group


@questions.get("/")
def index() -> ResponseReturnValue:
    """The list."""
    unit = unit_of(current_actor())
    state = request.args.get("state", "open" if unit is None else "passed")
    if state not in STATES:
        abort(404)
    page = max(request.args.get("page", 1, type=int), 1)
    reader = desk().questions
    count, total = reader.count_groups(state, unit)
    groups = reader.groups(state, unit, (page - 1) * PER_PAGE, PER_PAGE)
    return render_template(
        "console/questions/index.html",
        groups=groups,
        guesses={group.id: desk().title(group.guess) for group in groups},
        answers={group.id: desk().title(group.answer) or group.answer for group in groups if group.outcome},
        outcomes=OUTCOMES,
        state=state,
        states=STATES if unit is None else {name: STATES[name] for name in ("passed", "settled")},
        count=count,
        total=total,
        page=page,
        pages=-(-count // PER_PAGE),
        done=request.args.get("done", ""),
    )


@questions.get("/<int:number>")
def group(number: int) -> ResponseReturnValue:
    """One group: its questions, what the bot thought, and what can be done."""
    return _page(_group(number))


def _page(group: Group, status: int = 200, **more: object) -> ResponseReturnValue:
    asked = desk().questions.questions(group.id)
    central = next((q for q in asked if q.text == group.label), asked[0] if asked else None)
    audit("questions.view", str(group.id))
    units = _units()
    settled = desk().questions.alike(group.id, ("settled",), 2)
    values: dict[str, object] = {
        "group": group,
        "asked": asked,
        "newest": max((q.id for q in desk().open_questions(group)), default=0),
        "central": central,
        "why": desk().explain(central) if central else None,
        "thought": [(desk().choice(name), p) for name, p in (central.candidates if central else ())],
        "likely": desk().likely(group.label),
        "titles": desk().title,
        "near": desk().questions.alike(group.id, ("open",), 5),
        "earlier": [(one, desk().title(one.answer) or one.answer) for one, cosine in settled if cosine >= 0.5],
        "reasons": desk().reasons(),
        "hotlines": desk().hotlines(),
        "units": units,
        "unit_name": dict(units).get(group.unit or 0, ""),
        "outcomes": OUTCOMES,
        "telephone": TELEPHONE,
        "whole": unit_of(current_actor()) is None,
        "written": request.form.get("text", "") or request.form.get("words", ""),
        "longest": {"text": LONGEST_ANSWER, "words": LONGEST_WORDS},
    }
    return render_template("console/questions/group.html", **{**values, **more}), status


@questions.get("/<int:number>/around/<int:question>")
def around(number: int, question: int) -> ResponseReturnValue:
    """The conversation around one question, for opening below it."""
    found = _question(_group(number), question)
    audit("questions.conversation.view", str(question))
    return render_template("console/questions/_around.html", lines=desk().questions.around(found), question=found)


def shortened(text: str) -> str:
    """A resident's question for quoting it to them."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTED else line[: LONGEST_QUOTED - 1] + "…"


def _question(group: Group, number: int) -> Question:
    found = desk().questions.question(number)
    if found is None or found.group != group.id:
        abort(404)
    return found


@questions.post("/<int:number>/talk/<int:question>")
def talk(number: int, question: int) -> ResponseReturnValue:
    """Talk with the resident who asked it."""
    found = _question(_group(number), question)
    conversation = desk().live.begin(found.resident, _account(), shortened(found.text))
    if conversation is None:
        flash("写不到这位居民：是电话里问的，或者记录已经删除", "warning")
        return redirect(url_for(".group", number=number))
    audit("questions.talk", str(question), {"conversation": conversation})
    return redirect(url_for("console_live.talk", number=conversation))


@questions.get("/services")
def services() -> ResponseReturnValue:
    """Services by words, for choosing one."""
    words = request.args.get("q", "").strip()
    found = desk().search(words) if words else desk().likely(request.args.get("text", ""))
    return render_template("console/questions/_services.html", choices=found, words=words)


@questions.post("/<int:number>/assign")
def assign(number: int) -> ResponseReturnValue:
    """The group belongs to a service: teach it, answer whoever asked."""
    group, service = _group(number), request.form.get("service", "")
    if desk().choice(service) is None:
        abort(400, "没有这个事项")
    if request.form.get("sure") != service:
        texts = list(dict.fromkeys(q.text for q in desk().open_questions(group, _seen())))
        if broken := desk().broken_by(texts, service):
            return _page(group, 409, broken=broken, wanted=desk().choice(service))
    return _done(group, desk().assign(group, service, _account(), _seen()), "assign", service)


@questions.post("/<int:number>/answer")
def answer(number: int) -> ResponseReturnValue:
    """Write an answer to everybody who asked."""
    group, text = _group(number), request.form.get("text", "").strip()
    if not text:
        return _page(group, 400, error="请写上答复的内容")
    if len(text) > LONGEST_ANSWER:
        return _page(group, 400, error=f"答复太长，现在{len(text)}个字，最多{LONGEST_ANSWER}个字")
    return _done(group, desk().answer(group, text, _account(), _seen()), "answer", text)


@questions.post("/<int:number>/not-ours")
def not_ours(number: int) -> ResponseReturnValue:
    """Not the district's: the resident reads why, and where to turn."""
    group = _group(number)
    reason = next((one for one in desk().reasons() if one.id == request.form.get("reason")), None)
    if reason is None:
        return _page(group, 400, error="请选一个原因")
    words, hotline = request.form.get("words", "").strip(), request.form.get("hotline", "")
    if len(words) > LONGEST_WORDS:
        return _page(group, 400, error=f"自己的话太长，现在{len(words)}个字，最多{LONGEST_WORDS}个字")
    hotline = reason.hotline if hotline == "reason" else hotline
    return _done(group, desk().not_ours(group, reason, words, hotline, _account(), _seen()), "not_ours", reason.id)


@questions.post("/<int:number>/pass-on")
def pass_on(number: int) -> ResponseReturnValue:
    """Another unit is to answer it."""
    group, units = _group(number), dict(_units())
    unit = request.form.get("unit", 0, type=int)
    if unit not in units:
        return _page(group, 400, error="请选一个单位")
    return _done(group, desk().pass_on(group, unit, units[unit], _account(), _seen()), "pass_on", units[unit])


@questions.post("/<int:number>/split")
def split(number: int) -> ResponseReturnValue:
    """The chosen questions become a group of their own, or go into another."""
    group, chosen = _group(number), request.form.getlist("question", type=int)
    if not chosen:
        return _page(group, 400, error="请先勾选要移出去的问题")
    target = request.form.get("target", 0, type=int)
    moved = desk().settlements.move(number, chosen, target) if target else desk().settlements.split(number, chosen)
    if moved is None:
        flash("没有移动：这些问题已经不在这一组了", "warning")
        return redirect(url_for(".group", number=number))
    audit("questions.split", str(number), {"questions": chosen, "into": moved})
    flash(f"移出了{len(chosen)}个问题", "success")
    return redirect(url_for(".group", number=moved))


@questions.post("/undo/<settlement>")
def undo(settlement: str) -> ResponseReturnValue:
    """Take back what was settled."""
    count = desk().settlements.undo(settlement)
    audit("questions.undo", settlement, {"questions": count})
    if count:
        flash(f"已撤销，{count}个问题回到“没处理的”。已经发到居民手里的话收不回来。", "success")
    else:
        flash("没有可以撤销的", "warning")
    return redirect(url_for(".index"))


class UnitBook(Protocol):
    """Where the units stand."""

    def all(self) -> list[Unit]:
        """Every unit."""


def _units() -> list[tuple[int, str]]:
    """The units that something can be passed on to."""
    book: UnitBook = part("units")
    return [(unit.id, unit.name) for unit in book.all() if unit.active]


def _account() -> int:
    return signed_in().id


def _seen() -> int | None:
    """The newest question that stood on the page that was sent: what came since was not read, and stays open."""
    return request.form.get("seen", type=int)


def _done(group: Group, done: Settlement | None, action: str, detail: str) -> ResponseReturnValue:
    if done is None:
        return _page(_group(group.id), 409, error="这一组别人刚刚处理过了，您的没有发出去")
    audit(f"questions.{action}", str(group.id), {"detail": detail, "settlement": done.id, "questions": done.questions})
    flash(f"处理好了：{done.questions}个问题，给{done.residents}位居民发了答复", "success")
    return redirect(url_for(".index", done=done.id))
