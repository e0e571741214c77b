"""国の記載例 in many assessments: registered once, previewed, applied, undone, and what departs
from it computed.

One transaction per assessment. Clashes stay as ours and are listed with three texts; running it
again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
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
from ...store.model import acted
from ...store.rows import assessments
from ...store.rows import national as rows
from ..records import closing
from ..records.national import revision, standings
from ..workplace import VersionLine, Workplace, head_tree, line, save


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
    return known is not None


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
            revision_text = revision(session, given)[1]
        for where, files in targets.items():
            tree = head_tree(session, line(session, where))
            if tree is None:
                raise PiaError(f"{where} には、まだ版がありません。")
            form = forms.load(tree.form)
            if model.needs_files(revision_text, form):
                plans[where] = model.chosen(form, tree, files)
            else:
                plans[where] = ()
    out = []
    with nullcontext() if dry_run else wp.store.together():
        for where, chosen in plans.items():
            out.append(_apply_one(wp, by, revision_text, where, chosen, dry_run))
            if progress:
                progress(where)
    return out


def _apply_one(
    wp: Workplace,
    by: By,
    revision: model.Revision,
    where: str,
    files: tuple[str, ...],
    dry_run: bool,
) -> Result:
    with wp.store.read() if dry_run else wp.store.begin() as session:
        at = line(session, where)
        tree = nodes.recent(session, at.own_head)
        new, outcomes = model.apply_to(revision, forms.load(tree.form), tree, files)
        head = session.get_one(assessments.Version, at.head_id)
        if dry_run:
            return Result(where, f"{at.assessment.key}@{head.seq}", outcomes, False)
        closing.must_be_open(at)
        before = at.head_id
        row = rows.revision(session, revision.id)
        saved = save(
            session,
            at,
            new,
            by,
            f"{revision.title}（{revision.edition}）を反映",
            {"national": revision.id, "files": list(files)},
        )
        if saved.id != before or _first(
            session, row, at, files, outcomes
        ):  # also where all was there, or clashed: what departs is reckoned from now on
            session.add(
                rows.NationalApplication(
                    revision_id=row.id,
                    assessment_id=at.assessment.id,
                    before_id=before,
                    after_id=saved.id,
                    files=list(files),
                    **acted(by),
                )
            )
            counts = {}
            for st in ("applied", "already", "conflict", "missing"):
                counts[st] = sum(outcome.status == st for outcome in outcomes)
            log.entry(
                session, by, "national.apply", at.ref, {"revision": revision.id, **counts}, [saved]
            )
        return Result(where, f"{at.assessment.key}@{saved.seq}", outcomes, saved.id != before)


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
        back = compare(nodes.recent(session, last.after_id), nodes.recent(session, last.before_id))
        result = apply_changes(head, back, forms.load(head.form))
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
