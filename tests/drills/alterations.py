"""Altered tables: each visible cell of each kind of exported table and paper is changed, what
travels unseen is left true, and prove or verify must name the cell.

Knows how each medium is altered: workbooks and Word files as another program saves them, CSV by
its cells, PDF as a paper made of other words with the true data inside, bundles sealed again
with a manifest that fits. Unaltered and re-saved ones must pass: a checker that always finds
something would miss nothing.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from docx import Document
from openpyxl import load_workbook

from pia import papers as wordings
from pia.actions import sources
from pia.actions.output import comparison_table, proofs
from pia.actions.workplace import Press
from pia.documents import bundle
from pia.documents.ooxml import package
from pia.documents.word import as_pdf, filler, reader
from pia.domain.change.describe import citation, names
from pia.domain.document import items
from pia.domain.document.tree import LEAVES, walk
from tests.documents import aid

from .alteration_tries import (
    OTHERS,
    House,
    Try,
    book_tries,
    comparison_pdf_tries,
    csv_tries,
    docx_tries,
    house,
    marked,
    own_row_tries,
    parts,
    printed_anew,
    saved,
    sealed,
    table_pdf_tries,
    verified,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "3486151"


def answer_tries(h: House) -> Iterator[Try]:
    """The answers of the document's paper."""
    body = h.bundle[f"{aid.KEY}/{bundle.PAPER}"]
    found = names(h.new.form, h.new.tree)
    texts = [
        p
        for p, n in walk(h.new.tree)
        if n.kind == "text" and n.kind not in LEAVES and items.text_of(n)
    ]
    for half in (0, 1):
        mine = texts[half::2]
        answers = {
            p: marked(a, "改") if p in mine and isinstance(a, str) else a
            for p, a in items.answers(h.new.tree)
        }
        other = items.build(h.new.form, answers.items())
        named = tuple((citation(h.new.form, p, found),) for p in mine)
        yield Try(
            "document answers on paper",
            lambda other=other: verified(printed_anew(h, other, body)),
            named,
        )  # type: ignore[misc]


# 計画管理書.


def plan_tries(rng: random.Random, h: House) -> Iterator[Try]:
    data = h.bundle["plan/plan.json"]
    only = {
        p: b
        for p, b in h.bundle.items()
        if p.startswith("plan/") or p in (bundle.MANIFEST, f"{aid.KEY}/{bundle.DOCUMENT}")
    }

    def find(name: str, body: bytes) -> Sequence[str]:
        return verified(sealed({**only, f"plan/{name}": body}, about={"base": None}))

    yield from book_tries(
        rng,
        "plan.xlsx",
        h.bundle["plan/plan.xlsx"],
        ["計画管理書", "システム"],
        lambda b: find("plan.xlsx", b),
    )
    facts = json.loads(data)["facts"]
    places = [(None, k) for k, v in facts.items() if isinstance(v, str)] + [
        (i, k) for i, a in enumerate(facts["事務一覧"]) for k in a
    ]
    for n, (i, k) in enumerate(places):
        report = json.loads(data)
        here = report["facts"] if i is None else report["facts"]["事務一覧"][i]
        here[k] = marked(here[k], f"改{n}")
        if k != "件数":  # the workbook has no count, the paper has it in a heading
            yield Try(
                "plan.json",
                lambda told=report: find("plan.json", json.dumps(told).encode()),
                ((f"改{n}",),),
            )  # type: ignore[misc]
    words = wordings.load("plan")
    for half in (0, 1):
        other, named = json.loads(json.dumps(facts)), []
        for n, (i, k) in enumerate(places):
            if n % 2 == half:
                here = other if i is None else other["事務一覧"][i]
                here[k] = marked(here[k], f"改{n}")
                named.append((f"改{n}",) if k != "件数" else ("PDFに見えません。",))
        sheet = reader.read(filler.fill(filler.template(words), words, other), words.title)[0]
        yield Try(
            "plan.pdf", lambda sheet=sheet: find("plan.pdf", as_pdf.write(sheet)), tuple(named)
        )  # type: ignore[misc]


# All of them.


def tries(rng: random.Random, h: House) -> Iterator[Try]:
    sheet = "変更箇所"
    yield from book_tries(
        rng, "change-table.xlsx", h.true("t.xlsx"), [sheet], lambda b: h.prove(b, "t.xlsx")
    )
    yield from csv_tries(
        rng, "change-table.csv", h.true("t.csv"), lambda b: h.prove(b, "t.csv", h.rows)
    )
    yield from table_pdf_tries(h, "change-table.pdf", lambda b: h.prove(b, "t.pdf"))
    for fmt, left in (("xlsx", True), ("xlsx", False)):
        data = comparison_table.write(h.subjects, fmt, press=Press(), new_left=left)
        yield from book_tries(
            rng, "comparison.xlsx", data, ["新旧対照表"], lambda b: h.prove(b, "t.xlsx")
        )
    yield from docx_tries(rng, "comparison.docx", h.true("c.docx"), lambda b: h.prove(b, "t.docx"))
    yield from comparison_pdf_tries(h)
    papers_ = (bundle.PAPER, bundle.WORKBOOK)

    def within(name: str, body: bytes) -> Sequence[str]:
        return verified(
            sealed({**h.bundle, f"{aid.KEY}/{name}": body}, without=(*OTHERS, *papers_))
        )

    yield from book_tries(
        rng,
        "bundle change-table.xlsx",
        h.bundle[f"{aid.KEY}/change-table.xlsx"],
        [sheet],
        lambda b: within("change-table.xlsx", b),
    )
    yield from table_pdf_tries(
        h, "bundle change-table.pdf", lambda b: within("change-table.pdf", b)
    )
    yield from csv_tries(
        rng, "bundle change-table.csv", h.true("t.csv"), lambda b: within("change-table.csv", b)
    )
    yield from own_row_tries(h)
    yield from answer_tries(h)
    yield from plan_tries(rng, h)
    yield from old_tries(rng)


def old_tries(rng: random.Random) -> Iterator[Try]:
    """The tables and bundles of an earlier state, of the other story: every cell that they carry
    or that the texts prove."""
    files = parts((GOLDEN / "nhi-levy.zip").read_bytes())
    old, new = (
        sources.read_bytes(files[f"nhi-levy/{n}.json"], f"{n}.json") for n in ("base", "document")
    )

    def prove(data: bytes, name: str) -> Sequence[str]:
        return proofs.prove_bytes(data, name, old, new)[1].problems

    def within(body: bytes) -> Sequence[str]:
        return verified(
            sealed(
                {**files, "nhi-levy/change-table.xlsx": body},
                without=(
                    "public/document.pdf",
                    "public/document.html",
                    bundle.PAPER,
                    bundle.WORKBOOK,
                ),
            )
        )

    above = ("変更箇所!A1", "変更箇所!A2")
    table = (GOLDEN / "nhi-levy-change-table.xlsx").read_bytes()
    yield from book_tries(
        rng, "3486151 change-table.xlsx", table, ["変更箇所"], lambda b: prove(b, "t.xlsx"), above
    )
    yield from csv_tries(
        rng,
        "3486151 change-table.csv",
        (GOLDEN / "nhi-levy-change-table.csv").read_bytes(),
        lambda b: prove(b, "t.csv"),
        (1, 2, 3),
    )
    yield from book_tries(
        rng, "3486151 bundle", files["nhi-levy/change-table.xlsx"], ["変更箇所"], within, above
    )


def controls(h: House, full: bool) -> Iterator[tuple[str, Sequence[str]]]:
    """What is unaltered, also as other programs save it again, must pass. `full`: also by
    LibreOffice, and what an earlier state made."""
    yield "bundle", verified(package.pack(h.bundle))
    for name in ("t.xlsx", "t.csv", "t.pdf", "c.xlsx", "c.docx", "c.pdf"):
        yield name, h.prove(h.true(name), name, h.rows)
    for name in ("t.xlsx", "c.xlsx"):
        yield f"{name} by openpyxl", h.prove(saved(load_workbook(io.BytesIO(h.true(name)))), name)
    if full:
        yield (
            "c.docx by python-docx",
            h.prove(saved(Document(io.BytesIO(h.true("c.docx")))), "c.docx"),
        )
        for name, again in resaved(h):
            yield f"{name} by LibreOffice", h.prove(again, name)
        for zipped in sorted(GOLDEN.glob("*.zip")):
            yield zipped.name, verified(zipped.read_bytes())


def resaved(h: House) -> Iterator[tuple[str, bytes]]:
    """Workbooks and Word files opened and saved by LibreOffice, where it is there."""
    office = shutil.which("soffice")
    if office is None:
        return
    with tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
        for name in ("t.xlsx", "c.xlsx", "c.docx"):
            (Path(folder) / name).write_bytes(h.true(name))
            out = Path(folder) / "out"
            kind = name.rsplit(".", 1)[1]
            profile = f"-env:UserInstallation=file://{folder}/profile"
            subprocess.run(
                [
                    office,
                    profile,
                    "--headless",
                    "--convert-to",
                    kind,
                    "--outdir",
                    str(out),
                    str(Path(folder) / name),
                ],
                check=True,
                capture_output=True,
                timeout=120,
            )
            yield name, (out / name).read_bytes()


def run(kind: str, pg: str | None, args: argparse.Namespace, full: bool = True) -> dict[str, Any]:
    """At most `-n` files of each kind (of papers, which hold many alterations each, a third),
    all where there are no more; `kind` and `pg` are not used. `missed`: alterations nobody
    named, and controls that do not pass. `full`: see `controls`."""
    rng = random.Random(args.seed)
    h = house()
    by_kind: dict[str, list[Try]] = {}
    for t in tries(rng, h):
        by_kind.setdefault(t.kind, []).append(t)
    counts, unseen = Counter[str](), list[str]()
    for name, every in by_kind.items():
        most = -(-args.n // 3) if len(every[0].named) > 2 else args.n
        for t in rng.sample(every, min(most, len(every))):
            problems = t.find()
            for words in t.named:
                counts[name] += 1
                if not any(all(any(x in p for x in w.split("|")) for w in words) for p in problems):
                    unseen.append(f"{name}: {'・'.join(words)} not in {list(problems)[:3]}")
    passed, failing = 0, list[str]()
    for name, problems in controls(h, full):
        passed += not problems
        failing += [f"{name}: {list(problems)[:3]}"] if problems else []
    total, missed = sum(counts.values()), len(unseen) + len(failing)
    return {
        "alterations": total,
        "by kind": dict(counts),
        "unseen": unseen[:30],
        "controls passed": passed,
        "failing controls": failing,
        "missed": missed,
    }
