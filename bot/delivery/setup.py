"""The courier as the configuration wants it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.config import Config
from bot.delivery.choice import Chooser
from bot.delivery.courier import Courier, Periodic
from bot.delivery.mail import Mail, MailServer
from bot.delivery.outbox import Letter, Way
from bot.delivery.ports import LetterStore, Sender, TokenStore
from bot.delivery.robots import DingtalkRobot, WecomRobot
from bot.delivery.sms import Sms, SmsGateway
from bot.delivery.tokens import AccessTokens
from bot.delivery.webhooks import Webhooks
from bot.delivery.wechat_api import CustomerServiceMessages, SubscriptionNotices, WechatApi


def wechat_api(config: Config, tokens: TokenStore, clock: Callable[[], datetime]) -> WechatApi | None:
    """WeChat's interface; None where the account's id or secret is not configured."""
    wechat = config.wechat
    if not (wechat.app_id and wechat.app_secret):
        return None
    return WechatApi(wechat.api_base_url, AccessTokens(wechat.api_base_url, wechat.app_id, wechat.app_secret, tokens, clock))


def build_courier(
    config: Config,
    letters: LetterStore,
    tokens: TokenStore,
    secret_of: Callable[[int], str | None],
    clock: Callable[[], datetime],
    jobs: Sequence[Periodic] = (),
) -> Courier:
    """The courier with every way that is configured.

    Args:
        secret_of: the secret of another system by its id.
        jobs: what is done every so often besides.
    """
    wechat, notify, public = config.wechat, config.notify, config.server.public_url.rstrip("/")

    def link(letter: Letter) -> str:
        return f"{public}/console/tickets/{letter.ticket}" if public and letter.ticket else ""

    senders: dict[Way, Sender] = {
        Way.WECOM: WecomRobot(link),
        Way.DINGTALK: DingtalkRobot(link, notify.dingtalk_secret),
        Way.WEBHOOK: Webhooks(secret_of),
    }
    api = wechat_api(config, tokens, clock) if wechat.verified else None
    if api:
        senders[Way.WECHAT] = CustomerServiceMessages(api)
        if wechat.subscribe_template:
            fields = wechat.subscribe_fields
            senders[Way.SUBSCRIPTION] = SubscriptionNotices(api, wechat.subscribe_template, fields, public)
    if notify.sms_url:
        gateway = SmsGateway(notify.sms_url, notify.sms_key, notify.sms_body, notify.sms_success, notify.sms_template)
        senders[Way.SMS] = Sms(gateway)
    if notify.smtp_host:
        sender = notify.smtp_from or notify.smtp_user
        server = MailServer(notify.smtp_host, notify.smtp_port, notify.smtp_user, notify.smtp_password, sender, notify.smtp_tls)
        senders[Way.EMAIL] = Mail(server, link)
    chooser = Chooser(
        wechat=api is not None,
        template=wechat.subscribe_template,
        sms=bool(notify.sms_url),
        alerts={
            Way.WECOM: addresses(notify.webhooks_wecom),
            Way.DINGTALK: addresses(notify.webhooks_dingtalk),
            Way.EMAIL: addresses(notify.email_to) if notify.smtp_host else (),
            Way.SMS: addresses(notify.sms_to),
        },
    )
    return Courier(letters, chooser, senders, clock, jobs)


def addresses(configured: str) -> tuple[str, ...]:
    """The addresses in a configured list: blanks or commas between them."""
    return tuple(configured.replace(",", " ").split())
