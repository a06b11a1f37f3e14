"""Fetching what residents sent in WeChat, after they were answered: by one process each, tried again, given up at last."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.delivery.outbox import BackOff
from bot.delivery.wechat_api import WechatApi, WechatError
from bot.photos.download import Addresses, Gone, NotNow, download, public_addresses
from bot.photos.picture import MIME, PictureError, drawn_anew, settings, words
from bot.photos.ports import PhotoStore, Wanted
from bot.tickets.calendar import china_day

log = logging.getLogger(__name__)


class PhotoFetcher:
    """Fetches photos.

    Args:
        api: WeChat's interface, for the media id where the picture's own address fails; None where it is not configured.
        addresses: where WeChat's hosts are connected to.
    """

    def __init__(
        self,
        photos: PhotoStore,
        api: WechatApi | None,
        clock: Callable[[], datetime],
        addresses: Addresses = public_addresses,
    ) -> None:
        self._photos, self._api, self._clock, self._addresses = photos, api, clock, addresses
        self._back_off = BackOff(**settings()["back_off"])
        self._lease = timedelta(seconds=settings()["fetching"]["lease_seconds"])
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Fetch what is due in a thread of its own: a slow host must not hold up whoever calls this every few seconds."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="photos", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        try:
            self.run_until_idle()
        except Exception:
            log.exception("photos could not be fetched")

    def run_until_idle(self) -> int:
        """Fetch what is due; how many were tried."""
        tried = 0
        while wanted := self._photos.claim(self._clock(), self._lease):
            self._fetch(wanted)
            tried += 1
        return tried

    def _fetch(self, wanted: Wanted) -> None:
        try:
            picture = self._picture(wanted)
        except PictureError as fault:
            self._give_up(wanted, str(fault))
        except Gone as fault:
            self._give_up(wanted, f"{words('gone')}：{fault}")
        except NotNow as fault:
            next_at = self._back_off.next_at(wanted.attempts, self._clock())
            if next_at is None:
                self._give_up(wanted, str(fault))
                return
            log.warning("a photo could not be fetched", extra={"photo": wanted.id, "detail": str(fault)})
            self._photos.later(wanted.id, str(fault), next_at)
        else:
            self._photos.fetched(wanted.id, MIME, picture)

    def _give_up(self, wanted: Wanted, problem: str) -> None:
        log.warning("a photo is lost", extra={"photo": wanted.id, "detail": problem})
        sent = china_day(wanted.at.isoformat(timespec="milliseconds"))
        self._photos.lost(wanted.id, problem, words("lost").format(day=sent))

    def _picture(self, wanted: Wanted) -> bytes:
        """From the picture's own address, else by its media id.

        Raises:
            PictureError, Gone, NotNow: neither gave a picture.
        """
        fault: Exception = Gone("没有地址")
        if wanted.origin:
            try:
                return drawn_anew(download(wanted.origin, self._addresses))
            except (PictureError, Gone, NotNow) as first:
                fault = first
        if wanted.media_id and self._api:
            try:
                return drawn_anew(self._api.media(wanted.media_id)[1])
            except WechatError as second:
                raise NotNow(str(second)) from None
        raise fault
