"""WeChat's interface: customer-service messages, 订阅通知, the menu, media."""

import json
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.delivery.answers import Answer, NoAnswer, ask, meaning
from bot.delivery.outbox import Letter, Outcome, Result, say
from bot.delivery.tokens import AccessTokens, NoToken

MEDIA_BYTES = 12 * 1024 * 1024
CHINA = ZoneInfo("Asia/Shanghai")


class WechatError(Exception):
    """WeChat refused or did not answer; the message is for the operator."""


class WechatApi:
    """Calls with an access token; one that is called invalid is replaced once and the call made again.

    Args:
        base_url: https://api.weixin.qq.com, or what stands for it.
    """

    def __init__(self, base_url: str, tokens: AccessTokens) -> None:
        self._base, self._tokens = base_url.rstrip("/"), tokens

    def post(self, path: str, body: dict[str, Any]) -> Result:
        """Post ``body``; what became of it."""
        try:
            return meaning("wechat", self._call("POST", path, body))
        except NoAnswer as fault:
            return fault.result
        except NoToken as fault:
            return fault.result

    def read(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call and give the answer's JSON.

        Raises:
            WechatError: it is not what WeChat answers on success.
        """
        answer = self._answer(method, path, body)
        data = answer.data
        if answer.status != 200 or data is None or data.get("errcode", 0) != 0:
            raise WechatError(f"微信说：{meaning('wechat', answer).detail}")
        return data

    def media(self, media_id: str) -> tuple[str, bytes]:
        """A temporary file that a resident sent: its type and bytes (at most MEDIA_BYTES).

        Raises:
            WechatError: it is gone, too large, or cannot be fetched now.
        """
        answer = self._answer("GET", "/cgi-bin/media/get", None, media_id=media_id)
        if answer.status != 200 or answer.content_type.startswith(("application/json", "text/")):
            raise WechatError(meaning("wechat", answer).detail)
        if len(answer.body) > MEDIA_BYTES:
            raise WechatError("文件太大")
        return answer.content_type.partition(";")[0], answer.body

    def _answer(self, method: str, path: str, body: dict[str, Any] | None, **query: str) -> Answer:
        try:
            return self._call(method, path, body, **query)
        except (NoAnswer, NoToken) as fault:
            raise WechatError(fault.result.detail) from None

    def _call(self, method: str, path: str, body: dict[str, Any] | None, **query: str) -> Answer:
        token = self._tokens.current()
        answer = self._once(method, path, body, token, query)
        if self._token_refused(answer):
            answer = self._once(method, path, body, self._tokens.current(bad=token), query)
        return answer

    def _once(self, method: str, path: str, body: dict[str, Any] | None, token: str, query: dict[str, str]) -> Answer:
        # Chinese as it is: WeChat shows \uXXXX to residents.
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        return ask(
            method,
            self._base + path,
            params={"access_token": token, **query},
            data=data,
            headers={"Content-Type": "application/json; charset=utf-8"},
            most_bytes=MEDIA_BYTES + 1,
        )

    @staticmethod
    def _token_refused(answer: Answer) -> bool:
        data = answer.data
        return answer.status == 200 and data is not None and meaning("wechat", answer).outcome is Outcome.TOKEN


class CustomerServiceMessages:
    """客服消息. https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage"""

    def __init__(self, api: WechatApi) -> None:
        self._api = api

    def send(self, letter: Letter, address: str) -> Result:
        """See Sender; ``address`` is the openid."""
        return self._api.post(
            "/cgi-bin/message/custom/send", {"touser": address, "msgtype": "text", "text": {"content": letter.text}}
        )


_FIELD = re.compile(r"([a-z_]+\d+)=(\S+)")
_LONGEST = {"thing": 20, "phrase": 5, "character_string": 32, "const": 20, "name": 10, "short_thing": 5}


class SubscriptionNotices:
    """订阅通知: tells a follower whose windows are shut that an answer waits; the words themselves come at their next message.

    Args:
        template: the template's id.
        fields: which of its fields holds what: ``thing1={subject} character_string2={ticket} time3={time}``.
        page: the address that opens on a tap, empty for none.
    """

    def __init__(self, api: WechatApi, template: str, fields: str, page: str) -> None:
        self._api, self._template, self._page = api, template, page
        self._fields = dict(_FIELD.findall(fields))

    def send(self, letter: Letter, address: str) -> Result:
        """See Sender; ``address`` is the openid."""
        at = datetime.fromisoformat(letter.at).astimezone(CHINA)
        values = {
            "subject": letter.subject or say("front.notice"),
            "ticket": letter.ticket or "-",
            "time": f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}",
        }
        data = {}
        for name, words in self._fields.items():
            for key, value in values.items():
                words = words.replace("{" + key + "}", value)
            data[name] = {"value": words[: _LONGEST.get(name.rstrip("0123456789"), 32)]}
        body: dict[str, Any] = {"touser": address, "template_id": self._template, "data": data}
        if self._page:
            body["page"] = self._page
        return self._api.post("/cgi-bin/message/subscribe/bizsend", body)
