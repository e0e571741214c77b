"""起案添付一式: what an internal decision (意見の募集, 結果の公表, 諮問, 提出と公表) is given to look at, gathered, numbered and listed with the dates.

Reads only. It prepares the decision; it does not replace it (文書番号 and 決裁日 are recorded where the act is recorded).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ..domain.errors import PiaError, Problem
from ..store import consultation as consultation_rows
from ..store import council as council_rows
from ..store import nodes
from ..store import papers as paper_rows
from ..store.assessments import Assessment, Round, Version
from . import comparing, comparison_table, papers, papers_consultation, papers_council, papers_summary, reading, sources
from .exporting import paper
from .moving import consultation_of, referral_of, revision
from .papers import Made
from .papers_council import sitting_of
from .papers_facts import day, documents
from .workplace import Line, Workplace, row_of

if TYPE_CHECKING:
    from ..documents.papers_set import Attachment

STEPS = {"announce": "意見の募集", "results": "意見の募集の結果の公表", "refer": "審議会への諮問", "publish": "評価書の提出と公表"}
FORMATS = ("zip", "pdf")


def make(wp: Workplace, step: str, fmt: str, *, about: int | None = None, today: date, given: Mapping[str, str] | None = None) -> Made:
    """The set of one step: a zip, or one PDF. `about` is the consultation (announce, results) or the referral (refer, publish), the latest where None."""
    from ..documents import papers_set as layout

    if step not in STEPS:
        raise PiaError(f"起案の種類「{step}」はありません。{'、'.join(f'{k}（{v}）' for k, v in STEPS.items())} のいずれかです。")
    if fmt not in FORMATS:
        raise PiaError(f"起案添付一式は、{'・'.join(FORMATS)} で作れます。")
    early = step in ("announce", "results")
    number = about if about is not None else (papers_consultation if early else papers_council).latest(wp)
    problems: list[Problem] = []
    found = list(_attachments(wp, step, number, today, given or {}, problems))
    title = STEPS[step]
    first = comparison_table.rendered(layout.cover(title, found, _schedule(wp, number, early)), "pdf")
    data = layout.zipped(first, found) if fmt == "zip" else layout.merged(first, found, f"起案添付一式　{title}")
    return Made(data, f"起案添付一式_{title}.{fmt}", tuple(dict.fromkeys(problems)))


def _attachments(wp: Workplace, step: str, number: int, today: date, given: Mapping[str, str], problems: list[Problem]) -> list[Attachment]:
    from .. import papers as texts
    from ..documents.papers_set import Attachment

    def filled(name: str, about: int) -> Attachment:
        words = texts.load(name)
        made = papers.make(wp, name, "pdf", about=about, today=today, given={k: v for k, v in given.items() if isinstance(words.fields.get(k), str)})
        problems.extend(made.problems)
        return Attachment(words.title, made.data)

    if step in ("announce", "results"):
        table = Attachment("新旧対照表", comparison_table.write(comparison_table.of_consultation(wp, number), "pdf"))
        if step == "results":
            return [filled("opinion-results", number), table]
        short = Attachment("概要版", comparison_table.rendered(papers_summary.summary(wp, consultation=number), "pdf"))
        return [filled("announcement", number), filled("opinion-form", number), short, table, *_printed(wp, _announced(wp, number), "（案）")]
    table = Attachment("新旧対照表", comparison_table.write(comparison_table.of_referral(wp, number), "pdf"))
    with wp.store.read() as s:
        ref = row_of(s, council_rows.Referral, number, "諮問")
        con = next((c for p in ref.rounds if (c := consultation_of(s, s.get_one(Round, p.round_id)))), None)
        pinned = [(f"{m['number']}　{m.get('title') or '評価書'}".strip(), nodes.get_blob(s, m["sha256"])) for m in ref.materials if m.get("sha256")]
        heads = [s.get_one(Round, p.round_id).head_id for p in ref.rounds]
    if step == "refer":
        short = Attachment("概要版", comparison_table.rendered(papers_summary.summary(wp, referral=number), "pdf"))
        results = [filled("opinion-results-council", con.id)] if con else []
        return [filled("referral", number), short, table, *results, *(Attachment(t, d) for t, d in pinned)]
    return [filled("report", number), filled("minutes", number), table, *_tables(wp, number), *_printed(wp, [h for h in heads if h], "")]


def _announced(wp: Workplace, number: int) -> list[int]:
    with wp.store.read() as s:
        con = row_of(s, consultation_rows.Consultation, number, "意見募集")
        out = []
        for r in con.rounds:
            made = select(Version.id).where(Version.round_id == r.id, Version.at <= con.at).order_by(Version.seq.desc()).limit(1)
            out.append(s.scalar(made) or r.base_id)
        return [v for v in out if v]


def _printed(wp: Workplace, versions: Sequence[int], stamp: str) -> list[Attachment]:
    """The documents themselves: the printing that is kept, else printed now."""
    from ..documents.papers_set import Attachment

    out = []
    for version in versions:
        with wp.store.read() as s:
            one = s.get_one(Version, version)
            key = s.get_one(Assessment, one.assessment_id).key
            kept = s.scalars(
                select(paper_rows.Printed).where(paper_rows.Printed.digest == one.digest, paper_rows.Printed.projection == "full").order_by(paper_rows.Printed.id.desc())
            ).first()
            data = nodes.get_blob(s, kept.sha256) if kept else b""
            seq = one.seq
        source = sources.read_ref(wp, f"{key}@{seq}")
        out.append(Attachment(f"{source.title or key}{stamp}", data or paper(source).data))
    return out


def _tables(wp: Workplace, number: int) -> list[Attachment]:
    """変更箇所 of each round."""
    from ..documents.papers_set import Attachment

    with wp.store.read() as s:
        rounds = [s.get_one(Round, p.round_id) for p in row_of(s, council_rows.Referral, number, "諮問").rounds]
        pairs = []
        for r in rounds:
            key = s.get_one(Assessment, r.assessment_id).key
            base, head = (s.get(Version, i) if i else None for i in (r.base_id, r.head_id))
            if base and head:
                pairs.append((f"{key}@{base.seq}", f"{key}@{head.seq}"))
    out = []
    for old, new in pairs:
        a, b = sources.pair(old, new, lambda: wp, None)
        out.append(Attachment(f"変更箇所（{b.title or b.key}）", comparing.table_pdf(a, b, comparing.change_rows(wp, a, b))))
    return out


def _schedule(wp: Workplace, number: int, early: bool) -> list[tuple[str, str, str, str]]:
    """Every round's steps with what is due and what was done; documents whose steps agree stand together."""
    groups: dict[tuple[tuple[str, str, str], ...], list[str]] = {}
    with wp.store.read() as s:
        if early:
            rounds = list(row_of(s, consultation_rows.Consultation, number, "意見募集").rounds)
        else:
            rounds = [s.get_one(Round, p.round_id) for p in row_of(s, council_rows.Referral, number, "諮問").rounds]
        for d in documents(s, rounds):
            line = reading.round_line(s, wp, Line(s.get_one(Assessment, d.round.assessment_id), d.round), revision(s, d.round))
            due = _due(s, d.round)
            steps = tuple((str(x["name"]), due.get(str(x["state"]), "－"), day(x["day"]) or "－") for x in line.strip)
            groups.setdefault(steps, []).append(d.name)
    return [("\n".join(names) if not i else "", *row) for steps, names in groups.items() for i, row in enumerate(steps)]


def _due(s: Any, r: Round) -> dict[str, str]:
    """What is fixed for a step beforehand, as far as it is on record."""
    con, ref = consultation_of(s, r), referral_of(s, r)
    sitting = sitting_of(s, ref) if ref else None
    out = {}
    if con:
        out["CONSULTING"] = f"{day(con.start)}から\n{day(con.end)}まで"
    if sitting:
        out["REVIEWING"] = f"{day(sitting.day)}（会議）"
    if r.change_date:
        out["PUBLISHED"] = f"{day(r.change_date)}（変更の予定日）より前"
    return out
