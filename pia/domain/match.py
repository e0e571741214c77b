"""Gives repeated entries of a document the stable keys they have in another one: by key, then by name, then by content, else new.

A workbook from outside knows no keys; two files without a database are matched with each other. What cannot be told apart is listed, never guessed in
silence. Ⅱ, Ⅲ and the record list of one ファイル share one key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from .errors import Problem
from .form import Form, FormNode
from .items import folded, text_of
from .tree import UNLOADED, Node, Path, Tree, walk

_LEAST = 0.25  # share of equal contents below which two entries are strangers


def match_entries(tree: Tree, head: Tree, form: Form) -> tuple[Tree, list[Problem]]:
    """`tree` with the entry keys of `head` wherever an entry is the same one, and the pairs that were not clear."""
    problems: list[Problem] = []
    shared: dict[str, dict[str, str]] = {}
    children = _level(form.parts, tree.children, head.children, (), shared, problems)
    return Tree(tree.form, children), problems


def _level(
    lines: Sequence[FormNode], nodes: Sequence[Node], heads: Sequence[Node], path: Path, shared: dict[str, dict[str, str]], problems: list[Problem]
) -> tuple[Node, ...]:
    by_key = {line.key: line for line in lines}
    before = {n.key: n for n in heads}
    out = []
    for n in nodes:
        line = by_key.get(n.key) if n.kind not in ("block", "row", "shape") else None
        if line is None or not n.children:
            out.append(n)
            continue
        old = before.get(n.key)
        here = (*path, n.key)
        if line.repeated:
            out.append(replace(n, children=_entries(line, n, old, here, shared, problems), _digest=[]))
        else:
            out.append(replace(n, children=_level(line.children, n.children, old.children if old else (), here, shared, problems), _digest=[]))
    return tuple(out)


def _entries(line: FormNode, n: Node, old: Node | None, path: Path, shared: dict[str, dict[str, str]], problems: list[Problem]) -> tuple[Node, ...]:
    heads = {e.key: e for e in old.children} if old else {}
    root = line.shares or line.id
    if line.shares and root in shared:
        keys = {e.key: shared[root].get(e.key, e.key) for e in n.children}
    else:
        keys = _pairs(line, n.children, heads, path, problems)
        if not path[:-1] or line.shares:
            shared.setdefault(root, keys)
    out = []
    for e in n.children:
        was = heads.get(keys[e.key])
        below = _level(line.children, e.children, was.children if was else (), (*path, keys[e.key]), shared, problems)
        out.append(replace(e, key=keys[e.key], children=below, _digest=[]))
    return tuple(out)


def _name(line: FormNode, e: Node) -> str:
    named = line.named_by.rsplit("-", 1)[-1] if line.named_by else ""
    own = e.child(named) if named else None
    return folded(text_of(own)) if own is not None and UNLOADED not in [b.value for b in own.leaves] else ""


def _contents(e: Node) -> Counter[str]:
    return Counter(n.content for _, n in walk(e) if n.content)


def _likeness(a: Counter[str], b: Counter[str]) -> float:
    return 2 * (a & b).total() / ((a.total() + b.total()) or 1)


def _pairs(line: FormNode, entries: Sequence[Node], heads: dict[str, Node], path: Path, problems: list[Problem]) -> dict[str, str]:
    keys: dict[str, str] = {}
    free = dict(heads)
    waiting = []
    for e in entries:
        known = free.get(e.key)
        if known is not None and (_name(line, known) == _name(line, e) or _likeness(_contents(known), _contents(e)) >= 0.5):
            keys[e.key] = e.key
            del free[e.key]
        else:
            waiting.append(e)
    names = Counter(_name(line, e) for e in waiting)
    head_names = Counter(_name(line, h) for h in free.values())
    rest = []
    for e in waiting:
        name = _name(line, e)
        hits = [k for k, h in free.items() if name and _name(line, h) == name]
        if len(hits) == 1 and names[name] == 1:
            keys[e.key] = hits[0]
            del free[hits[0]]
        else:
            if name and hits and (names[name] > 1 or head_names[name] > 1):
                said = f"{line.label.replace('{n}', '')}に「{name}」が2つ以上あり、前の版のどれに当たるか名前だけでは決められません。内容の近いものに対応付けました。確かめてください。"
                problems.append(Problem("entry.ambiguous", said, "/".join(path), "warning"))
            rest.append(e)
    scored = sorted(
        ((_likeness(_contents(e), _contents(h)), -i, -j, e.key, k) for i, e in enumerate(rest) for j, (k, h) in enumerate(free.items())), reverse=True
    )
    for score, _, _, mine, theirs in scored:
        if score >= _LEAST and mine not in keys and theirs in free:
            keys[mine] = theirs
            del free[theirs]
    taken = {*heads, *keys.values()}
    for e in entries:
        if e.key not in keys:
            key, i = e.key, 1
            while key in taken:
                i += 1
                key = f"{e.key}-{i}"
            keys[e.key] = key
            taken.add(key)
    return keys
