"""A mail as a draft that a mail program opens, with a calendar beside it (RFC 5322, MIME). Nothing
is sent, and nobody's address is known: who sends it fills in to whom.

Knows the standard library's messages. Must not know what the words are about.
"""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

MIME = "message/rfc822"


def write(subject: str, body: str, at: datetime, calendar: bytes = b"", name: str = "") -> bytes:
    """A draft with its words, and the calendar as a file of this name where there is one."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(at)
    message["X-Unsent"] = "1"  # Outlook opens it to be written on
    message.set_content(body)
    if calendar:
        kind = {"charset": "utf-8", "method": "PUBLISH"}
        message.add_attachment(
            calendar, maintype="text", subtype="calendar", filename=name, params=kind
        )
        message.set_boundary("=_pia_" + "0" * 16)
    return message.as_bytes()
