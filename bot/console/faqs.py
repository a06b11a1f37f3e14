"""What staff wrote to unanswered questions: an administrator makes it an answer of its own, or a text of a service's draft."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, signed_in
from bot.console.parts import part, parts
from bot.console.questions import desk
from bot.questions.records import Faq, Suggestion
from bot.tickets.records import Unit
from intents.lesson import Broken
from knowledge.model import Aspect

faqs = Blueprint("console_faqs", __name__, url_prefix="/console/faqs")

LONGEST = 800
SUGGEST_AT = 0.3
"""The bot's guess at the questions is preset as the service from this confidence on."""
LONGEST_QUESTION = 100
MOST_QUESTIONS = 30
STATES = {"active": "在用", "waiting": "等第二个人批准", "stopped": "停用"}


class Faqs(Protocol):
    """Where the answers are kept."""

    def all(self) -> list[Faq]:
        """Every one, the newest first."""

    def get(self, number: int) -> Faq | None:
        """The one of that id."""

    def save(self, faq: Faq) -> int:
        """Keep it (id 0: as a new one); its id."""

    def switch(self, number: int, state: str, account: int) -> bool:
        """Into use or out of it; False when it was so before."""


class UnitBook(Protocol):
    """Where the units stand."""

    def get(self, number: int) -> Unit | None:
        """The unit of that id."""


@dataclass(frozen=True)
class Given:
    """What the form holds."""

    text: str
    questions: tuple[str, ...]
    where: str = "faq"
    service: str = ""
    aspect: str = "overview"


def book() -> Faqs:
    """What these pages work on."""
    given: Faqs = part("faqs")
    return given


@faqs.get("/")
def index() -> ResponseReturnValue:
    """What waits to be taken over, and what is in use."""
    waiting = [one for one in desk().reviews.suggestions() if one.kind == "faq"]
    return render_template("console/faqs/index.html", faqs=book().all(), waiting=waiting, states=STATES)


# -- taking over what a clerk wrote -------------------------------------------------------------------------------------------


def _suggestion(number: int) -> Suggestion:
    found = next((one for one in desk().reviews.suggestions() if one.id == number and one.kind == "faq"), None)
    if found is None:
        abort(404)
    return found


@faqs.get("/from/<int:number>")
def take(number: int) -> ResponseReturnValue:
    """What a clerk wrote, with the questions it was written for, to be put right and taken over."""
    found = _suggestion(number)
    asked = desk().questions.questions(found.group) if found.group else []
    questions = tuple(dict.fromkeys(text for text in (found.question, *(q.text for q in asked)) if text))[:MOST_QUESTIONS]
    group = desk().questions.group(found.group) if found.group else None
    likely = group is not None and group.guess_confidence >= SUGGEST_AT and desk().choice(found.service or "")
    return _form(Given(found.text, questions, service=(found.service or "") if likely else ""), suggestion=found)


@faqs.post("/from/<int:number>")
def taken(number: int) -> ResponseReturnValue:
    """Make it an answer of its own, or put it into a service's draft."""
    found, given = _suggestion(number), _given()
    if error := _wrong(given):
        return _form(given, error, suggestion=found)
    if given.where == "service":
        return _into_service(found, given)
    if hidden := _hidden(given):
        return _form(given, suggestion=found, hidden=hidden, status=409)
    writer = found.account if given.text == found.text else signed_in().id
    kept = _save(Faq(0, given.text, given.questions, _office(found.account), account=writer))
    desk().reviews.close_suggestion(number, "taken")
    audit("faqs.take", str(kept.id), {"suggestion": number, "questions": len(given.questions)})
    flash(_words(kept), "success")
    return redirect(url_for(".index"))


def _office(account: int | None) -> str:
    """The unit of who wrote it, as residents read it; empty for the district."""
    wrote = parts().accounts.get(account) if account else None
    units: UnitBook = part("units")
    unit = units.get(wrote.unit) if wrote and wrote.unit else None
    return unit.name if unit else ""


def _save(faq: Faq) -> Faq:
    """Keep it; where two persons are asked for, what somebody wrote waits for another."""
    account = signed_in()
    alone = parts().config().console.second_person and faq.account == account.id
    faq = replace(faq, state="waiting" if alone else "active", by=account.shown, approved_by=None if alone else account.id)
    return replace(faq, id=book().save(faq))


def _hidden(given: Given) -> list[tuple[str, str]]:
    """The questions that the plan answers for sure, with the service's title: this answer would take its place."""
    if request.form.get("sure") == "faq":
        return []
    dialogue = desk().dialogue()
    meant = [(question, dialogue.interpret(question)) for question in given.questions]
    sure = [(question, one) for question, one in meant if one.candidates and one.confidence >= dialogue.thresholds.answer_at]
    return [(question, desk().title(one.candidates[0].topic)) for question, one in sure]


def _words(faq: Faq) -> str:
    return "记下了，等第二个人批准" if faq.state == "waiting" else "记下了，几秒内机器人就照着答"


def _into_service(found: Suggestion, given: Given) -> ResponseReturnValue:
    """The text goes into the draft; the questions are taught to the service."""
    aspect = Aspect(given.aspect)
    there = desk().drafted().services[given.service].answers.get(aspect, "") if given.service in desk().drafted().services else ""
    if there and request.form.get("over", "") != there:
        both = replace(given, text=f"{there}\n{given.text}")
        words = "这个事项的这一面已经写了话，现在放在前面，请合成一段再保存"
        return _form(both, words, suggestion=found, over=there, status=409)
    sure = request.form.get("sure") == given.service
    if not sure and (broken := desk().broken_by(given.questions, given.service)):
        return _form(given, suggestion=found, over=there, broken=broken, status=409)
    desk().edit_draft(f"service:{given.service}", f"answers.{aspect}", given.text, signed_in().shown)
    for question in given.questions:
        desk().settlements.teach_one(question, given.service, signed_in().id)
    desk().reviews.close_suggestion(found.id, "taken")
    audit("faqs.draft", f"{given.service}/{aspect}", {"suggestion": found.id, "questions": len(given.questions)})
    flash("放进草稿了，检查发布以后生效；这些问法已经教给机器人", "success")
    return redirect(url_for(".index"))


# -- what is in use -----------------------------------------------------------------------------------------------------------


def _faq(number: int) -> Faq:
    found = book().get(number)
    if found is None:
        abort(404)
    return found


@faqs.get("/<int:number>")
def edit(number: int) -> ResponseReturnValue:
    """One answer."""
    found = _faq(number)
    return _form(Given(found.answer, found.questions), faq=found)


@faqs.post("/<int:number>")
def change(number: int) -> ResponseReturnValue:
    """Put it right."""
    found, given = _faq(number), _given()
    if error := _wrong(given):
        return _form(given, error, faq=found)
    if hidden := _hidden(replace(given, questions=tuple(q for q in given.questions if q not in found.questions))):
        return _form(given, faq=found, hidden=hidden, status=409)
    kept = _save(replace(found, answer=given.text, questions=given.questions, account=signed_in().id))
    audit("faqs.change", str(number), {"before": found.answer, "after": given.text})
    flash(_words(kept), "success")
    return redirect(url_for(".index"))


@faqs.post("/<int:number>/switch")
def switch(number: int) -> ResponseReturnValue:
    """Stop it, use it again, or approve what another wrote."""
    found, state = _faq(number), request.form.get("state", "")
    if state not in ("active", "stopped"):
        abort(400)
    if state == "active" and parts().config().console.second_person and found.account == signed_in().id:
        flash("要由写的人以外的管理员批准", "warning")
        return redirect(url_for(".index"))
    if book().switch(number, state, signed_in().id):
        audit("faqs.switch", str(number), {"state": state})
        flash("几秒内生效", "success")
    return redirect(url_for(".index"))


# -- the form -----------------------------------------------------------------------------------------------------------------


def _given() -> Given:
    form = request.form
    lines = (" ".join(line.split()) for line in form.get("questions", "").splitlines())
    return Given(
        form.get("text", "").strip().replace("\r\n", "\n"),
        tuple(dict.fromkeys(line for line in lines if line)),
        form.get("where", "faq"),
        form.get("service", ""),
        form.get("aspect", "overview"),
    )


def _wrong(given: Given) -> str:
    """What is wrong, in words; empty when nothing is."""
    if not given.text or len(given.text) > LONGEST:
        return "请写上答复" if not given.text else f"答复太长了，最多{LONGEST}个字"
    if not given.questions:
        return "请至少写一种问法"
    if len(given.questions) > MOST_QUESTIONS or any(len(one) > LONGEST_QUESTION for one in given.questions):
        return f"最多{MOST_QUESTIONS}种问法，每种不超过{LONGEST_QUESTION}个字"
    if given.where == "service" and (desk().choice(given.service) is None or given.aspect not in list(Aspect)):
        return "请选事项和哪一面"
    return ""


def _form(
    given: Given,
    error: str = "",
    *,
    suggestion: Suggestion | None = None,
    faq: Faq | None = None,
    over: str = "",
    broken: Sequence[Broken] = (),
    hidden: Sequence[tuple[str, str]] = (),
    status: int = 200,
) -> ResponseReturnValue:
    wording, knowledge = desk().dialogue().wording, desk().knowledge
    services = [
        (one.id, f"{knowledge.item_name(knowledge.item_of(one.id).number)} {one.title}") for one in knowledge.services.values()
    ]
    page = render_template(
        "console/faqs/form.html",
        given=given,
        error=error,
        suggestion=suggestion,
        faq=faq,
        over=over,
        broken=broken,
        hidden=hidden,
        titles=desk().title,
        services=services,
        aspects=[(str(aspect), wording.aspect_name(aspect)) for aspect in Aspect],
        longest=LONGEST,
        states=STATES,
    )
    return page, 400 if error and status == 200 else status
