"""Which way a letter goes now: a pure decision over what is known of its addressee."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from bot.delivery.outbox import Addressee, Letter, Way, load_data

PAGE, WECHAT, TELEPHONE = "web:", "wechat:", "phone:"
"""How the names of residents begin who see the page, of the account's followers, and of those for whom a clerk asks."""


@dataclass(frozen=True)
class Window:
    """WeChat's permission to write after something that a follower did."""

    minutes: int
    messages: int
    source: str


@cache
def windows() -> Mapping[str, Window]:
    """The windows by what opens them: message, menu, follow, scan."""
    return {name: Window(**values) for name, values in load_data("windows").items()}


@dataclass(frozen=True)
class Open:
    """A window that a follower opened, and how many messages went through it."""

    by: str
    at: datetime
    used: int

    def left(self, now: datetime) -> int:
        """How many more messages may go through it."""
        window = windows().get(self.by)
        if window is None or now - self.at >= timedelta(minutes=window.minutes):
            return 0
        return max(window.messages - self.used, 0)


@dataclass(frozen=True)
class Situation:
    """What is known of a letter's addressee inside the deciding transaction.

    ``phone``: the number that they left.  ``subscribed``: templates that they took and that were not used yet.
    ``failed``: ways that refused this letter.  ``nudged``: they were told by 订阅通知 that something waits.
    ``recent``: messages to this address within the last minute.  ``addresses``: where else alerts of the letter's unit go.
    ``systems``: ids and addresses of the systems that asked for webhooks.
    """

    open: tuple[Open, ...] = ()
    phone: str | None = None
    subscribed: tuple[str, ...] = ()
    failed: frozenset[Way] = frozenset()
    nudged: bool = False
    recent: int = 0
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    systems: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Send:
    """Send it this way; ``window``: through this one of WeChat's windows; ``template``: by a subscription to it."""

    way: Way
    address: str = ""
    window: str | None = None
    template: str | None = None


@dataclass(frozen=True)
class Hold:
    """Keep it until the resident comes, or until a time."""

    until: datetime | None = None


@dataclass(frozen=True)
class Spread:
    """Make a letter of it for each of these addresses; ``system`` is the id of who asked for webhooks."""

    copies: tuple[tuple[Way, str, int | None], ...]


@dataclass(frozen=True)
class Bury:
    """It cannot go any way: shown to staff, with the key of the reason's words."""

    reason: str


Choice = Send | Hold | Spread | Bury


@dataclass(frozen=True)
class Chooser:
    """Chooses by what this installation can do.

    Args:
        wechat: the account may send customer-service messages.
        template: of 订阅通知, empty for none.
        sms: a gateway is configured.
        alerts: where every alert goes, by way.
    """

    wechat: bool = False
    template: str = ""
    sms: bool = False
    alerts: Mapping[Way, tuple[str, ...]] = field(default_factory=dict)

    def choose(self, letter: Letter, situation: Situation, now: datetime) -> Choice:
        """What to do with the letter now."""
        if letter.kind is Addressee.RESIDENT:
            return self._to_resident(letter, situation, now)
        if letter.way is None or letter.address is None:
            return self._spread(letter, situation)
        if letter.way in situation.failed:
            return Bury("refused")
        rate = load_data("ways")["rates"].get(str(letter.way))
        if rate is not None and situation.recent >= rate:
            return Hold(now + timedelta(seconds=20))
        return Send(letter.way, letter.address)

    def _to_resident(self, letter: Letter, situation: Situation, now: datetime) -> Choice:
        resident, failed = letter.resident or "", situation.failed
        reachable = {way for way in (Way.WECHAT, Way.SUBSCRIPTION, Way.SMS) if letter.way in (None, way) and way not in failed}
        follower = resident.startswith(WECHAT)
        if follower and self.wechat and Way.WECHAT in reachable and (window := best_window(situation.open, now)):
            return Send(Way.WECHAT, resident.removeprefix(WECHAT), window)
        # Words of a live talk are of no use by text message an hour later.
        lasting = letter.ticket is not None or letter.question is not None or letter.address is not None
        template = self.template if self.template in situation.subscribed else ""
        if follower and lasting and self.wechat and template and Way.SUBSCRIPTION in reachable and not situation.nudged:
            return Send(Way.SUBSCRIPTION, resident.removeprefix(WECHAT), template=template)
        if lasting and self.sms and situation.phone and Way.SMS in reachable and not situation.nudged:
            page_until = datetime.fromisoformat(letter.at) + timedelta(seconds=load_data("ways")["page"]["first_seconds"])
            return Hold(page_until) if resident.startswith(PAGE) and now < page_until else Send(Way.SMS, situation.phone)
        if resident or (letter.ticket and letter.address and not failed):
            return Hold()  # for their next message, or until a clerk calls them
        return Bury("refused" if failed else "no_address")

    def _spread(self, letter: Letter, situation: Situation) -> Spread:
        if letter.kind is Addressee.WEBHOOK:
            return Spread(tuple((Way.WEBHOOK, address, system) for system, address in situation.systems))
        copies: dict[tuple[Way, str, int | None], None] = {}
        for way in (Way.WECOM, Way.DINGTALK, Way.EMAIL, Way.SMS):
            if way is Way.SMS and not self.sms:
                continue
            for address in (*situation.addresses.get(str(way), ()), *self.alerts.get(way, ())):
                copies[(way, address, None)] = None
        return Spread(tuple(copies))


def best_window(opened: tuple[Open, ...], now: datetime) -> str | None:
    """The window to use: of those with something left the one that closes first; None when all are shut."""
    usable = [window for window in opened if window.left(now)]
    closing = {window.by: window.at + timedelta(minutes=windows()[window.by].minutes) for window in usable}
    return min(closing, key=lambda by: closing[by]) if closing else None
