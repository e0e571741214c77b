"""The lines of a transcript before anything is read from them: marks of subtitle files and clocks
taken off, numbers and heads of pages known for what they are.

Knows WebVTT, SubRip and pages. Must not know speakers or items.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape

from .names import folded

PAGE = "ページの番号です。"
RUNNING_HEAD = "ページごとに繰り返される行です。"
NOTE = "字幕ファイルの注記です。"
# What stands in a Word file beside the running text: the mark such a line begins with.
BESIDE = {
    "〔脚注〕": "Word文書の脚注です。",
    "〔コメント〕": "Word文書のコメントです。",
    "〔ヘッダー・フッター〕": "Word文書のページの上下にある文字です。",
    "〔削除された文字〕": "Word文書の変更履歴で削除された文字です。",
}
_TIMING = re.compile(r"^\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s*-->")
_CUE_NAME = re.compile(r"[0-9A-Za-z_./\-]+")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_TAG = re.compile(r"</?(?:v|c|i|b|u|ruby|rt|lang|font)(?:[.\s][^>]*)?>|<\d[\d:.]*>|\{\\an\d\}")
_CLOCK = re.compile(
    r"^\s*(?:[\[(（<]\s*(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?\s*[\])）>]"
    r"|\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,3})?)[\s　]*"
)
_SHORT_CLOCK = re.compile(r"^\s*\d{1,3}:\d{2}(?:[\s　]+|$)")
_PAGE = re.compile(
    r"[-‐‑‒–—―ー─~〜]+\d{1,3}[-‐‑‒–—―ー─~〜]+|(?:p\.?|page)?\d{1,3}(?:ページ|頁)?"
    r"|(?:p\.?|page)?\d{1,3}/\d{1,3}(?:ページ|頁)?"
)
_HEAD_END = re.compile(r"(?:録|録\(案\)|審議会|委員会|会議|結果|次第)$")
_ENDS = tuple("。？！?!」』）)】〕")
_HEAD_LETTERS = range(4, 61)


@dataclass(frozen=True, slots=True)
class RawLine:
    """One line of the input: its number from 1, what it says without marks, the voice a subtitle
    names. `why` says in Japanese that it is no speech; `marked` that it held marks only; `cue` that
    it is part of a subtitle; `indented` and `wide` how a paragraph begins and ends.
    """

    number: int
    text: str
    voice: str = ""
    why: str = ""
    marked: bool = False
    cue: bool = False
    indented: bool = False
    wide: bool = False


def raw_lines(lines: Sequence[str], labelled: Callable[[str], bool]) -> tuple[RawLine, ...]:
    """Every line of the input, in order. `labelled` says whether a line begins with somebody's
    label: such a line is no head of a page however often it stands.
    """
    texts = [line.strip("\ufeff\r\n") for line in lines]
    if any(_TIMING.match(text) for text in texts):
        return tuple(_subtitles(texts))
    short = sum(1 for text in texts if _SHORT_CLOCK.match(text)) > 2
    whys = _pages(texts, labelled)
    edge = _edge(texts)
    out = []
    for index, text in enumerate(texts):
        said = _CLOCK.sub("", text, count=1)
        if short:
            said = _SHORT_CLOCK.sub("", said, count=1)
        body = said.strip()
        out.append(
            RawLine(
                index + 1,
                body,
                why=whys.get(index, "") or _beside(body),
                marked=not body and bool(text.strip()),
                indented=said.startswith(("　", "\t")),
                wide=bool(edge) and len(text.rstrip()) >= edge,
            )
        )
    return tuple(out)


def _beside(body: str) -> str:
    """Why a line is no speech that stood beside the running text of a Word file."""
    if body.startswith("〔"):
        return next((why for mark, why in BESIDE.items() if body.startswith(mark)), "")
    return ""


def _subtitles(texts: Sequence[str]) -> Iterator[RawLine]:
    """The lines of WebVTT or SubRip: a cue has a number or name, a time, and what is said."""
    block = ""
    for index, text in enumerate(texts):
        number = index + 1
        body = text.strip()
        if not body:
            block = ""
            yield RawLine(number, "")
        elif _TIMING.match(text):
            block = "cue"
            yield RawLine(number, "", marked=True)
        elif _CUE_NAME.fullmatch(body) and _is_timing(texts, index + 1):
            yield RawLine(number, "", marked=True)
        elif block == "cue":
            voice = _VOICE.search(body)
            said = unescape(_TAG.sub("", body)).strip()
            yield RawLine(number, said, voice[1].strip() if voice else "", cue=True)
        elif body == "WEBVTT":
            block = NOTE
            yield RawLine(number, "", marked=True)
        else:
            block = NOTE
            yield RawLine(number, body, why=NOTE)


def _is_timing(texts: Sequence[str], index: int) -> bool:
    return index < len(texts) and bool(_TIMING.match(texts[index]))


def _pages(texts: Sequence[str], labelled: Callable[[str], bool]) -> dict[int, str]:
    """Which lines are numbers or heads of pages, and in which words to say so."""
    whys = {}
    filled = [index for index, text in enumerate(texts) if text.strip()]
    for index in filled:
        if _PAGE.fullmatch(folded(texts[index])):
            whys[index] = PAGE
    heads: Counter[str] = Counter()
    beside: Counter[str] = Counter()
    places: dict[str, list[int]] = {}
    for at, index in enumerate(filled):
        head = re.sub(r"\d+", "0", folded(texts[index]))
        if index in whys or len(head) not in _HEAD_LETTERS or head.endswith(_ENDS):
            continue
        heads[head] += 1
        places.setdefault(head, []).append(index)
        around = filled[max(0, at - 1) : at + 2]
        beside[head] += "\f" in texts[index] or any(whys.get(x) == PAGE for x in around)
    for head, count in heads.items():
        by_page = count > 1 and beside[head] * 2 > count
        is_head = by_page or (count > 2 and _HEAD_END.search(head))
        if is_head and not any(labelled(texts[index]) for index in places[head]):
            whys |= dict.fromkeys(places[head], RUNNING_HEAD)
    return whys


def _edge(texts: Sequence[str]) -> int:
    """The length from which a line was broken by the width of the page; 0 where lines are not."""
    lengths = sorted(len(text.rstrip()) for text in texts if text.strip())
    if not lengths or lengths[-1] > 120:
        return 0
    edge = lengths[-1] - 2
    if sum(length >= edge for length in lengths) * 4 > len(lengths) > 7:
        return edge
    return 0
