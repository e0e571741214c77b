"""A desk that was out of the house comes back: its record and the house's become one, nothing of
either is lost, and what both changed is listed for a person to decide (decision 0033).

Knows the rows of a sitting and three sides: what went out, what the house has, what came back. Must
not know files or codes. Taken in twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.minutes import agenda, both_sides
from ...store import queries
from ...store.columns import iso
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import councils
from ...store.rows.carrying import DESK, CarriedSet
from ...store.rows.minutes import Movement, Speech
from ..records import desk_records, minutes
from ..records.desk_records import Record, Row
from ..workplace import Workplace
from . import tablets
from .desk_filling import OFFICER

OURS = "持ち帰った記録と重なったため、市役所で書いた記録を残した"
TAKEN_OVER = "持ち帰った記録のほうにした"
_SAID = ("kind", "item", "speaker", "person", "text", "about", "gone", "place")


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a record that came back brought: speeches and later editions, comings and goings,
    other facts, and how much both sides changed otherwise."""

    speeches: int = 0
    editions: int = 0
    attendance: int = 0
    facts: int = 0
    clashes: int = 0

    @property
    def count(self) -> int:
        """How many changes were made."""
        return self.speeches + self.editions + self.attendance + self.facts + self.clashes


def take_in(wp: Workplace, by: By, sitting: int, number: int, record: Record) -> TakenIn:
    """Takes in the record of a desk that was out. Refused for the record of another sitting or
    number, and while the minutes are 確定."""
    with wp.store.begin() as session:
        row = queries.carrying.numbered(session, sitting, number)
        if row is None or row.kind != DESK:
            raise PiaError("その番号の持出し記録はありません。一覧から選び直してください。")
        if (record.get("sitting"), record.get("number")) != (sitting, number):
            raise Refused("ほかの会議か、ほかの番号の持出し記録です。ファイルを確かめてください。")
        held = session.get_one(councils.Sitting, sitting)
        minutes.must_be_open(session, held)
        merge = _Merge(session, by, held, row, record)
        brought = merge.everything()
        if brought.count:
            taken = {**merge.taken, "told": merge.told}
            row.facts = {**row.facts, "taken": taken, "clashes": merge.clashes}
            about = {"number": number, "changes": brought.count, "clashes": brought.clashes}
            log.entry(session, by, "sitting.carry_take", held.name, about)
        return brought


def told(brought: TakenIn) -> str:
    """What a record that came back brought, in a sentence."""
    if not brought.count:
        return "取り込み済みの記録です。変わったところはありません。"
    words = (
        f"持ち帰った記録を取り込みました。新しい発言{brought.speeches}件、"
        f"直した発言{brought.editions}件、出席と出入り{brought.attendance}件、"
        f"そのほか{brought.facts}件。"
    )
    if brought.clashes:
        words += f"市役所でも直したところが{brought.clashes}件あります。残すほうを決めてください。"
    return words


class _Merge:
    """One record that comes back, beside the rows of the house. `taken`: table → number on the
    laptop → number of the row in the house; `told`: other values as they came back last."""

    def __init__(
        self, session: Session, by: By, held: councils.Sitting, row: CarriedSet, record: Record
    ):
        self.session = session
        self.by = by
        self.held = held
        self.holder = row.holder
        self.base = record["base"]
        self.now = record["now"]
        kept = row.facts.get("taken") or {}
        self.taken: dict[str, dict[str, int]] = {
            name: dict(kept.get(name) or {}) for name in ("speech", "movement")
        }
        self.told: dict[str, Any] = dict(kept.get("told") or {})
        self.clashes: list[dict[str, Any]] = [dict(line) for line in row.facts.get("clashes") or ()]

    def who(self, actor: str) -> str:
        """Who wrote a row: the officer of a laptop has no account here."""
        return self.holder if actor == OFFICER else actor

    def everything(self) -> TakenIn:
        """All of it, the speeches first."""
        before = len(self.clashes)
        speeches, editions = self._speeches()
        attendance = self._attendance() + self._movements()
        facts = self._facts()
        return TakenIn(speeches, editions, attendance, facts, len(self.clashes) - before)

    # ---- speeches

    def _speeches(self) -> tuple[int, int]:
        base = _by_speech(self.base["speech"])
        speeches = 0
        editions = 0
        for begins, theirs in _by_speech(self.now["speech"]).items():
            if begins in base:
                editions += self._edited(base[begins], theirs)
            else:
                new = str(begins) not in self.taken["speech"]
                speeches += new
                added = self._added(theirs)
                editions += 0 if new else added
        return speeches, editions

    def _untaken(self, editions: Iterable[Row]) -> list[Row]:
        return [said for said in editions if str(said["id"]) not in self.taken["speech"]]

    def _added(self, theirs: list[Row]) -> int:
        """A speech that was begun outside, or went on there."""
        new = self._untaken(theirs)
        begins = self.taken["speech"].get(str(theirs[0]["id"]))
        for said in new:
            begins = self._edition(said, begins) if begins is None else begins
            if str(said["id"]) not in self.taken["speech"]:
                self._edition(said, begins)
        return len(new)

    def _edited(self, base: list[Row], theirs: list[Row]) -> int:
        """A speech the house had: another edition of it, or two that differ."""
        known = {said["id"] for said in base}
        new = [said for said in self._untaken(theirs) if said["id"] not in known]
        if not new:
            return 0
        begins = base[0]["begins_id"] or base[0]["id"]
        mine = queries.minutes.last_edition(self.session, begins)
        if mine is None:
            raise Refused(desk_records.NOT_OURS)
        ours = _said_of(mine)
        verdict = both_sides.merged(_said(base[-1]), ours, _said(new[-1]))
        if mine.id in self.taken["speech"].values() and verdict == both_sides.CLASH:
            verdict = both_sides.THEIRS  # the last word here came from the same desk
        if verdict == both_sides.SAME:
            self.taken["speech"] |= {str(said["id"]): mine.id for said in new}
            return 0
        for said in new:
            self._edition(said, begins)
        if verdict == both_sides.THEIRS:
            return len(new)
        # Both stand among the editions; the house's counts until somebody decides.
        again = Speech(
            sitting_id=self.held.id,
            begins_id=begins,
            **ours,
            remark_id=mine.remark_id,
            answer_id=mine.answer_id,
            transcript_id=mine.transcript_id,
            lines=mine.lines,
            reason=OURS,
            **acted(self.by),
        )
        self.session.add(again)
        self.session.flush()
        edition = self.taken["speech"][str(new[-1]["id"])]
        self.clashes.append({"what": "speech", "speech": begins, "theirs": edition})
        return 0

    def _edition(self, said: Row, begins: int | None) -> int:
        row = desk_records.row_of_json(Speech, {**said, "id": None, "text_nonce": None})
        if not isinstance(row, Speech):
            raise Refused(desk_records.NOT_OURS)
        known = None if begins is None else self.session.get(Speech, begins)
        new = Speech(
            sitting_id=self.held.id,
            begins_id=begins,
            **_said_of(row),
            lines=[] if known is None else known.lines,
            remark_id=None if known is None else known.remark_id,
            answer_id=None if known is None else known.answer_id,
            transcript_id=None if known is None else known.transcript_id,
            reason=row.reason,
            actor=self.who(row.actor),
            role=row.role,
            at=row.at,
        )
        self.session.add(new)
        self.session.flush()
        self.taken["speech"][str(said["id"])] = new.id
        return new.id

    # ---- who was there

    def _attendance(self) -> int:
        base = {said["member_id"]: _there(said) for said in self.base["attendance"]}
        changed = 0
        for said in self.now["attendance"]:
            member = said["member_id"]
            mine = self.session.get(councils.Attendance, (self.held.id, member))
            ours = None if mine is None else [mine.present, iso(mine.arrived)]
            theirs = _there(said)
            about = {"what": "attendance", "member": member}
            if self._theirs(about, base.get(member), ours, theirs):
                set_attendance(self.session, self.held, member, theirs)
                changed += 1
        return changed

    def _movements(self) -> int:
        known = {said["id"]: said for said in self.base["movement"]}
        changed = 0
        for said in self.now["movement"]:
            number = str(said["id"])
            base = known.get(said["id"])
            if base is not None:
                changed += self._taken_back(base, said)
            elif number not in self.taken["movement"]:
                row = desk_records.row_of_json(Movement, {**said, "id": None})
                row.sitting_id = self.held.id  # type: ignore[attr-defined]
                row.actor = self.who(row.actor)  # type: ignore[attr-defined]
                self.session.add(row)
                self.session.flush()
                self.taken["movement"][number] = row.id  # type: ignore[attr-defined]
                changed += 1
        return changed

    def _taken_back(self, base: Row, said: Row) -> int:
        """A coming or going of before that was taken back outside."""
        if said["withdrawn"] == base["withdrawn"]:
            return 0
        row = self.session.get_one(Movement, said["id"])
        if row.withdrawn is not None:
            return 0
        row.withdrawn = self.by.day
        return 1

    # ---- what is said of the sitting itself

    def _facts(self) -> int:
        base = self.base["sitting"]
        now = self.now["sitting"]
        changed = 0
        for name in ("closes", "observers", "next", "chair"):
            about = {"what": "fact", "name": name}
            ours = fact_of(self.held, name)
            if self._theirs(about, _fact(base, name), ours, _fact(now, name)):
                set_fact(self.session, self.by, self.held, name, _fact(now, name))
                changed += 1
        before = _results(base["agenda"])
        mine = _results(self.held.agenda)
        for mark, result in _results(now["agenda"]).items():
            about = {"what": "result", "item": mark}
            if mark in mine and self._theirs(about, before.get(mark, ""), mine[mark], result):
                set_result(self.held, mark, result)
                changed += 1
        return changed

    def _theirs(self, about: dict[str, Any], base: Any, mine: Any, theirs: Any) -> bool:
        """Whether a value becomes what came back; where both sides changed it, that is listed. What
        this desk said when it was taken in before is what it is held against."""
        key = "/".join(map(str, about.values()))
        verdict = both_sides.merged(self.told.get(key, base), mine, theirs)
        if verdict != both_sides.SAME:
            self.told[key] = theirs
        if verdict == both_sides.CLASH:
            self.clashes.append({**about, "mine": mine, "theirs": theirs})
        return verdict == both_sides.THEIRS


def _by_speech(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Number of a speech → its editions, oldest first."""
    out: dict[int, list[Row]] = {}
    for said in sorted(rows, key=lambda said: int(said["id"])):
        out.setdefault(said["begins_id"] or said["id"], []).append(said)
    return out


def _said(row: Row) -> Row:
    return {name: row[name] for name in _SAID}


def _said_of(row: Speech) -> Row:
    return {name: getattr(row, name) for name in _SAID}


def _there(said: Row) -> list[Any]:
    return [said["present"], said["arrived"]]


def _fact(sitting: Row, name: str) -> Any:
    return sitting[name] if name in ("closes", "observers") else sitting["facts"].get(name)


def fact_of(held: councils.Sitting, name: str) -> Any:
    """What a sitting says of its end, its listeners, its next day or its chair, as JSON has it."""
    if name == "closes":
        return iso(held.closes)
    return held.observers if name == "observers" else held.facts.get(name)


def _results(lines: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {line["mark"]: str(line.get("result") or "") for line in agenda.with_marks(lines)}


def set_attendance(session: Session, held: councils.Sitting, member: int, said: list[Any]) -> None:
    """Whether a member was there, and when they came."""
    row = session.get(councils.Attendance, (held.id, member))
    if row is None:
        row = councils.Attendance(sitting_id=held.id, member_id=member)
        session.add(row)
    row.present = bool(said[0])
    row.arrived = time.fromisoformat(said[1]) if said[1] else None


def set_fact(session: Session, by: By, held: councils.Sitting, name: str, said: Any) -> None:
    """What came back of a sitting itself; once it is over its tablets end."""
    if name == "closes":
        held.closes = time.fromisoformat(said) if said else None
        if said:
            tablets.shut(session, held.id, by.at)
    elif name == "observers":
        held.observers = said
    else:
        held.facts = {**held.facts, name: said}


def set_result(held: councils.Sitting, mark: str, result: str) -> None:
    """What came of an item."""
    lines = agenda.with_marks(held.agenda)
    for line in lines:
        if line["mark"] == mark:
            line["result"] = result
    held.agenda = lines


def decide(wp: Workplace, by: By, sitting: int, number: int, place: int, side: str) -> None:
    """What both sides changed is decided by a person: `side` mine or theirs. Refused while the
    minutes are 確定."""
    with wp.store.begin() as session:
        row = queries.carrying.numbered(session, sitting, number)
        clashes = [dict(line) for line in (row.facts.get("clashes") or ())] if row else []
        if row is None or not 1 <= place <= len(clashes):
            raise PiaError("その食い違いはありません。一覧から選び直してください。")
        clash = clashes[place - 1]
        if clash.get("decided"):
            raise PiaError("この食い違いは、もう決まっています。")
        if side not in ("mine", "theirs"):
            raise Unfit("side", "残すほうを選んでください。")
        held = session.get_one(councils.Sitting, sitting)
        minutes.must_be_open(session, held)
        if side == "theirs":
            _carry_out(session, by, held, clash)
        clashes[place - 1] = {
            **clash,
            "decided": side,
            "actor": by.actor,
            "day": by.day.isoformat(),
        }
        row.facts = {**row.facts, "clashes": clashes}
        about = {"number": number, "place": place, "side": side}
        log.entry(session, by, "sitting.carry_decide", held.name, about)


def _carry_out(session: Session, by: By, held: councils.Sitting, clash: dict[str, Any]) -> None:
    if clash["what"] == "attendance":
        set_attendance(session, held, clash["member"], clash["theirs"])
    elif clash["what"] == "fact":
        set_fact(session, by, held, clash["name"], clash["theirs"])
    elif clash["what"] == "result":
        set_result(held, clash["item"], clash["theirs"])
    else:
        theirs = session.get_one(Speech, clash["theirs"])
        last = queries.minutes.last_edition(session, clash["speech"])
        session.add(
            Speech(
                sitting_id=held.id,
                begins_id=clash["speech"],
                **_said_of(theirs),
                remark_id=last.remark_id if last else None,
                answer_id=last.answer_id if last else None,
                transcript_id=last.transcript_id if last else None,
                lines=last.lines if last else [],
                reason=TAKEN_OVER,
                **acted(by),
            )
        )
