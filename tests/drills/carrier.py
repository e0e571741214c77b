"""Generated documents into carriers of many makes, opened and saved by LibreOffice, and read again: identical, or a problem said so when filling.

Carriers are foreign layouts, empty or filled with another document, plain or dressed with what real workbooks hold; every fifth is our own layout. Parts that
have nothing to do with answers must be equal to the byte. Without LibreOffice the filled workbook itself is read.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from pia import forms
from pia.documents import carrier, drawings, xlsx_in, xlsx_out
from pia.domain import items
from pia.domain.form import Form
from pia.domain.tree import Tree
from tests.documents import carriers, foreign, strict
from tests.documents.books import by_place
from tests.domain.trees import a_tree

BATCH = 40


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`kind` and `pg` are not used: no database is involved. `args.office` False leaves LibreOffice out."""
    office = shutil.which("soffice") if getattr(args, "office", True) else None
    counts = {"filled": 0, "reported": 0, "missed": 0, "parts": 0, "office": 0}
    missed: list[str] = []
    waiting: list[tuple[str, bytes, Tree]] = []
    for i in range(args.n):
        name = f"{args.seed}/{i}"
        tree, book = _case(random.Random(name))
        form = forms.load(tree.form)
        made = carrier.fill(book, tree, form, child=False)
        counts["filled"] += 1
        missed += [f"{name} {fault}" for fault in strict.faults(made.data) if fault not in strict.faults(book)]
        changed = carriers.untouched(book, made.data)
        counts["parts"] += len(changed)
        missed += [f"{name} {part}" for part in changed]
        if made.errors:
            counts["reported"] += 1
            continue
        if not _same(made.data, tree, form):
            missed.append(name)
            continue
        waiting.append((name, made.data, tree))
        if office and (len(waiting) == BATCH or i == args.n - 1):
            _through(office, waiting, counts, missed)
            waiting = []
    if office and waiting:
        _through(office, waiting, counts, missed)
    counts["missed"] = len(missed)
    return {**counts, "which": missed[:20]}


def _case(rng: random.Random) -> tuple[Tree, bytes]:
    form = forms.load(rng.choice([f for f in forms.known() if not f.startswith("plan")]))
    make = rng.randrange(5)
    if make == 0:
        book = xlsx_out.write(_a_tree(rng, form) if rng.random() < 0.5 else Tree(form.id), form, title="台紙")
    else:
        habits = set(rng.sample(foreign.HABITS, rng.randint(0, 7)))
        there = Tree(form.id) if make == 1 else items.build(form, foreign.answers(rng, form).items())
        book = foreign.Writer(rng, there, habits).write()
        if make > 2:
            book = carriers.dressed(book, rng)
    tree = _a_tree(rng, form) if rng.random() < 0.5 else items.build(form, foreign.answers(rng, form, rng.choice([0.2, 0.7])).items())
    return (_longer(rng, tree, form) if rng.random() < 0.3 else tree), book


def _longer(rng: random.Random, tree: Tree, form: Form) -> Tree:
    """Some texts as long as departments write them: more than a row can show."""
    said = dict(items.answers(tree))
    long = [p for p in said if (line := form.at(p)[0]) is not None and line.kind == "text" and line.size == "long" and p[0] not in ("C", "B1")]
    for p in rng.sample(long, min(len(long), 4)):
        lines = [
            f"{rng.choice(['①', '・', '　', ''])}サーバーは施錠した部屋に置き、入退室を記録する{n}。" * rng.choice([1, 1, 3, 40])
            for n in range(rng.choice([10, 60, 150]))
        ]
        said[p] = "\n".join(["＜国保システムにおける措置＞", *lines])
    return items.build(form, said.items())


def _a_tree(rng: random.Random, form: Form) -> Tree:
    """Any document; its stamp is the form's own, which is no answer a workbook could take."""
    return items.build(form, [(p, a) for p, a in items.answers(a_tree(rng, form.id, rng.choice([0.02, 0.1, 0.3, 0.6]))) if p != ("C", "8")])


def _same(data: bytes, tree: Tree, form: Form) -> bool:
    found = xlsx_in.read(data, form, child=False)
    return not found.errors and by_place(found.tree, form) == by_place(tree, form)


def _through(office: str, waiting: list[tuple[str, bytes, Tree]], counts: dict[str, int], missed: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        came, out = Path(folder, "in"), Path(folder, "out")
        came.mkdir()
        for n, (_, data, _) in enumerate(waiting):
            (came / f"{n}.xlsx").write_bytes(data)
        call = [office, f"-env:UserInstallation=file://{folder}/lo", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out)]
        subprocess.run([*call, *map(str, sorted(came.iterdir()))], capture_output=True, check=False, env={**os.environ, "HOME": folder}, timeout=1_800)
        for n, (name, _, tree) in enumerate(waiting):
            back = out / f"{n}.xlsx"
            counts["office"] += 1
            if not back.exists():
                missed.append(f"{name} not opened by LibreOffice")
            elif not _said(back.read_bytes(), tree):
                missed.append(f"{name} after LibreOffice")


def _said(data: bytes, tree: Tree) -> bool:
    """LibreOffice moves a group of shapes as a whole and rounds it: a figure is the same where it is alike."""
    form = forms.load(tree.form)
    found = xlsx_in.read(data, form, child=False)
    a, b = by_place(tree, form), by_place(found.tree, form)
    figures = [(a.pop(p), b.pop(p, None)) for p in list(a) if isinstance(a[p], dict) and "shapes" in a[p]]
    return not found.errors and a == b and all(y is not None and drawings.alike(x["shapes"], y["shapes"]) for x, y in figures)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="carrier")
    parser.add_argument("-n", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    counts = run("", None, parser.parse_args(argv))
    print(json.dumps({"drill": "carrier", **counts}, ensure_ascii=False))
    return 1 if counts["missed"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
