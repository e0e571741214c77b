"""An opinion on its way in: which fields a consultation asks for, its receipt, and the line of text
it is carried as from a host outside to the city's own network.

Knows limits, the receipt and the format `pia-opinion/1`. Must not know pages, files or a store. A
line comes from a machine anybody can reach, so it is read as hostile: an unknown field, a wrong
kind of value, a letter the house does not keep, a size over the limit each refuse it whole
(規則第7条第1項; 法第20条 for My Numbers).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from ..act import day_in_japan
from ..canonical import clean
from ..errors import PiaError
from ..text import personal

FORMAT = "pia-opinion/1"
FIELDS = {"name": "氏名", "address": "住所"}
# letters of an opinion; of every other field
LONGEST = 20_000
LINE = 200
MOST_BYTES = 200_000  # of one line of an inbox: an opinion of four-byte letters, each escaped, fits
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_RECEIPT = re.compile(rf"[{_LETTERS}]{{4}}-[{_LETTERS}]{{4}}")


@dataclass(frozen=True, slots=True)
class Sent:
    """One opinion as it was sent: consultation, receipt, what it is about (`key`, `item`, empty for
    all), its words, its sender, and the instant with its offset."""

    consultation: int
    receipt: str
    key: str
    item: str
    text: str
    name: str
    address: str
    at: datetime


def settled(rules: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Name and address as the rules of a consultation take them: field → required, optional or
    none. PiaError for one that is asked for and empty.
    """
    kept = {}
    for field, words in FIELDS.items():
        rule = rules.get(field, "optional")
        value = given.get(field, "").strip()
        if rule == "required" and not value:
            raise PiaError(f"「{words}」を入力してください。公表はしません。")
        if rule == "none":
            kept[field] = ""
        else:
            kept[field] = value
    return kept


def receipt(seed: bytes) -> str:
    """The receipt number that a seed gives: eight letters that nobody takes for one another."""
    letters = "".join(_LETTERS[byte % len(_LETTERS)] for byte in sha256(seed).digest()[:8])
    return f"{letters[:4]}-{letters[4:]}"


def written(sent: Sent) -> bytes:
    """An opinion as one line of JSON."""
    body = {"format": FORMAT, **asdict(sent), "at": sent.at.isoformat()}
    return json.dumps(body, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def read(line: bytes) -> Sent:
    """The opinion of a line. PiaError, saying why, for a line that is not exactly one."""
    if len(line) > MOST_BYTES:
        raise PiaError("行が長すぎます。")
    body = _object(line)
    if body.get("format") != FORMAT:
        raise PiaError(f"形式が {FORMAT} ではありません。")
    wanted = {"format", *Sent.__slots__}
    if set(body) != wanted:
        differing = "、".join(sorted(map(_named, set(body) ^ wanted)))
        raise PiaError(f"欄が足りないか、余分な欄があります（{differing}）。")
    number = body["consultation"]
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**31:
        raise PiaError("意見募集の番号が正しくありません。")
    fields = {}
    for field in ("key", "item", "text", *FIELDS):
        fields[field] = _text(body, field)
    if not fields["text"].strip():
        raise PiaError("意見が空です。")
    return Sent(number, _receipt(body["receipt"]), at=_instant(body["at"]), **fields)


def _named(field: str) -> str:
    """The name of a field that may hold anything, so that it can be printed."""
    return "".join(letter if letter.isprintable() else "〓" for letter in field[:20])


def _object(line: bytes) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a field twice")
        return dict(pairs)

    try:
        body = json.loads(line.decode("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError) as entry:
        raise PiaError("JSONとして読めません。") from entry
    if not isinstance(body, dict):
        raise PiaError("JSONのオブジェクトではありません。")
    return body


def _text(body: Mapping[str, Any], field: str) -> str:
    words = {"key": "評価書", "item": "項目", "text": "意見", **FIELDS}[field]
    value = body[field]
    if not isinstance(value, str):
        raise PiaError(f"「{words}」が文字ではありません。")
    if field == "text":
        most = LONGEST
    else:
        most = LINE
    if len(value) > most:
        raise PiaError(f"「{words}」が{most:,}文字を超えています。")
    kept = clean(value, f"「{words}」")
    if kept != value or (field != "text" and "\n" in value):
        raise PiaError(f"「{words}」に、使えない改行があります。")
    if personal.holds_number(value):
        raise PiaError(f"「{words}」に、個人番号（マイナンバー）と思われる数字があります。")
    return value


def _receipt(value: object) -> str:
    if not isinstance(value, str) or not _RECEIPT.fullmatch(value):
        raise PiaError("受付番号が正しくありません。")
    return value


def _instant(value: object) -> datetime:
    try:
        if not isinstance(value, str):
            raise ValueError("no text")
        instant = datetime.fromisoformat(value)
        day_in_japan(instant)
    except (ValueError, OverflowError) as entry:
        raise PiaError("受け付けた日時が正しくありません。") from entry
    return instant
