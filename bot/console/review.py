"""What is reviewed besides unanswered questions: useless answers, the daily sample, gaps of the plan, texts to take over."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, signed_in
from bot.console.questions import LONGEST_ANSWER as LONGEST
from bot.console.questions import desk
from knowledge.model import Aspect

review = Blueprint("console_review", __name__, url_prefix="/console/review")


@review.get("/")
def index() -> ResponseReturnValue:
    """Answers to look at."""
    reviews = desk().reviews
    audit("review.view")
    return render_template(
        "console/review/index.html",
        useless=reviews.rated_useless(),
        sample=reviews.sample(),
        shares=reviews.shares(),
        titles=desk().title,
    )


@review.post("/<int:message>/judge")
def judge(message: int) -> ResponseReturnValue:
    """An answer was right, or wrong and belongs to another service."""
    shown, verdict, service = desk().reviews.answer(message), request.form.get("verdict", ""), request.form.get("service", "")
    if shown is None or verdict not in ("right", "wrong", "seen"):
        abort(404)
    if verdict == "wrong" and service:
        if desk().choice(service) is None:
            abort(400, "没有这个事项")
        if request.form.get("sure") != service and (broken := desk().broken_by([shown.question], service)):
            return render_template(
                "console/review/broken.html", shown=shown, broken=broken, wanted=desk().choice(service), titles=desk().title
            ), 409
        desk().settlements.teach_one(shown.question, service, signed_in().id)
    desk().reviews.judge(message, "wrong" if verdict == "wrong" else "right", service or None, signed_in().id)
    desk().reviews.reviewed(message)
    audit("review.judge", str(message), {"verdict": verdict, "service": service})
    flash("记下了" + ("，已经教给机器人" if verdict == "wrong" and service else ""), "success")
    return redirect(url_for(".index"))


@review.get("/gaps")
def gaps() -> ResponseReturnValue:
    """What residents ask for and the plan does not state."""
    found = [(gap, desk().choice(gap.service)) for gap in desk().reviews.gaps()]
    wording = desk().dialogue().wording
    return render_template(
        "console/review/gaps.html",
        gaps=[(gap, choice) for gap, choice in found if choice],
        aspect_name=lambda name: wording.aspect_name(Aspect(name)),
        suggestions=desk().reviews.suggestions(),
        titles=desk().title,
    )


@review.get("/gaps/<service>/<aspect>")
def gap(service: str, aspect: str) -> ResponseReturnValue:
    """One gap: how residents asked, and the text to write."""
    return _gap(service, aspect)


def _gap(service: str, aspect: str, written: str | None = None, error: str = "") -> ResponseReturnValue:
    choice = desk().choice(service)
    if choice is None or aspect not in list(Aspect):
        abort(404)
    found = next((one for one in desk().reviews.gaps() if (one.service, one.aspect) == (service, aspect)), None)
    page = render_template(
        "console/review/gap.html",
        choice=choice,
        aspect=aspect,
        aspect_name=desk().dialogue().wording.aspect_name(Aspect(aspect)),
        asked=desk().reviews.gap_questions(service, aspect),
        written=written if written is not None else (found.written if found else None),
        error=error,
        now=desk().answer_text(service, aspect),
    )
    return page, 400 if error else 200


@review.post("/gaps/<service>/<aspect>")
def write_gap(service: str, aspect: str) -> ResponseReturnValue:
    """Write the missing text once: administrators take it over."""
    text = request.form.get("text", "").strip()
    if desk().choice(service) is None or aspect not in list(Aspect):
        abort(404)
    if not text:
        return _gap(service, aspect, text, "请写上内容")
    if len(text) > LONGEST:
        return _gap(service, aspect, text, f"太长了，现在{len(text)}个字，最多{LONGEST}个字")
    number = desk().reviews.suggest("gap", text, signed_in().id, service=service, aspect=aspect)
    audit("review.gap", f"{service}/{aspect}", {"suggestion": number})
    flash("记下了，管理员审核后发布", "success")
    return redirect(url_for(".gaps"))


@review.post("/suggestions/<int:number>")
def close_suggestion(number: int) -> ResponseReturnValue:
    """An administrator has taken a text over, or dropped it."""
    state = request.form.get("state", "")
    if state not in ("taken", "dropped"):
        abort(400)
    faq = any(one.id == number and one.kind == "faq" for one in desk().reviews.suggestions())
    if state == "taken" and desk().take_over(number, signed_in().shown):
        words = "放进草稿了，检查发布以后生效"
    else:
        desk().reviews.close_suggestion(number, state)
        words = "已标记"
    audit("review.suggestion", str(number), {"state": state})
    flash(words, "success")
    return redirect(url_for("console_faqs.index" if faq else ".gaps"))
