"""Opinions that came together: rows of a list another system made (電子申請), and mails as files
(規則第7条第1項; 指針第5の3, unread).

Knows what a row must say to be an opinion, and how one that was taken in before is known again.
What cannot be read is told by row, and nothing is taken in beside it unless its person says so.
Must not know pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256

from ...documents import eml
from ...documents.text import lists
from ...domain import wareki
from ...domain.act import By, day_in_japan
from ...domain.canonical import clean
from ...domain.errors import PiaError, Unfit
from ...domain.procedure.opinions import LINE, LONGEST
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import consultations as rows
from ..records import closing
from ..workplace import Workplace, row_of
from .consultations import NewOpinion, senders_known, taken_in

# Field of an opinion → what its column is called, and headings that systems give it.
FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "text": ("意見", ("意見", "御意見", "ご意見", "意見の内容", "意見内容", "本文")),
    "received": (
        "受け付けた日",
        ("受付日", "申請日", "受付日時", "申込日時", "到達日時", "申請日時"),
    ),
    "reference": ("受付番号", ("受付番号", "申込番号", "整理番号", "到達番号", "申請番号")),
    "name": ("氏名", ("氏名", "お名前", "申請者氏名", "名前")),
    "address": ("住所", ("住所", "申請者住所")),
    "about": ("どの項目について", ("項目", "該当箇所", "対象の項目")),
}
NEEDED = ("text", "received")


@dataclass(frozen=True, slots=True)
class OpinionRow:
    """One row as it would be taken in. `place`: where it stands, for people; `taken`: the number of
    the opinion it became before (None for one that is new); `fault`: why it cannot be taken in;
    `asks`: why it does not count by itself."""

    place: str
    opinion: NewOpinion | None
    taken: int | None = None
    fault: str = ""
    asks: str = ""


@dataclass(frozen=True, slots=True)
class OpinionPlan:
    """What taking a list in would do."""

    rows: tuple[OpinionRow, ...] = field(default_factory=tuple)

    @property
    def new(self) -> list[OpinionRow]:
        """Those that would be taken in."""
        return [row for row in self.rows if row.opinion is not None and row.taken is None]

    @property
    def faults(self) -> list[OpinionRow]:
        """Those that cannot be."""
        return [row for row in self.rows if row.fault]

    @property
    def known(self) -> list[OpinionRow]:
        """Those that were before."""
        return [row for row in self.rows if row.taken is not None]

    @property
    def asking(self) -> list[OpinionRow]:
        """Those somebody must say how to count."""
        return [row for row in self.new if row.asks]


def columns(wp: Workplace, headings: Sequence[str]) -> dict[str, str]:
    """Field → heading of a list: as the city chose last, else what it is mostly called; empty where
    no heading is."""
    with wp.store.read() as session:
        kept = queries.opinions.columns(session)
    chosen = {}
    for name, (_, usual) in FIELDS.items():
        known = (kept[name],) if name in kept else usual
        chosen[name] = next((heading for heading in headings if heading in known), "")
    return chosen


def plan(
    wp: Workplace,
    by: By,
    consultation: int,
    table: Sequence[Sequence[str]],
    chosen: Mapping[str, str],
) -> OpinionPlan:
    """What the rows of a list would become. `table`: its first row are the headings; `chosen`:
    field → heading. Unfit where a column that is needed is not chosen."""
    for name in NEEDED:
        if not chosen.get(name):
            raise Unfit(f"column_{name}", f"「{FIELDS[name][0]}」の列を選んでください。")
    twice = [name for name, count in Counter(filter(None, chosen.values())).items() if count > 1]
    if twice:
        raise PiaError(f"「{twice[0]}」の列が、2つの欄に選ばれています。別の列を選んでください。")
    headings, *lines = table
    places = {name: headings.index(heading) for name, heading in chosen.items() if heading}
    told = []
    seen: Counter[str] = Counter()
    for number, cells in enumerate(lines, 2):
        row = {}
        for name, index in places.items():
            row[name] = cells[index] if index < len(cells) else ""
        if any(words.strip() for words in row.values()):
            told.append(_row(f"{number}行目", row, seen))
    return _known(wp, by, consultation, told)


def _row(place: str, row: Mapping[str, str], seen: Counter[str]) -> OpinionRow:
    """One row. `seen` counts equal rows of this list, which are opinions of their own."""
    try:
        text = clean(row["text"], "「意見」").strip("\n")
        if not text.strip():
            raise PiaError("意見が空です。")
        if len(text) > LONGEST:
            raise PiaError(f"意見が{LONGEST:,}文字を超えています。")
        told = {}
        for name in ("reference", "name", "address", "about"):
            told[name] = " ".join(clean(row.get(name, ""), FIELDS[name][0]).split())
            if len(told[name]) > LINE:
                raise PiaError(f"{FIELDS[name][0]}が{LINE}文字を超えています。")
        received = _day(row["received"])
    except PiaError as error:
        return OpinionRow(place, None, fault=str(error))
    reference = told["reference"]
    if not reference:
        equal = sha256(f"{received}\n{text}".encode()).hexdigest()[:16]
        seen[equal] += 1
        reference = f"#{equal}/{seen[equal]}"
    opinion = NewOpinion(
        received,
        "form",
        text,
        item=told["about"] or None,
        name=told["name"],
        address=told["address"],
        reference=reference,
    )
    return OpinionRow(place, opinion)


def _day(words: str) -> date:
    """The day of 2024/5/20 10:33, 2024-05-20T10:33, 令和6年5月20日 10時33分."""
    flat = words.strip().replace("T", " ").replace("　", " ").split(" ")[0]
    day = wareki.parse(flat) or wareki.parse(words.strip())
    if not day or len(day) != 10:
        raise PiaError(f"受け付けた日「{words[:40]}」を日付として読めません。")
    return date.fromisoformat(day)


def plan_mails(
    wp: Workplace, by: By, consultation: int, files: Iterable[tuple[str, bytes]]
) -> OpinionPlan:
    """What mails would become; the address of a mail is kept with who sent it."""
    told = []
    for name, body in files:
        try:
            told.append(OpinionRow(name, _of_mail(eml.read(body, name), name)))
        except PiaError as error:
            told.append(OpinionRow(name, None, fault=str(error)))
    return _known(wp, by, consultation, told)


def _of_mail(mail: eml.Mail, name: str) -> NewOpinion:
    if not mail.at:
        raise PiaError(f"{name}：送られた日時が読めません。意見として入力してください。")
    text = mail.text
    if mail.subject:
        text = f"件名：{mail.subject}\n\n{text}"
    if len(text) > LONGEST:
        raise PiaError(f"{name}：{LONGEST:,}文字を超えています。意見として入力してください。")
    number = mail.number or f"#{sha256(text.encode()).hexdigest()[:16]}"
    return NewOpinion(
        day_in_japan(datetime.fromisoformat(mail.at)),
        "mail",
        text,
        name=mail.name,
        address=mail.address,
        reference=number,
        files=mail.files,
    )


def _known(wp: Workplace, by: By, consultation: int, told: Sequence[OpinionRow]) -> OpinionPlan:
    """The rows with what was taken in before, and what must be said of them."""
    with wp.store.read() as session:
        con = row_of(session, rows.Consultation, consultation, "意見募集")
        taken = queries.opinions.references(session, consultation)
        out = []
        here: set[str] = set()
        for row in told:
            opinion = row.opinion
            if opinion is None:
                out.append(row)
                continue
            if opinion.reference in here:
                fault = f"受付番号「{opinion.reference}」が、この中に2つあります。"
                out.append(OpinionRow(row.place, None, fault=fault))
                continue
            here.add(opinion.reference)
            out.append(_asked(by, con, row, opinion, taken.get(opinion.reference)))
        return OpinionPlan(tuple(out))


def _asked(
    by: By, con: rows.Consultation, row: OpinionRow, opinion: NewOpinion, taken: int | None
) -> OpinionRow:
    sender = {"name": opinion.name, "address": opinion.address}
    given = frozenset(name for name, words in sender.items() if words.strip())
    arrival = closing.Arrival(opinion.received, opinion.channel, given=given)
    try:
        closing.must_have_come(arrival, by.day)
    except PiaError as error:
        return OpinionRow(row.place, None, fault=str(error))
    asks = "" if closing.gone_on(con) else "".join(closing.lacking(con, arrival))
    return OpinionRow(row.place, opinion, taken, asks=asks)


@dataclass(frozen=True, slots=True)
class Counting:
    """How rows are counted that do not count by themselves, and why; `skip`: rows that cannot be
    taken in are left where they are."""

    counting: str = ""
    reason: str = ""
    skip: bool = False


def take(
    wp: Workplace, by: By, consultation: int, plan: OpinionPlan, counting: Counting
) -> list[int]:
    """Takes the new rows of a plan in, all or none; their numbers. Unfit where rows cannot be taken
    in and nobody said to leave them, and where it is not said how rows count."""
    if plan.faults and not counting.skip:
        raise Unfit(
            "skip",
            f"取り込めないものが{len(plan.faults)}件あります。"
            "直してから選び直すか、「取り込めないものを除いて取り込む」を選んでください。",
        )
    if not plan.new:
        raise PiaError("新しく取り込む意見はありません。")
    with wp.store.begin() as session:
        con = row_of(session, rows.Consultation, consultation, "意見募集")
        known = queries.opinions.references(session, consultation)
        senders = senders_known(session, consultation)
        numbers = []
        for row in plan.new:
            opinion = row.opinion
            if opinion is None or opinion.reference in known:
                continue
            said = NewOpinion(
                opinion.received,
                opinion.channel,
                opinion.text,
                item=opinion.item,
                name=opinion.name,
                address=opinion.address,
                counting=counting.counting,
                counting_reason=counting.reason,
                reference=opinion.reference,
                files=opinion.files,
            )
            numbers.append(taken_in(session, by, con, said, senders).number)
        if not numbers:
            raise PiaError("新しく取り込む意見はありません。")
        return numbers


def keep_columns(wp: Workplace, by: By, chosen: Mapping[str, str]) -> None:
    """The columns of the city's lists, for the next list."""
    kept = {name: heading for name, heading in chosen.items() if heading}
    with wp.store.begin() as session:
        if queries.opinions.columns(session) == kept:
            return
        session.add(rows.OpinionColumns(columns=kept, **acted(by)))
        log.entry(session, by, "opinion.columns", "opinions", dict(kept))


def table_of(body: bytes, name: str) -> list[list[str]]:
    """The cells of a list; its first row are the headings. PiaError where it has no row below
    them."""
    table = lists.table_of(body, name)
    if len(table) < 2:
        raise PiaError(f"「{name}」に、見出しの行と意見の行がありません。")
    return table
