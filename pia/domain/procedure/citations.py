"""Citations of law: the places (条・項・号) that words name, and whether each was read.

Knows how a citation is written in Japanese and the index of the texts that were read
(`pia/rules/law.yaml`). Must not know what the law says. Serves the rule of the house: a citation
names a place that was read, or says 未確認.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

UNREAD = ("未確認", "unread")  # in Japanese words, in docstrings
_TEXTS = (
    "漏えい等報告規則|定期報告規則|個人情報保護法施行規則|個人情報保護法|番号法|規則|指針|記載要領"
    "|審議会条例|情報公開条例|意見公募の定め"
)
_PLACE = re.compile(
    rf"(?P<text>{_TEXTS})?(?:附則)?"
    r"(?:第(?P<article>[0-9]+条(?:の[0-9]+)?))?"
    r"(?:第(?P<paragraph>[0-9]+)項)?"
    r"(?:第(?P<item>[0-9]+)号(?P<sub>[イロハニホ])?)?"
    r"(?P<half>前段|後段|ただし書|本文)?"
)
_BETWEEN = re.compile(r"(?:、|・|及び|又は|から|\s)+")


@dataclass(frozen=True, slots=True)
class Citation:
    """One place as words name it. `article` is 7条 or 29条の4; `paragraph` and `item` count from 1
    and are 0 where the words name none.
    """

    text: str
    article: str = ""
    paragraph: int = 0
    item: int = 0
    sub: str = ""

    def __str__(self) -> str:
        out = self.text + (f"第{self.article}" if self.article else "")
        if self.paragraph:
            out += f"第{self.paragraph}項"
        else:
            out += ""
        return out + (f"第{self.item}号{self.sub}" if self.item else "")


def cited(words: str) -> Iterator[Citation]:
    """Every place that words name, in order. 「第7条第1項・第4項」 are two places of one article; a
    part that is left out is that of the place before.
    """
    here: Citation | None = None
    end = -1
    for match in _PLACE.finditer(words):
        if not match.group():
            continue
        joined = here is not None and bool(_BETWEEN.fullmatch(words[end : match.start()]))
        citation = _one(match, here if joined else None)
        if citation is None:
            continue
        here = citation
        end = match.end()
        if citation.article or citation.text not in ("", "規則", "番号法"):
            yield citation


def _one(match: re.Match[str], before: Citation | None) -> Citation | None:
    """The place of one match, completed from the one before it; None for words that name no place
    by themselves.
    """
    part = match.groupdict()
    if part["text"] is None and before is None:
        return None
    if part["text"]:
        here = Citation(part["text"])
    else:
        here = replace(before or Citation(""), item=0, sub="")
    if part["article"]:
        here = replace(here, article=part["article"], paragraph=0, item=0, sub="")
    if part["paragraph"]:
        here = replace(here, paragraph=int(part["paragraph"]), item=0, sub="")
    if part["item"]:
        here = replace(here, item=int(part["item"]), sub=part["sub"] or "")
    return here


def read(law: Mapping[str, Any], citation: Citation) -> bool:
    """Whether the place stands in the index of what was read. An article with one 項 is cited
    without it.
    """
    text = law["texts"].get(citation.text)
    if text is None or not citation.article:
        return False
    whole = replace(citation, text="", paragraph=citation.paragraph or 1)
    several = f"第{citation.article}第2項" in text["places"]
    exact = bool(citation.paragraph) or not several
    return exact and str(whole) in text["places"]


def doubtful(law: Mapping[str, Any], words: str) -> tuple[str, ...]:
    """The citations in words that name no place that was read, and whose words do not say that the
    text is unread.
    """
    out = []
    for citation in cited(words):
        marked = any(mark in words for mark in UNREAD)
        unread = law["unread"].get(citation.text)
        fine = unread is not None and (marked or unread.get("own", False))
        if not read(law, citation) and not fine:
            out.append(str(citation))
    return tuple(out)


def as_of(law: Mapping[str, Any], words: str) -> bool:
    """Whether any place that words name was read: then the words bear the day of the copy."""
    return any(read(law, citation) for citation in cited(words))
