"""Deliberately broken workbooks: no traceback, no partial reading, no silent misreading.

Harmless damage (sheets in another order) must read the same. Damage to labels must be said.
Everything else is refused with one sentence or read with errors.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from pia import forms
from pia.documents.ooxml import package
from pia.documents.workbook_in import reader
from pia.documents.workbook_in.labels import script
from pia.documents.workbook_out import writer
from pia.domain.document.tree import Tree
from pia.domain.errors import PiaError
from tests.documents import foreign
from tests.documents.books import by_place, parts, without_map
from tests.domain.trees import a_tree

from .defences import without

Parts = dict[str, bytes]
_TEXT = re.compile(rb"(<t[^>]*>)([^<]{3,})(</t>)")


def _sheets(p: Parts) -> list[str]:
    return [n for n in p if n.startswith("xl/worksheets/sheet")]


def cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def flip(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 20)):
        out[rng.randrange(len(out))] ^= rng.randint(1, 255)
    return bytes(out)


def lost_part(rng: random.Random, data: bytes) -> bytes:
    p = parts(data)
    del p[rng.choice(sorted(p))]
    return package.pack(p)


def swapped_parts(rng: random.Random, data: bytes) -> bytes:
    p = parts(data)
    a, b = rng.sample(sorted(p), 2)
    p[a], p[b] = p[b], p[a]
    return package.pack(p)


def torn_markup(rng: random.Random, data: bytes) -> bytes:
    p = parts(data)
    name = rng.choice([n for n in p if n.endswith((".xml", ".rels"))])
    body, at = p[name], rng.randrange(len(p[name]))
    p[name] = (
        body[:at]
        + rng.choice(
            [b"", b"<", b">", b"&", b"\x00", b'"', b"<!DOCTYPE x>", body[at : at + 200] * 2]
        )
        + body[at + rng.randint(0, 40) :]
    )
    return package.pack(p)


def odd_numbers(rng: random.Random, data: bytes) -> bytes:
    """References, indices, sizes and styles that make no sense."""
    p = parts(data)
    name = rng.choice([n for n in p if n.startswith("xl/") and n.endswith(".xml")])
    matches = list(re.finditer(rb'="(\$?[A-Z]*\$?\d+)"|<v>(\d+)</v>', p[name]))
    if matches:
        m = rng.choice(matches)
        new = rng.choice(
            [
                b"-1",
                b"99999999999999999999",
                b"A0",
                b"XFD1048576",
                b"1e308",
                b"",
                b"nan",
                b"\xe3\x81\x82",
                b"0",
            ]
        )
        group = 1 if m.group(1) else 2
        p[name] = p[name][: m.start(group)] + new + p[name][m.end(group) :]
    return package.pack(p)


def huge_merge(rng: random.Random, data: bytes) -> bytes:
    p = parts(data)
    name = rng.choice(_sheets(p))
    ref = rng.choice([b"A1:XFD1048576", b"H1:ZZ3000", b"A2:A1048576", b"B5:C4"])
    p[name] = re.sub(rb"(<mergeCell ref=\")[^\"]+", rb"\g<1>" + ref, p[name], count=1)
    return package.pack(p)


def shuffled(rng: random.Random, data: bytes) -> bytes:
    p = parts(data)
    book = p["xl/workbook.xml"]
    matches = re.findall(rb"<sheet [^>]*/>", book)
    groups: dict[bytes, list[bytes]] = {}
    for s in matches:  # copies of one part keep their order: it says which file they are
        groups.setdefault(re.sub(rb" \(\d+\)", b"", s.split(b'"')[1])[:24], []).append(s)
    order = [s for g in rng.sample(sorted(groups), len(groups)) for s in groups[g]]
    p["xl/workbook.xml"] = book.replace(b"".join(matches), b"".join(order))
    # Print ranges are bound to the place of a sheet in the list; nothing here reads them.
    p["xl/workbook.xml"] = re.sub(
        rb'<definedName name="_xlnm[^<]*</definedName>', b"", p["xl/workbook.xml"]
    )
    return package.pack(p)


def _label_texts(rng: random.Random, p: Parts) -> tuple[str, list[re.Match[bytes]]]:
    """The part of strings and the labels in it, found by their exact printed text."""
    labels = {x.encode() for x in _printed}
    name = "xl/sharedStrings.xml"
    return name, [m for m in _TEXT.finditer(p[name]) if m.group(2) in labels]


_printed: set[str] = set()


def label_gone(rng: random.Random, data: bytes) -> bytes:
    p = parts(data)
    name, texts = _label_texts(rng, p)
    m = rng.choice(texts)
    p[name] = p[name][: m.start(2)] + "別の独自項目の名前".encode() + p[name][m.end(2) :]
    return package.pack(p)


def labels_swapped(rng: random.Random, data: bytes) -> bytes:
    p = parts(data)
    name, texts = _label_texts(rng, p)
    a, b = sorted(rng.sample(texts, 2), key=lambda m: m.start())
    body = p[name]
    p[name] = (
        body[: a.start(2)]
        + b.group(2)
        + body[a.end(2) : b.start(2)]
        + a.group(2)
        + body[b.end(2) :]
    )
    return package.pack(p)


def label_twice(rng: random.Random, data: bytes) -> bytes:
    p = parts(data)
    name, texts = _label_texts(rng, p)
    a, b = rng.sample(texts, 2)
    p[name] = p[name][: a.start(2)] + b.group(2) + p[name][a.end(2) :]
    return package.pack(p)


HARMLESS: list[Callable[..., bytes]] = [shuffled]
LABELS: list[Callable[..., bytes]] = [label_gone, labels_swapped, label_twice]
REST: list[Callable[..., bytes]] = [
    cut,
    flip,
    lost_part,
    swapped_parts,
    torn_markup,
    odd_numbers,
    huge_merge,
]


def _original(rng: random.Random) -> tuple[Tree, bytes]:
    roll = rng.random()
    if roll < 0.25:
        tree, data, _ = foreign.make(
            rng.randrange(2**32), habits=set(rng.sample(foreign.HABITS, 3)) - {"one_sheet"}
        )
        return tree, data
    tree = a_tree(rng, share=rng.choice([0.1, 0.4]))
    data = writer.write(tree, forms.load(tree.form), title="壊す前", ref="drill@1")
    return tree, without_map(data) if roll < 0.6 else data


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Workbooks misread in silence where the reader does not say what it finds."""
    with without("problems said"):
        return int(run(kind, pg, argparse.Namespace(n=10, seed=1))["missed"])


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`kind` and `pg` are not used: no database is involved."""
    _printed.update(
        t.printed for t in script(forms.load("all_item@平成30年5月")).tokens if t.kind == "item"
    )
    counts: Counter[str] = Counter(
        dict.fromkeys(("refused", "errors", "said", "same", "edited"), 0)
    )
    missed: list[str] = []
    for i in range(args.n):
        rng = random.Random(f"{args.seed}/{i}")
        tree, data = _original(rng)
        damage = (HARMLESS + LABELS * 3 + REST * 2)[
            i % (len(HARMLESS) + 3 * len(LABELS) + 2 * len(REST))
        ]
        if damage in LABELS and b"<t" not in parts(data).get("xl/sharedStrings.xml", b""):
            damage = rng.choice(REST)
        form = forms.load(tree.form)
        try:
            broken = damage(rng, data)
            reading = reader.read(broken, form, child=i % 25 == 0)
        except PiaError as e:
            counts["refused"] += 1
            if "\n" in str(e) or not str(e).endswith("。") or damage in (*HARMLESS, *LABELS):
                missed.append(f"{damage.__name__} {i}: {e}")
            continue
        except Exception as e:  # the drill's whole question is whether anything else ever comes out
            missed.append(f"{damage.__name__} {i}: {type(e).__name__} {e}"[:200])
            continue
        same = by_place(reading.tree, form) == by_place(tree, form)
        if same:
            counts["same"] += 1
        elif reading.errors:
            counts["errors"] += 1
        elif reading.problems and damage not in HARMLESS:
            counts["said"] += 1
        elif damage in LABELS or damage in HARMLESS:
            missed.append(f"{damage.__name__} {i}: misread in silence")
        else:
            counts["edited"] += (
                1  # the damage hit the text of an answer: to any reader that is another answer
            )
    return {**counts, "missed": len(missed), "which": missed[:20]}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="xlsx_broken")
    parser.add_argument("-n", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    counts = run("", None, parser.parse_args(argv))
    print(json.dumps({"drill": "xlsx_broken", **counts}, ensure_ascii=False))
    return 1 if counts["missed"] else 0
