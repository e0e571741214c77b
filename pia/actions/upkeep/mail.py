"""Mail by the city's own server (SMTP, RFC 5321): only where a person set PIA_SMTP_HOST, only over
TLS whose certificate is checked, to addresses the city wrote down.

Knows how to hand over a message. Must not know what it says. What goes wrong is a sentence without
the password, an address or a word of the message.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterable, Sequence
from email import message_from_bytes, policy

from ...domain.errors import PiaError
from ...settings import Config

WAIT = 30  # seconds for an answer
_ASK = "PIA_SMTP_HOST・PIA_SMTP_PORT・PIA_SMTP_CA を確かめてください。"


def is_set(config: Config) -> bool:
    """Whether the city has a mail server for us."""
    return bool(config.values["PIA_SMTP_HOST"])


def send(config: Config, mails: Iterable[tuple[Sequence[str], bytes]]) -> int:
    """Hands over each of these drafts to its addresses; how many. PiaError where the server cannot
    be reached, shows no certificate that holds, or does not take one."""
    values = config.values
    sent = 0
    try:
        port = int(values["PIA_SMTP_PORT"])
        safe = ssl.create_default_context(cafile=values["PIA_SMTP_CA"] or None)
        with smtplib.SMTP(values["PIA_SMTP_HOST"], port, timeout=WAIT) as server:
            server.starttls(context=safe)
            if values["PIA_SMTP_USER"]:
                server.login(values["PIA_SMTP_USER"], values["PIA_SMTP_PASSWORD"])
            for addresses, draft in mails:
                message = message_from_bytes(draft, policy=policy.SMTP)
                del message["X-Unsent"]
                message["From"] = values["PIA_SMTP_FROM"]
                message["To"] = ", ".join(addresses)
                server.send_message(message)
                sent += 1
    except smtplib.SMTPAuthenticationError as error:
        raise PiaError(
            "メールサーバーが、利用者名かパスワードを受け付けませんでした。"
            "PIA_SMTP_USER と PIA_SMTP_PASSWORD を確かめてください。"
        ) from error
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise PiaError(
            f"メールサーバーに渡せませんでした（{type(error).__name__}）。{_ASK}"
        ) from error
    return sent
