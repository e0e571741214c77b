"""What a form sent, checked one field at a time: each refusal names the field in a sentence, and
nothing is taken over that no field was made for.

Knows limits and kinds of values. Must not know what they are for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from datetime import date, time

from flask import current_app, request

from ..actions.upkeep import scanning
from ..documents.ooxml import endings
from ..domain import wareki
from ..domain.canonical import clean
from ..domain.errors import PiaError
from ..domain.errors import Unfit as Unfit
from ..domain.text import personal

LINE = 200
PARAGRAPH = 4_000
DOCUMENT = 400_000


def text(
    field: str, label: str, *, most: int = LINE, need: bool = True, numbers: bool = False
) -> str:
    """What was typed, as it was typed, at most `most` letters. A My Number is refused: nothing here
    has a ground to hold one (法第20条); with `numbers` it is taken, where what somebody else wrote
    is taken in word for word."""
    try:
        given = clean(request.form.get(field, ""), f"「{label}」")
    except PiaError as error:
        raise Unfit(field, str(error)) from error
    if need and not given.strip():
        raise Unfit(field, f"「{label}」を入力してください。")
    if len(given) > most:
        raise Unfit(
            field,
            f"「{label}」は{most:,}文字までです（いま{len(given):,}文字）。短くしてください。",
        )
    if not numbers and personal.holds_number(given):
        raise Unfit(
            field,
            f"「{label}」に、個人番号（マイナンバー）と思われる12けたの数字があります。"
            "その数字を消してから、もう一度送ってください。",
        )
    return given


def line(field: str, label: str, *, most: int = LINE, need: bool = True) -> str:
    """One line, without spaces at its ends."""
    given = text(field, label, most=most, need=need).strip()
    if "\n" in given:
        raise Unfit(field, f"「{label}」は1行で入力してください。")
    return given


def number(
    field: str, label: str, *, least: int = 0, most: int = 1_000_000_000, need: bool = True
) -> int | None:
    """A whole number from `least` to `most`; full-width figures and commas are taken too."""
    given = line(field, label, need=need)
    if not given:
        return None
    digits = unicodedata.normalize("NFKC", given).replace(",", "")
    if not digits.isascii() or not digits.isdigit() or not least <= int(digits) <= most:
        raise Unfit(field, f"「{label}」は{least:,}から{most:,}までの数で入力してください。")
    return int(digits)


def day(field: str, label: str, *, need: bool = True) -> date | None:
    """A day as the browser's calendar gives it, or typed: 2024-07-24, 令和6年7月24日, R6.7.24."""
    given = line(field, label, need=need)
    if not given:
        return None
    iso = wareki.parse(given)
    if iso is None or len(iso) != 10:
        raise Unfit(
            field, f"「{label}」の日付が正しくありません。令和6年7月24日のように入力してください。"
        )
    return date.fromisoformat(iso)


def must_day(field: str, label: str) -> date:
    """The same, where there has to be one."""
    given = day(field, label)
    assert given is not None
    return given


def clock(field: str, label: str, *, need: bool = True) -> time | None:
    """A time of day: 13:30."""
    given = line(field, label, need=need)
    if not given:
        return None
    try:
        return time.fromisoformat(given)
    except ValueError as value_error:
        raise Unfit(
            field, f"「{label}」の時刻が正しくありません。13:30 のように入力してください。"
        ) from value_error


def must_clock(field: str, label: str) -> time:
    """The same, where there has to be one."""
    given = clock(field, label)
    assert given is not None
    return given


def choice(field: str, label: str, options: Container[str]) -> str:
    """One of a few values."""
    given = request.form.get(field, "")
    if given not in options:
        raise Unfit(field, f"「{label}」を選んでください。")
    return given


def many(field: str, label: str, options: Container[str], *, need: bool = True) -> list[str]:
    """Several of the values of a list, at least one where there has to be one."""
    given = request.form.getlist(field)
    if any(value not in options for value in given) or len(given) > 1_000:
        raise Unfit(field, f"「{label}」を選び直してください。")
    if need and not given:
        raise Unfit(field, f"「{label}」を1つ以上選んでください。")
    return given


def ticked(field: str) -> bool:
    """Whether a box is ticked."""
    return request.form.get(field) == "1"


def upload(field: str, label: str) -> tuple[str, bytes]:
    """(file name, bytes) of an uploaded file."""
    sent = request.files.get(field)
    if sent is None or not sent.filename:
        raise Unfit(field, f"「{label}」のファイルを選んでください。")
    body = sent.read()
    if not body:
        raise Unfit(field, f"「{sent.filename[:100]}」は空のファイルです。")
    name = _file_name(sent.filename)
    must_be_safe(field, name, body)
    return name, body


def uploads(field: str, label: str) -> list[tuple[str, bytes]]:
    """(file name, bytes) of every uploaded file; what is wrong with any of them is said of all."""
    files = []
    for storage in request.files.getlist(field):
        if storage.filename:
            files.append((_file_name(storage.filename), storage.read()))
    if not files:
        raise Unfit(field, f"「{label}」のファイルを選んでください。")
    faults = [endings.fault(name, body) for name, body in files]
    if any(faults):
        raise Unfit(field, "".join(fault for fault in faults if fault))
    for name, body in files:
        must_be_safe(field, name, body)
    return files


def _file_name(given: str) -> str:
    return given.replace("\\", "/").rsplit("/", 1)[-1][:200]


def must_be_safe(field: str, name: str, body: bytes) -> None:
    """Refuses a file that is not what its name says, or that the city's scanner does not find
    clean, before anything reads it."""
    fault = endings.fault(name, body)
    if fault:
        raise Unfit(field, fault)
    try:
        scanning.look(current_app.extensions["pia.scan"], name, body)
    except PiaError as error:
        raise Unfit(field, str(error)) from error
