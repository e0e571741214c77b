"""The places of a form a national text can go to, by the words the form prints: looked up as people
write them in a list, a paper or a field.

Knows forms. Must not know what is written at a place. A place that words do not name for certain is
never guessed: the candidates are handed back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..document.form import Form, FormNode
from ..document.tree import Path

MOST = 3  # candidates that are named
_NOT_WRITTEN = frozenset({"table", "figure"})
_LEFT_OUT = re.compile(r"[\s.．・:：()（）［\]\[］「」、。,※]")
_RISK = re.compile(r"リスク[０-９]*：")
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """What words led to: a line of the form, else the words of the lines that may be meant."""

    line: FormNode | None
    candidates: tuple[str, ...] = ()


@lru_cache(maxsize=16)
def places(form: Form) -> Mapping[str, FormNode]:
    """Words → line, of every item an officer writes in words or chooses, in the order of the form;
    each line has words of its own."""
    out: dict[str, FormNode] = {}
    for line in form.walk():
        if not line.answerable or line.kind in _NOT_WRITTEN or line.procedure:
            continue
        words = _words(line)
        count = 1
        told = words
        while told in out:
            count += 1
            told = f"{words}（{count}）".translate(_WIDE)
        out[told] = line
    return out


def words_of(form: Form, item: str) -> str:
    """The words of an item by its id; the id where the form has no such item to write."""
    for words, line in places(form).items():
        if line.id == item:
            return words
    return item


def _words(line: FormNode) -> str:
    """Ⅱ６①保管場所: the numbers on the way, what is repeated in between, and the labels from the
    last number on."""
    way = (*line.parents, line)
    last = max((index for index, each in enumerate(way) if each.number), default=0)
    words = ""
    for index, each in enumerate(way):
        number = each.number.translate(_WIDE).replace("．", "")
        if index == 0:
            words = number or each.plain_label
        elif index >= last:
            spaced = not number and not words.endswith("：")
            words += (" " if spaced else "") + number + each.plain_label
        elif each.repeated:
            words += f"（{each.plain_label}）{number}"
        else:
            words += number
    return words


def path_of(line: FormNode) -> Path:
    """The keys on the way to a line, "*" where entries are repeated."""
    keys: list[str] = []
    for each in (*line.parents, line):
        keys.append(each.key)
        if each.repeated:
            keys.append("*")
    return tuple(keys)


def folded(words: str) -> str:
    """Words as they are compared: without width, spaces, brackets and points."""
    return _LEFT_OUT.sub("", unicodedata.normalize("NFKC", _LEFT_OUT.sub("", words))).casefold()


def find(form: Form, words: str) -> FoundPlace:
    """The line of a form that words name: as the form has them, or by an ending or a beginning that
    only one line has."""
    known = places(form)
    if words in known:
        return FoundPlace(known[words])
    wanted = folded(words)
    if not wanted:
        return FoundPlace(None)
    exact, near = [], []
    for told, line in known.items():
        compared = folded(told)
        if wanted == compared:
            exact.append((told, line))
        elif compared.endswith(wanted) or compared.startswith(wanted):
            near.append((told, line))
    hits = exact or near or _around(known, wanted)
    if len(hits) == 1:
        return FoundPlace(hits[0][1])
    return FoundPlace(None, tuple(told for told, _ in hits[:MOST]))


def _around(known: Mapping[str, FormNode], wanted: str) -> list[tuple[str, FormNode]]:
    """Lines as 変更箇所 cites them, with every label on the way, or without the number of their
    リスク: Ⅲ７⑤物理的対策."""
    hits = []
    for told, line in known.items():
        if wanted in (folded(_cited(line)), folded(_RISK.sub("", told))):
            hits.append((told, line))
    return hits


def _cited(line: FormNode) -> str:
    """Every number and label on the way."""
    return "".join(f"{each.number}{each.plain_label}" for each in (*line.parents, line))
