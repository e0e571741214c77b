"""The city's own workbooks: kept as carriers of a form or of one assessment, and filled with a
version for 提出 (規則第5条第1項・第6条第1項・第7条第5項).

Decides which workbook is filled; how is `documents.carrier.filler`'s. What does not fit is listed
whole, and then nothing is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By, day_in_japan
from ...domain.change.compare import compare
from ...domain.document import items
from ...domain.document.form import OPEN, Form, FormNode
from ...domain.errors import PiaError, Problem
from ...domain.text import pieces, spans
from ...domain.wareki import written
from ...store import nodes, queries
from ...store.ledger import log
from ...store.rows import assessments, papers
from ..sources import Source, matched
from ..workplace import Workplace

if TYPE_CHECKING:
    from ...documents.carrier.filler import FilledWorkbook


@dataclass(frozen=True, slots=True)
class Registered:
    """What was kept (`sha256` "" when nothing was), on which form, and every mismatch; errors are
    fatal for filling. `stand_in`: it is the project's own blank, which confirms nothing.
    """

    form: str
    sha256: str
    problems: tuple[Problem, ...]
    stand_in: bool = False

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that forbid its use."""
        problems = []
        for problem in self.problems:
            if problem.level == "error":
                problems.append(problem)
        return tuple(problems)


def register(
    wp: Workplace, by: By, path: Path, form_id: str | None = None, into: str | None = None
) -> Registered:
    """Keeps a workbook as the carrier of its form, or of the assessment `into`.

    One audit entry; nothing is kept when an item has no place in it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PiaError(f"{path} を開けません。ファイルの場所と名前を確かめてください。") from error
    return register_bytes(wp, by, data, path.name, form_id, into)


def register_bytes(
    wp: Workplace,
    by: By,
    data: bytes,
    name: str,
    form_id: str | None = None,
    into: str | None = None,
) -> Registered:
    """Checks and keeps a city's own workbook. PiaError when it is none."""
    from ...documents.carrier import fitness
    from ...documents.workbook_in import reader

    if form_id:
        wanted = forms.load(form_id)
    else:
        wanted = None
    read = reader.read(data, wanted, name=name)
    if not read.form:
        raise PiaError(
            f"{name} の表紙から様式が分かりません。"
            "表紙に様式の名称があるか確かめるか、様式を指定してください。"
        )
    if read.ours:
        raise PiaError(
            f"{name} は当ソフトの確認用のワークブックです。"
            "委員会の様式か、市が提出に使っているワークブックを指定してください。"
        )
    form = forms.load(read.form)
    if into is not None:
        with wp.store.read() as session:
            kind = assessments.by_key(session, into).kind
        if kind != form.kind:
            raise PiaError(
                f"{into} は{forms.KIND_NAMES.get(kind, kind)}ですが、"
                f"{name} は{forms.KIND_NAMES.get(form.kind, form.kind)}の様式です。"
            )
    problems = tuple(fitness.check(data, form))
    if any(problem.level == "error" for problem in problems):
        return Registered(form.id, "", problems)
    with wp.store.begin() as session:
        assessment_id = None
        if into is not None:
            assessment_id = assessments.by_key(session, into).id
        kept = papers.keep_carrier(
            session, by, form.id, name, data, assessment_id, stand_in=read.stand_in
        )
        about = {"form": form.id, "name": name, "sha256": kept.sha256}
        log.entry(session, by, "carrier.register", into or form.id, about)
        return Registered(form.id, kept.sha256, problems, read.stand_in)


def confirm(wp: Workplace, by: By, form_id: str) -> tuple[int, int]:
    """Compares a form with the newest blank registered for it and keeps which lines it confirms:
    (how many of the form's lines, of how many). From then on this installation takes them as seen.
    PiaError where no blank is registered.
    """
    from ...documents.workbook_in import form_check

    form = forms.load(form_id)
    with wp.store.read() as session:
        blank = papers.blank_of(session, form.id)
        if blank:
            data = nodes.get_blob(session, blank.sha256)
        else:
            data = b""
    if blank is None:
        raise PiaError(
            f"{form.name}（{form.stamp}）の空の様式が登録されていません。"
            "「様式ファイル」の画面で登録してください。"
        )
    if blank.stand_in:
        raise PiaError(
            f"{form.name}（{form.stamp}）に登録されているのは見本の様式です。"
            "個人情報保護委員会の様式を登録すると、照合できます。"
        )
    confirmed = form_check.confirmed(data, form)
    with wp.store.begin() as session:
        papers.confirm_form(session, by, form.id, blank.sha256, confirmed)
        log.entry(
            session, by, "form.confirm", form.id, {"sha256": blank.sha256, "lines": len(confirmed)}
        )
    return len(confirmed), sum(1 for _ in form.walk())


def confirm_bytes(wp: Workplace, by: By, data: bytes, form_id: str) -> tuple[int, int] | None:
    """`confirm`, where these bytes are the blank that is registered; None where they are not."""
    with wp.store.read() as session:
        blank = papers.blank_of(session, form_id)
        if blank is None or blank.stand_in or nodes.get_blob(session, blank.sha256) != data:
            return None
    return confirm(wp, by, form_id)


@dataclass(frozen=True, slots=True)
class Certainty:
    """What is known of a form at this installation.

    `unseen` is the sentence that no source was seen (empty where one was); `day` the day a
    registered blank was compared; `lines` those it confirmed.
    """

    unseen: str
    day: date | None
    lines: frozenset[str]

    def of(self, line: FormNode) -> str:
        """How far one line is certain, in words."""
        if line.id in self.lines and self.day is not None:
            return (
                f"この様式の項目名は、市が登録した空の様式と照合済みです（{written(self.day)}）。"
            )
        if line.source.startswith("src:"):
            return (
                "この様式の項目名は、公表された評価書で見たものです。"
                "委員会の様式とは照合していません。"
            )
        return "この様式の項目名は、公表資料でも確かめられていません（未確認）。"


def certainty(wp: Workplace, form: Form) -> Certainty:
    """Whether a form was seen in print, or since when this city has confirmed it."""
    with wp.store.read() as session:
        kept = papers.confirmation_of(session, form.id)
        if kept is None:
            return Certainty(form.unseen, None, frozenset())
        return Certainty("", day_in_japan(kept.at), frozenset(kept.nodes))


def filled_in(wp: Workplace, source: Source) -> str:
    """What a version would be filled in: "carrier", the city's own; "stand-in", the project's blank
    and not the commission's; "own", where nothing is registered, our own layout."""
    with wp.store.read() as session:
        kept = _carrier(session, source)
    if kept is None:
        return "own"
    return "stand-in" if kept.stand_in else "carrier"


def _carrier(session: Session, source: Source) -> papers.Carrier | None:
    """The workbook a version is filled into: that of its assessment, else that of its form."""
    own = None
    if source.version is not None:
        own = queries.assessments.id_of(session, source.key)
    return papers.carrier_of(session, source.form.id, own)


def export(
    wp: Workplace, source: Source, fmt: str = "xlsx", *, with_map: bool = False
) -> FilledWorkbook:
    """A version in the carrier of its assessment, else in that of its form.

    PiaError where none is registered.
    """
    from ...documents.carrier import filler

    if fmt != "xlsx" or source.form is OPEN:
        raise PiaError(
            "様式ファイルに書き込めるのは、評価書を --format xlsx で書き出すときだけです。"
        )
    with wp.store.read() as session:
        kept = _carrier(session, source)
        if kept:
            body = nodes.get_blob(session, kept.sha256)
        else:
            body = None
    if body is None:
        raise PiaError(
            f"{source.form.name}（{source.form.stamp}）の様式ファイルが登録されていません。"
            "「様式ファイル」の画面で登録するか、"
            "確認用（提出用ではありません）のワークブックを書き出してください。"
        )
    if source.version is not None:
        ref = source.ref
    else:
        ref = ""
    return filler.fill(
        body,
        source.tree,
        source.form,
        blobs=source.blobs,
        carry=(ref, source.title or source.ref) if with_map else None,
    )


def with_marks(source: Source, old: Source) -> bytes:
    """Our own layout of a version with what changed since another one shown inside its texts.

    It says what it is, and is refused when it is read.
    """
    from ...documents.workbook_out import writer

    if source.form is OPEN or old.form is OPEN:
        raise PiaError(
            "変更箇所を示したワークブックに書き出せるのは、評価書どうしを比べるときだけです。"
        )
    earlier, later = matched(old, source)
    before, after = (dict(items.answers(x.tree)) for x in (earlier, later))
    marked = {}
    for path in dict.fromkeys([*after, *before]):
        line = later.form.at(path)[0]
        if line is not None and line.kind in ("text", "number", "date"):
            was, now = (items.text_of(x.tree.find(path)) for x in (earlier, later))
            if was != now:
                marked[path] = pieces.inline(was, now, spans.spans(was, now), fold=False)
    title = later.title or later.ref
    return writer.write(
        later.tree,
        later.form,
        title=title,
        blobs=later.blobs,
        highlight=compare(earlier.tree, later.tree),
        marked=marked,
    )
