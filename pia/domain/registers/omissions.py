"""What of 個人情報ファイル簿 does not go out: files that are not listed, items and single lines
that are left out (個人情報保護法第75条第2項・第3項), and what a file needs before it may be
published.

Knows trees and the register's form. The one way to what anybody may read: where a line that is left
out cannot be found any more, its whole item stays inside. Must not know records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..document.tree import Node, Path, Tree, filtered
from ..text.folding import found
from ..text.notation import weighed
from .model import RegisterForm, said


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An item of the register that is left out (`field`: its id), or one line of it (`part`)."""

    field: str
    part: str = ""


def outward(form: RegisterForm, tree: Tree, left_out: Iterable[LeftOut]) -> Tree:
    """A 単票 as anybody may read it."""
    whole = set()
    parts: dict[str, set[str]] = {}
    for each in left_out:
        line = form.form.by_id.get(each.field)
        if line is None:
            continue
        if each.part and _has(tree.find(line.path), each.part):
            parts.setdefault(line.key, set()).add(weighed(each.part))
        else:
            whole.add(line.key)

    def kept(path: Path, node: Node) -> bool:
        if path[0] in whole:
            return False
        return node.kind != "row" or weighed(_cell(node)) not in parts.get(path[0], ())

    return filtered(tree, kept)


def _cell(row: Node) -> str:
    return "".join(row.value["cells"])


def _has(node: Node | None, part: str) -> bool:
    """Whether a list has a line of these words."""
    if node is None:
        return False
    return any(weighed(_cell(row)) == weighed(part) for row in node.leaves)


def lost(form: RegisterForm, tree: Tree, left_out: Iterable[LeftOut]) -> list[LeftOut]:
    """Lines that are left out and do not stand in their item any more."""
    gone = []
    for each in left_out:
        line = form.form.by_id.get(each.field)
        if each.part and line is not None and not _has(tree.find(line.path), each.part):
            gone.append(each)
    return gone


def said_elsewhere(form: RegisterForm, tree: Tree, left_out: Iterable[LeftOut]) -> list[str]:
    """Sentences for words that are left out in one item and stand in another: a line that is left
    out, or any line of an item that is left out as a whole."""
    sentences = []
    left = tuple(left_out)
    out = outward(form, tree, left)
    for each in left:
        for words in _words_of(form, tree, each):
            for line in form.fields:
                node = out.find(line.path)
                if node is not None and found(said(node), words):
                    sentences.append(
                        f"記載しない「{words}」という語が、「{line.label}」にあります。"
                    )
    return sentences


_SHORTEST = 3  # letters of a line that tells what it is about; of 「紙」 nothing follows


def _words_of(form: RegisterForm, tree: Tree, left: LeftOut) -> tuple[str, ...]:
    """What nobody may read of an item, line by line."""
    if left.part:
        return (left.part,)
    line = form.form.by_id.get(left.field)
    if line is None:
        return ()
    lines = [each.strip() for each in said(tree.find(line.path)).splitlines()]
    return tuple(each for each in lines if len(each) >= _SHORTEST)


def unfilled(form: RegisterForm, tree: Tree, left_out: Sequence[LeftOut]) -> list[str]:
    """A sentence for each item the law asks for that is neither filled in nor left out."""
    out = {each.field for each in left_out if not each.part}
    sentences = []
    for line in form.missing(tree):
        if line.id not in out:
            sentences.append(f"「{line.label}」が書かれていません。")
    return sentences
