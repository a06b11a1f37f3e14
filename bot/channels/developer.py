"""The developer's page: play a follower in the browser against the running service.

Only with [server] developer = true, and only for who sits at this machine.  What the page sends goes through the real /wechat
callback, signed (and sealed) as the configuration says; what is pushed comes from the simulator that stands for WeChat.
"""

import time
from html import escape
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import requests
from flask import Blueprint, abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner
from werkzeug.exceptions import BadRequest

from bot.config import Config, WechatConfig

WECHAT_HOME = "https://api.weixin.qq.com"
OUR_ACCOUNT, NONCE = "gh_developer", "20260302"
SECONDS = 10

developer = Blueprint("developer", __name__, url_prefix="/developer", template_folder="templates")


def _new_number() -> int:
    """A number that no other process gives: a counter made before the fork would count alike in every worker, and WeChat's side
    of two messages within a second would be taken for a repeated delivery.
    """
    return time.time_ns()


_FIELDS: dict[str, dict[str, str]] = {
    "text": {"MsgType": "text", "Content": "$text"},
    "tap": {"MsgType": "text", "Content": "$text", "bizmsgmenuid": "$id"},
    "voice": {"MsgType": "voice", "MediaId": "$media", "Format": "amr", "Recognition": "$text"},
    "image": {"MsgType": "image", "PicUrl": "$picture", "MediaId": "$media"},
    "location": {
        "MsgType": "location",
        "Location_X": "$latitude",
        "Location_Y": "$longitude",
        "Scale": "15",
        "Label": "$text",
    },
    "follow": {"MsgType": "event", "Event": "subscribe", "EventKey": ""},
    "unfollow": {"MsgType": "event", "Event": "unsubscribe", "EventKey": ""},
    "click": {"MsgType": "event", "Event": "CLICK", "EventKey": "$text"},
    "scan": {"MsgType": "event", "Event": "SCAN", "EventKey": "1"},
}
"""What each kind of delivery carries; $name is what the page gave, else what stands in _VALUES."""

_OPENS = {"tap": "menu", "click": "menu", "follow": "follow", "scan": "scan"}
_VALUES = {"media": "developer-media", "picture": "http://mmbiz.qpic.cn/developer.png"}


def for_developers(config: Config, simulator_url: str) -> Config:
    """The configuration with what the developer's page needs: an account, where none is configured, at the simulator."""
    wechat = config.wechat
    account = {
        "token": wechat.token or "developer",
        "app_id": wechat.app_id or "wxdeveloper",
        "app_secret": wechat.app_secret or "developer",
        "verified": True,
        "api_base_url": simulator_url if wechat.api_base_url == WECHAT_HOME else wechat.api_base_url,
    }
    return config.model_copy(update={"wechat": wechat.model_copy(update=account)})


@developer.before_request
def only_here() -> None:
    """Nobody from elsewhere, not through a proxy either, and no page of another site under a name that leads here."""
    forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP"))
    host = request.host.rpartition(":")[0] or request.host
    if request.remote_addr not in ("127.0.0.1", "::1") or forwarded or host not in ("127.0.0.1", "localhost", "[::1]"):
        abort(404)


def _settings() -> WechatConfig:
    settings: WechatConfig = current_app.extensions["wechat"]
    return settings


@developer.get("/")
def page() -> ResponseReturnValue:
    """The page."""
    return render_template("developer.html", kinds=list(_FIELDS), mode=_settings().mode)


@developer.post("/send")
def send() -> ResponseReturnValue:
    """Deliver something as WeChat does, several times where the page asks for it; what each delivery was answered."""
    body = request.get_json()
    if not isinstance(body, dict) or body.get("kind") not in _FIELDS or not str(body.get("openid", "")).strip():
        raise BadRequest("缺少 kind 或 openid")
    given = {name: str(value) for name, value in body.items()}
    if data := given.pop("data", ""):  # a picture of the developer's own, as base64: WeChat would keep it under a media id
        given |= {"media": f"developer-{_new_number()}", "picture": ""}
        _tell_simulator("picture", media=given["media"], data=data)
    xml = _xml(given["openid"], given["kind"], given)
    opens = _OPENS.get(given["kind"], "message")
    _tell_simulator("left" if given["kind"] == "unfollow" else "opened", openid=given["openid"], by=opens)
    return jsonify({"sent": xml, "answers": [_deliver(xml) for _ in range(min(int(given.get("times", "1")), 3))]})


@developer.get("/received")
def received() -> ResponseReturnValue:
    """What was pushed to a follower."""
    address = f"{_settings().api_base_url}/simulator/received"
    answer = requests.get(address, params={"openid": request.args.get("openid", "")}, timeout=SECONDS)
    return jsonify(answer.json())


def _tell_simulator(what: str, **told: str) -> None:
    requests.post(f"{_settings().api_base_url}/simulator/{what}", json=told, timeout=SECONDS)


def _xml(openid: str, kind: str, given: dict[str, str]) -> str:
    fields = {"ToUserName": OUR_ACCOUNT, "FromUserName": openid, "CreateTime": str(int(time.time()))}
    for tag, value in _FIELDS[kind].items():
        name = value.removeprefix("$")
        fields[tag] = given.get(name, _VALUES.get(name, "")) if value.startswith("$") else value
    if fields["MsgType"] != "event":
        fields["MsgId"] = str(_new_number())
    return "<xml>" + "".join(f"<{tag}>{escape(value)}</{tag}>" for tag, value in fields.items()) + "</xml>"


def _deliver(xml: str) -> dict[str, Any]:
    """One POST to the callback of this very service; what a follower would see, and how long it took."""
    settings, timestamp = _settings(), str(int(time.time()))
    signer = WeChatSigner()
    signer.add_data(settings.token, timestamp, NONCE)
    query = {"signature": signer.signature, "timestamp": timestamp, "nonce": NONCE}
    crypto = None
    if settings.mode != "plain":
        crypto = WeChatCrypto(settings.token, settings.encoding_aes_key, settings.app_id)
        xml = crypto.encrypt_message(xml, NONCE, timestamp)
        query |= {"encrypt_type": "aes", "msg_signature": fromstring(xml).findtext("MsgSignature") or ""}
    begun = time.perf_counter()
    own = f"http://127.0.0.1:{request.environ['SERVER_PORT']}/wechat"
    answer = requests.post(own, params=query, data=xml.encode(), timeout=SECONDS)
    milliseconds = round((time.perf_counter() - begun) * 1000)
    text = answer.text
    if crypto and text.startswith("<xml>"):
        sealed = fromstring(text)
        given = [sealed.findtext(tag) or "" for tag in ("MsgSignature", "TimeStamp", "Nonce")]
        text = crypto.decrypt_message(text, *given)
    return {"status": answer.status_code, "milliseconds": milliseconds, "raw": text, "text": _content(text)}


def _content(text: str) -> str | None:
    """The words of a passive reply; None for the word success or what is no reply."""
    if not text.startswith("<xml>"):
        return None
    tree: Element = fromstring(text)
    return tree.findtext("Content")
