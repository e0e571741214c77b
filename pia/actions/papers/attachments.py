"""起案添付一式: what an internal decision (意見の募集, 結果の公表, 諮問, 提出と公表) is given to look at, gathered, numbered and listed with the dates.

Reads only. It prepares the decision; it does not replace it (文書番号 and 決裁日 are recorded where the
act is recorded): who drafts, who is asked, when it takes
effect stays blank until somebody fills it in. A set shows the case as it stood when its step was to
be decided, also when it is made again years later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...domain.errors import PiaError, Problem
from ...store import nodes
from ...store.rows import consultation as consultation_rows
from ...store.rows import council as council_rows
from ...store.rows import filing as filing_rows
from ...store.rows import papers as paper_rows
from ...store.rows.assessments import Assessment, Round, Version
from .. import sources
from ..output import bundles, comparison_table, comparisons
from ..output.formats import paper, public_paper
from ..records import days
from ..records.outward import public_reading
from ..viewing import register
from ..workplace import Workplace, row_of
from . import checks, consultation, council, office, summary
from .facts import Document, day_words, documents
from .office import Made

if TYPE_CHECKING:
    from ...documents.papers.attachments import Attachment, Decision

STEPS = {
    "announce": "意見の募集",
    "results": "意見の募集の結果の公表",
    "refer": "審議会への諮問",
    "publish": "評価書の提出と公表",
}
FORMATS = ("zip", "pdf")
# What the head of a decision asks for: filled in by hand, or typed when the set is made.
HEAD = ("文書番号", "起案日", "起案者", "決裁区分", "合議先", "決裁日", "施行日", "公印")
# The event that a step leads to: what is on record from there on came later.
_EVENTS = {"announce": "announce", "results": "refer", "refer": "refer", "publish": "submit"}


def make(
    wp: Workplace,
    step: str,
    fmt: str,
    *,
    about: int | None = None,
    today: date,
    given: Mapping[str, str] | None = None,
) -> Made:
    """The set of one step: a zip, or one PDF. `about` is the consultation (announce, results) or
    the referral (refer, publish), the latest where None; `given`
    fills the head and the fields of its papers (field → text). PiaError for an unknown step, format
    or field."""
    from ...documents.papers import attachments as layout

    if step not in STEPS:
        raise PiaError(
            f"起案の種類「{step}」はありません。{'、'.join(f'{key}（{value}）' for key, value in STEPS.items())} のいずれかです。"
        )
    if fmt not in FORMATS:
        raise PiaError(f"起案添付一式は、{'・'.join(FORMATS)} で作れます。")
    if about is not None:
        number = about
    else:
        number = (consultation if _early(step) else council).latest(wp)
    told = {}
    for key, value in (given or {}).items():
        if value.strip():
            told[key] = value
    _known(step, told)
    problems: list[Problem] = []
    found = list(_attachments(wp, step, number, today, told, problems))
    decision = _decision(wp, step, number, told)
    problems += [Problem("paper.dates", x, STEPS[step], "warning") for x in decision.clashes]
    problems += [
        Problem(
            "paper.beside",
            f"「{attachment.title}」はPDFではないため、別ファイルとして付けます。",
            STEPS[step],
            "warning",
        )
        for attachment in found
        if attachment.name
    ]
    first = comparison_table.rendered(
        layout.cover(STEPS[step], decision, found, _schedule(wp, step, number)), "pdf"
    )
    if fmt == "zip":
        data = layout.zipped(first, found)
    else:
        data = layout.merged(first, found, f"起案添付一式　{STEPS[step]}")
    return Made(data, f"起案添付一式_{STEPS[step]}.{fmt}", tuple(dict.fromkeys(problems)))


@dataclass(frozen=True, slots=True)
class About:
    """What a page asks before a set is made: the fields of the head, what is recorded for them, and
    the dates that contradict each other."""

    subject: str
    fields: tuple[str, ...]
    recorded: Mapping[str, str]
    clashes: tuple[str, ...]


def asked(wp: Workplace, step: str, number: int) -> About:
    """PiaError for an unknown step or number."""
    if step not in STEPS:
        raise PiaError(
            f"起案の種類「{step}」はありません。{'、'.join(STEPS.values())} のいずれかです。"
        )
    made = _decision(wp, step, number, {})
    return About(made.subject, HEAD, {key: text for key, text in made.rows if text}, made.clashes)


def _early(step: str) -> bool:
    return step in ("announce", "results")


# The papers that are filled for each step.
_FILLED = {
    "announce": ("announcement", "opinion-form"),
    "results": ("opinion-results",),
    "refer": ("referral", "opinion-results-council"),
    "publish": ("report", "minutes", "plan"),
}


def _known(step: str, given: Mapping[str, str]) -> None:
    """PiaError for a field that neither the head nor a paper of the step has: what somebody typed
    would be lost without a word."""
    from ... import papers as texts

    fields = set()
    for name in _FILLED[step]:
        for key, words in texts.load(name).fields.items():
            if isinstance(words, str):
                fields.add(key)
    unknown = []
    for each_key in given:
        if each_key not in HEAD and each_key not in fields:
            unknown.append(each_key)
    if unknown:
        raise PiaError(
            f"起案添付一式（{STEPS[step]}）に、手で入れられる項目「{'」「'.join(unknown)}」はありません。起案の項目は {'、'.join(HEAD)} です。"
        )


def _decision(wp: Workplace, step: str, number: int, given: Mapping[str, str]) -> Decision:
    """The head: what was typed, else what is recorded with the act, else a blank."""
    from ...documents.papers.attachments import Decision

    with wp.store.read() as session:
        recorded = _recorded(session, step, number)
        found = _documents(session, step, number)
        clashes = (
            *checks.clashes(session, found),
            *checks.typed({key: value for key, value in given.items() if key in HEAD}, recorded),
        )
        if _early(step):
            subject = row_of(session, consultation_rows.Consultation, number, "意見募集").title
        else:
            subject = row_of(session, council_rows.Referral, number, "諮問").title
    rows = tuple((key, day_words(given.get(key) or recorded.get(key))) for key in HEAD)
    return Decision(
        f"{STEPS[step]}について（{subject}）", rows, bool(recorded.get("決裁日")), clashes
    )


def _recorded(session: Session, step: str, number: int) -> dict[str, str]:
    """文書番号 and 決裁日 as they were recorded with the act this decision is for."""
    found: Mapping[str, Any] = {}
    if step == "announce":
        found = row_of(session, consultation_rows.Consultation, number, "意見募集").facts
    elif step == "refer":
        steps = council.steps_of(
            session,
            row_of(session, council_rows.Referral, number, "諮問"),
            "refer",
            "referral",
            number,
        )
        if steps:
            found = steps[-1].facts
        else:
            found = {}
    elif step == "publish":
        of = select(filing_rows.Submission).where(
            filing_rows.Submission.round_id.in_(
                [round_.id for round_ in _rounds(session, step, number)]
            )
        )
        sub = session.scalars(of.order_by(filing_rows.Submission.id.desc())).first()
        if sub:
            found = {"document_number": sub.document_number, "decided": sub.decided}
        else:
            found = {}
    return {
        "文書番号": str(found.get("document_number") or ""),
        "決裁日": str(found.get("decided") or ""),
    }


def _rounds(session: Session, step: str, number: int) -> list[Round]:
    if _early(step):
        return list(row_of(session, consultation_rows.Consultation, number, "意見募集").rounds)
    found = []
    for round_ in row_of(session, council_rows.Referral, number, "諮問").rounds:
        found.append(session.get_one(Round, round_.round_id))
    return found


def _documents(session: Session, step: str, number: int) -> list[Document]:
    return documents(session, _rounds(session, step, number))


def _attachments(
    wp: Workplace,
    step: str,
    number: int,
    today: date,
    given: Mapping[str, str],
    problems: list[Problem],
) -> Iterator[Attachment]:
    from ... import papers as texts
    from ...documents.papers.attachments import Attachment, attached

    def filled(name: str, about: int) -> Attachment:
        words = texts.load(name)
        # The number of the decision is that of the paper it sends; a council's own paper has a
        # number of its own.
        own = {}
        for key, value in given.items():
            if isinstance(words.fields.get(key), str) and not (name == "report" and key in HEAD):
                own[key] = value
        made = office.make(wp, name, "pdf", about=about, today=today, given=own)
        problems.extend(made.problems)
        return Attachment(words.title, made.data)

    early = _early(step)
    table = Attachment("新旧対照表", comparison_table.write(_subjects(wp, step, number), "pdf"))
    which = {"consultation" if early else "referral": number}
    if step in ("announce", "refer"):
        short = comparison_table.rendered(summary.summary(wp, upto=_EVENTS[step], **which), "pdf")
    else:
        short = b""
    if step == "results":
        yield from (filled("opinion-results", number), table)
    elif step == "announce":
        yield from (
            filled("announcement", number),
            filled("opinion-form", number),
            Attachment("概要版", short),
            table,
        )
        yield from _announced_papers(wp, _announced(wp, number))
    elif step == "refer":
        yield from (filled("referral", number), Attachment("概要版", short), table)
        with wp.store.read() as session:
            ref = row_of(session, council_rows.Referral, number, "諮問")
            asked = []
            for each_consultation in council.asked_of(session, ref):
                asked.append(each_consultation.id)
            kept = []
            for material in ref.materials:
                for key in ("sha256", "file"):
                    if material.get(key):
                        kept.append((material, nodes.get_blob(session, material[key])))
            pinned = set()
            for material in ref.materials:
                if material.get("sha256"):
                    pinned.add(material.get("key"))
            keys = {}
            for document in _documents(session, step, number):
                keys[document.round.id] = document.key
            unpinned = []
            for round_ in ref.rounds:
                if keys[round_.round_id] not in pinned:
                    unpinned.append(round_.version_id)
        yield from (filled("opinion-results-council", each_number) for each_number in asked)
        for match, data in kept:
            title = f"{match.get('number', '')}　{match.get('title') or '評価書'}".strip()
            yield (
                Attachment(title, data)
                if match.get("sha256")
                else attached(title, data, str(match.get("name", "")))
            )
        yield from _printed(wp, unpinned, "（案）")
    else:
        yield from (
            filled("report", number),
            filled("minutes", number),
            table,
            *_tables(wp, number),
        )
        yield from _printed(wp, _sent(wp, number), "")
        with wp.store.read() as session:
            bodies = dict.fromkeys(
                document.body.id for document in _documents(session, step, number)
            )
        yield from (filled("plan", body) for body in bodies)


def _subjects(wp: Workplace, step: str, number: int) -> Sequence[Any]:
    if _early(step):
        return comparison_table.of_consultation(wp, number)
    return comparison_table.of_referral(wp, number)


def _announced(wp: Workplace, number: int) -> list[int]:
    with wp.store.read() as session:
        con = row_of(session, consultation_rows.Consultation, number, "意見募集")
        out = []
        for round_ in con.rounds:
            made = (
                select(Version.id)
                .where(Version.round_id == round_.id, Version.at <= con.at)
                .order_by(Version.seq.desc())
                .limit(1)
            )
            out.append(session.scalar(made) or round_.base_id)
        each_numbers = []
        for each_number in out:
            if each_number:
                each_numbers.append(each_number)
        return each_numbers


def _sent(wp: Workplace, number: int) -> list[int]:
    """What is submitted and published: of each round the version that was sent, else its head, with
    its companions of the same 評価書一式."""
    with wp.store.read() as session:
        refs = []
        for round_ in _rounds(session, "publish", number):
            of = select(filing_rows.Submission.version_id).where(
                filing_rows.Submission.round_id == round_.id
            )
            version = session.get(
                Version,
                session.scalar(of.order_by(filing_rows.Submission.id.desc()).limit(1))
                or round_.head_id
                or 0,
            )
            if version is not None:
                refs.append(
                    f"{session.get_one(Assessment, version.assessment_id).key}@{version.seq}"
                )
    whole = dict.fromkeys(x for ref in refs for x in bundles.set_of(wp, ref))
    found = (sources.read_ref(wp, ref).version for ref in whole)
    each_numbers = []
    for each_number in found:
        if each_number is not None:
            each_numbers.append(each_number)
    return each_numbers


def _printed(wp: Workplace, versions: Sequence[int], stamp: str) -> list[Attachment]:
    """The documents themselves: the printing that is kept, else printed now."""
    from ... import forms
    from ...documents.papers.attachments import Attachment

    out = []
    for version in versions:
        with wp.store.read() as session:
            one = session.get_one(Version, version)
            document = session.get_one(Assessment, one.assessment_id)
            full = paper_rows.Printed.digest == one.digest, paper_rows.Printed.projection == "full"
            kept = session.scalars(
                select(paper_rows.Printed).where(*full).order_by(paper_rows.Printed.id.desc())
            ).first()
            if kept:
                data = nodes.get_blob(session, kept.sha256)
            else:
                data = b""
        source = sources.read_ref(wp, f"{document.key}@{one.seq}")
        kind = forms.KIND_NAMES.get(document.kind, document.kind)
        out.append(
            Attachment(f"{source.title or document.key}　{kind}{stamp}", data or paper(source).data)
        )
    return out


def _announced_papers(wp: Workplace, versions: Sequence[int]) -> list[Attachment]:
    """What is shown to residents: the public reading of each draft."""
    from ... import forms
    from ...documents.papers.attachments import Attachment

    out = []
    for version in versions:
        with wp.store.read() as session:
            one = session.get_one(Version, version)
            document = session.get_one(Assessment, one.assessment_id)
        source = public_reading(wp, sources.read_ref(wp, f"{document.key}@{one.seq}"))
        kind = forms.KIND_NAMES.get(document.kind, document.kind)
        out.append(
            Attachment(
                f"{source.title or document.key}　{kind}（案）", public_paper(source, wp).data
            )
        )
    return out


def _tables(wp: Workplace, number: int) -> list[Attachment]:
    """変更箇所 of each round."""
    from ...documents.papers.attachments import Attachment

    with wp.store.read() as session:
        pairs = []
        for round_ in _rounds(session, "publish", number):
            key = session.get_one(Assessment, round_.assessment_id).key
            base, head = (
                session.get(Version, index) if index else None
                for index in (round_.base_id, round_.head_id)
            )
            if base and head:
                pairs.append((f"{key}@{base.seq}", f"{key}@{head.seq}"))
    out = []
    for old, new in pairs:
        source, this_source = sources.pair(old, new, lambda: wp, None)
        out.append(
            Attachment(
                f"変更箇所（{this_source.title or this_source.key}）",
                comparisons.table_pdf(
                    source, this_source, comparisons.change_rows(wp, source, this_source)
                ),
            )
        )
    return out


def _schedule(wp: Workplace, step: str, number: int) -> list[tuple[str, str, str, str]]:
    """Every round's steps with what is due and what was done when this step was to be decided;
    documents whose steps agree stand together."""
    if step == "announce":
        which = {"consultation": number}
    elif step == "refer":
        which = {"referral": number}
    else:
        which = {}
    groups: dict[tuple[tuple[str, str, str], ...], list[str]] = {}
    with wp.store.read() as session:
        for document in _documents(session, step, number):
            at = days.first_of(session, document.round, _EVENTS[step], **which)
            planned = days.due(days.record(session, document.round, None if at is None else at + 1))
            steps = []
            for x in register.strip_of(
                session, wp, document.form_kind, days.record(session, document.round, at)
            ):
                if x["over"]:
                    done = str(x["words"])
                else:
                    done = ""
                steps.append((str(x["name"]), planned.get(str(x["state"]), "－"), done or "－"))
            groups.setdefault(tuple(steps), []).append(document.name)
    return [
        ("\n".join(names) if not index else "", *row)
        for steps, names in groups.items()
        for index, row in enumerate(steps)
    ]
