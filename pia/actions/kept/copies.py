"""The texts of every kind of record, in the order a copy of it shows them, and the names on record:
what is read, blacked out and copied for a 開示請求.

Reads only. Knows which rows and documents a record is made of. Must not know what is blacked out of
them. A text is named by its row or its place in a document, and pinned by its wording: of a text
that may be erased by the seal over its nonce, so that the pin says nothing once it is erased.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import day_in_japan
from ...domain.change.describe import citation, names
from ...domain.document import items, marked
from ...domain.document.tree import LEAVES, Node, Path, Tree, walk
from ...domain.errors import PiaError
from ...domain.leaks import facts as leak_facts
from ...domain.wareki import written
from ...domain.withheld import blacking
from ...domain.withheld.kept import secrets, words_of
from ...domain.withheld.public_reading import public
from ...store import nodes, queries
from ...store.ledger import digests
from ...store.model import Base
from ...store.rows import assessments, consultations, councils, filing, jobs, leaks, records
from ...store.rows.assessments import Assessment, Round, Version
from ..access.names import shown_name
from ..papers import minutes as minutes_papers
from ..papers import sittings
from ..records.sets import set_of
from ..workplace import Workplace

Text = blacking.Text
_TOLD = ("because", "reason", "note", "why", "document_number", "decided", "day")
Lawful = Mapping[str, Any]
_ADDRESS = 4  # letters of an address that is looked for in other texts


def _pin(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _said(name: str, where: str, text: str, person: bool = False) -> Iterator[Text]:
    if text.strip():
        yield Text(name, _pin(text), where, text, person=person)


def _of_row(row: Base, where: str, *columns: str, person: bool = False) -> Iterator[Text]:
    """The texts of a row; of an erased one, what stands in its place."""
    for column in columns:
        salt = getattr(row, column + digests.NONCE, None)
        if hasattr(row, column + digests.NONCE):
            text = records.shown(row, column)
        else:
            text = ""
        text = text or str(getattr(row, column) or "")
        if salt:
            mark = digests.sealed(salt, text)[:16]
        else:
            mark = _pin(text)
        if text.strip():
            name = f"{records.place_of(row)} {column}"
            yield Text(name, mark, where, text, person=person and bool(salt))


# ---- documents


def documents(wp: Workplace, record: str) -> tuple[str, ...]:
    """The documents (KEY@N) whose whole text a record shows: who opens it reads their withheld
    words."""
    kind, _, key = record.partition(":")
    if kind == "bundle":
        with wp.store.read() as session:
            job = session.get(jobs.Job, int(key))
            if job is not None:
                args = job.args
            else:
                args = {}
        if args.get("ref") and not args.get("public"):
            return set_of(wp, str(args["ref"]))
        return ()
    with wp.store.read() as session:
        version = _version(session, kind, key)
        if version is None:
            return ()
        return (version.named(session),)


def _version(session: Session, kind: str, key: str) -> Version | None:
    """The version whose whole text a round or a submission shows."""
    if kind == "round":
        round_ = _round(session, key)
        if round_.head_id:
            return session.get(Version, round_.head_id)
        return None
    if kind == "submission":
        return session.get_one(Version, session.get_one(filing.Submission, int(key)).version_id)
    return None


def _round(session: Session, ref: str) -> Round:
    key, _, name = ref.partition("~")
    return queries.rounds.existing(session, key, name)


def _of_version(
    session: Session, wp: Workplace, version: Version, outward: bool = False
) -> Iterator[Text]:
    """Every answer of a document, its withheld parts named; `outward`: as it was published."""
    with nodes.whole():
        tree = nodes.recent(session, version.id)
    form = forms.load(tree.form)
    if outward:
        tree = public(form, tree, secrets(tree))
    else:
        tree = tree
    key = session.get_one(Assessment, version.assessment_id).key
    known = names(form, tree)
    lawful = wp.rules["grounds"]
    entries = _closed(tree, lawful)
    for path, node in walk(tree):
        line = form.at(path)[0]
        if node.kind in LEAVES or node.kind == "entry" or line is None:
            continue
        text = items.shown_of(node, line.columns)
        if not text.strip():
            continue
        inside = next((why for entry, why in entries if path[: len(entry)] == entry), None)
        if inside is not None:
            whole = [(0, len(text), inside)]
        else:
            whole = _withheld(node, text, lawful)
        where = f"{key}　{citation(form, path, known)}"
        yield Text(f"document {key} {'/'.join(path)}", _pin(text), where, text, tuple(whole))


def _closed(tree: Tree, lawful: Lawful) -> list[tuple[Path, str]]:
    """Entries that are withheld as a whole, with their ground."""
    out = []
    for path, node in walk(tree):
        if node.kind == "entry" and marked.of_value(node.value):
            out.append((tuple(path), _ground(marked.of_value(node.value)[0], lawful)))
    return out


def _ground(mark: Any, lawful: Lawful) -> str:
    """The lawful ground of a mark in words, with the reason somebody gave."""
    known = lawful.get(str(mark.get("ground") or ""))
    if known is not None:
        words = f"{known['says']}（{known['source']}）"
    else:
        words = ""
    return "　".join(filter(None, (words, str(mark.get("reason") or ""))))


def _withheld(node: Node, text: str, lawful: Lawful) -> list[tuple[int, int, str]]:
    """What of an answer is marked 非公表, as ranges of its text as it is shown."""
    marks = marked.of_item(node)
    if any(not marked.place(mark) for mark in marks):
        return [(0, len(text), _ground(marks[0], lawful))]
    if node.kind == "text":
        rows = []
        for mark in marks:
            rows.append((mark["start"], mark["end"], _ground(mark, lawful)))
        return rows
    out = []
    for part in (node, *node.leaves):
        for word in filter(None, words_of(part)):
            ground = _ground(marked.of_value(part.value)[0], lawful)
            for begins, ends in _all(text, word):
                out.append((begins, ends, ground))
    return out


def _all(text: str, word: str) -> Iterator[tuple[int, int]]:
    at = text.find(word)
    while at >= 0:
        yield at, at + len(word)
        at = text.find(word, at + len(word))


# ---- records


def of_record(wp: Workplace, record: str, title: str) -> list[Text]:
    """The texts of one record, in order. PiaError for one that does not exist."""
    kind, _, key = record.partition(":")
    if kind == "minutes":
        return _minutes(wp, int(key), title)
    if kind == "bundle":
        refs = set_of(wp, _bundled(wp, int(key)))
    else:
        refs = ()
    with wp.store.read() as session:
        out = list(_said(f"{record} title", "記録の名称", title))
        if kind == "round":
            out += _of_round(session, wp, _round(session, key))
        elif kind == "submission":
            out += _of_submission(session, wp, session.get_one(filing.Submission, int(key)))
        elif kind == "publication":
            out += _of_publication(session, wp, session.get_one(filing.Publication, int(key)))
        elif kind == "consultation":
            out += _of_consultation(session.get_one(consultations.Consultation, int(key)))
        elif kind == "opinion":
            out += _of_opinion(session, session.get_one(consultations.Opinion, int(key)))
        elif kind == "referral":
            out += _of_referral(session, session.get_one(councils.Referral, int(key)))
        elif kind == "sitting":
            out += _of_sitting(session, session.get_one(councils.Sitting, int(key)))
        elif kind == "leak":
            out += _of_leak(session, wp, int(key))
        for ref in refs:
            job = session.get_one(jobs.Job, int(key))
            outward = bool(job.args.get("public"))
            out += _of_version(session, wp, assessments.resolve(session, ref), outward)
        return list({(text.name, text.mark): text for text in out}.values())


def _bundled(wp: Workplace, number: int) -> str:
    with wp.store.read() as session:
        return str(session.get_one(jobs.Job, number).args["ref"])


def _of_round(session: Session, wp: Workplace, round_: Round) -> Iterator[Text]:
    states = wp.procedure["states"]
    for step in queries.rounds.events_of(session, round_.id):
        facts = []
        for name in _TOLD:
            if isinstance(step.facts.get(name), str):
                facts.append(str(step.facts[name]))
        state = states.get(step.state, step.state)
        words = [written(day_in_japan(step.at)), state, shown_name(session, step.actor), *facts]
        where = f"経過{step.seq}"
        yield from _said(f"{records.place_of(step)} step", where, "　".join(words))
    for note in filing.change_notes(session, round_.id).values():
        yield from _of_row(note, "変更箇所の説明", "explanation")
    for row in queries.comments.rows_of_round(session, round_.id):
        name = shown_name(session, row.actor)
        yield from _said(f"{records.place_of(row)} who", "コメントを書いた人", name)
        yield from _of_row(row, "コメント", "text")
    for question in queries.answers.expected_of_round(session, round_.id):
        name = shown_name(session, question.actor)
        yield from _said(f"{records.place_of(question)} who", "想定問答を書いた人", name)
        yield from _of_row(question, "想定問答の問", "question")
        yield from _of_row(question, "想定問答の答", "answer")
    for source in queries.answers.sources_of_round(session, round_.id):
        yield from _of_row(source, "記載の由来", "source")
    for file in queries.round_files.rows_of_round(session, round_.id):
        yield from _of_row(file, "起案の資料の題名", "title")
    for choice in filing.round_notes(session, round_.id).values():
        yield from _of_row(choice, "重要な変更に当たるかの判断の理由", "reason")
    if round_.head_id:
        yield from _of_version(session, wp, session.get_one(Version, round_.head_id))


def _of_submission(
    session: Session, wp: Workplace, submission: filing.Submission
) -> Iterator[Text]:
    day = written(day_in_japan(submission.at))
    yield from _said(f"{records.place_of(submission)} day", "提出した日", day)
    yield from _of_row(submission, "決裁の文書番号", "document_number")
    yield from _of_version(session, wp, session.get_one(Version, submission.version_id))


def _of_publication(
    session: Session, wp: Workplace, publication: filing.Publication
) -> Iterator[Text]:
    yield from _said(f"{records.place_of(publication)} day", "公表した日", written(publication.day))
    yield from _of_version(
        session, wp, session.get_one(Version, publication.version_id), outward=True
    )


def _of_consultation(consultation: consultations.Consultation) -> Iterator[Text]:
    place = records.place_of(consultation)
    days = f"{written(consultation.start)}から{written(consultation.end)}まで"
    yield from _said(f"{place} days", "募集の期間", days)
    yield from _of_row(consultation, "方法", "method")
    for name, value in consultation.facts.items():
        if isinstance(value, str):
            yield from _said(f"{place} {name}", "公示に記載したこと", value)


def _of_opinion(session: Session, opinion: consultations.Opinion) -> Iterator[Text]:
    sender = session.get(consultations.OpinionSender, opinion.id)
    yield from _said(f"{records.place_of(opinion)} day", "受け付けた日", written(opinion.received))
    if sender is not None:
        yield from _of_row(sender, "差出人の氏名", "name", person=True)
        yield from _of_row(sender, "差出人の住所", "address", person=True)
    yield from _of_row(opinion, "意見", "text")
    for file in queries.opinions.attachments(session, [opinion.id]):
        yield from _said(f"{records.place_of(file)} name", "添付ファイルの名前", file.name)
    for copy in queries.opinions.inbox_of_in_order(session, opinion.id):
        yield from _of_row(copy, "受付待ちの写し　氏名", "name", person=True)
        yield from _of_row(copy, "受付待ちの写し　住所", "address", person=True)
        yield from _of_row(copy, "受付待ちの写し　意見", "text")
    for reply in queries.opinions.responses_to_in_order(session, opinion.id):
        yield from _of_row(reply, "市の考え方", "text")


def _of_referral(session: Session, referral: councils.Referral) -> Iterator[Text]:
    place = records.place_of(referral)
    yield from _said(f"{place} day", "諮問した日", written(day_in_japan(referral.at)))
    for number, paper in enumerate(referral.materials):
        title = f"{paper.get('number', '')}　{paper.get('title', '')}".strip()
        yield from _said(f"{place} material {number}", "資料", title)
    for remark in queries.remarks.of_referral_in_order(session, referral.id):
        yield from _of_row(remark, "質問をした人", "speaker")
        yield from _of_row(remark, "質問", "text")
        for answer in queries.remarks.answers_to(session, remark.id):
            yield from _of_row(answer, "回答をした人", "speaker")
            yield from _of_row(answer, "回答", "text")
    for wish in queries.remarks.proposals_in_order(session, referral.id):
        yield from _of_row(wish, "修正案を出した人", "speaker")
        for column, words in (("before", "元の文"), ("after", "修正案"), ("why", "理由")):
            yield from _of_row(wish, f"修正案　{words}", column)
        for outcome in queries.referrals.all_proposal_outcomes(session, [wish.id]):
            yield from _of_row(outcome, "修正案への回答", "reason")
    for verdict in queries.councils.verdicts_in_order(session, referral.id):
        yield from _of_row(verdict, "結論", "kind", "note")
    for step in queries.referrals.all_steps(session, referral.id):
        yield from _of_row(step, "諮問の後の記録　理由", "reason")
        yield from _of_row(step, "諮問の後の記録　意見への対応", "response")


def _of_sitting(session: Session, sitting: councils.Sitting) -> Iterator[Text]:
    place = records.place_of(sitting)
    hours = f"{sitting.opens:%H:%M}から" + (f"{sitting.closes:%H:%M}まで" if sitting.closes else "")
    yield from _said(f"{place} day", "開催日時", f"{written(sitting.day)}　{hours}")
    yield from _of_row(sitting, "開催場所", "place")
    for number, item in enumerate(sitting.agenda):
        title = "　".join(str(item[key]) for key in ("number", "title", "reason") if item.get(key))
        yield from _said(f"{place} agenda {number}", "議題", title)
    for member, attendance in sittings.seats_of(session, sitting):
        if attendance is None:
            came = "記録なし"
        elif attendance.present:
            came = "出席"
        else:
            came = "欠席"
        words = f"{member.name}　{came}"
        yield from _said(f"{place} member {member.id}", "委員の出欠", words)
    if sitting.observers is not None:
        yield from _said(f"{place} observers", "傍聴者の数", f"{sitting.observers}人")
    for correction in queries.sittings.corrections(session, sitting.id):
        yield from _of_row(correction, "記録を直した理由", "reason")
    for transcript in queries.minutes.all_transcripts(session, sitting.id):
        yield from _of_row(transcript, "文字起こし", "text")
    for speech in queries.minutes.rows_of_sitting(session, sitting.id):
        yield from _of_row(speech, "発言した人", "person", person=True)
        yield from _of_row(speech, f"発言（{speech.speaker}）", "text")
    for field in queries.minutes.all_fields(session, sitting.id):
        yield from _of_row(field, f"会議録の「{field.field}」", "text")
    for step in queries.minutes.all_steps(session, sitting.id):
        yield from _of_row(step, "会議の手続の記録", "note")


def _of_leak(session: Session, wp: Workplace, number: int) -> Iterator[Text]:
    asked = leak_facts.fields(wp.leaks)
    for row in queries.leaks.texts(session, number):
        if isinstance(row, leaks.LeakFact):
            field = asked.get(row.field)
            where = f"漏えい等の記録　{field.says if field else row.field}"
            is_person = field is None or field.personal
            yield from _of_row(row, where, "text", person=is_person)
        elif isinstance(row, leaks.LeakReport):
            yield from _of_row(row, "委員会への報告の控え", "text")
        else:
            yield from _of_row(row, "審議会での質問と回答をした人", "speaker")
            yield from _of_row(row, "審議会での質問と回答", "text")


def _minutes(wp: Workplace, number: int, title: str) -> list[Text]:
    """The minutes as they are printed. None where they cannot be printed yet."""
    from ... import papers

    try:
        gathered = minutes_papers.facts(wp, number)
    except PiaError:
        return []
    fields = papers.load("minutes").fields
    used, _ = gathered.settled([x for x in fields if x != "記録の控え"], title)
    out = list(_said(f"minutes:{number} title", "記録の名称", title))
    for field, value in used.items():
        if isinstance(value, list):
            lines = value
        else:
            lines = [{"": value}]
        for place, line in enumerate(lines):
            text = "　".join(str(x) for x in line.values() if x)
            out += _said(f"minutes:{number} {field} {place}", field.removesuffix("一覧"), text)
    return out


# ---- who is on record


def people(session: Session) -> list[str]:
    """Names and addresses on record: members of councils, accounts, and who sent opinions; the
    longest first."""
    known: set[str] = {
        *queries.councils.member_names(session),
        *queries.accounts.all_shown(session),
    }
    for kind in (consultations.OpinionSender, consultations.Inbox):
        for name, address in queries.opinions.names_and_addresses(session, kind):
            known.add(name)
            if len(address) >= _ADDRESS:
                known |= {address}
            else:
                known |= set()
    return _long(known)


def withheld_words(session: Session, refs: Sequence[str]) -> list[str]:
    """The marked words of these documents, longest first."""
    out: set[str] = set()
    with nodes.whole():
        for ref in refs:
            out |= secrets(nodes.recent(session, assessments.resolve(session, ref).id))
    return _long(out)


def _long(words: set[str]) -> list[str]:
    longer = set()
    for word in words:
        longer.add(word.strip())
    kept = []
    for word in longer:
        if len(word) >= blacking.SHORTEST:
            kept.append(word)
    return sorted(kept, key=lambda word: (-len(word), word))
