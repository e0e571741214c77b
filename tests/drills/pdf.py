"""Generated assessments on paper: no exception, valid PDF/A, every letter of every answer in the
file (as another program reads it), texts in their order, and the same bytes twice. Some have a
cell of up to a hundred thousand letters."""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import tempfile
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pia import forms
from pia.documents.pdf import archive, assessment
from pia.domain.document import items
from pia.domain.document.tree import LEAVES, Tree, walk
from tests.documents.papers import letters, text
from tests.domain.trees import a_tree

from .defences import without

TITLE, STAMP = "題", "案"
_LONG = (2_000, 12_000, 100_000)
_WORDS = (
    "国民健康保険の資格及び給付に関する事務において、特定個人情報を取り扱う。"
    "①令和6年（ABC-12）「𠮷野」髙﨑"
)


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Papers with letters lost where only the first piece of a long text is laid out."""
    with without("long texts in pieces"):
        return int(run(kind, pg, argparse.Namespace(n=1, seed=2, first=25))["missed"])


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`kind` and `pg` are not used: no database is involved."""
    if shutil.which("pdftotext") is None:
        raise SystemExit("pdftotext is missing: install poppler-utils")
    counts = {"papers": 0, "pages": 0, "letters": 0, "twice": 0, "missed": 0}
    which: list[str] = []
    slowest = 0.0
    known = forms.known()
    with tempfile.TemporaryDirectory() as folder:
        first = getattr(args, "first", 0)
        for i in range(first, first + args.n):
            rng = random.Random(f"{args.seed}/{i}")
            tree = _tree(rng, i, rng.choice(known))
            try:
                start = time.process_time()
                printed = assessment.write(tree, forms.load(tree.form), title=TITLE, stamp=STAMP)
                slowest = max(slowest, time.process_time() - start)
                wrong = _wrong(tree, printed, Path(folder))
                if not wrong and i % 10 == 0:
                    counts["twice"] += 1
                    again = assessment.write(tree, forms.load(tree.form), title=TITLE, stamp=STAMP)
                    wrong = "" if again.data == printed.data else "other bytes the second time"
                counts["pages"] += printed.count
            except Exception as e:  # a drill counts what goes wrong, whatever it is
                wrong = f"{type(e).__name__}: {str(e)[:200]}"
            counts["papers"] += 1
            counts["letters"] += sum(len(t) for t in _texts(tree))
            if wrong:
                counts["missed"] += 1
                which.append(f"{args.seed}/{i}: {wrong}")
    return {**counts, "slowest_cpu_seconds": round(slowest, 1), "which": which[:20]}


def _tree(rng: random.Random, i: int, form: str) -> Tree:
    tree = a_tree(rng, form, rng.choice([0.02, 0.1, 0.3, 0.9]))
    if i % 25:
        return tree
    answers = dict(items.answers(tree))
    long = [p for p, n in walk(tree) if n.kind == "text"]
    if long:
        size = _LONG[(i // 25) % 3]
        offset = rng.randrange(len(_WORDS))
        answers[rng.choice(long)] = "".join(
            _WORDS[(k + offset) % len(_WORDS)] + ("\n" if k % 997 == 0 else "") for k in range(size)
        ).strip()
    return items.build(forms.load(form), answers.items())


def _texts(tree: Tree) -> Iterator[str]:
    """Every text a person wrote, one by one."""
    for _, n in walk(tree):
        if n.kind == "block":
            yield n.value["text"]
        elif n.kind == "row":
            yield from n.value["cells"]
        elif n.kind == "shape":
            yield n.value["text"]
        elif n.kind not in LEAVES and n.kind in ("choice_one", "number", "date"):
            yield items.text_of(n)
        elif n.kind == "choice_many" and n.content:
            yield from (note for _, note in n.value["options"])
            yield from n.value.get("typed", ())


def _wrong(tree: Tree, printed: assessment.Paper, folder: Path) -> str:
    """What is amiss with a paper; empty if nothing is."""
    if printed.missing:
        return f"no glyph for {printed.missing[0]}"
    if archive.verdict(printed.data) != "pass":
        return "no PDF/A"
    pages = text(printed.data, folder, "-raw").split("\f")[:-1]
    if len(pages) != printed.count:
        return f"{len(pages)} pages, not {printed.count}"
    bodies = [letters(_body(p, n, printed.count)) for n, p in enumerate(pages, 1)]
    whole = "".join(bodies)
    lost = Counter(letters("".join(_texts(tree)))) - Counter(whole)
    if lost:
        return f"letters lost: {dict(lost.most_common(5))}"
    for path, n in walk(tree):
        letters_read = letters(items.text_of(n)) if n.kind == "text" else ""
        if letters_read and letters_read not in whole and not _page_by_page(letters_read, bodies):
            return f"{'/'.join(path)} is not in its order"
    return ""


def _page_by_page(said: str, bodies: list[str]) -> bool:
    """Whether a text goes on from page to page, whole on each: two cells side by side that both
    go over a page stand on the first one after the other."""
    for start in range(len(bodies)):
        at = 0
        for body in bodies[start:]:
            size = bisect_left(
                range(1, len(said) - at + 1), True, key=lambda k: said[at : at + k] not in body
            )
            at += size
            if not size or at == len(said):
                break
        if at == len(said):
            return True
    return False


def _body(page: str, n: int, total: int) -> str:
    """A page without its head and foot."""
    return re.sub(
        rf"{n} / {total}",
        "",
        page.replace(f"{TITLE}\n", "", 1).replace(f"{STAMP}\n", "", 1),
        count=1,
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="pdf")
    parser.add_argument("-n", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    counts = run("", None, parser.parse_args(argv))
    print(json.dumps({"drill": "pdf", **counts}, ensure_ascii=False))
    return 1 if counts["missed"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
