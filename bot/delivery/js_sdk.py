"""Pages that use WeChat's JS-SDK: each is signed with the account's ticket.

https://developers.weixin.qq.com/doc/service/guide/h5/ (JS-SDK使用权限签名算法)
"""

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery.wechat_api import WechatApi

EARLY = timedelta(minutes=5)
"""So long before its end a ticket is fetched anew."""


@dataclass(frozen=True)
class PageSignature:
    """What a page passes to wx.config."""

    app_id: str
    timestamp: str
    nonce: str
    signature: str


class PageSigner:
    """Signs pages; each process keeps a ticket for the two hours that it is good.

    Args:
        clock: the time, with its zone.
    """

    def __init__(self, api: WechatApi, app_id: str, clock: Callable[[], datetime]) -> None:
        self._api, self._app_id, self._clock = api, app_id, clock
        self._ticket, self._until = "", datetime.min.replace(tzinfo=clock().tzinfo)
        self._fetching = threading.Lock()

    def sign(self, url: str) -> PageSignature:
        """The signature for the page at ``url`` (without what follows #).

        Raises:
            WechatError: WeChat gives no ticket now.
        """
        nonce, timestamp = secrets.token_hex(8), str(int(self._clock().timestamp()))
        words = f"jsapi_ticket={self._current()}&noncestr={nonce}&timestamp={timestamp}&url={url}"
        return PageSignature(self._app_id, timestamp, nonce, hashlib.sha1(words.encode(), usedforsecurity=False).hexdigest())

    def _current(self) -> str:
        with self._fetching:
            now = self._clock()
            if now >= self._until:
                answer = self._api.read("GET", "/cgi-bin/ticket/getticket?type=jsapi")
                self._ticket = str(answer.get("ticket", ""))
                self._until = now + timedelta(seconds=float(answer.get("expires_in", 0))) - EARLY
            return self._ticket
