"""Group robots of 企业微信 and 钉钉, to which staff's alerts go.

企业微信: https://developer.work.weixin.qq.com/document/path/99110
钉钉: https://open.dingtalk.com/document/robots/custom-robot-access , /customize-robot-security-settings
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from bot.delivery.answers import NoAnswer, ask, meaning
from bot.delivery.outbox import Letter, Result, load_data


def cut(text: str, most: int) -> str:
    """``text`` in at most so many bytes of UTF-8, with … where it was cut."""
    if len(text.encode()) <= most:
        return text
    return text.encode()[: most - 3].decode("utf-8", "ignore") + "…"


def post_to_robot(service: str, url: str, body: dict[str, Any]) -> Result:
    """Post to a robot of that service."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    try:
        return meaning(service, ask("POST", url, data=json.dumps(body, ensure_ascii=False).encode(), headers=headers))
    except NoAnswer as fault:
        return fault.result


class WecomRobot:
    """企业微信群机器人.

    Args:
        link: gives the address of a letter's matter in the console, empty for none.
    """

    def __init__(self, link: Callable[[Letter], str]) -> None:
        self._link = link

    def send(self, letter: Letter, address: str) -> Result:
        """See Sender."""
        text = cut(alert_text(letter, self._link(letter)), load_data("ways")["bytes"]["wecom"])
        return post_to_robot("wecom", address, {"msgtype": "text", "text": {"content": text}})


class DingtalkRobot:
    """钉钉自定义机器人.

    Args:
        secret: of 加签, empty where the robot is secured otherwise.
        seconds: the time since the epoch.
    """

    def __init__(self, link: Callable[[Letter], str], secret: str, seconds: Callable[[], float] = time.time) -> None:
        self._link, self._secret, self._seconds = link, secret, seconds

    def send(self, letter: Letter, address: str) -> Result:
        """See Sender; ``address`` may carry a robot's own secret behind a #."""
        url, _, own = address.partition("#")
        text = cut(alert_text(letter, self._link(letter)), load_data("ways")["bytes"]["dingtalk"])
        body = {"msgtype": "text", "text": {"content": text}}
        return post_to_robot("dingtalk", signed(url, own or self._secret, self._seconds()), body)


def signed(url: str, secret: str, seconds: float) -> str:
    """The robot's address with timestamp and signature: base64 of HMAC-SHA256 over "timestamp\\nsecret", keyed by the secret."""
    if not secret:
        return url
    timestamp = str(round(seconds * 1000))
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    joined = "&" if "?" in url else "?"
    return url + joined + urlencode({"timestamp": timestamp, "sign": base64.b64encode(digest).decode()})


def alert_text(letter: Letter, link: str) -> str:
    """An alert as it is read in a group, a text message or a letter: subject, words, where to look."""
    # A subject that is the beginning of the text, as in an e-mail, says nothing new.
    lines = [line for line in (letter.subject, letter.text) if line and (line is letter.text or not letter.text.startswith(line))]
    return "\n".join([*lines, load_data("wording")["alerts"]["link"].format(link=link)] if link else lines)
