"""Offering 订阅通知 to followers, as WeChat allows it: by a page with WeChat's own button; what they choose comes as an event.

https://developers.weixin.qq.com/doc/service/guide/product/subscription_messages/intro.html
https://developers.weixin.qq.com/doc/service/guide/h5/opentag.md (wx-open-subscribe)
"""

import logging

from flask import Response, current_app, render_template

from bot.config import Config
from bot.delivery.js_sdk import PageSigner
from bot.delivery.ports import Mailbox
from bot.delivery.wechat_api import WechatError
from bot.dialogue.conversation import Conversation
from bot.messages import Mode, Reply

log = logging.getLogger(__name__)

PATH = "/wechat/subscribe"
MOST_BYTES = 2048
"""Of a passive reply."""
POLICY = (
    "default-src 'self'; script-src 'self' https://res.wx.qq.com; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:;"
    " connect-src 'self' https://*.qq.com; frame-src https://*.qq.com; frame-ancestors 'none'; base-uri 'none'"
)
"""WeChat's script draws the button, with styles of its own; the page shows nothing of anybody."""


class Subscribing:
    """The offer and its page.

    Args:
        public_url: where residents reach the service, without a slash at its end.
        template: of the notice.
    """

    def __init__(self, public_url: str, template: str, signer: PageSigner) -> None:
        self._public_url, self._template, self._signer = public_url, template, signer

    def offered(self, text: str, reply: Reply, resident: str) -> str:
        """The text of a reply that files a ticket, with the offer, unless one was taken already or there is no room."""
        mailbox: Mailbox = current_app.extensions["mailbox"]
        filed = reply.mode is Mode.FEEDBACK and reply.ticket and not reply.asking
        if not filed or mailbox.holds(resident, self._template):
            return text
        conversation: Conversation = current_app.extensions["conversation"]
        longer = f"{text}\n{conversation.dialogue.wording.say('channel.subscribe', link=self._public_url + PATH)}"
        return longer if len(longer.encode()) <= MOST_BYTES else text

    def page(self, path: str) -> Response:
        """The page at that path."""
        try:
            signature = self._signer.sign(self._public_url + path)
        except WechatError as fault:
            log.warning("a page could not be signed", extra={"detail": str(fault)})
            signature = None
        response = Response(render_template("subscribe.html", signature=signature, template=self._template))
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"
        return response


def subscribing_of(config: Config, signer: PageSigner | None) -> Subscribing | None:
    """As the configuration wants it; None where no notice can be offered."""
    wechat, public_url = config.wechat, config.server.public_url.rstrip("/")
    able = wechat.token and wechat.verified and wechat.subscribe_template and public_url
    return Subscribing(public_url, wechat.subscribe_template, signer) if able and signer else None
