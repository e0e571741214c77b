"""Changes as plain text: for a terminal (with colour, or with 【追加】【削除】 where there is none)
and as a notice for mail.

A pure function of described changes; knows no form, store or clock. Marks are never colour alone:
without it every change is named in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...domain.change.describe import DescribedChange, Shifted, told_once
from ...domain.text import pieces as text_pieces
from ...domain.text.pieces import Piece

KINDS = {
    "added": "追加",
    "removed": "削除",
    "modified": "変更",
    "moved": "移動",
    "renumbered": "番号の変更",
}
_COLOUR = {
    "delete": "\x1b[31;9m",
    "insert": "\x1b[32;4m",
    "notation": "\x1b[2;4m",
    "renumbered": "\x1b[2;4m",
}
_OFF = "\x1b[0m"
_WORDS = {
    "delete": "【削除】",
    "insert": "【追加】",
    "notation": "【表記】",
    "renumbered": "【番号】",
}
_END = {key: f"【／{words[1:]}" for key, words in _WORDS.items()}
_FOLDED = "（略）"
_SHORT = 400  # characters of one change in a notice


def summed(summary: Mapping[str, int]) -> str:
    """追加 4件、変更 1件; 違いはありません where there is nothing."""
    return (
        "、".join(f"{KINDS[key]} {value}件" for key, value in summary.items() if value)
        or "違いはありません"
    )


def terminal(
    changes: Sequence[DescribedChange],
    summary: Mapping[str, int],
    *,
    old: str,
    new: str,
    view: str = "phrase",
    colour: bool = False,
    fold: bool = True,
) -> str:
    """Every change with its label and running text. Ends with a line feed. `fold` leaves out long
    unchanged stretches.
    """
    out = [f"{old} → {new}：{summed(summary)}"]
    for described in told_once(changes):
        if isinstance(described, Shifted):
            head = f"[{KINDS['renumbered']}] {described.label}"
            out += ["", _bold(head, colour), _indented(described.sentence)]
            continue
        out += ["", _bold(_head(described), colour)]
        body = _body(described, view, colour, fold)
        if body:
            out.append(_indented(body))
        for sentence in described.remarks(view):
            out.append(_indented(f"（{sentence}）"))
    return "\n".join(out) + "\n"


def notice(
    changes: Sequence[DescribedChange],
    summary: Mapping[str, int],
    *,
    title: str,
    old: str,
    new: str,
    address: str = "",
) -> str:
    """The text of a mail: what changed, item by item, in words; long changes are shortened and the
    rest is to be read at `address`.
    """
    out = [f"【{title}】", f"{old} から {new} への変更のお知らせ（{summed(summary)}）", ""]
    shortened = False
    for number, described in enumerate(changes, 1):
        body = _body(described, "phrase", False, True)
        if len(body) > _SHORT:
            body = _cut(body)
            shortened = True
        out.append(f"{number}. {_head(described)}")
        if body:
            out.append(_indented(body))
        for sentence in described.remarks():
            out.append(_indented(f"（{sentence}）"))
        out.append("")
    if shortened:
        out.append(
            "※長い変更は途中までを示しています。"
            + ("全文は下のページで御覧ください。" if address else "")
        )
    if address:
        out.append(address)
    return "\n".join(out).rstrip("\n") + "\n"


def _cut(body: str) -> str:
    """The beginning of a long change, never ending within a mark or leaving one open."""
    kept = body[:_SHORT]
    if kept.rfind("【") > kept.rfind("】"):
        kept = kept[: kept.rfind("【")]
    opened = max(((kept.rfind(value), op) for op, value in _WORDS.items()), default=(-1, ""))
    if opened[0] >= 0 and kept.rfind(_END[opened[1]]) < opened[0]:
        kept += _END[opened[1]]
    return kept + "…"


def _head(described: DescribedChange) -> str:
    if described.material and described.basis:
        basis = f"　{described.basis}"
    else:
        basis = ""
    return f"[{KINDS[described.change.kind]}] {described.label}{basis}"


def _body(described: DescribedChange, view: str, colour: bool, fold: bool) -> str:
    if described.only_marks:
        return f"（{described.marking}）"
    if described.where:
        return described.where
    before, after = described.shown
    if before == after:
        return ""
    if not before or not after:
        pieces: Iterable[Piece] = (Piece("insert" if after else "delete", after or before),)
    else:
        pieces = text_pieces.inline(before, after, described.shown_spans(view), fold)
    return "".join(_said(piece, colour) for piece in pieces)


def _said(piece: Piece, colour: bool) -> str:
    if piece.op == "fold":
        return _FOLDED
    if piece.op == "equal":
        if piece.move is None:
            return piece.text
        if not colour:
            return f"【移動】{piece.text}【／移動】"
        return f"\x1b[36m{piece.text}{_OFF}"
    if colour:  # line by line, so that a pager keeps the colour
        return "\n".join(
            f"{_COLOUR[piece.op]}{line}{_OFF}" if line else "" for line in piece.text.split("\n")
        )
    return f"{_WORDS[piece.op]}{piece.text}{_END[piece.op]}"


def _bold(text: str, colour: bool) -> str:
    if colour:
        return f"\x1b[1m{text}{_OFF}"
    return text


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in text.split("\n"))
