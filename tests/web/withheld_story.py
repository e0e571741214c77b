"""岬町: a second story for 非公表部分, unlike the demonstration: withheld are an entry's name, a
figure's label, a table's cell, a choice's note, a whole row, a date, a text that was public
before; and near copies of them stand in other places, which the officer answers on the page.

Knows the words that must never leave the house. Serves the tests of the public zone and the
drill `canary`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pikepdf
from lxml import html

from pia import config, forms
from pia.actions import sources
from pia.actions.editing import items as editing
from pia.actions.editing import occurrences as editing_occurrences
from pia.actions.editing import versions
from pia.actions.people import registration
from pia.actions.records import occurrences
from pia.actions.steps import consultations
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.domain.text.folding import fold
from pia.store.rows.assessments import NewRound
from tests import shared

KEY, ROUND, NAME = "misaki-kaigo", "r9-bunsan", "介護保険に関する事務"
REF = f"{KEY}~{ROUND}"
AT = datetime(2027, 3, 1, 8, 30, tzinfo=JST)
DURING = datetime(2027, 3, 10, 0, 20, tzinfo=JST)
OFFICE = By("akagi", "secretariat", AT)
FORM = "all_item@平成30年5月"
_NOTE = next(o.label for o in forms.load(FORM).by_id["II-3-2"].options if o.free)
SHAPES = [
    {"type": "box", "text": "窓口", "x": 0, "y": 0, "w": 90, "h": 30},
    {"type": "label", "text": "{label}", "x": 120, "y": 0, "w": 90, "h": 30},
    {"type": "arrow", "text": "", "x": 90, "y": 15, "w": 30, "h": 0},
]


@dataclass
class Words:
    """What is withheld, by the kind of its mark; a run of the drill draws others."""

    name: str = "灯台下計算センター"
    label: str = "第七書庫ろ号機"
    cell: str = "識別符号さざなみ欄"
    note: str = "専用回線うみねこ網"
    row: str = "照合用やどかり番号"
    past: str = "地下二階ふなくい室"
    day: str = "令和9年2月31日ごろ未明"
    reason: str = "警備計画たこつぼ三号"
    near: str = field(init=False)

    def __post_init__(self) -> None:
        self.near = f"{self.past[:-1]}屋"

    @property
    def all(self) -> tuple[str, ...]:
        return (
            self.name,
            self.label,
            self.cell,
            self.note,
            self.row,
            self.past,
            self.day,
            self.reason,
        )


def published(w: Words) -> Tree:
    """As it was published: the past words stood open then."""
    answers: dict[str, Any] = {
        "C/1": "12",
        "C/2": f"{NAME}　全項目評価書",
        "C/5": "岬町長",
        "C/7": "令和8年4月1日",
        "I/1/1": NAME,
        "I/1/2": "保険料を算定する。",
        "I/1/3": "1,000人以上1万人未満",
        "II/f/1": "介護保険ファイル",
        "II/f/6/1": f"機器は庁舎の{w.past}に置く。",
        "IV/3": "研修を毎年行う。",
    }
    return items.build(forms.load(FORM), [(tuple(p.split("/")), a) for p, a in answers.items()])


def basic() -> Tree:
    answers = {
        "C/1": "12",
        "C/2": f"{NAME}　基礎項目評価書",
        "C/5": "岬町長",
        "C/7": "令和8年4月1日",
        "I/1/1": NAME,
        "I/1/2": "保険料を算定する。",
    }
    return items.build(
        forms.load("basic_item@平成31年1月"), [(tuple(p.split("/")), a) for p, a in answers.items()]
    )


def drafted(w: Words) -> list[tuple[tuple[str, ...], Any]]:
    """The draft of the round, with the words in every kind of answer."""
    figure = {"shapes": [{**s, "text": s["text"].format(label=w.label)} for s in SHAPES]}
    answers: dict[str, Any] = dict(("/".join(p), a) for p, a in items.answers(published(w))) | {
        "B1/F/g/0": "情報の流れ",
        "B1/F/g/1": figure,
        "II/f/4/T/t/0": w.name,
        "II/f/4/T/t/1": "運用を任せる。",
        "II/f/3/2": [{_NOTE: w.note}],
        "B2/F/f/1": [{"cells": ["1", "氏名"]}, {"cells": ["2", w.cell]}, {"cells": ["3", w.row]}],
        "II/f/2/5": w.day,
        "V/1/1": f"{w.near}の隣の窓口",
        "V/1/2": f"{w.label[:3]} {w.label[3:]}のそば",
    }
    return [(tuple(p.split("/")), a) for p, a in answers.items()]


MARKS: list[tuple[str, list[dict[str, Any]]]] = [
    ("B1/F/g/1", [{"part": 1, "of": "words"}]),
    ("B2/F/f/1", [{"row": 1, "cell": 1}, {"row": 2}]),
    ("II/f/3/2", [{"option": _NOTE, "of": "note"}]),
    ("II/f/2/5", [{}]),
]


def begin(wp: Workplace, w: Words) -> None:
    """The town, its published document and the round with everything marked; the other places
    are not answered yet."""
    versions.bring_in(wp, OFFICE, KEY, versions.Brought(published(w)), why="初めて読み込み")
    versions.bring_in(wp, OFFICE, f"{KEY}-basic", versions.Brought(basic()), why="初めて読み込み")
    versions.published_before(wp, OFFICE, f"{KEY}-basic", date(2026, 4, 1))
    registration.add_account(
        wp, OFFICE, registration.NewAccount("akagi", "赤木 汐", "secretariat", "岬町長")
    )
    registration.count(
        wp,
        OFFICE,
        KEY,
        registration.Counts(400_000, 600, False, date(2027, 1, 4), date(2027, 1, 4)),
    )
    versions.published_before(wp, OFFICE, KEY, date(2026, 4, 1))
    versions.open_round(
        wp,
        OFFICE,
        KEY,
        NewRound(ROUND, "REASSESSMENT", reasons=["機器の分散"], change_date=date(2027, 9, 1)),
    )
    versions.bring_in(
        wp, OFFICE, REF, versions.Brought(items.build(forms.load(FORM), drafted(w))), why="案を作成"
    )

    def mark(path: str, places: list[dict[str, Any]]) -> None:
        editing.withhold_at(
            wp,
            OFFICE,
            editing.Opened(REF, tuple(path.split("/")), seen=head(wp)),
            places,
            w.reason,
            ground="SECURITY",
        )

    for path, places in MARKS:
        mark(path, places)
    for path, words in (("II/f/4/T/t/0", w.name), ("II/f/6/1", w.past)):
        editing.withhold(
            wp,
            OFFICE,
            editing.Opened(REF, tuple(path.split("/")), seen=head(wp)),
            words,
            w.reason,
            ground="SECURITY",
        )


def head(wp: Workplace) -> str:
    return sources.read_ref(wp, REF).ref


def answer_all(wp: Workplace, w: Words) -> None:
    """Every other place is marked too, and words beside the documents are left out."""
    for p in occurrences.places(wp, REF):
        if p.path and not p.answered:
            editing.withhold_at(
                wp,
                OFFICE,
                editing.Opened(p.ref, p.path, seen=sources.read_ref(wp, p.ref).ref),
                [dict(p.at)],
                w.reason,
                ground="SECURITY",
            )
    beside = [p.fingerprint for p in occurrences.places(wp, REF) if not p.answered]
    if beside:
        editing_occurrences.leave_out(wp, OFFICE, REF, beside, "伏せる")


def announce(wp: Workplace) -> int:
    start, end = DURING.date(), date(2027, 4, 12)
    shared.reasoned(wp, OFFICE, REF)
    return consultations.announce(
        wp,
        OFFICE,
        [REF],
        consultations.Announcement(
            title=f"{NAME}の評価書（案）",
            announced=start,
            start=start,
            end=end,
            method="郵送",
            facts={"contact": "岬町役場"},
        ),
    )


# ---- what leaves the house, to its last stream


def streams(name: str, body: bytes) -> Iterator[tuple[str, str]]:
    """(where, text) of everything in a file: parts of zips in zips, decoded streams,
    attachments, metadata and page texts of PDFs."""
    yield name, name
    yield name, body.decode("utf-8", "ignore")
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as z:
            yield f"{name}!", z.comment.decode("utf-8", "ignore")
            for i in z.infolist():
                yield from streams(f"{name}!{i.filename}", z.read(i))
    elif body[:5] == b"%PDF-":
        yield from _pdf(name, body)


def _pdf(name: str, body: bytes) -> Iterator[tuple[str, str]]:
    with pikepdf.open(io.BytesIO(body)) as pdf:
        for i, o in enumerate(pdf.objects):
            yield (
                f"{name}#{i}",
                repr(o) if not isinstance(o, pikepdf.Stream) else repr(dict(o.items())),
            )
            if isinstance(o, pikepdf.String):
                yield f"{name}#{i}", f"{o}\n{bytes(o).decode('utf-16-be', 'ignore')}"
            if (
                isinstance(o, pikepdf.Stream)
                and o.get("/Subtype") != "/Image"
                and "/Length1" not in o
            ):
                yield from streams(f"{name}#{i}", o.read_bytes())
        yield (
            f"{name} info",
            "\n".join(str(v) for v in pdf.docinfo.values())
            if pdf.trailer.get("/Info") is not None
            else "",
        )
        for label, file in pdf.attachments.items():
            yield from streams(f"{name}@{label}", file.get_file().read_bytes())


def texts_of_pdf(body: bytes) -> str:
    """The text layer as a reader program copies it."""
    import subprocess

    return subprocess.run(
        ["pdftotext", "-", "-"], input=body, capture_output=True, check=True
    ).stdout.decode()


def hits(name: str, body: bytes, words: tuple[str, ...]) -> list[str]:
    """Where a body says one of these words, in any writing."""
    out = []
    for where, text in streams(name, body):
        said = fold(text)
        out += [f"{where}: {w}" for w in words if fold(w) in said]
    return out


def outward(wp: Workplace, number: int, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every body that leaves for outsiders: pages, papers, exports, bundles, jobs; with what
    heads and errors say."""
    from pia.actions import jobs
    from pia.actions.issuing import attachments, bundles, exports, papers
    from pia.actions.output import comparison_table
    from pia.actions.papers import summary
    from pia.actions.records import outward as records_outward
    from pia.actions.records import sets
    from pia.web.public import site
    from pia.web.public.pages import create_public_app

    zone = create_public_app(wp, config.load({}), lambda: DURING).test_client()
    urls = [
        "/",
        "/nothing",
        f"/consultations/{number}",
        f"/consultations/{number}/documents/{KEY}",
        f"/consultations/{number}/opinion?item=II-6-1",
        f"/consultations/{number}/documents/none",
        f"/published/{KEY}",
        f"/published/{KEY}/1",
        f"/published/{KEY}/7",
        f"/consultations/{number}/receipts/ABCD-EFGH",
        "/consultations/99",
    ]
    done: set[str] = set()
    while urls:
        url = urls.pop(0)
        if url in done:
            continue
        done.add(url)
        answer = zone.get(url)
        yield f"page {url}", answer.get_data()
        yield f"heads {url}", str(answer.headers).encode()
        if answer.mimetype == "text/html":
            page = html.document_fromstring(answer.get_data(as_text=True))
            urls += [
                a.get("href").split("#")[0]
                for a in page.iter("a")
                if a.get("href", "").startswith("/") and "size=" not in a.get("href")
            ]
    for name, body in site.files_of(wp, DURING, ".").items():
        yield f"site {name}", body
    wrong = zone.post(f"/consultations/{number}/opinion", data={"text": "", "item": "none"})
    yield "refused", wrong.get_data()
    for fmt in ("pdf", "docx", "xlsx"):
        yield (
            f"comparison.{fmt}",
            comparison_table.write(
                comparison_table.of_consultation(wp, number), fmt, press=wp.press
            ),
        )
    for fmt in ("pdf", "docx"):
        yield (
            f"summary.{fmt}",
            comparison_table.rendered(summary.summary(wp, consultation=number), fmt, wp.press),
        )
        for name in ("announcement", "opinion-form", "opinion-results"):
            paper = papers.make(wp, name, fmt, about=number, today=DURING.date())
            yield f"{paper.file} {name}", paper.data
    paper = attachments.make(wp, "announce", "zip", about=number, today=DURING.date())
    yield paper.file, paper.data
    source = sources.read_ref(wp, head(wp))
    for fmt in ("json", "html", "md", "xlsx", "pdf"):
        yield f"export.{fmt}", exports.export(source, fmt, public=True, where=wp)
    yield "public bundle", bundles.for_the_public(wp, sets.set_of(wp, source.ref)).data
    yield "title", records_outward.public_reading(wp, source).title.encode()
    for kind in ("paper", "bundle"):
        job = jobs.ask(wp, OFFICE, kind, {"ref": source.ref, "public": True})
        jobs.work_once(wp, "w", lambda: DURING)
        body, file, _ = jobs.result(wp, job)
        yield f"job {file}", body
