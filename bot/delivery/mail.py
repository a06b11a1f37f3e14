"""E-mail over SMTP."""

import hashlib
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate

from bot.delivery.outbox import Letter, Outcome, Result, load_data
from bot.delivery.robots import alert_text


@dataclass(frozen=True)
class MailServer:
    """Where e-mail is handed in; ``tls``: none, starttls or ssl."""

    host: str
    port: int
    user: str
    password: str
    sender: str
    tls: str


class Mail:
    """Sends alerts by e-mail; every letter keeps its Message-ID, by which a mail server recognises a repetition."""

    def __init__(self, server: MailServer, link: Callable[[Letter], str], context: ssl.SSLContext | None = None) -> None:
        self._server, self._link = server, link
        self._context = context or ssl.create_default_context()

    def send(self, letter: Letter, address: str) -> Result:
        """See Sender."""
        timeout = load_data("ways")["courier"]["read_seconds"]
        server = self._server
        try:
            with self._connect(timeout) as smtp:
                if server.tls == "starttls":
                    smtp.starttls(context=self._context)
                if server.user:
                    smtp.login(server.user, server.password)
                smtp.send_message(self._message(letter, address))
            return Result(Outcome.SENT)
        except smtplib.SMTPRecipientsRefused as refused:
            code = next(iter(refused.recipients.values()))[0]
            return Result(Outcome.REFUSED if code >= 500 else Outcome.AGAIN, f"SMTP {code}")
        except smtplib.SMTPAuthenticationError as refused:
            return Result(Outcome.AGAIN, f"SMTP {refused.smtp_code}，用户名或密码不对")
        except smtplib.SMTPResponseException as refused:
            return Result(Outcome.REFUSED if refused.smtp_code >= 500 else Outcome.AGAIN, f"SMTP {refused.smtp_code}")
        except (smtplib.SMTPException, OSError, ValueError) as fault:
            return Result(Outcome.AGAIN, type(fault).__name__)

    def _connect(self, timeout: float) -> smtplib.SMTP:
        server = self._server
        if server.tls == "ssl":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=self._context)
        return smtplib.SMTP(server.host, server.port, timeout=timeout)

    def _message(self, letter: Letter, address: str) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = letter.subject or letter.text.partition("\n")[0][:60]
        message["From"], message["To"] = self._server.sender, address
        message["Date"] = formatdate(localtime=True)
        digest = hashlib.sha256(letter.key.encode()).hexdigest()[:32]
        message["Message-ID"] = f"<{digest}@{self._server.sender.partition('@')[2].rstrip('>') or 'localhost'}>"
        message.set_content(alert_text(letter, self._link(letter)), charset="utf-8", cte="base64")
        return message
