"""The resident's page, and the interface behind it."""

from typing import Any

from flask import Blueprint, Response, abort, current_app, g, jsonify, render_template, request, session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from bot.channels.residents import bearer_resident, new_page_resident, plain_text, sound_id, sound_text
from bot.delivery.ports import Mailbox
from bot.dialogue.conversation import Conversation, utc_now
from bot.dialogue.ports import PastMessage, Store
from bot.messages import Kind, Message
from bot.photos.picture import MIME, PictureError, drawn_anew, words
from bot.photos.ports import PhotoStore
from bot.tickets.coordinates import point_of

MAX_BODY = 64 * 1024
MAX_NAME = 128
MAX_NUMBER = 2**62

chat = Blueprint("chat", __name__, template_folder="templates", static_folder="static", static_url_path="/static")


def _conversation() -> Conversation:
    conversation: Conversation = current_app.extensions["conversation"]
    return conversation


def _store() -> Store:
    store: Store = current_app.extensions["store"]
    return store


@chat.get("/")
def page() -> ResponseReturnValue:
    """The page."""
    return render_template("chat.html", **current_app.extensions["page"])


@chat.post("/api/chat")
def answer() -> ResponseReturnValue:
    """One message → an answer object."""
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        body = request.get_json()
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise BadRequest("请求体应为 JSON 对象")
    text = body.get("text")
    if not isinstance(text, str):
        raise BadRequest("缺少 text（文字）")
    resident = _resident(body.get("user"))
    delivery = body.get("message_id")
    if delivery is not None and not (isinstance(delivery, str) and 0 < len(delivery) <= MAX_NAME):
        raise BadRequest("message_id 应为不超过128个字符的文字")
    location = _location(body.get("location"))
    kind = Kind.LOCATION if location else Kind.TEXT
    message = Message(
        resident,
        plain_text(text),
        "web",
        kind,
        _delivery(resident, delivery),
        data={**location, "address": _address()},
    )
    handled = _conversation().handle(message, g.request_id)
    return jsonify({"id": sound_id(body.get("id")), "message_id": handled.number, **handled.reply.as_json()})


def _address() -> str:
    """Where the request came from; empty for this machine, which is everybody behind a proxy that nobody configured."""
    address = request.remote_addr or ""
    return "" if address in ("127.0.0.1", "::1") else address


def _location(given: Any) -> dict[str, Any]:
    """A place on the map as a browser knows it, with a label if the caller has one; empty when none was sent."""
    if given is None:
        return {}
    location = {**given, "system": "wgs84"} if isinstance(given, dict) else {}
    if point_of(location) is None:
        raise BadRequest("location 应有 latitude 和 longitude，是有效的经纬度")
    label = location.get("label")
    return {**location, "label": plain_text(label)[:MAX_NAME] if isinstance(label, str) else ""}


def _delivery(resident: str, given: str | None) -> str | None:
    """A name for this delivery that no other resident's can equal, whatever characters the two consist of."""
    return f"web:{len(resident)}:{resident}:{sound_text(given)}" if given else None


def _resident(user: Any) -> str:
    """The cookie's resident; else the bearer's name; else a new one with a cookie."""
    if known := session.get("resident"):
        return str(known)
    if user is not None:
        if not isinstance(user, str) or not user or len(user) > MAX_NAME:
            raise BadRequest("user 应为1到128个字符的文字")
        return bearer_resident(sound_text(user))
    session.permanent = True
    session["resident"] = new_page_resident()
    return str(session["resident"])


@chat.post("/api/photos")
def upload() -> ResponseReturnValue:
    """A photo of the page's resident → an answer object, and the photo's id."""
    resident = str(session.get("resident") or _resident(None))
    sent = request.files.get("photo")
    if sent is None:
        raise BadRequest("缺少 photo（照片）")
    message_id = request.form.get("message_id")
    if message_id is not None and not 0 < len(message_id) <= MAX_NAME:
        raise BadRequest("message_id 应为不超过128个字符的文字")
    delivery = _delivery(resident, message_id)
    try:
        picture = drawn_anew(sent.stream.read(request.max_content_length or 0))
    except PictureError as fault:
        raise BadRequest(str(fault)) from None
    photo = _photos().add(resident, MIME, picture, delivery)
    if photo is None:
        raise BadRequest(words("too_many"))
    message = Message(resident, "", "web", Kind.IMAGE, delivery, data={"photo": photo})
    handled = _conversation().handle(message, g.request_id)
    return jsonify({"id": None, "photo": photo, "message_id": handled.number, **handled.reply.as_json()})


def _photos() -> PhotoStore:
    photos: PhotoStore = current_app.extensions["photos"]
    return photos


@chat.get("/api/photos/<int:photo>")
def photo(photo: int) -> ResponseReturnValue:
    """A photo for who sent it."""
    known, kept = session.get("resident"), _photos().get(min(photo, MAX_NUMBER))
    if not known or kept is None or kept.resident != known:
        abort(404)
    return Response(kept.data, mimetype=kept.mime, headers={"Cache-Control": "private, max-age=86400"})


@chat.get("/api/messages")
def messages() -> ResponseReturnValue:
    """The page's conversation so far, or what came after a message."""
    after = min(max(request.args.get("after", 0, type=int), 0), MAX_NUMBER)
    known = session.get("resident")
    past = _store().history(str(known), after) if known else []
    if past:
        mailbox: Mailbox = current_app.extensions["mailbox"]
        mailbox.seen(str(known), past[-1].id, utc_now().isoformat(timespec="milliseconds"))
    live = _store().handoff_of(str(known)) if known else None
    return jsonify({"messages": [_shown(message) for message in past], "live": live})


def _shown(message: PastMessage) -> dict[str, Any]:
    reply = message.reply or {}
    return {
        "id": message.id,
        "from": message.author,
        "text": message.text,
        "mode": reply.get("mode"),
        "options": reply.get("options", []),
        "asking": reply.get("asking", False),
        "ticket": reply.get("ticket"),
        "time": message.at,
        "photo": message.photo,
    }
