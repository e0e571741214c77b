"""A mail as a file (.eml): who sent it, when, what it says, and what came with it.

Knows the format of mail, read by the standard library in a child process. Must not know what a mail
is about. What was attached is handed on as bytes; nothing here opens it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import errors, policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime

from lxml import html
from lxml.etree import LxmlError

from ..domain.canonical import clean
from ..domain.errors import PiaError
from .ooxml import guard

MAX_FILE = 30 << 20
MAX_FILES = 50
_HIDDEN = ("script", "style", "head", "title", "template")
_LINES = ("p", "div", "br", "li", "tr", "h1", "h2", "h3", "blockquote")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail: `number` its Message-ID (empty where it has none), `at` its Date (ISO 8601 with
    offset, empty where nobody can read it), sender's name and address, subject, words, and the
    files with their names."""

    number: str
    at: str
    name: str
    address: str
    subject: str
    text: str
    files: tuple[tuple[str, bytes], ...]


def read(body: bytes, name: str) -> Mail:
    """The mail of a file. PiaError with one sentence for what is none, or says nothing."""
    if len(body) > MAX_FILE:
        raise PiaError(f"{name}：メールが大きすぎます（上限 {MAX_FILE >> 20} MB）。")
    try:
        return guard.in_child(_read, body)
    except PiaError as error:
        raise PiaError(f"{name}：{error}") from error


def _read(body: bytes) -> Mail:
    try:
        message = BytesParser(EmailMessage, policy=policy.default).parsebytes(body)
        if not message["From"] or not isinstance(message, EmailMessage):
            raise PiaError("メールのファイル（.eml）ではありません。")
        shown, address = parseaddr(str(message["From"]))
        return Mail(
            str(message["Message-ID"] or "").strip()[:200],
            _instant(str(message["Date"] or "")),
            _line(shown),
            _line(address),
            _line(str(message["Subject"] or "")),
            _text(message),
            tuple(_files(message)),
        )
    except (errors.MessageError, LookupError, ValueError, RecursionError, LxmlError) as error:
        raise PiaError("壊れていて読めません。メールのソフトから保存し直してください。") from error


def _line(words: str) -> str:
    return clean(" ".join(words.split()), "メールの見出し")[:200]


def _instant(words: str) -> str:
    """The moment of a Date; empty for one without an offset, whose day in Japan nobody knows."""
    try:
        at = parsedate_to_datetime(words)
    except (TypeError, ValueError, IndexError):
        return ""
    return at.isoformat() if at.tzinfo is not None else ""


def _text(message: EmailMessage) -> str:
    """The words: the plain text, else that of the HTML, a line a paragraph."""
    part = message.get_body(("plain",))
    if part is not None and str(part.get_content()).strip():
        said = str(part.get_content())
    else:
        part = message.get_body(("html",))
        said = _of_html(str(part.get_content())) if part is not None else ""
    if not said.strip():
        raise PiaError("本文がありません。添付ファイルだけのメールは、意見として入力してください。")
    return clean(said, "メールの本文").strip("\n")


def _of_html(source: str) -> str:
    if not source.strip():
        return ""
    page = html.document_fromstring(source)
    for hidden in list(page.iter(*_HIDDEN)):
        hidden.drop_tree()
    for block in page.iter(*_LINES):
        block.tail = "\n" + (block.tail or "")
    return "\n".join(line.strip() for line in page.text_content().split("\n"))


def _files(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    """What came with a mail; a mail in the mail as it stands."""
    for number, part in enumerate(message.iter_attachments(), 1):
        if number > MAX_FILES:
            raise PiaError(f"添付ファイルが{MAX_FILES}件を超えています。")
        name = part.get_filename() or f"添付{number}"
        content = part.get_payload(decode=True)
        if part.get_content_maintype() == "message":
            content = part.as_bytes()
        if isinstance(content, bytes) and content:
            yield clean(name.replace("/", "／").replace("\\", "／"), "添付の名前")[:200], content
