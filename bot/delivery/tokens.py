"""WeChat's access token: one for all processes, fetched by one of them when it is about to end or was called invalid.

https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.delivery.answers import Answer, NoAnswer, ask, meaning
from bot.delivery.outbox import Outcome, Result, load_data
from bot.delivery.ports import TokenStore

log = logging.getLogger(__name__)

UNKNOWN_ADDRESS = (40066, 48001)
"""What an interface says that has no stable tokens (a proxy in front of WeChat, an account without the right)."""


class NoToken(Exception):
    """No access token can be had; ``result`` says when to try again."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.detail)
        self.result = result


class AccessTokens:
    """Gives the access token.

    Args:
        store: shared by all processes.
        clock: the time, with its zone.
    """

    def __init__(self, base_url: str, app_id: str, app_secret: str, store: TokenStore, clock: Callable[[], datetime]) -> None:
        self._base, self._id, self._secret = base_url.rstrip("/"), app_id, app_secret
        self._store, self._clock = store, clock

    def current(self, bad: str | None = None) -> str:
        """A token that is good for some minutes; another one than ``bad``, which was called invalid.

        Raises:
            NoToken: WeChat does not give one, or another process is still at it.
        """
        settings = load_data("ways")["tokens"]
        margin = timedelta(seconds=settings["margin_seconds"])
        ends = time.monotonic() + settings["wait_seconds"]
        while True:
            now = self._clock()
            kept = self._store.token()
            if kept and kept[0] != bad and kept[1] > now + margin:
                return kept[0]
            mine = self._store.lease(bad, now + margin, now, now + timedelta(seconds=settings["lease_seconds"]))
            if isinstance(mine, str):
                return mine
            if mine:
                return self._refresh(bad)
            if time.monotonic() > ends:
                raise NoToken(Result(Outcome.AGAIN, "等不到 access_token"))
            time.sleep(0.05)

    def _refresh(self, bad: str | None) -> str:
        try:
            value, seconds = self._fetch(bad)
        except BaseException:
            self._store.give_up()
            raise
        self._store.keep(value, self._clock() + timedelta(seconds=seconds))
        return value

    def _fetch(self, bad: str | None) -> tuple[str, float]:
        """Ask in the normal mode, which gives the same token until it ends; by force only when that one was called invalid:
        the forced mode is limited to twenty times a day."""
        value, seconds = self._ask(force=False)
        if value == bad:
            log.warning("the access token was called invalid before its end")
            value, seconds = self._ask(force=True)
        return value, seconds

    def _ask(self, force: bool) -> tuple[str, float]:
        body = {"grant_type": "client_credential", "appid": self._id, "secret": self._secret, "force_refresh": force}
        try:
            answer = ask("POST", f"{self._base}/cgi-bin/stable_token", json=body)
            if answer.status in (404, 405) or (answer.data or {}).get("errcode") in UNKNOWN_ADDRESS:
                given = {"grant_type": "client_credential", "appid": self._id, "secret": self._secret}
                answer = ask("GET", f"{self._base}/cgi-bin/token", params=given)
        except NoAnswer as fault:
            # Asking again gives the same token: nothing can happen twice here.
            raise NoToken(Result(Outcome.AGAIN, f"取 access_token：{fault.result.detail}")) from None
        return self._read(answer)

    @staticmethod
    def _read(answer: Answer) -> tuple[str, float]:
        data = answer.data or {}
        value, seconds = data.get("access_token"), data.get("expires_in", 0)
        if isinstance(value, str) and value and isinstance(seconds, int | float):
            return value, float(seconds)
        result = meaning("wechat", answer)
        raise NoToken(Result(Outcome.AGAIN, f"取 access_token：{result.detail}", result.not_before))
