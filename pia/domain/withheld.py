"""非公表部分 (規則第10条第1項・第2項): marks that stay on the words they were put on when a text comes back without them.

Workbooks and plain edits carry no marks. Where the marked words are still there to the letter the marks go with them; where they were touched, a person
must decide. And the public reading of a document: everything but the marked words. Knows blocks and spans; nothing of who may see what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from . import items
from .blocks import block
from .form import Form
from .spans import spans
from .tree import Node, Path, Tree, walk

REDACTED = "【非公表】"


def carried(tree: Tree, before: Tree) -> tuple[Tree, tuple[Path, ...]]:
    """`tree` with the withheld ranges of `before` on every block that came without any, and the paths where marked words were changed or removed."""
    lost: list[Path] = []
    if not any(n.kind == "block" and n.value["withheld"] for _, n in walk(before)):
        return tree, ()

    def below(new: Node | Tree, old: Node | Tree, path: Path) -> tuple[Node, ...]:
        known = {n.slot: n for n in old.children}
        out = []
        for n in new.children:
            was = known.pop(n.slot, None)
            here = (*path, n.key)
            if was is None or was.digest == n.digest:
                out.append(n)
            elif n.kind == "block":
                out.append(_marked(n, was, here, lost))
            else:
                out.append(replace(n, children=below(n, was, here), _digest=[]))
        for gone in known.values():
            _gone(gone, (*path, gone.key), lost)
        return tuple(out)

    made = Tree(tree.form, below(tree, before, ()))
    return (tree if made.digest == tree.digest else made), tuple(lost)


def _gone(n: Node, path: Path, lost: list[Path]) -> None:
    if n.kind == "block":
        if n.value["withheld"]:
            lost.append(path)
        return
    for c in n.children:
        _gone(c, (*path, c.key), lost)


def _marked(n: Node, was: Node, path: Path, lost: list[Path]) -> Node:
    marks = was.value["withheld"]
    if not marks or n.value["withheld"]:
        return n
    same = [(s.a0, s.a1, s.b0 - s.a0) for s in spans(was.value["text"], n.value["text"]) if s.op == "equal"]
    kept = []
    for m in marks:
        home = next((shift for a0, a1, shift in same if a0 <= m["start"] and m["end"] <= a1), None)
        if home is None:
            lost.append(path)
        else:
            kept.append({**m, "start": m["start"] + home, "end": m["end"] + home})
    return replace(block(n.value["text"], kept), key=n.key, extra=n.extra)


def secrets(*trees: Tree) -> frozenset[str]:
    """The marked words of these documents: what their public readings must not say, not even in the 変更箇所 table."""
    found: set[str] = set()
    for tree in trees:
        for _, n in walk(tree):
            if n.kind == "block":
                found |= {n.value["text"][r["start"] : r["end"]].strip() for r in n.value["withheld"]}
    return frozenset(found - {""})


def public(form: Form, tree: Tree, hidden: Iterable[str] = ()) -> Tree:
    """The reading for the public (規則第10条第1項・第2項, through 第5条第2項, 第6条第3項, 第7条第3項・第6項, 第14条第2項): each marked range says 【非公表】, however long it was, and so do the same words in the rows of tables.
    `hidden`: marked words of earlier versions, which 変更前 may quote. A document without marks is returned as it is."""
    words = sorted({*hidden, *secrets(tree)}, key=lambda w: (-len(w), w))
    if not words:
        return tree

    def said(answer: Any) -> Any:
        if isinstance(answer, list):
            return [{**r, "cells": [_without(c, words) for c in r["cells"]]} if isinstance(r, dict) and "cells" in r else r for r in answer]
        if isinstance(answer, dict) and "withheld" in answer:
            return _blackened(answer["text"], answer["withheld"])
        return answer

    return items.build(form, [(path, said(answer)) for path, answer in items.answers(tree)])


def _without(text: str, words: Iterable[str]) -> str:
    for w in words:
        text = text.replace(w, REDACTED)
    return text


def _blackened(text: str, ranges: Iterable[Mapping[str, Any]]) -> str:
    out, at = "", 0
    for r in sorted(ranges, key=lambda r: r["start"]):
        if r["end"] > at:
            between = text[at : r["start"]]
            # A mark over a block's border is kept as two with a line feed between them: to the reader it is one.
            out += "" if out.endswith(REDACTED) and not between.strip("\n") else between + REDACTED
            at = r["end"]
    return out + text[at:]
