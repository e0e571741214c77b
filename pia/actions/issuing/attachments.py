"""起案添付資料: what an internal decision (意見の募集, 結果の公表, 諮問, 提出と公表) is given to
look at, gathered, numbered and listed with the dates.

Reads only. It prepares the decision; it does not replace it (文書番号 and 決裁日 are recorded where
the act is recorded): who drafts, who is asked, when it takes effect stays blank until somebody
fills it in. A set shows the case as it stood when its step was to be decided, also when it is made
again years later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from ...domain.errors import PiaError, Problem
from ...store import nodes, queries
from ...store.rows import consultations as consultation_rows
from ...store.rows import councils as council_rows
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.filing import as_corrected
from .. import sources
from ..output import comparison_table, comparisons
from ..output.formats import paper, public_paper
from ..papers import checks, councils, summary
from ..papers import consultations as consultation_papers
from ..papers.facts import CaseDocument, day_words, documents
from ..records import council_ways, days, sets
from ..records.outward import public_reading
from ..viewing import rounds
from ..workplace import Workplace, row_of
from . import papers
from .papers import FilledPaper

if TYPE_CHECKING:
    from ...documents.papers.attachments import Attachment, DecisionHead

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
) -> FilledPaper:
    """The set of one step: a zip, or one PDF.

    `about` is the consultation (announce, results) or the referral (refer, publish), the latest
    where None; `given` fills the head and the fields of its papers (field → text). PiaError for an
    unknown step, format or field.
    """
    from ...documents.papers import attachments as layout

    if step not in STEPS:
        steps = "、".join(f"{key}（{value}）" for key, value in STEPS.items())
        raise PiaError(f"起案の種類「{step}」はありません。{steps} のいずれかです。")
    if fmt not in FORMATS:
        raise PiaError(f"起案添付資料は、{'・'.join(FORMATS)} で作れます。")
    number = about
    if number is None:
        number = (consultation_papers if _early(step) else councils).latest(wp)
    typed = {}
    for key, value in (given or {}).items():
        if value.strip():
            typed[key] = value
    _known(step, typed)
    problems: list[Problem] = []
    attachments = list(_attachments(wp, step, number, today, typed, problems))
    decision = _decision(wp, step, number, typed)
    words = called(wp, step, number)
    problems += _warnings(words, decision.clashes, attachments)
    first = comparison_table.rendered(
        layout.cover(words, decision, attachments, _schedule(wp, step, number)),
        "pdf",
        wp.press,
    )
    if fmt == "zip":
        data = layout.zipped(first, attachments)
    else:
        data = layout.merged(first, attachments, f"起案添付資料　{words}")
    return FilledPaper(data, f"起案添付資料_{words}.{fmt}", tuple(dict.fromkeys(problems)))


def _warnings(
    words: str, clashes: Sequence[str], attachments: Sequence[Attachment]
) -> list[Problem]:
    """Dates that contradict each other, and files that are no PDF and so stand beside."""
    warnings = []
    for sentence in clashes:
        warnings.append(Problem("paper.dates", sentence, words, "warning"))
    for attachment in attachments:
        if attachment.name:
            sentence = f"「{attachment.title}」はPDFではないため、別ファイルとして付けます。"
            warnings.append(Problem("paper.beside", sentence, words, "warning"))
    return warnings


@dataclass(frozen=True, slots=True)
class HeadFields:
    """What a page asks before a set is made: the fields of the head, what is recorded for them, and
    the dates that contradict each other."""

    subject: str
    fields: tuple[str, ...]
    recorded: Mapping[str, str]
    clashes: tuple[str, ...]


def asked(wp: Workplace, step: str, number: int) -> HeadFields:
    """PiaError for an unknown step or number."""
    if step not in STEPS:
        raise PiaError(
            f"起案の種類「{step}」はありません。{'、'.join(STEPS.values())} のいずれかです。"
        )
    decision = _decision(wp, step, number, {})
    return HeadFields(
        decision.subject, HEAD, {key: text for key, text in decision.rows if text}, decision.clashes
    )


def _early(step: str) -> bool:
    return step in ("announce", "results")


# The papers that are filled for each step.
_FILLED = {
    "announce": ("announcement", "opinion-form"),
    "results": ("opinion-results",),
    "refer": ("referral", "opinion-results-council"),
    "publish": ("report", "minutes", "own-decision", "plan"),
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
    for field in given:
        if field not in HEAD and field not in fields:
            unknown.append(field)
    if unknown:
        raise PiaError(
            f"起案添付資料（{STEPS[step]}）に、"
            f"手で入れられる項目「{'」「'.join(unknown)}」はありません。"
            f"起案の項目は {'、'.join(HEAD)} です。"
        )


def _decision(wp: Workplace, step: str, number: int, given: Mapping[str, str]) -> DecisionHead:
    """The head: what was typed, else what is recorded with the act, else a blank."""
    from ...documents.papers.attachments import DecisionHead

    with wp.store.read() as session:
        recorded = _recorded(session, step, number)
        case = _documents(session, step, number)
        clashes = (
            *checks.clashes(session, case),
            *checks.typed({key: value for key, value in given.items() if key in HEAD}, recorded),
        )
        if _early(step):
            subject = row_of(session, consultation_rows.Consultation, number, "意見募集").title
        else:
            subject = row_of(session, council_rows.Referral, number, "諮問").title
    rows = tuple((key, day_words(given.get(key) or recorded.get(key))) for key in HEAD)
    return DecisionHead(
        f"{called(wp, step, number)}について（{subject}）",
        rows,
        bool(recorded.get("決裁日")),
        clashes,
    )


def _recorded(session: Session, step: str, number: int) -> dict[str, str]:
    """文書番号 and 決裁日 as they were recorded with the act this decision is for."""
    facts: Mapping[str, Any] = {}
    if step == "announce":
        facts = row_of(session, consultation_rows.Consultation, number, "意見募集").facts
    elif step == "refer":
        steps = councils.steps_of(
            session,
            row_of(session, council_rows.Referral, number, "諮問"),
            "refer",
            "referral",
            number,
        )
        if steps:
            facts = steps[-1].facts
        else:
            facts = {}
    elif step == "publish":
        sub = queries.filing.last_submission_of_rounds(
            session, [round_.id for round_ in _rounds(session, step, number)]
        )
        if sub:
            (now,) = as_corrected(session, [sub])
            facts = {"document_number": now.document_number, "decided": now.decided}
        else:
            facts = {}
    return {
        "文書番号": str(facts.get("document_number") or ""),
        "決裁日": str(facts.get("decided") or ""),
    }


def _rounds(session: Session, step: str, number: int) -> list[Round]:
    if _early(step):
        return list(row_of(session, consultation_rows.Consultation, number, "意見募集").rounds)
    of_case = []
    for round_ in row_of(session, council_rows.Referral, number, "諮問").rounds:
        of_case.append(session.get_one(Round, round_.round_id))
    return of_case


def _documents(session: Session, step: str, number: int) -> list[CaseDocument]:
    return documents(session, _rounds(session, step, number))


def _attachments(
    wp: Workplace,
    step: str,
    number: int,
    today: date,
    given: Mapping[str, str],
    problems: list[Problem],
) -> Iterator[Attachment]:
    """The papers of one step, in their order; problems of theirs are added to `problems`."""
    from ...documents.papers.attachments import Attachment

    filler = _Filler(wp, today, given, problems)
    table = Attachment(
        "新旧対照表", comparison_table.write(_subjects(wp, step, number), "pdf", press=wp.press)
    )
    if step == "results":
        yield filler.filled("opinion-results", number)
        yield table
    elif step == "announce":
        short = _short(wp, step, number)
        yield filler.filled("announcement", number)
        yield filler.filled("opinion-form", number)
        yield short
        yield table
        yield from _announced_papers(wp, _announced(wp, number))
    elif step == "refer":
        short = _short(wp, step, number)
        if not _by_bill(wp, number):
            yield filler.filled("referral", number)
        yield short
        yield table
        yield from _before_council(wp, filler, number)
    else:
        if not _by_bill(wp, number):
            yield filler.filled("report", number)
        yield filler.filled("minutes", number)
        if _decided_itself(wp, number):
            yield filler.filled("own-decision", number)
        yield table
        yield from _tables(wp, number)
        yield from _printed(wp, _sent(wp, number), "")
        with wp.store.read() as session:
            case = _documents(session, step, number)
            bodies = dict.fromkeys(document.body.id for document in case)
        for body in bodies:
            yield filler.filled("plan", body)


def called(wp: Workplace, step: str, number: int | None) -> str:
    """What the step is called that a decision is about, as the council of the case works."""
    words = STEPS[step]
    if _early(step) or number is None:
        return words
    return council_ways.said(words, _by_bill(wp, number))


def _by_bill(wp: Workplace, number: int) -> bool:
    """Whether the council of a referral hears a 議案, without 諮問書 and 答申書."""
    with wp.store.read() as session:
        ref = row_of(session, council_rows.Referral, number, "諮問")
        return council_ways.by_bill(session.get_one(council_rows.Council, ref.council_id))


def _decided_itself(wp: Workplace, number: int) -> bool:
    with wp.store.read() as session:
        return queries.referrals.decision(session, number) is not None


@dataclass(frozen=True, slots=True)
class _Filler:
    """Fills papers with what is on record and with what a person typed."""

    wp: Workplace
    today: date
    given: Mapping[str, str]
    problems: list[Problem]

    def filled(self, name: str, about: int) -> Attachment:
        """One paper of pia/papers as a PDF; its problems are noted."""
        from ... import papers as texts
        from ...documents.papers.attachments import Attachment

        words = texts.load(name)
        own = {}
        for key, value in self.given.items():
            # The number of the decision is that of the paper it sends; a council's own paper has a
            # number of its own.
            theirs = name == "report" and key in HEAD
            if isinstance(words.fields.get(key), str) and not theirs:
                own[key] = value
        paper = papers.make(self.wp, name, "pdf", about=about, today=self.today, given=own)
        self.problems.extend(paper.problems)
        return Attachment(words.title, paper.data)


def _short(wp: Workplace, step: str, number: int) -> Attachment:
    """The 概要版 as it was when the step was taken."""
    from ...documents.papers.attachments import Attachment

    which = {"consultation" if _early(step) else "referral": number}
    sheet = summary.summary(wp, upto=_EVENTS[step], **which)
    return Attachment("概要版", comparison_table.rendered(sheet, "pdf", wp.press))


def _before_council(wp: Workplace, filler: _Filler, number: int) -> Iterator[Attachment]:
    """The results of the consultations a referral rests on, its materials, and the documents that
    no material holds.
    """
    with wp.store.read() as session:
        ref = row_of(session, council_rows.Referral, number, "諮問")
        consultations = [con.id for con in councils.asked_of(session, ref)]
        materials = list(_materials(session, ref))
        unpinned = _unpinned(session, ref)
    for con in consultations:
        yield filler.filled("opinion-results-council", con)
    yield from materials
    yield from _printed(wp, unpinned, "（案）")


def _materials(session: Session, ref: council_rows.Referral) -> Iterator[Attachment]:
    """The printed documents and free files among the materials of a referral, in their order."""
    from ...documents.papers.attachments import Attachment, attached

    for material in ref.materials:
        title = f"{material.get('number', '')}　{material.get('title') or '評価書'}".strip()
        for name in ("sha256", "file"):
            if not material.get(name):
                continue
            data = nodes.get_blob(session, material[name])
            if material.get("sha256"):
                yield Attachment(title, data)
            else:
                yield attached(title, data, str(material.get("name", "")))


def _unpinned(session: Session, ref: council_rows.Referral) -> list[int]:
    """The versions before the council of which no printed document is among the materials."""
    pinned = set()
    for material in ref.materials:
        if material.get("sha256"):
            pinned.add(material.get("key"))
    keys = {}
    for document in _documents(session, "refer", ref.id):
        keys[document.round.id] = document.key
    unpinned = []
    for round_ in ref.rounds:
        if keys[round_.round_id] not in pinned:
            unpinned.append(round_.version_id)
    return unpinned


def _subjects(wp: Workplace, step: str, number: int) -> Sequence[Any]:
    if _early(step):
        return comparison_table.of_consultation(wp, number)
    return comparison_table.of_referral(wp, number)


def _announced(wp: Workplace, number: int) -> list[int]:
    with wp.store.read() as session:
        con = row_of(session, consultation_rows.Consultation, number, "意見募集")
        out = []
        for round_ in con.rounds:
            version = queries.versions.last_id_until(session, round_.id, con.at)
            out.append(version or round_.base_id)
        numbers = []
        for version in out:
            if version:
                numbers.append(version)
        return numbers


def _sent(wp: Workplace, number: int) -> list[int]:
    """What is submitted and published: of each round the version that was sent, else its head, with
    its companions of the same 評価書一式."""
    with wp.store.read() as session:
        refs = []
        for round_ in _rounds(session, "publish", number):
            version = session.get(
                Version,
                queries.filing.last_submitted_version(session, round_.id) or round_.head_id or 0,
            )
            if version is not None:
                refs.append(version.named(session))
    whole = dict.fromkeys(x for ref in refs for x in sets.set_of(wp, ref))
    versions = (sources.read_ref(wp, ref).version for ref in whole)
    numbers = []
    for version_id in versions:
        if version_id is not None:
            numbers.append(version_id)
    return numbers


def _printed(wp: Workplace, versions: Sequence[int], stamp: str) -> list[Attachment]:
    """The documents themselves: the printing that is kept, else printed now."""
    from ... import forms
    from ...documents.papers.attachments import Attachment

    out = []
    for version in versions:
        with wp.store.read() as session:
            stored = session.get_one(Version, version)
            document = session.get_one(Assessment, stored.assessment_id)
            kept = queries.papers.last_printed(session, stored.digest, "full")
            if kept:
                data = nodes.get_blob(session, kept.sha256)
            else:
                data = b""
        source = sources.read_ref(wp, f"{document.key}@{stored.seq}")
        kind = forms.KIND_NAMES.get(document.kind, document.kind)
        out.append(
            Attachment(
                f"{source.title or document.key}　{kind}{stamp}",
                data or paper(source, wp.press).data,
            )
        )
    return out


def _announced_papers(wp: Workplace, versions: Sequence[int]) -> list[Attachment]:
    """What is shown to residents: the public reading of each draft."""
    from ... import forms
    from ...documents.papers.attachments import Attachment

    out = []
    for version in versions:
        with wp.store.read() as session:
            stored = session.get_one(Version, version)
            document = session.get_one(Assessment, stored.assessment_id)
        source = public_reading(wp, sources.read_ref(wp, f"{document.key}@{stored.seq}"))
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
        source, new_source = sources.pair(old, new, lambda: wp, None)
        out.append(
            Attachment(
                f"変更箇所（{new_source.title or new_source.key}）",
                comparisons.table_pdf(
                    source,
                    new_source,
                    comparisons.change_rows(wp, source, new_source),
                    wp.press,
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
            for x in rounds.strip_of(
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
