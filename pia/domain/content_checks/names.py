"""Names that documents of a city give to the same thing: a 委託先 or a system called in two ways, a
ファイル of one name described in two ways.

Knows names as they are written and what the rules compare. Must not know where they are kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..document.tree import Path
from ..text.folding import fold
from .checks import ContentFinding, FindingPlace, digest_of
from .said import SaidAnswer, SaidItems

_FORM = r"(?:株式会社|有限会社|合同会社|合資会社|合名会社|\(株\)|\(有\)|\(同\))"
_BRANCH = re.compile(rf"({_FORM}).+(?:支店|支社|営業所|事業所|支部)$")
_NOTE = re.compile(r"\([^()]*\)$")
_LONG = re.compile(r"(?<=[ァ-ヴ])ー(?![ァ-ヴー])")
_BETWEEN = re.compile(r"[\s・･\-‐－―「」『』,.、。]")
_UNKNOWN = re.compile(r"未定|入札|選定|別途|決定|なし|無し")
_LEAST = 3  # shorter names are alike by chance


@dataclass(frozen=True, slots=True)
class DocumentName:
    """A name a document gives: which rule compares it, how it is written for comparing, as it is
    written, where, and what else is said of the thing (`facts`: name of an item → its text)."""

    rule: str
    folded: str
    name: str
    path: Path
    facts: Mapping[str, str]


def named(rules: Iterable[Mapping[str, Any]], said: SaidItems) -> tuple[DocumentName, ...]:
    """Every name of a document that these rules compare, each way of writing once a rule."""
    out: dict[tuple[str, str, str], DocumentName] = {}
    for rule in rules:
        if said.line(rule["item"]) is None:
            continue
        for answer in said.answers.get(rule["item"], ()):
            for name in _of_answer(rule, said, answer):
                out.setdefault((name.rule, name.folded, name.name), name)
    return tuple(out.values())


def _of_answer(
    rule: Mapping[str, Any], said: SaidItems, answer: SaidAnswer
) -> Iterator[DocumentName]:
    written = next(iter(answer.text.strip().splitlines()), "")
    if answer.is_hidden or _UNKNOWN.search(written):
        return
    root = said.root(rule["item"])
    facts = {}
    for item in rule.get("compare", ()):
        for other in said.at(item, root, answer.keys) if said.line(item) else ():
            if not other.is_hidden:
                facts[item] = other.text
    folded = folded_name(written, rule["kind"])
    if "by" in rule:
        texts = [other.text for other in said.at(rule["by"], root, answer.keys)]
        folded = digest_of(fold(texts[0])) if texts and len(texts[0]) >= 30 else ""
    if len(folded) >= _LEAST:
        yield DocumentName(rule["id"], folded, written, answer.path, facts)


def folded_name(written: str, kind: str) -> str:
    """A name for comparing: one width, no spaces or marks, サーバー as サーバ; of a company
    (`kind`) neither its legal form nor its branch."""
    plain = unicodedata.normalize("NFKC", written).strip()
    if kind == "company":
        plain = _BRANCH.sub(r"\1", plain)
        plain = re.sub(_FORM, "", plain)
    bare = _NOTE.sub("", plain).strip()
    plain = _LONG.sub("", bare or plain)
    return fold(_BETWEEN.sub("", plain))


def found_apart(
    rules: Iterable[Mapping[str, Any]],
    mine: Sequence[DocumentName],
    others: Iterable[tuple[str, str, DocumentName]],
) -> tuple[ContentFinding, ...]:
    """What stands against each other: the names of a document beside (key, title, name) of others
    and of itself (whose key is empty)."""
    by_rule = {rule["id"]: rule for rule in rules}
    known: dict[tuple[str, str], list[DocumentName]] = {}
    for name in mine:
        known.setdefault((name.rule, name.folded), []).append(name)
    out: dict[str, ContentFinding] = {}
    for key, title, theirs in others:
        for name in known.get((theirs.rule, theirs.folded), ()):
            if not key and name.path >= theirs.path:
                continue
            for found in _pair(by_rule[name.rule], name, theirs, key, title):
                out.setdefault(found.fingerprint(""), found)
    return tuple(out.values())


def _pair(
    rule: Mapping[str, Any], mine: DocumentName, theirs: DocumentName, key: str, title: str
) -> Iterator[ContentFinding]:
    places = (FindingPlace(mine.path), FindingPlace(theirs.path, key))
    if "compare" not in rule:
        if mine.name != theirs.name:
            sentence = rule["sentence"].format(mine=mine.name, theirs=theirs.name)
            words = digest_of(sorted((mine.name, theirs.name)))
            yield ContentFinding(rule["id"], places, sentence, words, shared=True)
        return
    for item in rule["compare"]:
        both = (mine.facts.get(item, ""), theirs.facts.get(item, ""))
        if all(both) and fold(both[0]) != fold(both[1]):
            where = title or "この評価書の別のファイル"
            sentence = rule["sentence"].format(mine=mine.name, theirs=where, what=item)
            words = digest_of([mine.folded, item, *sorted(both)])
            yield ContentFinding(rule["id"], places, sentence, words, shared=True)
