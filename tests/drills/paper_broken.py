"""Word files and PDFs broken on purpose: one sentence, or a reading that says what it lost. Never a
traceback, never part of a document as if it were the whole."""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

from pia import forms
from pia.documents.ooxml import package
from pia.documents.paper_in import reader
from pia.documents.pdf import assessment
from pia.documents.word import assessment as word_paper
from pia.documents.word import writer
from pia.domain.document.tree import Tree
from pia.domain.errors import PiaError
from tests.documents import typed, written
from tests.documents.books import parts

from .paper import FORMS, differing

Damage = Callable[[random.Random, bytes], bytes]


def cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def flip(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 20)):
        out[rng.randrange(len(out))] ^= rng.randint(1, 255)
    return bytes(out)


def blotted(rng: random.Random, data: bytes) -> bytes:
    """A stretch written over with nothing, or with another stretch of the file."""
    at = rng.randrange(len(data))
    length = rng.randint(1, 4_000)
    start = rng.randrange(len(data))
    return (
        data[:at] + rng.choice([bytes(length), data[start : start + length]]) + data[at + length :]
    )


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
    at = rng.randrange(len(p[name]))
    scrap = rng.choice([b"", b"<", b">", b"&", b"\x00", b'"', b"<!DOCTYPE x>"])
    p[name] = p[name][:at] + scrap + p[name][at + rng.randint(0, 40) :]
    return package.pack(p)


def odd_numbers(rng: random.Random, data: bytes) -> bytes:
    """Spans, levels and widths that make no sense."""
    p = parts(data)
    name = "word/document.xml"
    found = list(re.finditer(rb'w:(?:val|w|id)="(\d+)"', p[name]))
    if found:
        hit = rng.choice(found)
        odd = rng.choice([b"-1", b"99999999999", b"x", b"", b"0"])
        p[name] = p[name][: hit.start(1)] + odd + p[name][hit.end(1) :]
    return package.pack(p)


def odd_objects(rng: random.Random, data: bytes) -> bytes:
    """Numbers of a PDF that make no sense: lengths, places, references."""
    found = list(
        re.finditer(rb"/(?:Length|Count|Kids|Root|Pages|Size|W|First|N)\s*\[?\s*(\d+)", data)
    )
    if not found:
        return cut(rng, data)
    hit = rng.choice(found)
    odd = str(rng.choice([-1, 0, 3, 99_999_999, 2**40])).encode()
    return data[: hit.start(1)] + odd + data[hit.end(1) :]


WORD: tuple[Damage, ...] = (cut, flip, blotted, lost_part, swapped_parts, torn_markup, odd_numbers)
PDF: tuple[Damage, ...] = (cut, flip, blotted, odd_objects)


@cache
def _originals() -> tuple[tuple[str, Tree, bytes], ...]:
    made = []
    for index, form in enumerate(FORMS):
        tree = written.assessment(random.Random(f"broken/{index}"), form, 0.5, 400)
        own = forms.load(form)
        made.append(("pdf", tree, assessment.write(tree, own, title="写し").data))
        made.append(("docx", tree, typed.draft(tree)))
        made.append(("docx", tree, writer.write(word_paper.write(tree, own, title="写し").paper)))
    return tuple(made)


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`kind` and `pg` are not used: no database is involved."""
    counts: Counter[str] = Counter(
        dict.fromkeys(("refused", "errors", "said", "same", "edited"), 0)
    )
    missed: list[str] = []
    for index in range(args.n):
        rng = random.Random(f"{args.seed}/{index}")
        kind, tree, data = _originals()[index % len(_originals())]
        damage = rng.choice(PDF if kind == "pdf" else WORD)
        name = f"{kind} {damage.__name__} {index}"
        try:
            read = reader.read(damage(rng, data), forms.load(tree.form))
        except PiaError as error:
            counts["refused"] += 1
            if "\n" in str(error) or not str(error).endswith("。"):
                missed.append(f"{name}: {error}")
            continue
        except Exception as error:  # whether anything else ever comes out is the question
            missed.append(f"{name}: {type(error).__name__} {error}"[:200])
            continue
        wrong = differing(tree, read.tree)
        if not wrong:
            counts["same"] += 1
        elif damage is torn_markup and len(wrong) == 1:
            # Some letters of one text are gone and the markup is whole: an edit like any other.
            counts["edited"] += 1
        elif any(problem.level == "error" for problem in read.problems):
            counts["errors"] += 1
        elif any(problem.code != "inherited" for problem in read.problems):
            counts["said"] += 1
        else:
            missed.append(f"{name}: {len(wrong)} items {wrong[0]}"[:300])
    return {**counts, "missed": len(missed), "which": missed[:20]}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="paper_broken")
    parser.add_argument("-n", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    counts = run("", None, parser.parse_args(argv))
    print(json.dumps({"drill": "paper_broken", **counts}, ensure_ascii=False, indent=1))
    return 1 if counts["missed"] else 0


if __name__ == "__main__":
    main()
