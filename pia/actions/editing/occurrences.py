"""Withheld words that stand a second time: found before anything is announced, submitted or
published, named with their place, and answered by a person.

This is the city's own protection, not a rule of the law: 規則第10条第1項・第2項 lets a city withhold; it
does not say how to make sure that it is withheld. Knows the documents of an affair and the
sentences that stand beside them; must not know pages. An answer is kept with who gave it and when;
other words are asked about again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.canonical import canonical, sha256
from ...domain.change.describe import label, names
from ...domain.document.tree import Path
from ...domain.errors import PiaError, Refused
from ...domain.text.folding import NEAR, fold
from ...domain.withheld import occurrences
from ...domain.withheld.occurrences import Occurrence
from ...store import nodes
from ...store.base import acted
from ...store.ledger import log
from ...store.rows import consultation, council, filing, withheld
from ...store.rows.assessments import Assessment, Round, RoundEvent, Version
from ...store.rows.bodies import Affair
from ..keeping import personal
from ..records.outward import hidden_words
from ..workplace import Line, Workplace, line

ASKED = f"語句そのもの（全角・半角、空白、改行、ひらがな・カタカナの違いは問わない）と、{NEAR}％以上似た語句（8字以上）を探します。"


@dataclass(frozen=True, slots=True)
class Place:
    """One place where withheld words stand open. `key`, `path` and `at` say which document and
    where in it; of a sentence beside the documents they are empty. `text` are the words, for those
    who may see them; `where` names the place without them."""

    fingerprint: str
    where: str
    text: str
    near: bool
    ref: str = ""
    path: Path = ()
    at: tuple[tuple[str, object], ...] = ()
    decision: str = ""
    reason: str = ""
    actor: str = ""
    when: object = None

    @property
    def answered(self) -> bool:
        return bool(self.decision)


@dataclass(frozen=True, slots=True)
class _Document:
    key: str
    name: str
    version: Version
    round: Round | None

    @property
    def ref(self) -> str:
        return f"{self.key}~{self.round.name}" if self.round is not None else self.key


def places(wp: Workplace, where: str) -> list[Place]:
    """Every place of the 評価書一式 of a line, answered or not, in the order of its documents."""
    with wp.store.read() as s:
        at = line(s, where)
        return _places(s, [s.get_one(Version, at.head_id)]) if at.head_id else []


def must_be_answered(wp: Workplace, versions: Sequence[int]) -> None:
    """Refused, with the places and not the words, while one is open."""
    with wp.store.read() as s:
        found = [s.get_one(Version, v) for v in versions]
        refuse_open(s, found)
        personal.must_hold_no_number(s, found)


def heads(s: Session, lines: Sequence[Line]) -> list[Version]:
    return [s.get_one(Version, at.head_id) for at in lines if at.head_id]


def refuse_open(s: Session, versions: Sequence[Version]) -> None:
    """The same within an act that is under way."""
    open_ = [p for p in _places(s, versions) if not p.answered]
    if open_:
        said = tuple(dict.fromkeys(p.where + ("（似た語句）" if p.near else "") for p in open_))
        raise Refused(
            "非公表とした語句が、ほかの所に公表されるままになっています。評価書の「書く」の画面の「非公表とした語句がほかの所にないか調べる」で、所ごとに、非公表にするか、公表のままにする理由を記録してください。",
            said,
        )


def _places(s: Session, versions: Sequence[Version]) -> list[Place]:
    out: dict[str, Place] = {}
    by_affair: dict[int, list[Version]] = {}
    for v in versions:
        by_affair.setdefault(s.get_one(Assessment, v.assessment_id).affair_id, []).append(v)
    for affair, mine in by_affair.items():
        documents = _documents(s, affair, mine)
        words = frozenset().union(*(_sought(s, d.version) for d in documents))
        if not words:
            continue
        known = withheld.answers(s, affair)
        for p in (
            *_inside(s, documents, words),
            *_beside(s, s.get_one(Affair, affair), documents, words),
        ):
            given = known.get(p.fingerprint)
            out.setdefault(p.fingerprint, p if given is None else _answered(p, given))
    return list(out.values())


def _answered(p: Place, given: withheld.WithheldAnswer) -> Place:
    from dataclasses import replace

    return replace(
        p, decision=given.decision, reason=given.reason, actor=given.actor, when=given.at
    )


def _sought(s: Session, version: Version) -> frozenset[str]:
    return occurrences.sought(nodes.recent(s, version.id))


def _documents(s: Session, affair: int, versions: Sequence[Version]) -> list[_Document]:
    """The documents of an affair as they would go out together: those asked about, and each
    companion in the same round, else as it was published."""
    out = []
    rounds = {r.name for v in versions if v.round_id and (r := s.get(Round, v.round_id))}
    given = {v.assessment_id: v for v in versions}
    for one in s.scalars(
        select(Assessment).where(Assessment.affair_id == affair).order_by(Assessment.key)
    ):
        version = given.get(one.id) or _companion(s, one, rounds)
        if version is not None:
            r = s.get(Round, version.round_id) if version.round_id else None
            out.append(_Document(one.key, forms.KIND_NAMES.get(one.kind, one.kind), version, r))
    return out


def _companion(s: Session, one: Assessment, rounds: set[str]) -> Version | None:
    same = select(Round).where(
        Round.assessment_id == one.id,
        Round.name.in_(rounds),
        Round.state.not_in(["WITHDRAWN", "PUBLISHED"]),
    )
    r = s.scalars(same.order_by(Round.id.desc())).first()
    if r is not None and r.head_id:
        return s.get(Version, r.head_id)
    return s.get(Version, one.head_id) if one.head_id else None


def _inside(s: Session, documents: Sequence[_Document], words: frozenset[str]) -> Iterator[Place]:
    several = len(documents) > 1
    for d in documents:
        tree = nodes.recent(s, d.version.id)
        form = forms.load(tree.form)
        told = names(form, tree)
        twice: dict[tuple[str, ...], int] = {}
        for o in occurrences.in_tree(form, tree, words):
            name = (*o.spot, fold(o.text))
            twice[name] = twice.get(name, 0) + 1
            where = (
                f"{d.name}　{_said(label(form, o.path, told), words)}{_part(o)}"
                if several
                else f"{_said(label(form, o.path, told), words)}{_part(o)}"
            )
            yield Place(
                _print(d.key, *name, str(twice[name])),
                where,
                o.text,
                o.near,
                d.ref,
                o.path,
                tuple(sorted(o.at.items())),
            )


def _said(text: str, words: frozenset[str]) -> str:
    """A place's name without the words: entries are called by what may be withheld."""
    from ...domain.text.folding import without
    from ...domain.withheld.marked import REDACTED

    return without(text, sorted(words, key=lambda w: (-len(w), w)), REDACTED)


def _part(o: Occurrence) -> str:
    """Where in the item: nothing for a text."""
    if "row" in o.at:
        return f"（{int(o.at['row']) + 1}行目の{int(o.at['cell']) + 1}列目）"
    if "part" in o.at:
        return f"（図の部品{int(o.at['part']) + 1}）"
    return "（選択肢に添えた記載）" if "option" in o.at else ""


def _print(*parts: str) -> str:
    return sha256(canonical(list(parts))).hexdigest()


def _beside(
    s: Session, affair: Affair, documents: Sequence[_Document], words: frozenset[str]
) -> Iterator[Place]:
    """The sentences that stand beside the documents. Their public reading leaves the words out; a
    person says that this is meant, or writes them anew."""
    for where, text in _sentences(s, affair, documents):
        for a, b, how in occurrences.in_text(text, words):
            yield Place(_print("", where, fold(text[a:b])), where, text[a:b], how)


def _sentences(
    s: Session, affair: Affair, documents: Sequence[_Document]
) -> Iterator[tuple[str, str]]:
    yield "事務の名称", affair.name
    asked: dict[int, consultation.Consultation] = {}
    referrals: dict[int, council.Referral] = {}
    for d in documents:
        r = d.round
        if r is None:
            continue
        yield from (
            (f"{d.name}　変更理由{i}", str(reason)) for i, reason in enumerate(r.reasons, 1)
        )
        of_round = (
            select(RoundEvent)
            .where(RoundEvent.round_id == r.id, RoundEvent.event == "explain")
            .order_by(RoundEvent.seq)
        )
        latest = {tuple(e.facts["path"]): str(e.facts["text"]) for e in s.scalars(of_round)}
        form = forms.load(d.version.form)
        told = names(form, nodes.recent(s, d.version.id))
        words = _sought(s, d.version)
        yield from (
            (f"{d.name}　{_said(label(form, p, told), words)}の住民への説明", text)
            for p, text in latest.items()
        )
        notes = filing.change_notes(s, r.id)
        yield from (
            (f"{d.name}　{_said(label(form, p, told), words)}の変更箇所の説明", n.explanation)
            for p, n in notes.items()
        )
        joined = select(consultation.Consultation).join(consultation.consultation_round)
        asked |= {
            c.id: c
            for c in s.scalars(joined.where(consultation.consultation_round.c.round_id == r.id))
        }
        of = (
            select(council.Referral)
            .join(council.ReferralRound)
            .where(council.ReferralRound.round_id == r.id)
        )
        referrals |= {x.id: x for x in s.scalars(of)}
    for c in asked.values():
        yield from (
            (f"意見募集「{c.id}」の{what}", text)
            for what, text in (("題名", c.title), ("提出の方法", c.method))
        )
        yield from (
            (f"意見募集「{c.id}」の{k}", v)
            for k, v in c.facts.items()
            if k in ("contact", "office") and isinstance(v, str)
        )
        replies = consultation.responses(s, c.id)
        opinions = s.scalars(
            select(consultation.Opinion).where(consultation.Opinion.consultation_id == c.id)
        )
        yield from (
            (f"意見{o.number}への市の考え方", replies[o.id].text)
            for o in opinions
            if o.id in replies
        )
    for x in referrals.values():
        yield "諮問の題名", x.title
        remarks = s.scalars(
            select(council.Remark)
            .where(council.Remark.referral_id == x.id)
            .order_by(council.Remark.id)
        ).all()
        yield from ((f"審議会の質問{i}", m.text) for i, m in enumerate(remarks, 1))
        number = {m.id: i for i, m in enumerate(remarks, 1)}
        replies_ = s.scalars(
            select(council.Answer).where(council.Answer.remark_id.in_(number))
        ).all()
        yield from ((f"審議会の質問{number[a.remark_id]}への回答", a.text) for a in replies_)


def leave_open(wp: Workplace, by: By, where: str, fingerprints: Sequence[str], reason: str) -> int:
    """These places stay public, for a reason; the sentences beside a document cannot: they are
    written anew, or their words left out."""
    if not reason.strip():
        raise PiaError("公表のままにする理由を入力してください。")
    return _answer(wp, by, where, fingerprints, withheld.OPEN, reason.strip())


def leave_out(wp: Workplace, by: By, where: str, fingerprints: Sequence[str], reason: str) -> int:
    """The words are left out of the sentences beside the documents."""
    return _answer(wp, by, where, fingerprints, withheld.CLOSED, reason.strip())


def _answer(
    wp: Workplace, by: By, where: str, fingerprints: Sequence[str], decision: str, reason: str
) -> int:
    with wp.store.begin() as s:
        at = line(s, where)
        found = {p.fingerprint: p for p in _places(s, heads(s, [at]))}
        chosen = [found[f] for f in dict.fromkeys(fingerprints) if f in found]
        if not chosen or len(chosen) < len(set(fingerprints)):
            raise PiaError("選んだ所の記載が変わっています。画面を開き直して、選び直してください。")
        if decision == withheld.OPEN and any(not p.path and not p.near for p in chosen):
            raise PiaError(
                "評価書の外の文（説明、考え方など）にある語句そのものは、公表のままにできません。伏せるか、書き直してください。"
            )
        if decision == withheld.CLOSED and any(p.path for p in chosen):
            raise PiaError("評価書の中の語句は、非公表の印を付けて伏せます。")
        for p in chosen:
            words = p.text if decision == withheld.CLOSED and not p.path else None
            s.add(
                withheld.WithheldAnswer(
                    affair_id=at.assessment.affair_id,
                    fingerprint=p.fingerprint,
                    place=p.where,
                    decision=decision,
                    reason=reason,
                    words=words,
                    **acted(by),
                )
            )
        about = {
            "decision": decision,
            "places": [p.where for p in chosen],
            "fingerprints": [p.fingerprint for p in chosen],
        }
        log.entry(s, by, "withheld.answer", at.ref, about)
        return len(chosen)


def said_outward(s: Session, versions: Sequence[Version]) -> frozenset[str]:
    """All words that papers beside these versions do not say."""
    return frozenset().union(*(hidden_words(s, v) for v in versions)) if versions else frozenset()
