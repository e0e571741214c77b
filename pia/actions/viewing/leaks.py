"""Cases of 漏えい等 as their pages show them: the register somebody may see, a case with what each
law says of it and when what is due, the cards of a council, and figures.

Reads only. Says nothing of those affected to a council. Must not know pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from ... import forms
from ...domain.errors import PiaError
from ...domain.leaks import answers, deadlines, facts
from ...domain.leaks.answers import LeakMove
from ...domain.leaks.facts import LeakField
from ...domain.text import personal
from ...domain.wareki import fiscal, written
from ...store import queries
from ...store.rows.bodies import Affair, Body, Department
from ...store.rows.councils import Sitting
from ...store.rows.leaks import ADDED, FINAL, FIRST, LeakCase, LeakReport
from ..access import leaks as access
from ..access.person import Person
from ..records import leaks
from ..records.leak_kinds import BOTH, KINDS_OF_REPORT, LAWS, WAYS
from ..records.leaks import ChangedPart, JudgedLeak
from ..records.minutes import items_of
from ..workplace import Workplace, row_of

STANDINGS = {
    deadlines.LATE: "過ぎています",
    deadlines.TODAY: "今日まで",
    deadlines.NEAR: "近づいています",
    deadlines.AHEAD: "",
}
NO_TRIGGER = "該当なし"
UNDECIDED = "まだ決まりません"
_IF_OWED = "（義務があるとき）"


@dataclass(frozen=True, slots=True)
class LeakDue:
    """Something that is due for a case: what, by which law, by when, and how that stands today
    (`standing` of STANDINGS, empty once it was sent). `owed`: False while it is not known whether
    it is."""

    what: str
    law: str
    soon: date
    last: date
    standing: str
    certain: bool
    note: str = ""
    owed: bool = True

    @property
    def words(self) -> str:
        """How it stands, in words; empty where nothing presses."""
        return STANDINGS.get(self.standing, "")


@dataclass(frozen=True, slots=True)
class LeakLine:
    """A case in a list."""

    number: int
    called: str
    title: str
    body: str
    office: str
    known: date | None
    laws: str
    next: LeakDue | None
    state: str


@dataclass(frozen=True, slots=True)
class SentLeakView:
    """A report that was sent; `changed`: what the nine matters say otherwise now (None where its
    words were erased)."""

    row: LeakReport
    kind: str
    laws: str
    way: str
    changed: tuple[ChangedPart, ...] | None


@dataclass(frozen=True, slots=True)
class LeakEffectLine:
    """A document of the affair: whether a measure it describes has to change (`words` empty while
    nobody said)."""

    key: str
    name: str
    number: int
    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class LeakAnswer:
    """An answer to a member's question."""

    number: int
    speaker: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LeakAsked:
    """A member's question about a case with its answers."""

    number: int
    speaker: str
    text: str
    at: datetime
    answers: tuple[LeakAnswer, ...]


@dataclass(frozen=True, slots=True)
class LeakGivenView:
    """A case as it was reported to a council: at which sitting and item, when, and what was
    asked."""

    number: int
    sitting: int
    name: str
    day: date
    item: str
    at: datetime
    questions: tuple[LeakAsked, ...]


@dataclass(frozen=True, slots=True)
class LeakView:
    """A case as its page shows it."""

    row: LeakCase
    called: str
    body: str
    office: str
    affair: Affair | None
    judged: JudgedLeak
    moves: tuple[LeakMove, ...]
    due: tuple[LeakDue, ...]
    reports: tuple[SentLeakView, ...]
    given: tuple[LeakGivenView, ...]
    effects: tuple[LeakEffectLine, ...]
    publication: tuple[str, ...]
    last_fact: int

    @property
    def title(self) -> str:
        """What the case is called."""
        return self.judged.words("title")


def fields(wp: Workplace) -> dict[str, LeakField]:
    """Every question this city asks, by its name."""
    return facts.fields(wp.leaks)


def parts(wp: Workplace) -> list[tuple[str, str, list[LeakField]]]:
    """(id, heading, questions) of the parts of the page, in order."""
    asked = fields(wp)
    out = []
    for name, says in facts.parts(wp.leaks):
        out.append((name, says, [field for field in asked.values() if field.part == name]))
    return out


def offices(wp: Workplace, who: Person) -> list[tuple[int, str]]:
    """The departments somebody may register a case of, with their bodies."""
    with wp.store.read() as session:
        out = []
        for body in queries.departments.bodies(session):
            for office in queries.departments.open_of_body(session, body.id):
                if access.sees_of(session, who, body.id, office.id):
                    out.append((office.id, f"{body.name}　{office.name}"))
        return out


def affairs(wp: Workplace, body_id: int | None) -> list[tuple[str, str]]:
    """The affairs a case of a body may have happened in (of every body, where none is named)."""
    with wp.store.read() as session:
        out = []
        for affair in queries.affairs.by_number(session):
            if affair.withdrawn is None and body_id in (None, affair.body_id):
                out.append((affair.key, f"{affair.number}　{affair.name}"))
        return out


def regimes(wp: Workplace) -> list[tuple[int, str, str]]:
    """(number, name, regime) of every body."""
    with wp.store.read() as session:
        return [
            (body.id, body.name, access.regime_of(body))
            for body in queries.departments.bodies(session)
        ]


# ---- what is due


def due_of(
    wp: Workplace, judged: JudgedLeak, sent: Sequence[LeakReport], today: date
) -> list[LeakDue]:
    """What is due for a case, by law, in the order of the days; what was sent is due no more. What
    would be due while answers are missing is told as that."""
    out = []
    for answer in judged.laws:
        days = answer.due or answer.may
        if days is None:
            continue
        law = answer.says
        if answer.due is None:
            law += _IF_OWED
        kinds = {each.kind for each in sent if each.laws in (answer.law, "both")}
        if not kinds:
            note = ""
            if days.first_open != days.first:
                note = f"閉庁日に当たるため、{written(days.first_open)}までに出します"
            out.append(
                LeakDue(
                    "速報",
                    law,
                    days.soon,
                    days.first,
                    deadlines.standing(today, days.soon, days.first),
                    False,
                    note,
                    answer.due is not None,
                )
            )
        if not kinds & {FINAL, BOTH}:
            note = f"{days.days}日"
            if days.final != days.counted:
                note += f"。{written(days.counted)}は{days.closed}のため、次の開庁日"
            if not days.sure:
                note += "。祝日は計算による"
            soon = max(days.start, days.final - timedelta(days=7))
            out.append(
                LeakDue(
                    "確報",
                    law,
                    soon,
                    days.final,
                    deadlines.standing(today, soon, days.final),
                    True,
                    note,
                    answer.due is not None,
                )
            )
    return sorted(out, key=lambda one: one.last)


def _state(row: LeakCase, sent: Sequence[LeakReport], judged: JudgedLeak) -> str:
    if row.withdrawn is not None:
        return "取り消し"
    if row.closed is not None:
        return "完結"
    if sent:
        return KINDS_OF_REPORT[sent[-1].kind] + "済み"
    if judged.due:
        return "報告がまだ"
    return "対応中"


def listed(wp: Workplace, who: Person, today: date) -> list[LeakLine]:
    """The cases somebody may see, the last registered first."""
    with wp.store.read() as session:
        mine = []
        for row, body, office in queries.leaks.listed(session):
            if access.sees_of(session, who, body.id, office.id):
                mine.append((row, body, office))
        return _lines(session, wp, mine, today)


def open_ones(session: Session, wp: Workplace, who: Person, today: date) -> list[LeakLine]:
    """The cases somebody may see that are not over."""
    mine = []
    for row, body, office in queries.leaks.listed(session):
        if row.closed is None and access.sees_of(session, who, body.id, office.id):
            mine.append((row, body, office))
    return _lines(session, wp, mine, today)


def _lines(
    session: Session,
    wp: Workplace,
    rows: Sequence[tuple[LeakCase, Body, Department]],
    today: date,
) -> list[LeakLine]:
    numbers = [row.id for row, _, _ in rows]
    said = queries.leaks.facts(session, numbers)
    sent = queries.leaks.reports(session, numbers)
    lines = []
    for row, body, office in rows:
        judged = leaks.judged(wp, body, leaks.known(said.get(row.id, [])))
        mine = sent.get(row.id, [])
        due = [] if row.closed else due_of(wp, judged, mine, today)
        lines.append(
            LeakLine(
                row.id,
                leaks.number_of(row),
                judged.words("title"),
                body.name,
                office.name,
                facts.day_of(judged.latest, "known"),
                _triggers(judged),
                due[0] if due else None,
                _state(row, mine, judged),
            )
        )
    return lines


def _triggers(judged: JudgedLeak) -> str:
    """The cases of the laws that hold; that none does is said only once every answer is there."""
    unsure = any(answer.state == answers.UNSURE for answer in judged.laws)
    return answers.triggers_said(judged.laws) or (UNDECIDED if unsure else NO_TRIGGER)


def case(wp: Workplace, number: int, today: date) -> LeakView:
    """A case with all that follows from it. PiaError when there is none of that number."""
    with wp.store.read() as session:
        row = row_of(session, LeakCase, number, "漏えい等の事案")
        body = session.get_one(Body, row.body_id)
        rows = queries.leaks.facts(session, [row.id])[row.id]
        said = leaks.known(rows)
        judged = leaks.judged(wp, body, said)
        sent = queries.leaks.reports(session, [row.id]).get(row.id, [])
        affair = session.get(Affair, row.affair_id) if row.affair_id is not None else None
        moves = answers.moves(wp.leaks, said, judged.regime)
        return LeakView(
            row,
            leaks.number_of(row),
            body.name,
            session.get_one(Department, row.department_id).name,
            affair,
            judged,
            tuple(reversed(moves)),
            tuple([] if row.closed else due_of(wp, judged, sent, today)),
            tuple(_sent(each, judged) for each in sent),
            _given(session, row),
            _effects(session, row),
            answers.publication_asked(wp.leaks, judged.latest, judged.laws),
            rows[-1][0].id,
        )


def _sent(row: LeakReport, judged: JudgedLeak) -> SentLeakView:
    return SentLeakView(
        row,
        KINDS_OF_REPORT[row.kind],
        LAWS[row.laws],
        WAYS[row.way],
        leaks.changed(row.text, judged.nine),
    )


def _effects(session: Session, row: LeakCase) -> tuple[LeakEffectLine, ...]:
    if row.affair_id is None:
        return ()
    decided = {document.id: effect for effect, document in queries.leaks.effects(session, row.id)}
    lines = []
    for document in queries.assessments.standing_of_affair(session, row.affair_id):
        effect = decided.get(document.id)
        words = ""
        if effect is not None:
            words = "対策の記載を変える" if effect.changes else "対策の記載は変えない"
        name = forms.KIND_NAMES.get(document.kind, document.kind)
        lines.append(
            LeakEffectLine(
                document.key,
                name,
                effect.id if effect is not None else 0,
                words,
                effect.reason if effect is not None else "",
            )
        )
    return tuple(lines)


def _given(session: Session, row: LeakCase) -> tuple[LeakGivenView, ...]:
    out = []
    for given, sitting in queries.leaks.given_of_case(session, row.id):
        out.append(
            LeakGivenView(
                given.id,
                sitting.id,
                sitting.name,
                sitting.day,
                _item(sitting, given.mark),
                given.at,
                _asked(session, given.id),
            )
        )
    return tuple(out)


def _item(sitting: Sitting, mark: str) -> str:
    for item in items_of(sitting):
        if item.mark == mark:
            return item.heading
    return ""


def _asked(session: Session, given: int) -> tuple[LeakAsked, ...]:
    asked = queries.leaks.questions(session, [given])
    said = queries.leaks.replies(session, [question.id for question in asked])
    out = []
    for question in asked:
        answers_ = tuple(
            LeakAnswer(each.id, each.speaker, each.text or leaks.ERASED, each.at)
            for each in said.get(question.id, [])
        )
        text = question.text or leaks.ERASED
        out.append(LeakAsked(question.id, question.speaker, text, question.at, answers_))
    return tuple(out)


def sittings(wp: Workplace, today: date) -> list[tuple[str, str]]:
    """(sitting/mark, words) of the items of reports a case can be put under, the next sitting
    first."""
    out = []
    with wp.store.read() as session:
        for sitting in queries.sittings.last_made_first(session):
            if sitting.withdrawn is not None:
                continue
            for item in items_of(sitting):
                if item.kind != "議案" and item.referral is None:
                    words = f"{written(sitting.day)}　{sitting.name}　{item.heading}"
                    out.append((f"{sitting.id}/{item.mark}", words))
    return out


def case_of_question(wp: Workplace, question: int) -> int:
    """The case a question is about. PiaError when there is none."""
    from ...store.rows.leaks import LeakGiven, LeakQuestion

    with wp.store.read() as session:
        row = row_of(session, LeakQuestion, question, "質問")
        return session.get_one(LeakGiven, row.given_id).case_id


# ---- a council's cards


@dataclass(frozen=True, slots=True)
class LeakCard:
    """A case as a council sees it: as it was reported, without anything of those affected.
    `lines`: (question, answer), those that say nothing said to be open."""

    given: int
    case: int
    called: str
    title: str
    body: str
    office: str
    known: date | None
    triggers: str
    sent: tuple[tuple[str, date], ...]
    lines: tuple[tuple[str, str], ...]
    questions: tuple[LeakAsked, ...]
    day: datetime


OPEN_WORDS = {"cause": "不明", "cause_kind": "不明", "discipline": "未定"}


def cards(wp: Workplace, who: Person | None, sitting: int, mark: str = "") -> list[LeakCard]:
    """The cases reported at a sitting (at one of its items), each as it was reported last. Members
    (and papers for them: None) see all of them; of the house, those who may see the case."""
    with wp.store.read() as session:
        last = {}
        for given, row in queries.leaks.given_at(session, sitting):
            if mark and given.mark != mark:
                continue
            to_all = who is None or who.role in ("member", "chair", "tablet")
            if to_all or (who is not None and access.sees(session, who, row)):
                last[row.id] = (given, row)
        numbers = list(last)
        said = queries.leaks.facts(session, numbers)
        sent = queries.leaks.reports(session, numbers)
        out = []
        for given, row in last.values():
            body = session.get_one(Body, row.body_id)
            office = session.get_one(Department, row.department_id)
            judged = leaks.judged(wp, body, leaks.known(said.get(row.id, []), given.fact_id))
            reported = tuple(
                (KINDS_OF_REPORT[each.kind], each.day)
                for each in sent.get(row.id, [])
                if each.at <= given.at
            )
            out.append(
                LeakCard(
                    given.id,
                    row.id,
                    leaks.number_of(row),
                    personal.blackened(judged.words("title")),
                    body.name,
                    office.name,
                    facts.day_of(judged.latest, "known"),
                    _triggers(judged),
                    reported,
                    card_lines(judged),
                    _asked(session, given.id),
                    given.at,
                )
            )
        return out


def card_lines(judged: JudgedLeak) -> tuple[tuple[str, str], ...]:
    """(question, answer) of what a council is told of a case."""
    lines = []
    for field in judged.fields.values():
        if not field.council or field.personal or field.name in ("title", "known"):
            continue
        words = judged.words(field.name)
        if not words or words == facts.UNKNOWN:
            words = OPEN_WORDS.get(field.name, words)
        if words:
            # What may say who somebody is stands in no card.
            lines.append((field.says, personal.blackened(words)))
    return tuple(lines)


# ---- figures


@dataclass(frozen=True, slots=True)
class LeakFigure:
    """A bar: what is counted, how many, and how wide of a hundred."""

    says: str
    count: int
    wide: int


@dataclass(frozen=True, slots=True)
class LeakFigures:
    """What the cases somebody may see are, counted: (heading, bars). `numbers`: those cases."""

    numbers: tuple[int, ...]
    groups: tuple[tuple[str, tuple[LeakFigure, ...]], ...]

    @property
    def cases(self) -> int:
        """How many cases are counted."""
        return len(self.numbers)


def figures(wp: Workplace, who: Person, year: int | None = None) -> LeakFigures:
    """The cases counted by trigger, cause, department and 年度; `year`: of this 年度 alone."""
    triggers: Counter[str] = Counter()
    causes: Counter[str] = Counter()
    offices_: Counter[str] = Counter()
    years: Counter[str] = Counter()
    counted = []
    with wp.store.read() as session:
        mine = []
        for row, body, office in queries.leaks.listed(session):
            if access.sees_of(session, who, body.id, office.id):
                mine.append((row, body, office))
        said = queries.leaks.facts(session, [row.id for row, _, _ in mine])
        for row, body, office in sorted(mine, key=lambda one: one[0].id):
            if year is not None and row.year != year:
                continue
            counted.append(row.id)
            judged = leaks.judged(wp, body, leaks.known(said.get(row.id, [])))
            met = [each.short for answer in judged.laws for each in answer.met]
            triggers.update(set(met or [_triggers(judged)]))
            causes[judged.words("cause_kind") or facts.UNKNOWN] += 1
            offices_[f"{body.name}　{office.name}"] += 1
            years[fiscal(row.year)] += 1
    groups = (
        ("該当する号（1件がいくつもの号に当たることがあります）", _bars(triggers)),
        ("原因", _bars(causes)),
        ("課", _bars(offices_)),
        ("年度", _bars(years)),
    )
    return LeakFigures(tuple(counted), groups)


def _bars(counted: Counter[str]) -> tuple[LeakFigure, ...]:
    most = max(counted.values(), default=1)
    return tuple(
        LeakFigure(says, count, round(100 * count / most)) for says, count in counted.most_common()
    )


def years(wp: Workplace) -> list[int]:
    """The 年度 there are cases of, the last first."""
    with wp.store.read() as session:
        return sorted({row.year for row in queries.leaks.every(session)}, reverse=True)


# ---- at the documents


@dataclass(frozen=True, slots=True)
class LeakAtDocument:
    """A case of the affair of a document, as it shows there: Ⅲ7⑨ (過去3年以内の重大事故) and Ⅲ7②
    are to be looked at (`open`: nobody said yet whether a measure has to change)."""

    number: int
    called: str
    title: str
    known: date | None
    major: bool
    open: bool
    words: str


def of_affair(wp: Workplace, who: Person, key: str) -> list[LeakAtDocument]:
    """The cases of an affair that somebody may see."""
    with wp.store.read() as session:
        affair = queries.affairs.of_key(session, key)
        if affair is None:
            return []
        found = [
            row
            for row in queries.leaks.of_affair(session, affair.id)
            if access.sees(session, who, row)
        ]
        return [_at_document(session, wp, row) for row in found]


def _at_document(session: Session, wp: Workplace, row: LeakCase) -> LeakAtDocument:
    judged = leaks.of_case(session, wp, row)
    effects = _effects(session, row)
    said = [f"{each.name}：{each.words}（{each.reason}）" for each in effects if each.number]
    return LeakAtDocument(
        row.id,
        leaks.number_of(row),
        judged.words("title"),
        facts.day_of(judged.latest, "known"),
        bool(row.major),
        any(not each.number for each in effects),
        "　".join(said),
    )


def of_document(wp: Workplace, who: Person, key: str) -> list[LeakAtDocument]:
    """The cases of the affair of a document that somebody may see. Empty for no document."""
    with wp.store.read() as session:
        affair = queries.affairs.of_assessment(session, key)
    return [] if affair is None else of_affair(wp, who, affair)


# ---- one field after the other


@dataclass(frozen=True, slots=True)
class CopiedField:
    """A field of the commission's form as it is to be copied: its name, its words, what is missing,
    the article."""

    says: str
    text: str
    missing: tuple[str, ...]
    source: str


def sheet(wp: Workplace, view: LeakView, kind: str) -> tuple[CopiedField, ...]:
    """What is typed into the commission's form for a 速報 or a 確報, field by field, in the order
    of the articles."""
    if kind not in KINDS_OF_REPORT:
        raise PiaError("報告の種類を選び直してください。")
    due = view.judged.due
    laws = "・".join(answer.says for answer in due) or _triggers(view.judged)
    duties = "・".join(wp.leaks["laws"][answer.law]["duty"] for answer in due)
    first = next((each for each in view.reports if each.row.kind in (FIRST, BOTH)), None)
    head = [
        CopiedField("報告の種別", KINDS_OF_REPORT[kind], (), "市の整理"),
        CopiedField("報告する機関", view.body, (), "市の整理"),
        CopiedField("担当の課", view.office, (), "市の整理"),
        CopiedField("根拠となる法律", laws, (), duties or "市の整理"),
    ]
    if kind in (FINAL, ADDED) and first is not None:
        receipt = first.row.receipt
        head.append(
            CopiedField("速報の受付番号", receipt, () if receipt else ("受付番号",), "市の整理")
        )
    nine = [
        CopiedField(f"{part.number}　{part.says}", part.text, part.missing, part.source)
        for part in view.judged.nine
    ]
    return (*head, *nine)
