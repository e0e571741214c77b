"""再実施 and 修正 of many affairs in one act: begun under one name, their change tables noted, made
public on one day.

Knows the acts of one affair and does them many times. Must not know pages or jobs. To begin and to
note is done for all or for none; what is made public is done for each 評価書一式 by itself, and
what is refused is handed back with its sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.document.tree import Path
from ...domain.errors import PiaError, Refused
from ...domain.procedure import change_units
from ...domain.wareki import written
from ...store import queries
from ...store.rows import filing as rows
from ...store.rows.assessments import NewRound
from ...store.rows.bodies import Affair
from ..editing import items, versions
from ..records.revision import revision
from ..viewing import rounds as round_views
from ..workplace import Workplace, line
from . import change_notes, filing
from .change_notes import RowNote

Step = Callable[[int, int, str], None]
NONE = "1件も変えていません。"


@dataclass(frozen=True, slots=True)
class BulkLine:
    """What became of one affair or round: `ref` where it is looked at, `words` what was done, or
    why not (`good` False)."""

    ref: str
    name: str
    good: bool
    words: str

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"ref": self.ref, "name": self.name, "good": self.good, "words": self.words}


def begin(
    wp: Workplace, by: By, affairs: Sequence[str], new: NewRound, higher_only: bool, step: Step
) -> list[BulkLine]:
    """Begins a round of one name in every document of these affairs that has a text; with
    `higher_only` not in a 基礎項目評価書 beside a higher one. All or none: Refused lists what
    cannot. Done again, what began stays as it is."""
    documents: dict[str, list[str]] = {}
    names = {}
    refused = []
    for number, key in enumerate(affairs):
        step(number, len(affairs) + 1, "確認")
        with wp.store.read() as session:
            names[key] = _affair(session, key).name
            documents[key] = _documents(session, key, higher_only)
        if not documents[key]:
            refused.append(f"{names[key]}：まだ版がありません。先に評価書を取り込んでください。")
    if refused:
        raise Refused(f"始められない事務があります。{NONE}", tuple(refused))
    step(len(affairs), len(affairs) + 1, "開始")
    lines = []
    with wp.store.together():
        for key, keys in documents.items():
            for document in keys:
                if not _begun(wp, document, new.name):
                    versions.open_round(wp, by, document, new)
            ref = f"{keys[0]}~{new.name}"
            lines.append(BulkLine(ref, names[key], True, "始めました。"))
    return lines


def _affair(session: Session, key: str) -> Affair:
    affair = queries.affairs.of_key(session, key)
    if affair is None:
        raise PiaError("選んだ事務がありません。画面を開き直して、選び直してください。")
    return affair


def _documents(session: Session, affair_key: str, higher_only: bool) -> list[str]:
    """The documents of an affair that have a text, the higher one first."""
    affair = _affair(session, affair_key)
    there = []
    for document in queries.assessments.standing_of_affair(session, affair.id):
        if document.head_id is not None:
            there.append(document)
    there.sort(key=lambda document: document.kind == "basic_item")
    higher = [document for document in there if document.kind != "basic_item"]
    return [document.key for document in (higher if higher_only and higher else there)]


def _begun(wp: Workplace, document: str, name: str) -> bool:
    with wp.store.read() as session:
        assessment = queries.assessments.existing(session, document)
        rounds = queries.rounds.of_assessment(session, assessment.id)
        return any(round_.name == name for round_ in rounds)


def note(
    wp: Workplace, by: By, refs: Sequence[str], said: RowNote, over: bool, step: Step
) -> list[BulkLine]:
    """Says it about every change of these rounds; not `over`: only where nothing was said yet.
    All or none: Refused lists the rounds that can no longer be written."""
    planned: list[tuple[str, str, list[tuple[RowNote, list[Path]]]]] = []
    refused = []
    for number, ref in enumerate(refs):
        step(number, len(refs) + 1, "確認")
        name, state = _named(wp, ref)
        if state not in items.WRITING:
            refused.append(f"{name}：提出か公表を終えているため、もう書けません。")
            continue
        planned.append((ref, name, _lacking(wp, ref, said, over)))
    if refused:
        raise Refused(f"記入できない手続があります。{NONE}", tuple(refused))
    step(len(refs), len(refs) + 1, "記入")
    lines = []
    with wp.store.together():
        for ref, name, notes in planned:
            paths: set[Path] = set()
            for each, wanted in notes:
                change_notes.fill(wp, by, ref, wanted, each)
                paths |= set(wanted)
            words = f"{len(paths)}行に記入しました。" if paths else "記入する行はありませんでした。"
            lines.append(BulkLine(ref, name, True, words))
    return lines


def _lacking(
    wp: Workplace, ref: str, said: RowNote, over: bool
) -> list[tuple[RowNote, list[Path]]]:
    """What is to be said about which rows: each thing where it was not said yet, or everywhere."""
    explained = round_views.explained(wp, ref)
    with wp.store.read() as session:
        round_ = line(session, ref).own_round
        units = change_units.units(revision(session, round_).own_rows)
        known = rows.change_notes(session, round_.id)
    parts: Mapping[str, RowNote] = {
        "day": RowNote(day=said.day),
        "timing": RowNote(timing=said.timing),
        "explanation": RowNote(explanation=said.explanation),
        "text": RowNote(reader=said.reader),
        "reason": RowNote(reason=said.reason),
    }
    before = {"day": "date"}
    out = []
    for field, part in parts.items():
        if part == RowNote():
            continue
        told: Mapping[Path, Any] = explained if field in ("text", "reason") else known
        paths = []
        for unit in units:
            here = told.get(unit.path)
            if over or here is None or not getattr(here, before.get(field, field)):
                paths.append(unit.path)
        if paths:
            out.append((part, paths))
    return out


def publish(wp: Workplace, by: By, refs: Sequence[str], day: date, step: Step) -> list[BulkLine]:
    """Makes the 評価書一式 of each of these rounds public on a day, each by itself; what is refused
    is handed back with its sentence, and the others go on. Done again, what is public stays."""
    lines = []
    for number, ref in enumerate(refs):
        name, state = _named(wp, ref)
        step(number, len(refs), name)
        if state == "PUBLISHED":
            lines.append(BulkLine(ref, name, True, "公表しています。"))
            continue
        try:
            notes = filing.publish(wp, by, round_views.with_companions(wp, ref), day)
        except Refused as error:
            words = "".join(error.unmet) or str(error)
            lines.append(BulkLine(ref, name, False, words))
        except PiaError as error:
            lines.append(BulkLine(ref, name, False, str(error)))
        else:
            words = f"{written(day)}に公表しました。" + "".join(notes)
            lines.append(BulkLine(ref, name, True, words))
    return lines


def _named(wp: Workplace, ref: str) -> tuple[str, str]:
    """The affair a round is of, and the state of the round."""
    with wp.store.read() as session:
        at = line(session, ref)
        return session.get_one(Affair, at.assessment.affair_id).name, at.own_round.state
