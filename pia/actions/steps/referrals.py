"""諮問: rounds put before a council, the papers pinned for it, its verdict and its 答申
(規則第7条第4項).

The secretariat records; the chair presses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.errors import PiaError, Refused, Stale, Unfit
from ...domain.procedure import steps, verdicts
from ...domain.wareki import written
from ...store import nodes, queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import assessments
from ...store.rows import councils as rows
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair
from ..records import closing, council_ways
from ..records.closing import ReferralStanding
from ..records.facts import facts
from ..records.revision import table_of
from ..records.rounds import move_in, reviewed_digest
from ..workplace import VersionLine, Workplace, head_tree, line, row_of

if TYPE_CHECKING:
    from ...documents.pdf.assessment import Paper


@dataclass(frozen=True, slots=True)
class NewReferral:
    """A 諮問 that is to be made: its title, its materials in order, the number of its document."""

    title: str
    materials: Sequence[Mapping[str, Any]] = ()
    document_number: str = ""


def refer(
    wp: Workplace,
    by: By,
    council: int,
    wheres: Sequence[str],
    new: NewReferral,
    *,
    papers: bool = False,
) -> int:
    """諮問: bundles rounds and pins the version of each that goes before the council.

    Refused with what is missing for any of them. With `papers` the printed documents are pinned
    too: a material with a `key` gets the PDF of that document and the page of every item, and the
    agenda cites only those. `document_number`: of the 諮問書, kept with the step.
    """
    if new.document_number:
        numbered = {"document_number": new.document_number}
    else:
        numbered = {}
    if papers:
        printed = _papers(wp, wheres)
    else:
        printed = {}
    with wp.store.begin() as session:
        referral = rows.Referral(council_id=council, title=new.title, materials=[], **acted(by))
        session.add(referral)
        session.flush()
        for where in wheres:
            at = line(session, where)
            tree = head_tree(session, at)
            if at.round is None or tree is None:
                raise PiaError(f"{where} は再実施・修正ではありません。")
            if at.assessment.key in printed and printed[at.assessment.key][0] != tree.digest:
                raise Stale("印刷している間に評価書が変わりました。もう一度お試しください。")
            move_in(
                session,
                wp,
                by,
                at,
                "refer",
                {"referral": referral.id, "version": at.head_id, **numbered},
            )
            pinned = reviewed_digest(forms.load(tree.form), tree)
            session.add(
                rows.ReferralRound(
                    referral_id=referral.id,
                    round_id=at.round.id,
                    version_id=at.head_id,
                    reviewed_digest=pinned,
                )
            )
        referral.materials = [_material(session, entry, printed) for entry in new.materials]
        session.flush()
        log.entry(
            session,
            by,
            "referral.make",
            str(referral.id),
            {"rounds": list(wheres), "title": new.title},
        )
        log.anchor(session, by)
        return referral.id


def _papers(wp: Workplace, wheres: Sequence[str]) -> dict[str, tuple[str, Paper]]:
    """The printed document of each round's head, made before the transaction: key → (digest of the
    tree, paper).
    """
    from ..output.printing import printing
    from ..sources import read_ref

    sources_read = []
    for where in wheres:
        sources_read.append(read_ref(wp, where))
    pairs = {}
    for x in sources_read:
        pairs[x.key] = (x.tree.digest, printing(wp, x))
    return pairs


def _material(
    text: Any, given: Mapping[str, Any], printed: Mapping[str, tuple[str, Paper]]
) -> dict[str, Any]:
    key = str(given.get("key") or "")
    if key not in printed:
        return dict(given)
    data = printed[key][1]
    return {
        **given,
        "sha256": nodes.put_blob(text, data.data),
        "count": data.count,
        "pages": {"/".join(texts): value for texts, value in data.pages.items()},
    }


def renewed_materials(
    wp: Workplace, referral: int, wheres: Sequence[str]
) -> Callable[[Session, rows.Referral, date], list[Any]]:
    """Prints the documents that were pinned as papers anew, before the turn; what is given back
    makes the materials with them. Stale where a document was changed meanwhile."""
    with wp.store.read() as session:
        row = row_of(session, rows.Referral, referral, "諮問")
        keys = {material.get("key") for material in row.materials if "sha256" in material}
    printed = _papers(wp, [where for where in wheres if where.split("~")[0] in keys])

    def _made(session: Session, row: rows.Referral, day: date) -> list[Any]:
        materials = []
        for material in row.materials:
            key = material.get("key")
            if key not in printed:
                materials.append(material)
                continue
            pinned = pinned_round(session, row.id, assessments.by_key(session, key))
            if printed[key][0] != session.get_one(Version, pinned.version_id).digest:
                raise Stale("印刷している間に評価書が変わりました。もう一度お試しください。")
            was = {name: material[name] for name in ("sha256", "count") if name in material}
            before = [*material.get("before", ()), {**was, "until": day.isoformat()}]
            materials.append({**_material(session, material, printed), "before": before})
        return materials

    return _made


def _one_material(session: Session, referral: int, which: int | str) -> Mapping[str, Any]:
    """One material by its place among a referral's materials, from 1, or by its number; empty where
    there is none. Addresses have places: a number is what a person wrote, with any sign.
    """
    row = session.get(rows.Referral, referral)
    entries: list[Mapping[str, Any]] = row.materials if row else []
    for number, entry in enumerate(entries, 1):
        if which in (number, entry.get("number")):
            return entry
    return {}


def material(wp: Workplace, referral: int, which: int | str) -> bytes:
    """The pinned bytes of one material, by its place or its number. PiaError when it has none."""
    return paper(wp, referral, which)[1]


def paper(wp: Workplace, referral: int, which: int | str) -> tuple[str, bytes]:
    """(number, pinned bytes) of one material. PiaError when it has none."""
    with wp.store.read() as session:
        material = _one_material(session, referral, which)
        if "sha256" not in material:
            raise PiaError(
                f"資料{which} の印刷用の資料はありません。"
                if isinstance(which, int)
                else f"{which} の印刷用の資料はありません。"
            )
        return str(material["number"]), nodes.get_blob(session, material["sha256"])


def earlier_paper(wp: Workplace, referral: int, place: int, number: int) -> tuple[str, bytes]:
    """(number of the material, pinned bytes) of what it was before a 差替え, counted from 1.
    PiaError when there is none, or it was destroyed since."""
    with wp.store.read() as session:
        material = _one_material(session, referral, place)
        before = list(material.get("before") or ())
        if not 1 <= number <= len(before) or not before[number - 1].get("sha256"):
            raise PiaError("差替え前の印刷用の資料はありません。一覧から選び直してください。")
        return str(material["number"]), nodes.get_blob(session, before[number - 1]["sha256"])


def keep_file(wp: Workplace, by: By, name: str, body: bytes) -> str:
    """Keeps a free document for a sitting and returns its SHA-256."""
    with wp.store.begin() as session:
        kept = nodes.put_blob(session, body)
        log.entry(session, by, "material.keep", kept, {"name": name, "size": len(body)})
        return kept


def free_file(wp: Workplace, referral: int, place: int) -> tuple[str, bytes]:
    """(file name, bytes) of a free document, by its place among the materials.

    PiaError when there is none.
    """
    with wp.store.read() as session:
        material = _one_material(session, referral, place)
        if not material.get("file"):
            raise PiaError("そのファイルはありません。一覧から選び直してください。")
        return str(material["name"]), nodes.get_blob(session, material["file"])


def standing(wp: Workplace, by: By, referral: int) -> ReferralStanding:
    """How the record of a referral stands for words that come now, for pages."""
    with wp.store.read() as session:
        return closing.standing(session, row_of(session, rows.Referral, referral, "諮問"), by.day)


def pinned_round(session: Any, referral: int, assessment: Assessment) -> rows.ReferralRound:
    """The round of an assessment in a referral. PiaError when it is no part of it."""
    referral_round = queries.councils.pinned_in(session, referral, assessment.id)
    if referral_round is None:
        raise PiaError(f"{assessment.key} は、この諮問に含まれていません。")
    return referral_round


def decide(
    wp: Workplace,
    by: By,
    referral: int,
    sitting: int | None,
    kind: str,
    note: str = "",
    each: Mapping[str, str] | None = None,
) -> None:
    """Records what the council said, of all documents and (`each`: by key) of single ones, and
    moves every round as its word says: on where it was heard, to the next sitting where it goes on
    being discussed, or back to 意見の反映. What was put before the council must still be the text;
    the day of the sitting, quorum and answers are checked first.
    """
    with wp.store.begin() as session:
        row = row_of(session, rows.Referral, referral, "諮問")
        _must_be_before(session, row, sitting)
        said = _said_of(session, wp, row, kind, each or {})
        before = queries.councils.last_verdict(session, referral)
        asked = waiting_rounds(session, row) or row.rounds
        for pinned in asked:
            _must_be_seen(session, pinned)
        kept = [] if before is None else _without(before, asked)
        verdict = rows.Verdict(
            referral_id=referral,
            sitting_id=sitting,
            kind=kind,
            note=note,
            reviewed=kept
            + [
                [pinned.round_id, pinned.reviewed_digest, said[pinned.round_id].name]
                for pinned in asked
            ],
            **acted(by),
        )
        session.add(verdict)
        session.flush()
        for pinned in asked:
            _move_as_said(session, wp, by, pinned, verdict, said[pinned.round_id])
        log.entry(
            session,
            by,
            "referral.decide",
            str(referral),
            {"kind": kind, "reviewed": verdict.reviewed},
        )
        log.anchor(session, by)


def waiting_rounds(session: Session, row: rows.Referral) -> list[rows.ReferralRound]:
    """The rounds of a referral that are before the council now, and by this referral."""
    waiting = []
    for pinned in row.rounds:
        of_round = queries.councils.referrals_of_round_in_order(session, pinned.round_id)
        is_last = bool(of_round) and of_round[-1].id == row.id
        if is_last and session.get_one(Round, pinned.round_id).state == "REVIEWING":
            waiting.append(pinned)
    return waiting


def _without(verdict: rows.Verdict, asked: Sequence[rows.ReferralRound]) -> list[list[Any]]:
    """What a verdict said of the documents that are not asked about again."""
    again = {pinned.round_id for pinned in asked}
    kept = []
    for number, digest in verdict.digests.items():
        if number not in again:
            kept.append([number, digest, verdict.kind_of(number)])
    return kept


def _must_be_before(session: Session, row: rows.Referral, sitting: int | None) -> None:
    """Refused for a sitting that has it on no agenda, and once the 諮問 was taken back."""
    if sitting is not None and sitting not in [x.id for x in closing.sittings_of(session, row)]:
        raise PiaError("この諮問は、その会議の議題ではありません。")
    must_not_be_recalled(session, row)


def must_not_be_recalled(session: Session, row: rows.Referral) -> None:
    """Refused once a 諮問 was taken back."""
    if queries.referrals.recall(session, row.id) is not None:
        raise Refused("この諮問は取り下げられています。", ("改めて諮問してから記録してください。",))


def _said_of(
    session: Session, wp: Workplace, row: rows.Referral, kind: str, each: Mapping[str, str]
) -> dict[int, verdicts.VerdictWord]:
    """What was said of each document, by its round. PiaError for a word the city does not have, and
    for a document that is not in the referral."""
    known = verdicts.offered(wp.rules)
    of_whole = verdicts.offered_of_whole(wp.rules) if len(row.rounds) > 1 else known
    for chosen, words in ((kind, of_whole), *((own, known) for own in each.values())):
        if chosen not in words:
            raise PiaError(f"結論「{chosen}」はありません。{'、'.join(words)} のいずれかです。")
    if verdicts.word(wp.rules, kind).whole:
        _must_be_said_of_each(session, wp, row, kind, each)
    said = {pinned.round_id: kind for pinned in row.rounds}
    for key, own in each.items():
        said[pinned_round(session, row.id, assessments.by_key(session, key)).round_id] = own
    return {number: verdicts.word(wp.rules, name) for number, name in said.items()}


def _must_be_said_of_each(
    session: Session, wp: Workplace, row: rows.Referral, kind: str, each: Mapping[str, str]
) -> None:
    """Unfit where a word of the whole 諮問 leaves a document without one of its own, or with one
    that is no opinion yet."""
    for key in queries.assessments.keys_of_referral(session, row.id):
        if key not in each:
            raise Unfit(
                f"kind-{key}",
                f"結論が「{kind}」のときは、評価書ごとの結論を全て選んでください。",
            )
        if not verdicts.word(wp.rules, each[key]).heard:
            raise Unfit(
                f"kind-{key}",
                f"「{each[key]}」の評価書があるときは、結論が出た評価書の結論を上で選び、"
                f"その評価書だけ「{each[key]}」にしてください。",
            )


def _must_be_seen(session: Session, pinned: rows.ReferralRound) -> None:
    """Refused where the text is another than the one before the council."""
    round_ = session.get_one(Round, pinned.round_id)
    head = session.get_one(Version, round_.head_id)
    if head.reviewed_digest != pinned.reviewed_digest:
        assessment = session.get_one(Assessment, head.assessment_id)
        name = session.get_one(Affair, assessment.affair_id).name
        raise Refused(
            "審議した後に本文が変わっています。",
            (
                f"{name}：審議会に出した版と今の版が違います。"
                "差替えを記録するか、諮問を取り下げて改めて諮問してください。",
            ),
        )


def _move_as_said(
    session: Session,
    wp: Workplace,
    by: By,
    pinned: rows.ReferralRound,
    verdict: rows.Verdict,
    said: verdicts.VerdictWord,
) -> None:
    """A round goes on as the word about its document says."""
    round_ = session.get_one(Round, pinned.round_id)
    at = VersionLine(session.get_one(Assessment, round_.assessment_id), round_)
    about = {"verdict": verdict.id, "kind": said.name}
    move_in(session, wp, by, at, _event_of(session, wp, at, said), about)


def _event_of(session: Session, wp: Workplace, at: VersionLine, said: verdicts.VerdictWord) -> str:
    """The step a word takes; a round whose table knows no continuing goes back as its table
    says."""
    if said.heard:
        return "approve"
    lines = steps.steps(table_of(session, wp, at), at.assessment.kind, at.own_round.kind)
    if said.effect == verdicts.CONTINUED and any(line.event == "continue" for line in lines):
        return "continue"
    return "send_back"


def report(wp: Workplace, by: By, referral: int, *, document_number: str, day: date) -> None:
    """The 答申書 as it came: the council's own 文書番号 and day.

    PiaError before the council was heard, or for a day before the sitting that gave it.
    """
    with wp.store.begin() as session:
        row = row_of(session, rows.Referral, referral, "諮問")
        hall = session.get_one(rows.Council, row.council_id)
        council_ways.must_work_by_referral(hall, "答申")
        verdict = queries.councils.last_verdict(session, row.id)
        if verdict is None or not verdicts.word(wp.rules, verdict.kind).heard:
            raise PiaError(
                "答申となる結論が、まだ記録されていません。先に会議の結論を記録してください。"
            )
        if verdict.sitting_id:
            sitting = session.get(rows.Sitting, verdict.sitting_id)
        else:
            sitting = None
        if sitting is not None and day < sitting.day:
            raise PiaError(
                f"答申日（{written(day)}）が、会議の日（{written(sitting.day)}）より前です。"
                "どちらかを直してください。"
            )
        for pinned in row.rounds:
            round_ = session.get_one(Round, pinned.round_id)
            closing.must_be_open(
                VersionLine(session.get_one(Assessment, round_.assessment_id), round_),
                before=closing.OVER,
            )
        about = {
            "referral": row.id,
            "verdict": verdict.id,
            "document_number": document_number,
            "day": day.isoformat(),
        }
        for pinned in row.rounds:
            round_ = session.get_one(Round, pinned.round_id)
            assessments.step(session, round_, "reported", round_.state, about, by)
        log.entry(
            session,
            by,
            "referral.reported",
            str(referral),
            {"document_number": document_number, "day": day.isoformat()},
        )
        log.anchor(session, by)


def referable(wp: Workplace, by: By, wheres: Sequence[str]) -> None:
    """Refused with what is missing for any of these rounds; said before the papers are printed,
    which takes a while.
    """
    with wp.store.read() as session:
        for where in wheres:
            at = line(session, where)
            known = facts(session, wp, at, by.day)
            step = steps.step(table_of(session, wp, at), known, "refer")
            missing = []
            for unmet in steps.unmet(wp.rules, step, known):
                if unmet.blocks:
                    missing.append(unmet)
            if missing:
                named = session.get_one(Affair, at.assessment.affair_id).name
                raise Refused(
                    f"{named}：「{step.act}」は、まだできません。",
                    tuple(unmet.sentence for unmet in missing),
                )


def referred(wp: Workplace, wheres: Sequence[str]) -> int | None:
    """The referral under which exactly these rounds are before a council now."""
    with wp.store.read() as session:
        at = []
        for where in wheres:
            at.append(line(session, where).round)
        if any(round_ is None or round_.state != "REVIEWING" for round_ in at):
            return None
        sets_of_referrals = []
        for round_ in at:
            if round_ is not None:
                sets_of_referrals.append(
                    set(queries.councils.referrals_with_round(session, round_.id))
                )
        if sets_of_referrals:
            common = set.intersection(*sets_of_referrals)
        else:
            common = set()
        return max(common, default=None)


def keys_of(wp: Workplace, referral: int) -> list[str]:
    """The keys of the documents a referral put before its council."""
    with wp.store.read() as session:
        return queries.assessments.keys_of_referral(session, referral)


def base_ref(wp: Workplace, referral: int, key: str) -> str | None:
    """KEY@N of the version that what was put before the council is compared with; None for a first
    one. PiaError when that assessment is not part of the referral."""
    with wp.store.read() as session:
        assessment = assessments.by_key(session, key)
        round_ = session.get_one(Round, pinned_round(session, referral, assessment).round_id)
        if round_.base_id is None:
            return None
        return f"{key}@{session.get_one(Version, round_.base_id).seq}"


def pinned_ref(wp: Workplace, referral: int, key: str) -> str:
    """KEY@N of the version that was put before the council.

    PiaError when that assessment is not part of the referral.
    """
    with wp.store.read() as session:
        pinned = pinned_round(session, referral, assessments.by_key(session, key))
        return f"{key}@{session.get_one(Version, pinned.version_id).seq}"
