"""国の記載例 in many assessments: registered once, previewed, applied, undone, and what departs
from it computed.

All of them in one transaction, each text made before it. Clashes stay as ours and are listed with
three texts; running it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.change.compare import compare
from ...domain.errors import PiaError
from ...domain.revise import national as model
from ...domain.revise.apply import apply as apply_changes
from ...store import nodes, queries
from ...store.columns import iso
from ...store.ledger import log
from ...store.ledger.chains import common
from ...store.ledger.witness import Witness
from ...store.model import acted
from ...store.rows import assessments
from ...store.rows import national as rows
from ...store.rows.assessments import NewVersion
from ...store.turns import Outdated
from ..records import closing, form_move
from ..records.national import revision, standings, to_apply
from ..workplace import VersionLine, Workplace, head_tree, line, put, ready, save

# Addresses of pages beside those of the texts.
RESERVED = frozenset({"new", "capture"})


@dataclass(frozen=True, slots=True)
class Result:
    """What a revision did to one line. `ref` is the version that now is the head."""

    where: str
    ref: str
    outcomes: tuple[model.Outcome, ...]
    saved: bool

    @property
    def conflicts(self) -> tuple[model.Outcome, ...]:
        """What could not be applied: places that differ, and places that are not there."""
        outcomes = []
        for outcome in self.outcomes:
            if outcome.status in ("conflict", "missing"):
                outcomes.append(outcome)
        return tuple(outcomes)


def register(wp: Workplace, by: By, raw: Mapping[str, Any]) -> str:
    """Keeps a revision with issuer and edition.

    The same one again is harmless; another text under the same key is refused.
    """
    revision = model.parse(raw)
    if revision.id in RESERVED:
        raise PiaError(
            f"国の記載例の id に「{revision.id}」は使えません。別の id を付けてください。"
        )
    with wp.store.begin() as session:
        if _known(session, revision, raw):
            return revision.id
        session.add(
            rows.NationalRevision(
                key=revision.id,
                title=revision.title,
                issuer=revision.issuer,
                edition=revision.edition,
                reason=revision.reason,
                body=dict(raw),
                **acted(by),
            )
        )
        log.entry(
            session,
            by,
            "national.register",
            revision.id,
            {"edition": revision.edition, "issuer": revision.issuer},
        )
    return revision.id


def preview(wp: Workplace, raw: Mapping[str, Any]) -> model.Revision:
    """A revision as it would be registered, without registering it."""
    revision = model.parse(raw)
    with wp.store.read() as session:
        _known(session, revision, raw)
    return revision


def _known(session: Session, revision: model.Revision, raw: Mapping[str, Any]) -> bool:
    known = queries.national.of_key(session, revision.id)
    if known is not None and known.body != dict(raw):
        raise PiaError(
            f"国の記載例「{revision.id}」は、別の内容で登録されています。"
            "版が違うときは、別の id を付けてください。"
        )
    if known is not None and not queries.national.stands(session, known.id):
        raise PiaError(
            f"国の記載例「{revision.title}」の登録は取り消されています。"
            "もう一度登録するときは、別の id を付けてください。"
        )
    return known is not None


def parsed(raw: Mapping[str, Any]) -> model.Revision:
    """The text a mapping stands for. PiaError where it is none."""
    return model.parse(raw)


def free_key(session: Session, today: date) -> str:
    """A key for a text that somebody writes, which none has had: text-2026-1."""
    taken = queries.national.keys(session)
    count = 1
    while f"text-{today.year}-{count}" in taken:
        count += 1
    return f"text-{today.year}-{count}"


def apply(
    wp: Workplace,
    by: By,
    given: str | model.Revision,
    targets: Mapping[str, Sequence[str]],
    *,
    dry_run: bool = False,
    progress: Callable[[str], None] | None = None,
) -> list[Result]:
    """Applies a registered revision (for a dry run also one that is not) to lines (KEY or KEY~ROUND
    → files chosen by key or name, empty where there is only one): to all of them or to none.
    PiaError when a line, a file or the revision does not exist.
    """
    plans: dict[str, tuple[str, ...]] = {}
    with wp.store.read() as session:
        if isinstance(given, model.Revision):
            revision_text = given
        else:
            revision_text = to_apply(session, given)
        for where, files in targets.items():
            tree = head_tree(session, line(session, where))
            if tree is None:
                raise PiaError(f"{where} には、まだ版がありません。")
            form = forms.load(tree.form)
            if model.needs_files(revision_text, form):
                plans[where] = model.chosen(form, tree, files)
            else:
                plans[where] = ()
    said: set[str] = set()

    def plan(session: Witness) -> list[_Planned]:
        out = []
        for where, chosen in plans.items():
            out.append(_planned(session, revision_text, where, chosen, dry_run))
            if progress and where not in said:
                said.add(where)
                progress(where)
        return out

    def carry_out(session: Witness, planned: list[_Planned]) -> list[Result]:
        out = []
        for one in planned:
            out.append(_applied(session, by, revision_text, one))
            session.settle()
        return out

    if dry_run:
        with wp.store.read() as session:
            return [one.result(one.seen, False) for one in plan(session)]
    return wp.store.prepared(plan, carry_out, lambda planned: common([x.chain for x in planned]))


@dataclass(frozen=True, slots=True)
class _Planned:
    """What a revision makes of one line whose head is `head` (`seen`: as KEY@N): the text ready to
    be saved, None in a dry run."""

    where: str
    chain: str | None
    head: int | None
    seen: str
    files: tuple[str, ...]
    outcomes: tuple[model.Outcome, ...]
    new: NewVersion | None

    def result(self, ref: str, saved: bool) -> Result:
        """What is told of it."""
        return Result(self.where, ref, self.outcomes, saved)


def _planned(
    session: Witness,
    revision: model.Revision,
    where: str,
    files: tuple[str, ...],
    dry_run: bool,
) -> _Planned:
    at = line(session, where)
    tree = nodes.recent(session, at.own_head)
    form = forms.load(tree.form)
    new, outcomes = model.apply_to(revision, form, tree, files)
    head = session.get_one(assessments.Version, at.head_id)
    made = None
    if not dry_run:
        closing.must_be_open(at)
        why = f"{revision.title}（{revision.edition}）を反映"
        made = ready(session, form, new, why, {"national": revision.id, "files": list(files)})
    seen = f"{at.assessment.key}@{head.seq}"
    return _Planned(where, at.chain, at.head_id, seen, files, outcomes, made)


def _applied(session: Witness, by: By, revision: model.Revision, planned: _Planned) -> Result:
    at = line(session, planned.where)
    closing.must_be_open(at)
    if at.head_id != planned.head or planned.new is None:
        raise Outdated
    row = rows.revision(session, revision.id)
    outcomes = planned.outcomes
    saved = put(session, at, planned.new, by)
    is_new = saved.id != planned.head
    # also where all was there, or clashed: what departs is reckoned from now on
    if is_new or _first(session, row, at, planned.files, outcomes):
        session.add(
            rows.NationalApplication(
                revision_id=row.id,
                assessment_id=at.assessment.id,
                before_id=planned.head,
                after_id=saved.id,
                files=list(planned.files),
                **acted(by),
            )
        )
        counts = {}
        for st in ("applied", "already", "conflict", "missing"):
            counts[st] = sum(outcome.status == st for outcome in outcomes)
        log.entry(
            session, by, "national.apply", at.ref, {"revision": revision.id, **counts}, [saved]
        )
    return planned.result(f"{at.assessment.key}@{saved.seq}", is_new)


def _first(
    session: Session,
    row: rows.NationalRevision,
    at: VersionLine,
    files: Sequence[str],
    outcomes: Sequence[model.Outcome],
) -> bool:
    """Whether a revision reaches an assessment (or one of these ファイル) for the first time; a
    place the form does not have is not reached.
    """
    done = []
    for national_application in rows.standing(session, at.assessment.id):
        if national_application.revision_id == row.id:
            done.append(national_application.files)
    return any(outcome.status != "missing" for outcome in outcomes) and (
        not done or not set(files) <= {file for known in done for file in known}
    )


def undo(wp: Workplace, by: By, key: str, where: str) -> tuple[str, int]:
    """Takes the last standing application of a revision back, as a new version; later edits of ours
    stay. Returns the new head and how many places clashed.
    """
    with wp.store.begin() as session:
        row, revision_text = revision(session, key)
        at = line(session, where)
        closing.must_be_open(at)
        standing = []
        for national_application in rows.standing(session, at.assessment.id):
            if national_application.revision_id == row.id:
                standing.append(national_application)
        if not standing:
            raise PiaError(f"{where} には、「{revision_text.title}」は反映されていません。")
        last = standing[-1]
        head = nodes.recent(session, at.own_head)
        after = nodes.recent(session, last.after_id)
        before = nodes.recent(session, last.before_id)
        form = forms.load(head.form)
        edit = form_move.edit_on_form(session, last.after_id, after, before, form)
        result = apply_changes(head, compare(edit.before, edit.after), form)
        saved = save(
            session,
            at,
            result.tree,
            by,
            f"{revision_text.title}（{revision_text.edition}）の反映を取消し",
            {"undo": key},
        )
        session.add(rows.NationalUndo(application_id=last.id, version_id=saved.id, **acted(by)))
        log.entry(
            session,
            by,
            "national.undo",
            at.ref,
            {"revision": key, "conflicts": len(result.conflicts)},
            [saved],
        )
        return f"{at.assessment.key}@{saved.seq}", len(result.conflicts)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Whether the state was asked about a wording, on which day, and what it answered."""

    asked: bool
    day: date | None = None
    answer: str = ""


def confirm(
    wp: Workplace, by: By, key: str, item: str, inquiry: Inquiry, *, assessment: str | None = None
) -> None:
    """国への確認: whether the state was asked about a wording, when, and what it answered."""
    with wp.store.begin() as session:
        row, _ = revision(session, key)
        assessment_id = None
        if assessment:
            assessment_id = assessments.by_key(session, assessment).id
        session.add(
            rows.Confirmation(
                revision_id=row.id,
                assessment_id=assessment_id,
                item=item,
                asked=inquiry.asked,
                day=inquiry.day,
                answer=inquiry.answer,
                **acted(by),
            )
        )
        log.entry(session, by, "national.confirm", key, {"item": item, "asked": inquiry.asked})


def _confirmed_json(asked: rows.Confirmation | None) -> dict[str, Any] | None:
    if asked is None:
        return None
    return {"asked": asked.asked, "date": iso(asked.day), "answer": asked.answer}


def departures_json(wp: Workplace, wheres: Sequence[str]) -> dict[str, Any]:
    """What departs from the national texts applied to these lines."""
    out = []
    with wp.store.read() as session:
        for where in wheres:
            at = line(session, where)
            for st in standings(session, at):
                for place in st.places:
                    if place.status == "same":
                        continue
                    asked = st.confirmations.get(place.item)
                    out.append(
                        {
                            "assessment": at.assessment.key,
                            "revision": st.key,
                            "item": place.item,
                            "path": list(place.path),
                            "label": place.label,
                            "status": place.status,
                            "national": place.national,
                            "ours": place.ours,
                            "reason": st.reason.get(place.item),
                            "confirmed": _confirmed_json(asked),
                        }
                    )
    return {"departures": out}
