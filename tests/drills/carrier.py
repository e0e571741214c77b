"""Generated documents into carriers of many makes, opened and saved by LibreOffice, and read
again: identical, or a problem said so when filling.

Carriers are foreign layouts, empty or filled with another document (also by us, with its 別紙),
plain or dressed with what real workbooks hold; every fifth is our own layout. Parts that have
nothing to do with answers must be equal to the byte; a workbook filled with what it says comes
back as it is. Without LibreOffice the filled workbook itself is read. Stopped, it tells what it
has; `python -m tests.drills.carrier -n 300 --seed 7` tells a line a batch.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from pia import forms
from pia.documents.carrier import filler
from pia.documents.ooxml import drawings
from pia.documents.ooxml.book import open_book
from pia.documents.workbook_in import annex, reader
from pia.documents.workbook_out import writer
from pia.domain.document import items
from pia.domain.document.form import Form, FormNode
from pia.domain.document.tree import Tree
from tests.documents import carriers, foreign, strict
from tests.documents.books import by_place
from tests.domain.trees import a_tree

BATCH = 40


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`kind` and `pg` are not used: no database is involved. `args.office` False leaves
    LibreOffice out."""
    office = shutil.which("soffice") if getattr(args, "office", True) else None
    counts = {
        "filled": 0,
        "reported": 0,
        "missed": 0,
        "parts": 0,
        "office": 0,
        "annexed": 0,
        "annexes": 0,
        "again": 0,
    }
    kinds: Counter[str] = Counter()
    missed: list[str] = []
    reported: list[str] = []
    waiting: list[tuple[str, bytes, Tree]] = []

    def told(**more: Any) -> dict[str, Any]:
        counts["missed"] = len(missed)
        return {**counts, **more, "kinds": dict(kinds), "which": missed[:20], "told": reported[:20]}

    try:
        for i in range(args.n):
            name = f"{args.seed}/{i}"
            try:
                _one(name, counts, kinds, missed, reported, waiting)
            except (
                Exception
            ) as e:  # a fault of the code is a miss of this tree, not the end of the drill
                missed.append(f"{name} {type(e).__name__}: {e}"[:300])
            if office and (len(waiting) >= BATCH or i == args.n - 1):
                _through(office, waiting, counts, missed)
                waiting.clear()
            if (i + 1) % BATCH == 0:
                print(json.dumps(told(), ensure_ascii=False), file=sys.stderr, flush=True)
        if office and waiting:
            _through(office, waiting, counts, missed)
    except (KeyboardInterrupt, SystemExit):
        return told(stopped=True)
    return told()


def _one(
    name: str,
    counts: dict[str, int],
    kinds: Counter[str],
    missed: list[str],
    reported: list[str],
    waiting: list[tuple[str, bytes, Tree]],
) -> None:
    rng = random.Random(name)
    tree, book = _case(rng)
    form = forms.load(tree.form)
    carrier = filler.fill(book, tree, form, child=False)
    counts["filled"] += 1
    kinds.update({p.code for p in carrier.problems})
    missed += [
        f"{name} {fault}"
        for fault in strict.faults(carrier.data)
        if fault not in strict.faults(book)
    ]
    changed = carriers.untouched(book, carrier.data)
    counts["parts"] += len(changed)
    missed += [f"{name} {part}" for part in changed]
    if carrier.errors:
        counts["reported"] += 1
        reported.append(f"{name} {carrier.errors[0].code} {carrier.errors[0].sentence[:80]}")
        return
    annexes = len(annex.take(open_book(carrier.data)).claims)
    counts["annexed"] += annexes > 0
    counts["annexes"] += annexes
    if not _same(carrier.data, tree, form):
        missed.append(name)
        return
    if annexes and rng.random() < 0.3:
        counts["again"] += 1
        if filler.fill(carrier.data, tree, form, child=False).data != carrier.data:
            missed.append(f"{name} another workbook when filled again")
    waiting.append((name, carrier.data, tree))


def _case(rng: random.Random) -> tuple[Tree, bytes]:
    form = forms.load(rng.choice([f for f in forms.known() if not f.startswith("plan")]))
    make = rng.randrange(5)
    if make == 0:
        book = writer.write(
            _a_tree(rng, form) if rng.random() < 0.5 else Tree(form.id), form, title="台紙"
        )
    else:
        habits = set(rng.sample(foreign.HABITS, rng.randint(0, 7)))
        if rng.random() < 0.3:
            habits |= {
                "unmerged",
                "below",
            }  # narrow boxes over the whole width: no room for （続き） beside the text
        there = (
            Tree(form.id) if make == 1 else items.build(form, foreign.answers(rng, form).items())
        )
        book = foreign.Writer(rng, there, habits).write()
        if make > 2:
            book = carriers.dressed(book, rng)
    if rng.random() < 0.2:
        before = filler.fill(book, _tree(rng, form, 1.0), form, child=False)
        book = book if before.errors else before.data
    return _tree(rng, form, 0.5), book


def _tree(rng: random.Random, form: Form, long: float) -> Tree:
    tree = (
        _a_tree(rng, form)
        if rng.random() < 0.5
        else items.build(form, foreign.answers(rng, form, rng.choice([0.2, 0.7])).items())
    )
    return _longer(rng, tree, form) if rng.random() < long else tree


def _longer(rng: random.Random, tree: Tree, form: Form) -> Tree:
    """Some texts as long as departments write them: more than a row can show, more than a cell
    holds; wordy remarks behind その他, and long lists."""
    answers = dict(items.answers(tree))
    lines = {p: line for p in answers if (line := form.at(p)[0]) is not None}
    long = [
        p
        for p, line in lines.items()
        if line.kind == "text" and not line.prints_stamp and not _names_something(form, line)
    ]
    for p in rng.sample(long, min(len(long), 5)):
        answers[p] = _words(rng)
    for p in [p for p, line in lines.items() if line.kind == "choice_many" and rng.random() < 0.15]:
        free = [o.label for o in lines[p].options if o.free]
        answers[p] = [
            {option: "事情により異なる。" * rng.choice([20, 200, 4_000])}
            if option == free[0]
            else option
            for option in free[:1]
        ] or answers[p]
    for p in [
        p
        for p, line in lines.items()
        if line.kind == "table" and not line.procedure and rng.random() < 0.3
    ]:
        answers[p] = [
            [f"{i}．宛名番号{'の内訳' * rng.choice([0, 0, 9])}"]
            for i in range(1, rng.choice([40, 400, 2_500]))
        ]
    return items.build(form, answers.items())


def _words(rng: random.Random) -> str:
    if rng.random() < 0.1:
        return "サーバーは施錠した部屋に置き、入退室を記録する。" * 1_500
    lines = [
        f"{rng.choice(['①', '・', '　', '', '=', ' '])}サーバーは施錠した部屋に置き、"
        f"入退室を記録する{n}。" * rng.choice([1, 1, 3, 40, 0])
        for n in range(rng.choice([10, 60, 150]))
    ]
    return "\n".join(
        [
            "＜国保システムにおける措置＞",
            *lines,
            *rng.choice([[], [""], ["", "", "（別紙１のとおり）"], ["以上"]]),
        ]
    )


def _names_something(form: Form, line: FormNode) -> bool:
    return any(n.named_by == line.id for n in form.walk())


def _a_tree(rng: random.Random, form: Form) -> Tree:
    """Any document; its stamp is the form's own, which is no answer a workbook could take."""
    return items.build(
        form,
        [
            (p, a)
            for p, a in items.answers(a_tree(rng, form.id, rng.choice([0.02, 0.1, 0.3, 0.6])))
            if p != ("C", "8")
        ],
    )


def _same(data: bytes, tree: Tree, form: Form) -> bool:
    reading = reader.read(data, form, child=False)
    return not reading.errors and by_place(reading.tree, form) == by_place(tree, form)


def _through(
    office: str, waiting: list[tuple[str, bytes, Tree]], counts: dict[str, int], missed: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        came, out = Path(folder, "in"), Path(folder, "out")
        came.mkdir()
        for n, (_, data, _) in enumerate(waiting):
            (came / f"{n}.xlsx").write_bytes(data)
        call = [
            office,
            f"-env:UserInstallation=file://{folder}/lo",
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(out),
        ]
        subprocess.run(
            [*call, *map(str, sorted(came.iterdir()))],
            capture_output=True,
            check=False,
            env={**os.environ, "HOME": folder},
            timeout=1_800,
        )
        for n, (name, _, tree) in enumerate(waiting):
            back = out / f"{n}.xlsx"
            counts["office"] += 1
            if not back.exists():
                missed.append(f"{name} not opened by LibreOffice")
            elif not _said(back.read_bytes(), tree):
                missed.append(f"{name} after LibreOffice")


def _said(data: bytes, tree: Tree) -> bool:
    """LibreOffice moves a group of shapes as a whole and rounds it: a figure is the same where
    it is alike."""
    form = forms.load(tree.form)
    reading = reader.read(data, form, child=False)
    a, b = by_place(tree, form), by_place(reading.tree, form)
    figures = [
        (a.pop(p), b.pop(p, None)) for p in list(a) if isinstance(a[p], dict) and "shapes" in a[p]
    ]
    return (
        not reading.errors
        and a == b
        and all(y is not None and drawings.alike(x["shapes"], y["shapes"]) for x, y in figures)
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="carrier")
    parser.add_argument("-n", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    counts = run("", None, parser.parse_args(argv))
    print(json.dumps({"drill": "carrier", **counts}, ensure_ascii=False))
    return 1 if counts["missed"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
