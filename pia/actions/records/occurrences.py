"""Withheld words that stand a second time: found before anything is announced, submitted or
published, named with their place, and answered by a person.

This is the city's own protection, not a rule of the law: 規則第10条第1項・第2項 lets a city
withhold; it does not say how to make sure that it is withheld. Knows the documents of an affair and
the sentences that stand beside them; must not know pages. An answer is kept with who gave it and
when; other words are asked about again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.orm import Session

from ... import forms
from ...domain.canonical import canonical
from ...domain.change.describe import label, names
from ...domain.document.tree import Path
from ...domain.errors import Refused
from ...domain.text.folding import NEAR, fold
from ...domain.withheld import occurrences
from ...domain.withheld.occurrences import Occurrence
from ...store import nodes, queries
from ...store.rows import consultations as consultation_rows
from ...store.rows import councils, filing, withheld
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair
from ..workplace import VersionLine, Workplace, line
from . import personal
from .outward import hidden_words

ASKED = (
    "語句そのもの（全角・半角、空白、改行、ひらがな・カタカナの違いは問わない）と、"
    f"{NEAR}％以上似た語句（8字以上）を探します。"
)


@dataclass(frozen=True, slots=True)
class OpenPlace:
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
        """Whether a person decided on this place."""
        return bool(self.decision)


@dataclass(frozen=True, slots=True)
class _Document:
    key: str
    name: str
    version: Version
    round: Round | None

    @property
    def ref(self) -> str:
        if self.round is not None:
            return f"{self.key}~{self.round.name}"
        return self.key


def places(wp: Workplace, where: str) -> list[OpenPlace]:
    """Every place of the 評価書一式 of a line, answered or not, in the order of its documents."""
    with wp.store.read() as session:
        at = line(session, where)
        if at.head_id:
            return places_of(session, [session.get_one(Version, at.head_id)])
        return []


def must_be_answered(wp: Workplace, versions: Sequence[int]) -> None:
    """Refused, with the places and not the words, while one is open."""
    with wp.store.read() as session:
        rows = []
        for version in versions:
            rows.append(session.get_one(Version, version))
        refuse_open(session, rows)
        personal.must_hold_no_number(session, rows)


def heads(session: Session, lines: Sequence[VersionLine]) -> list[Version]:
    """The latest version of each line that has one."""
    versions = []
    for at in lines:
        if at.head_id:
            versions.append(session.get_one(Version, at.head_id))
    return versions


def refuse_open(session: Session, versions: Sequence[Version]) -> None:
    """The same within an act that is under way."""
    open_ = []
    for place in places_of(session, versions):
        if not place.answered:
            open_.append(place)
    if open_:
        names_of_places = tuple(
            dict.fromkeys(place.where + ("（似た語句）" if place.near else "") for place in open_)
        )
        raise Refused(
            "非公表とした語句が、ほかの所に公表されるままになっています。"
            "評価書の「書く」の画面の「非公表とした語句がほかの所にないか調べる」で、"
            "所ごとに、非公表にするか、公表のままにする理由を記録してください。",
            names_of_places,
        )


def places_of(session: Session, versions: Sequence[Version]) -> list[OpenPlace]:
    """Every place of the 評価書一式 of these versions, answered or not."""
    out: dict[str, OpenPlace] = {}
    by_affair: dict[int, list[Version]] = {}
    for version in versions:
        by_affair.setdefault(
            session.get_one(Assessment, version.assessment_id).affair_id, []
        ).append(version)
    for affair, mine in by_affair.items():
        documents = _documents(session, affair, mine)
        words = frozenset().union(*(_sought(session, document.version) for document in documents))
        if not words:
            continue
        known = withheld.answers(session, affair)
        for place in (
            *_inside(session, documents, words),
            *_beside(session, session.get_one(Affair, affair), documents, words),
        ):
            given = known.get(place.fingerprint)
            out.setdefault(place.fingerprint, place if given is None else _answered(place, given))
    return list(out.values())


def _answered(p: OpenPlace, given: withheld.WithheldAnswer) -> OpenPlace:
    from dataclasses import replace

    return replace(
        p, decision=given.decision, reason=given.reason, actor=given.actor, when=given.at
    )


def _sought(session: Session, version: Version) -> frozenset[str]:
    return occurrences.sought(nodes.recent(session, version.id))


def _documents(session: Session, affair: int, versions: Sequence[Version]) -> list[_Document]:
    """The documents of an affair as they would go out together: those asked about, and each
    companion in the same round, else as it was published."""
    out = []
    rounds = set()
    for asked_version in versions:
        if asked_version.round_id and (round_ := session.get(Round, asked_version.round_id)):
            rounds.add(round_.name)
    given = {}
    for given_version in versions:
        given[given_version.assessment_id] = given_version
    for assessment in queries.assessments.of_affair_by_key(session, affair):
        version = given.get(assessment.id) or _companion(session, assessment, rounds)
        if version is not None:
            if version.round_id:
                round_ = session.get(Round, version.round_id)
            else:
                round_ = None
            out.append(
                _Document(
                    assessment.key,
                    forms.KIND_NAMES.get(assessment.kind, assessment.kind),
                    version,
                    round_,
                )
            )
    return out


def _companion(session: Session, assessment: Assessment, rounds: set[str]) -> Version | None:
    round_ = queries.rounds.last_open_named(session, assessment.id, rounds)
    if round_ is not None and round_.head_id:
        return session.get(Version, round_.head_id)
    if assessment.head_id:
        return session.get(Version, assessment.head_id)
    return None


def _inside(
    session: Session, documents: Sequence[_Document], words: frozenset[str]
) -> Iterator[OpenPlace]:
    several = len(documents) > 1
    for document in documents:
        tree = nodes.recent(session, document.version.id)
        form = forms.load(tree.form)
        entry_names = names(form, tree)
        twice: dict[tuple[str, ...], int] = {}
        for occurrence in occurrences.in_tree(form, tree, words):
            name = (*occurrence.spot, fold(occurrence.text))
            twice[name] = twice.get(name, 0) + 1
            if several:
                item = _said(label(form, occurrence.path, entry_names), words)
                where = f"{document.name}　{item}{_part(occurrence)}"
            else:
                where = (
                    f"{_said(label(form, occurrence.path, entry_names), words)}{_part(occurrence)}"
                )
            yield OpenPlace(
                _print(document.key, *name, str(twice[name])),
                where,
                occurrence.text,
                occurrence.near,
                document.ref,
                occurrence.path,
                tuple(sorted(occurrence.at.items())),
            )


def _said(text: str, words: frozenset[str]) -> str:
    """A place's name without the words: entries are called by what may be withheld."""
    from ...domain.document.marked import REDACTED
    from ...domain.text.folding import without

    return without(text, sorted(words, key=lambda word: (-len(word), word)), REDACTED)


def _part(occurrence: Occurrence) -> str:
    """Where in the item: nothing for a text."""
    if "row" in occurrence.at:
        return f"（{int(occurrence.at['row']) + 1}行目の{int(occurrence.at['cell']) + 1}列目）"
    if "part" in occurrence.at:
        return f"（図の部品{int(occurrence.at['part']) + 1}）"
    if "option" in occurrence.at:
        return "（選択肢に添えた記載）"
    return ""


def _print(*parts: str) -> str:
    return sha256(canonical(list(parts))).hexdigest()


def _beside(
    session: Session, affair: Affair, documents: Sequence[_Document], words: frozenset[str]
) -> Iterator[OpenPlace]:
    """The sentences that stand beside the documents. Their public reading leaves the words out; a
    person says that this is meant, or writes them anew."""
    for where, text in _sentences(session, affair, documents):
        for number, end, how in occurrences.in_text(text, words):
            yield OpenPlace(
                _print("", where, fold(text[number:end])),
                where,
                text[number:end],
                how,
            )


def _sentences(
    session: Session, affair: Affair, documents: Sequence[_Document]
) -> Iterator[tuple[str, str]]:
    """(where, sentence) of all that stands beside the documents of an affair."""
    yield "事務の名称", affair.name
    consultations: dict[int, consultation_rows.Consultation] = {}
    referrals: dict[int, councils.Referral] = {}
    for document in documents:
        if document.round is None:
            continue
        yield from _of_round(session, document, document.round)
        for con in queries.consultations.about_round(session, document.round.id):
            consultations[con.id] = con
        for ref in queries.councils.referrals_of_round(session, document.round.id):
            referrals[ref.id] = ref
    for con in consultations.values():
        yield from _of_consultation(session, con)
    for ref in referrals.values():
        yield from _of_referral(session, ref)


def _of_round(session: Session, document: _Document, round_: Round) -> Iterator[tuple[str, str]]:
    """The reasons of a round, and what officers wrote of its changed items."""
    for number, reason in enumerate(round_.reasons, 1):
        yield f"{document.name}　変更理由{number}", str(reason)
    latest: dict[Path, str] = {}
    for event in queries.rounds.explanations(session, round_.id):
        latest[tuple(event.facts["path"])] = str(event.facts["text"])
    form = forms.load(document.version.form)
    entries = names(form, nodes.recent(session, document.version.id))
    words = _sought(session, document.version)
    for path, text in latest.items():
        yield f"{document.name}　{_said(label(form, path, entries), words)}の住民への説明", text
    for path, note in filing.change_notes(session, round_.id).items():
        item = _said(label(form, path, entries), words)
        yield f"{document.name}　{item}の変更箇所の説明", note.explanation


def _of_consultation(
    session: Session, con: consultation_rows.Consultation
) -> Iterator[tuple[str, str]]:
    """The notice of a consultation and the city's views."""
    name = f"意見募集「{con.id}」"
    yield f"{name}の題名", con.title
    yield f"{name}の提出の方法", con.method
    for key, value in con.facts.items():
        if key in ("contact", "office") and isinstance(value, str):
            yield f"{name}の{key}", value
    replies = consultation_rows.responses(session, con.id)
    opinions = queries.opinions.of_consultation(session, con.id)
    for opinion in opinions:
        if opinion.id in replies:
            yield f"意見{opinion.number}への市の考え方", replies[opinion.id].text


def _of_referral(session: Session, ref: councils.Referral) -> Iterator[tuple[str, str]]:
    """The title of a referral, the questions and the answers."""
    yield "諮問の題名", ref.title
    remarks = queries.remarks.of_referral_in_order(session, ref.id)
    number = {}
    for index, remark in enumerate(remarks, 1):
        number[remark.id] = index
        yield f"審議会の質問{index}", remark.text
    answers = queries.remarks.answers_to_remarks(session, number)
    for answer in answers:
        yield f"審議会の質問{number[answer.remark_id]}への回答", answer.text


def said_outward(session: Session, versions: Sequence[Version]) -> frozenset[str]:
    """All words that papers beside these versions do not say."""
    if versions:
        return frozenset().union(*(hidden_words(session, version) for version in versions))
    return frozenset()
