"""What the cover and the head of a 評価書 say of the book itself: its number, its 事務, who holds
it and when it was published (様式2 to 様式4, 表紙 and Ⅰ).

Knows roles of a form's lines. Must not know what is registered; what it gives is a proposal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from .. import wareki
from .form import Form
from .items import one_line, text_of_role
from .tree import Tree

# What a 評価書名 says beside the name of its 事務: which kind of document it is.
_KIND = re.compile(
    r"[（(【［\[「]?\s*(?:特定個人情報保護評価(?:書)?)?\s*[（(]?\s*"
    r"(?:(?:基礎|重点|全)項目(?:評価(?:書)?)?|特定個人情報保護評価書)\s*[）)】］\]」]*"
)
_NUMBER = re.compile(
    r"^\s*(?:評価書番号|第|No\.?)?\s*\d{1,4}\s*(?:号|番)?\s*[:：._＿．、・\s-]+\s*"
)
_JOINED = re.compile(r"(?:における|に係る|に関する)$")
_WHOLE = re.compile(r"(?:事務|業務)(?:に関する)?$")


@dataclass(frozen=True, slots=True)
class Cover:
    """What a book says of itself; empty where it says nothing. `published`: ISO text."""

    number: str
    title: str
    affair: str
    body: str
    department: str
    published: str


def cover_of(form: Form, tree: Tree) -> Cover:
    """The cover of a document."""

    def said(role: str) -> str:
        return one_line(text_of_role(form, tree, role)).strip()

    title = said("cover_name")
    published = wareki.parse(said("cover_published")) or ""
    if len(published) != 10:
        published = ""
    return Cover(
        number=number_of(said("cover_number")),
        title=title,
        affair=affair_name(title) or said("affair_name"),
        body=said("cover_agency"),
        department=said("department"),
        published=published,
    )


def number_of(written: str) -> str:
    """A 評価書番号 as it is registered: one width, no spaces, no leading zeros."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", written))
    return plain.lstrip("0") or plain[:1]


def affair_name(title: str) -> str:
    """The name of the 事務 in a 評価書名: without a number before it and the kind of document
    behind it. Empty where nothing else stands there."""
    name = _KIND.sub("", title)
    name = _cut(name, _NUMBER, lambda written: unicodedata.normalize("NFKC", written))
    name = name.strip(" 　_＿・:：-－―")
    bare = _JOINED.sub("", name)
    if bare != name and _WHOLE.search(bare):
        name = bare
    return name


def _cut(text: str, pattern: re.Pattern[str], plain: Callable[[str], str]) -> str:
    """A text without what a pattern finds at the beginning of its plain form."""
    written = plain(text)
    found = pattern.match(written)
    if found is None or len(written) != len(text):
        return text
    return text[found.end() :]
