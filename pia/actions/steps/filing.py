"""What leaves the house: notes on changes, the change table made and proved, what the procedure
fills in, submission of the 評価書一式, publication and the rebase of other open rounds (規則第3条,
第5条第1項・第2項, 第7条第5項・第6項, 第14条第1項・第2項).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain import wareki
from ...domain.act import By
from ...domain.canonical import canonical
from ...domain.change.compare import compare
from ...domain.document.blocks import keyed
from ...domain.document.items import row, table, with_answer
from ...domain.document.tree import Path, Tree, pruned
from ...domain.errors import PiaError, Stale
from ...domain.procedure import change_table, change_units
from ...domain.procedure import steps as procedure_steps
from ...domain.procedure.change_table import ChangeTableRow
from ...domain.procedure.material import EXEMPT, MATERIAL
from ...domain.proof.change_table import TIMING
from ...domain.revise.apply import apply
from ...store import nodes
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import assessments
from ...store.rows import filing as rows
from ...store.rows.assessments import Version
from ..issuing.bundles import Bundle
from ..records import closing, form_move, occurrences
from ..records.facts import facts
from ..records.revision import dated_rows, revision, seen_marks, table_of
from ..records.rounds import move_in
from ..workplace import VersionLine, Workplace, chain_at, head_tree, line, rounds_of, save
from . import two_persons


def note(
    wp: Workplace,
    by: By,
    where: str,
    path: Path,
    *,
    day: date | None = None,
    timing: str | None = None,
    explanation: str = "",
) -> None:
    """What the change table is to say about one row; wins over what the dates give."""
    if timing is not None and timing not in TIMING.values():
        raise PiaError("提出時期は「事前」か「事後」です。")
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        closing.must_be_open(at)
        session.add(
            rows.ChangeNote(
                round_id=at.own_round.id,
                path=list(path),
                date=day,
                timing=timing,
                explanation=explanation,
                **acted(by),
            )
        )
        log.entry(session, by, "round.note", where, {"path": list(path)})


def explain(
    wp: Workplace, by: By, where: str, path: Path, text: str = "", reason: str = ""
) -> None:
    """What is said of the change of one item: why it is made (`reason`), and one sentence for
    residents and the council, which stands where no national text explains the place. What is
    empty stays as it was said before.
    """
    if not text.strip() and not reason.strip():
        raise PiaError("変更理由か、住民と委員に見せる説明を入力してください。")
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        closing.must_be_open(at)
        about = {"path": list(path), "text": text.strip(), "reason": reason.strip()}
        assessments.step(session, at.own_round, "explain", at.own_round.state, about, by)
        log.entry(session, by, "round.explain", where, about)


def decide_material(
    wp: Workplace, by: By, where: str, path: Path, choice: str, reason: str
) -> None:
    """R11: how the change of a ※ item counts.

    FORMAL and LOWER_RISK take it out and need a reason.
    """
    if choice not in (*EXEMPT, "MATERIAL", MATERIAL):
        raise PiaError(
            "区分は 重要な変更（MATERIAL）・形式的な変更（FORMAL）"
            "・リスクを軽減させる変更（LOWER_RISK）"
            "・別表の対象ではない（NOT_LISTED）のいずれかです。"
        )
    if choice in EXEMPT and not reason.strip():
        raise PiaError("重要な変更から除くときは、理由を記入してください。")
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        closing.must_be_open(at)
        rev = revision(session, at.own_round)
        seen = seen_marks(session, rev.form)
        if choice == "NOT_LISTED" and any(row.path == path and seen(row) for row in rev.rows):
            raise PiaError(
                "この項目の※印は確かめられているため、「別表の対象ではない」は選べません。"
                "ほかの区分を選んでください。"
            )
        session.add(
            rows.RoundNote(
                round_id=at.own_round.id, path=list(path), choice=choice, reason=reason, **acted(by)
            )
        )
        log.entry(
            session,
            by,
            "round.material",
            where,
            {"path": list(path), "choice": choice, "reason": reason},
        )


def fill_procedure(wp: Workplace, by: By, where: str, answers: Mapping[Path, str]) -> str:
    """Fills in what the steps of the procedure give (公表日, Ⅵ); nothing else may be changed this
    way, so the verdict stands.
    """
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        tree = head_tree(session, at)
        if tree is None:
            raise PiaError(f"{where} には、まだ版がありません。")
        closing.must_be_open(at)
        form = forms.load(tree.form)
        for path, text in answers.items():
            item, _, rest = form.at(path)
            if item is None or rest or not item.procedure:
                raise PiaError(f"{'/'.join(path)} は、手続で記入する欄ではありません。")
            tree = with_answer(form, tree, path, text)
        before = at.head_id
        version = save(
            session,
            at,
            tree,
            by,
            "手続の記録を記入",
            {"procedure": list(map("/".join, answers))},
        )
        if version.id != before:
            log.entry(
                session,
                by,
                "version.procedure",
                at.ref,
                {"items": list(map("/".join, answers))},
                [version],
            )
        return f"{at.assessment.key}@{version.seq}"


def make_table(
    wp: Workplace,
    by: By,
    where: str,
    *,
    published: date,
    table_rows: Sequence[ChangeTableRow] | None = None,
) -> tuple[ChangeTableRow, ...]:
    """Makes 変更箇所 for a round (or takes a table a person edited), keeps its rows, and writes the
    printed rows below the inherited ones.

    `published` is the day it is to be published: it gives 変更日 and 提出時期. Refused when a given
    table does not prove.
    """
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        closing.must_be_open(at)
        round_ = at.own_round
        rev = revision(session, round_)
        if table_rows is not None:
            rows_of_table = tuple(table_rows)
        else:
            rows_of_table = dated_rows(session, round_, rev, published)
        problems = change_table.prove(rev.form, rev.base, rev.head, rows_of_table)
        if problems:
            from ...domain.errors import Refused

            raise Refused("変更箇所の表と本文が一致しません。", problems)
        kept = nodes.put_blob(session, canonical({"rows": [x.as_json() for x in rows_of_table]}))
        tree = with_printed_rows(rev.head, rev.base, rows_of_table)
        before = at.head_id
        version = save(session, at, tree, by, "変更箇所の表を作成", {"table": kept})
        assessments.step(
            session,
            round_,
            "table",
            round_.state,
            {"table": kept, "rows": len(rows_of_table), "published": published.isoformat()},
            by,
        )
        log.entry(
            session,
            by,
            "round.table",
            at.ref,
            {"table": kept, "rows": len(rows_of_table)},
            _new(version, before),
        )
        return rows_of_table


def _new(version: Version, before: int | None) -> list[Version]:
    """A version for the record; none where the text was there already."""
    if version.id == before:
        return []
    return [version]


def with_printed_rows(head: Tree, base: Tree, rows: Sequence[ChangeTableRow]) -> Tree:
    """The tree whose change table holds the base's rows as they are, then one printed row per
    change that is not the procedure's own.
    """
    form = forms.load(head.form)
    item = form.change_table
    if item is None:
        return head
    old = (base if base.form == head.form else head).find((item.key,))
    inherited = [row(leaf.value["cells"], True) for leaf in old.leaves] if old else []
    own = [change for change in rows if not change.procedure and not _procedure(form, change.path)]
    new = []
    for unit in change_units.units(own):
        new.append(row(unit.cells))
    printed = table(item.key, keyed([*inherited, *new]))
    others = []
    for child in head.children:
        if child.key != item.key:
            others.append(child)
    order = {part.key: index for index, part in enumerate(form.parts)}
    children = sorted((*others, printed), key=lambda node: order[node.key])
    return pruned(Tree(head.form, tuple(children)))


def _procedure(form: Any, path: Path) -> bool:
    item = form.at(path)[0]
    return bool(item and item.procedure)


def minor_after_review(wp: Workplace, by: By, where: str, reason: str, confirmed_by: str) -> None:
    """第三者点検後の軽微な修正 (R10): why the text after the verdict still stands, and who
    confirmed it (修正のうえ了承・会長一任).
    """
    if not reason.strip() or not confirmed_by.strip():
        raise PiaError("点検後の軽微な修正には、理由と確認した人の名前が必要です。")
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        closing.must_be_open(at)
        head = session.get_one(Version, at.own_head)
        about = {"reason": reason, "confirmed_by": confirmed_by, "digest": head.reviewed_digest}
        assessments.step(session, at.own_round, "minor", at.own_round.state, about, by)
        log.entry(session, by, "round.minor", where, about)


def overrule(wp: Workplace, by: By, where: str, mark: str, reason: str) -> None:
    """Goes on although something is missing (`Unmet.mark` of it), with a reason that is kept.

    Only for a rule whose data allow it, and only for what is missing now, to the letter: when the
    text or the record changes, it is asked again.
    """
    if not reason.strip():
        raise PiaError("そのまま進む理由を記入してください。")
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        known = facts(session, wp, at, by.day, together=True)
        steps = procedure_steps.possible(table_of(session, wp, at), known)
        asked = []
        for step in steps:
            for unmet in procedure_steps.unmet(wp.rules, step, known):
                asked.append(unmet)
        missing = next((unmet for unmet in asked if unmet.mark == mark and unmet.reason), None)
        if missing is None:
            raise PiaError(
                "その点は、いまは求められていません。"
                "画面を開き直して、残っていることを確かめてください。"
            )
        about = {"rule": missing.rule, "sentence": missing.sentence, "reason": reason.strip()}
        assessments.step(session, at.own_round, "overrule", at.own_round.state, about, by)
        log.entry(session, by, "round.overrule", where, about)


def emergency(wp: Workplace, by: By, where: str, reason: str) -> None:
    """規則第9条第2項: the change had to be made at once.

    For forms without Ⅰ９ of 様式2; the reason is kept with the round.
    """
    if not reason.strip():
        raise PiaError(
            "緊急に変更する必要があった理由（災害その他やむを得ない事由）を記入してください。"
        )
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        closing.must_be_open(at)
        about = {"emergency": reason.strip()}
        assessments.step(session, at.own_round, "emergency", at.own_round.state, about, by)
        log.entry(session, by, "round.emergency", where, about)


def _basics_first(session: Session, wheres: Sequence[str]) -> list[str]:
    """基礎項目評価書 go before the documents that need them (規則第5条第1項)."""
    return sorted(wheres, key=lambda where: line(session, where).assessment.kind != "basic_item")


def submit(
    wp: Workplace,
    by: By,
    wheres: Sequence[str],
    *,
    document_number: str,
    decided: date | None = None,
    bundle: Bundle | None = None,
) -> list[str]:
    """Submits the documents of a 評価書一式 together: each round's head is pinned by both digests.

    Refused as a whole when anything is missing. The `bundle` that is sent (made of the same heads
    beforehand) is kept with the submission; Stale when a head has moved since.
    """
    refs = []
    with wp.store.begin() as session:
        occurrences.refuse_open(
            session, occurrences.heads(session, [line(session, where) for where in wheres])
        )
        first = two_persons.confirm(session, wp, by, "submit", wheres)
        if bundle:
            sent = nodes.put_blob(session, bundle.data)
        else:
            sent = None
        for where in _basics_first(session, wheres):
            at = line(session, where)
            round_ = at.own_round
            head = session.get_one(Version, at.own_head)
            if bundle and bundle.digests.get(f"{at.assessment.key}@{head.seq}") != head.digest:
                raise Stale(
                    "提出書類一式を作っている間に評価書が変わりました。一式を作り直してください。"
                )
            move_in(
                session,
                wp,
                by,
                at,
                "submit",
                {
                    "version": f"{at.assessment.key}@{head.seq}",
                    "digest": head.digest,
                    "reviewed_digest": head.reviewed_digest,
                    **first,
                },
            )
            session.add(
                rows.Submission(
                    round_id=round_.id,
                    version_id=head.id,
                    digest=head.digest,
                    reviewed_digest=head.reviewed_digest,
                    document_number=document_number,
                    decided=decided,
                    sent=sent,
                    **acted(by),
                )
            )
            refs.append(f"{at.assessment.key}@{head.seq}")
        log.entry(
            session,
            by,
            "submission.make",
            "、".join(wheres),
            {"versions_submitted": refs, "document_number": document_number, "sent": sent},
        )
        log.anchor(session, by)
    return refs


def submitted(wp: Workplace, wheres: Sequence[str]) -> bool:
    """Whether all these rounds were submitted."""
    with wp.store.read() as session:
        return all(
            (round_ := line(session, where).round) is not None and round_.state == "SUBMITTED"
            for where in wheres
        )


def outward_day(wp: Workplace, by: By, where: str, kind: str, day: date, words: str = "") -> None:
    """A further day of a round: when the commission's site or the city's showed it.

    Which one the cover names as 公表日 is the publication's own day.
    """
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        session.add(
            rows.OutwardDate(round_id=at.own_round.id, kind=kind, day=day, note=words, **acted(by))
        )
        log.entry(session, by, "round.day", f"{where}/{kind}", {"day": day.isoformat()})


def publish(wp: Workplace, by: By, wheres: Sequence[str], day: date) -> list[str]:
    """Publishes submitted versions, moves the main lines to them, and rebases every other open
    round of those assessments. Returns notes on the rebases. PiaError for a day that has not come:
    what is published can be read at once.
    """
    if day > by.day:
        raise PiaError(
            f"公表日（{wareki.written(day)}）がまだ来ていません。"
            "公表したその日に、公表日を入力してください。"
        )
    notes = []
    with wp.store.begin() as session:
        versions = []
        first = two_persons.confirm(session, wp, by, "publish", wheres)
        occurrences.refuse_open(
            session, occurrences.heads(session, [line(session, where) for where in wheres])
        )
        for where in _basics_first(session, wheres):
            at = line(session, where)
            round_ = at.own_round
            head = session.get_one(Version, round_.head_id)
            assessments.publish(session, at.assessment, head.id, day, by, round_)
            move_in(
                session,
                wp,
                by,
                at,
                "publish",
                {"version": f"{at.assessment.key}@{head.seq}", "day": day.isoformat(), **first},
            )
            assessments.advance(session, at.assessment, head, at.assessment.head_id)
            for other in rounds_of(session, at.assessment):
                if other.id != round_.id:
                    note_, rebased = _rebase(session, by, VersionLine(at.assessment, other), head)
                    notes.append(note_)
                    versions += rebased
        log.entry(
            session,
            by,
            "publication.make",
            "、".join(wheres),
            {"day": day.isoformat(), "rebased": notes},
            versions,
        )
        log.anchor(session, by)
    return notes


def _rebase(text: Any, by: By, at: VersionLine, base: Version) -> tuple[str, list[Version]]:
    """Carries an open round's own changes to the newly published text.

    What clashes stays as the published text says and is named.
    """
    round_ = at.own_round
    old_base, head, new_base = (
        nodes.recent(text, index) for index in (round_.base_id, round_.head_id, base.id) if index
    )
    form = forms.load(max((new_base.form, head.form), key=lambda each: forms.load(each).since))
    new_base = form_move.on_form(text, base.id, new_base, form)[0]
    edit = form_move.edit_on_form(text, base.id, old_base, head, form)
    old_base, head = edit.before, edit.after
    touched = set()
    for change in compare(old_base, new_base):
        touched.add(change.path)
    result = apply(new_base, replace(compare(old_base, head), new_digest=""), form)
    assessments.rebase(text, round_, base)
    before = round_.head_id
    version = save(text, at, result.tree, by, "公表された版に合わせて更新", {"rebase": base.digest})
    reviewed_paths = round_.state in ("REVIEWING", "REVIEWED") and any(
        not (item := form.at(texts)[0]) or not item.procedure for texts in touched
    )
    if reviewed_paths and round_.state == "REVIEWED":
        assessments.step(text, round_, "reopen", "REVISING", {"because": "rebase"}, by)
    assessments.step(
        text,
        round_,
        "rebase",
        round_.state,
        {
            "base": base.digest,
            "conflicts": ["/".join(conflict.change.path) for conflict in result.conflicts],
            "without_place": [f"{left.citation}：{left.words}" for left in edit.lost],
        },
        by,
    )
    sentence = (
        f"{at.ref}：公表した版に合わせて更新しました（ぶつかった箇所 {len(result.conflicts)}）。"
    )
    for left in edit.lost:
        sentence += (
            f"{left.citation}の「{left.words}」は、{form.stamp}の様式に入る欄がありません。"
            "前の版に残っています。"
        )
    return sentence, _new(version, before)
