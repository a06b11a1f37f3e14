"""WeChat's Official Account callback: plain, compatible and safe mode, passive replies only.

The rules are WeChat's (开发者文档：接收普通消息、接收事件推送、被动回复用户消息、消息加解密): a reply within five seconds,
at most 2,048 bytes of text, the same delivery repeated up to three times, and any other body than XML or ``success`` is shown
to residents as a fault of the account.
"""

import logging
import time
from html import escape
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from flask import Blueprint, Response, abort, current_app, g, request
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.replies import TextReply
from wechatpy.utils import check_signature

from bot.channels.residents import plain_text, sound_text, wechat_resident
from bot.channels.subscribing import Subscribing
from bot.config import WechatConfig
from bot.delivery.ports import Mailbox
from bot.dialogue.conversation import Conversation, utc_now
from bot.dialogue.fitting import LINKS_MOST
from bot.messages import Kind, Message, Reply

log = logging.getLogger(__name__)

REPLY_BYTES = 2048
MAX_BODY = 1024 * 1024
SUCCESS = "success"

wechat = Blueprint("wechat", __name__)

_KINDS = {
    "text": Kind.TEXT,
    "voice": Kind.VOICE,
    "image": Kind.IMAGE,
    "video": Kind.VIDEO,
    "shortvideo": Kind.VIDEO,
    "location": Kind.LOCATION,
    "link": Kind.LINK,
}
_OPENING = {"scan": "scan", "scancode_push": "menu", "scancode_waitmsg": "menu"}
_SUBSCRIBING = ("subscribe_msg_popup_event", "subscribe_msg_change_event")
_DATA = {"picture": "PicUrl", "media": "MediaId", "latitude": "Location_X", "longitude": "Location_Y", "label": "Label"}


def _settings() -> WechatConfig:
    settings: WechatConfig = current_app.extensions["wechat"]
    if not settings.token:
        abort(404)
    return settings


def _crypto(settings: WechatConfig) -> WeChatCrypto:
    return WeChatCrypto(settings.token, settings.encoding_aes_key, settings.app_id)


def _check_signature(settings: WechatConfig) -> None:
    """Refuse (403) who does not know the token."""
    given = [request.args.get(key, "") for key in ("signature", "timestamp", "nonce")]
    try:
        check_signature(settings.token, *given)
    except InvalidSignatureException:
        abort(403)


@wechat.get("/wechat")
def verify() -> Response:
    """WeChat asks whether this is our address."""
    _check_signature(_settings())
    return Response(request.args.get("echostr", ""), mimetype="text/plain")


@wechat.get("/wechat/subscribe")
def subscribe() -> Response:
    """The page on which a follower takes one notice of an answer."""
    subscribing: Subscribing | None = current_app.extensions["subscribing"]
    if subscribing is None:
        abort(404)
    return subscribing.page(request.full_path.removesuffix("?"))


@wechat.post("/wechat")
def receive() -> Response:
    """A message or event."""
    settings = _settings()
    request.max_content_length = MAX_BODY
    body = request.get_data()
    sealed = settings.mode != "plain" and "msg_signature" in request.args
    if not sealed or "signature" in request.args:
        _check_signature(settings)
    envelope = _tree(body)
    seal = settings.mode != "plain" and envelope.findtext("Encrypt") is not None
    if not seal:
        _check_signature(settings)
    if settings.mode == "safe" and not seal:
        abort(403)
    if seal:
        envelope = _tree(_opened(settings, body))
    answer = _answer(envelope)
    if answer == SUCCESS:
        return Response(SUCCESS, mimetype="text/plain")
    if seal:
        answer = _crypto(settings).encrypt_message(answer, request.args.get("nonce", ""), str(int(time.time())))
    return Response(answer, mimetype="application/xml")


def _tree(body: bytes | str) -> Element:
    """The message's XML; refused (400) when it is none, has a DTD, another root, no sender or no type."""
    try:
        tree: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        abort(400)
    if tree.tag != "xml":
        abort(400)
    named = all((tree.findtext(tag) or "").strip() for tag in ("FromUserName", "MsgType"))
    if tree.findtext("Encrypt") is None and not named:
        abort(400)
    return tree


def _opened(settings: WechatConfig, body: bytes) -> str:
    """The message inside an encrypted body; 403 for a wrong signature, 400 for another account or a broken seal."""
    given = [request.args.get(key, "") for key in ("msg_signature", "timestamp", "nonce")]
    try:
        opened: str = _crypto(settings).decrypt_message(body.decode("utf-8"), *given)
    except InvalidSignatureException:
        abort(403)
    except InvalidAppIdException:
        abort(400)
    except Exception:  # a seal that was broken fails in as many ways as there are bytes
        log.warning("cannot open an encrypted message", exc_info=True)
        abort(400)
    return opened


def _answer(tree: Element) -> str:
    """The passive reply's XML, or the word success; never a fault of our own."""
    try:
        message = _message(tree)
        if message is None:
            return SUCCESS
        conversation: Conversation = current_app.extensions["conversation"]
        handled = conversation.handle(message, g.request_id)
        # A person has the conversation: what they write comes by WeChat's customer service, this delivery needs no body.
        if not handled.reply.text:
            return SUCCESS
        subscribing: Subscribing | None = current_app.extensions["subscribing"]
        text = render(handled.reply)
        return _reply_xml(tree, subscribing.offered(text, handled.reply, message.resident) if subscribing else text)
    except Exception:
        log.exception("a message could not be answered")
        return SUCCESS


def _message(tree: Element) -> Message | None:
    """The message for the dialogue; None for what needs no reply."""
    field = {child.tag: (child.text or "").strip() for child in tree}
    sender, kind, made = field["FromUserName"], field["MsgType"].lower(), field.get("CreateTime", "")
    resident = wechat_resident(sender)
    if kind == "event":
        event, key = field.get("Event", "").lower(), field.get("EventKey", "")
        delivery = f"wechat:{sender}:{made}:{event}:{key}"
        if event == "subscribe":
            opens = "scan" if key else "follow"
            return Message(resident, "", "wechat", Kind.FOLLOW, delivery, REPLY_BYTES, {"scene": key, "opens": opens})
        if event == "click" and key:
            return Message(resident, sound_text(key), "wechat", Kind.TEXT, delivery, REPLY_BYTES, {"opens": "menu"})
        _tell_mailbox(resident, event, tree)
        return None
    if kind not in _KINDS:
        return None
    delivery = f"wechat:{sender}:{made}:{field.get('MsgId', '')}"
    text = field.get("Content", "") if kind == "text" else field.get("Recognition", "") if kind == "voice" else ""
    data = {name: plain_text(field[tag]) for name, tag in _DATA.items() if tag in field}
    data["opens"] = "menu" if field.get("bizmsgmenuid") else "message"
    return Message(resident, plain_text(text), "wechat", _KINDS[kind], delivery, REPLY_BYTES, data)


def _tell_mailbox(resident: str, event: str, tree: Element) -> None:
    """Events without a reply that say where the resident can be reached: scans, 订阅通知 taken or refused."""
    mailbox: Mailbox = current_app.extensions["mailbox"]
    at = utc_now().isoformat(timespec="milliseconds")
    if opens := _OPENING.get(event):
        mailbox.opened(resident, opens, at)
    if event in _SUBSCRIBING:
        for entry in tree.iter("List"):
            template, answer = entry.findtext("TemplateId"), entry.findtext("SubscribeStatusString")
            if template and answer:
                mailbox.subscribed(resident, template.strip(), answer.strip() == "accept", at)


def render(reply: Reply) -> str:
    """The reply as WeChat shows it: options as links that send their words when tapped, or as numbered lines."""
    if not reply.options:
        return reply.text
    if len(reply.options) > LINKS_MOST:
        lines = [f"{option.id}. {option.text}" for option in reply.options]
    else:
        lines = [
            f'<a href="weixin://bizmsgmenu?msgmenucontent={escape(option.text)}&msgmenuid={option.id}">'
            f"{option.id}. {escape(option.text)}</a>"
            for option in reply.options
        ]
    text = reply.text + "\n\n" + "\n".join(lines)
    while len(text.encode()) > REPLY_BYTES and len(lines) > 1:
        lines.pop()
        text = reply.text + "\n\n" + "\n".join(lines)
    return text


def _reply_xml(tree: Element, content: str) -> str:
    reply = TextReply(
        content=content.replace("]]>", "]] >"), source=tree.findtext("ToUserName") or "", target=tree.findtext("FromUserName")
    )
    return str(reply.render())
