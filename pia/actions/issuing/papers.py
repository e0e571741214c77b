"""The office's papers: which there are, what they are filled with, the city's own wording of them,
and the filled paper as Word file or PDF.

A city takes a template, edits it in Word and registers it; from then on it is used. The PDF is laid
out from the filled Word file, so both say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ... import papers
from ...domain.act import By
from ...domain.document.marked import REDACTED
from ...domain.errors import PiaError, Problem
from ...domain.text.folding import without
from ...papers import Wording
from ...store import queries
from ...store.ledger import log
from ...store.rows import papers as rows
from ...store.rows.assessments import Round, Version
from ...store.rows.consultations import Consultation
from ...store.rows.councils import Referral
from ..papers import (
    affair_reports,
    commission,
    consultations,
    convening,
    councils,
    leaks,
    minutes,
    plan,
    reports,
    reviews,
    succession,
)
from ..papers.facts import PaperFacts
from ..records.occurrences import said_outward
from ..records.revision import consultation_of
from ..workplace import Workplace

FORMATS = ("docx", "pdf", "html")
# What residents read: these say no word that the documents they are about hide.
MINUTES = "minutes"
NOTICE = "public-notice"
OUTWARD = frozenset(
    {"announcement", "opinion-form", "opinion-results", "consultation-notice", NOTICE, MINUTES}
)


def formats(name: str) -> tuple[str, ...]:
    """What a paper can be made as; the register of affairs is a workbook too."""
    if name == "plan":
        return (*FORMATS, "xlsx")
    return FORMATS


@dataclass(frozen=True, slots=True)
class FilledPaper:
    """A filled paper. `problems` name what was left blank and what to look at before it is used;
    `says` is every word it was filled with."""

    data: bytes
    file: str
    problems: tuple[Problem, ...]
    says: str = ""


@dataclass(frozen=True, slots=True)
class PaperListed:
    """One of the office's papers in their list; `own`: with the city's own wording."""

    name: str
    title: str
    about: str
    own: bool


def listed(wp: Workplace | None) -> list[PaperListed]:
    """Every paper, with whether the city has its own wording of it."""
    own: set[str] = set()
    if wp is not None:
        with wp.store.read() as session:
            own = set()
            for name in papers.known():
                if rows.template_of(session, name) is not None:
                    own.add(name)
    listeds = []
    for wording in map(papers.load, papers.known()):
        listeds.append(PaperListed(wording.name, wording.title, wording.about, wording.name in own))
    return listeds


def title_of(name: str) -> str:
    """What a paper is called."""
    return papers.load(name).title


def template(wp: Workplace | None, name: str) -> bytes:
    """The template in use: the city's own, else ours."""
    from ...documents.word import filler

    words = papers.load(name)
    if wp is not None:
        with wp.store.read() as session:
            own = rows.template_of(session, name)
        if own is not None:
            return own
    return filler.template(words)


def register(wp: Workplace, by: By, name: str, data: bytes) -> tuple[Problem, ...]:
    """Takes a city's own template into use.

    PiaError, and nothing is kept, when it names an unknown field or is broken. Returns what our PDF
    of it cannot show.
    """
    from ...documents.word import filler, reader

    words = papers.load(name)
    filler.check(data, words)
    filler.fill(data, words, _sample(words))  # what only shows when it is filled
    with wp.store.begin() as session:
        rows.keep_template(session, by, name, data)
        log.entry(session, by, "paper.register", name, {"size": len(data)})
    return reader.read(data, f"{words.title}のひな形")[1]


def _sample(words: Wording) -> dict[str, Any]:
    """Every field with something in it, each list with one entry."""

    def filled(fields: Mapping[str, Any]) -> dict[str, Any]:
        sample = {}
        for key, value in fields.items():
            sample[key] = [filled(value)] if isinstance(value, Mapping) else "例"
        return sample

    return filled(words.fields)


# What a paper is about → its facts as of a day.
_OF_TODAY: Mapping[str, Callable[[Workplace, str, int | None, date], PaperFacts]] = {
    "affair": lambda wp, _, about, today: succession.facts(wp, succession.meant(wp, about), today),
    "review": lambda wp, name, about, today: reviews.facts(
        wp, name, reviews.meant(wp, about), today
    ),
    "affair_report": lambda wp, _, about, today: affair_reports.facts(
        wp, affair_reports.meant(wp, about)
    ),
    "report": lambda wp, _, about, today: reports.facts(wp, reports.meant(wp, about), today),
    "leak": lambda wp, name, about, today: leaks.facts(wp, name, leaks.meant(wp, about), today),
}


def facts(
    wp: Workplace,
    name: str,
    about: int | None,
    today: date,
    sitting: int | None = None,
) -> PaperFacts:
    """What a paper is filled with; `about` is the consultation, the referral, the council, the
    member or the body, the latest where None; `sitting`: of what is about a sitting, one of several
    of a referral, or the one a member spoke in."""
    words = papers.load(name)
    if name == MINUTES:
        return minutes.facts(wp, councils.meeting_meant(wp, about, sitting))
    if words.about == "consultation":
        return consultations.facts(wp, name, consultations.meant(wp, about))
    if words.about == "referral":
        return councils.facts(wp, name, councils.meant(wp, about), sitting)
    if words.about == "sitting":
        return convening.of_sitting(wp, name, convening.sitting_meant(wp, sitting))
    if words.about == "leaks":
        return leaks.of_sitting(wp, convening.sitting_meant(wp, sitting), today)
    if words.about == "council":
        return convening.of_council(wp, name, convening.council_meant(wp, about), today)
    if words.about == "member":
        return convening.of_member(wp, name, convening.member_meant(wp, about), sitting)
    if words.about == "reply":
        return commission.facts(wp, commission.meant(wp, about))
    if words.about in _OF_TODAY:
        return _OF_TODAY[words.about](wp, name, about, today)
    if words.about == "disclosure":
        from . import disclosure  # it looks at bundles, which are made of papers

        if about is not None:
            number = about
        else:
            number = disclosure.latest(wp)
        return disclosure.facts(wp, name, number, today)
    return plan.facts(wp, plan.meant(wp, about), today)


def consultation_before(wp: Workplace, referral: int) -> int:
    """The consultation of the rounds of a referral. PiaError when there was none."""
    with wp.store.read() as session:
        ref = session.get(Referral, referral)
        earlier = next(
            (
                con
                for round_ in (ref.rounds if ref else ())
                if (con := consultation_of(session, session.get_one(Round, round_.round_id)))
            ),
            None,
        )
        if earlier is None:
            raise PiaError("この諮問の評価書には、意見募集がありません。")
        return earlier.id


def make(
    wp: Workplace,
    name: str,
    fmt: str,
    *,
    about: int | None = None,
    today: date,
    given: Mapping[str, str] | None = None,
    sitting: int | None = None,
) -> FilledPaper:
    """One paper.

    `given` fills fields by hand (field → text). PiaError when the template or a given field cannot
    be used; nothing is made then.
    """
    words = papers.load(name)
    if fmt not in formats(name):
        raise PiaError(f"{words.title}は、{'・'.join(formats(name))} で作れます。")
    gathered = facts(wp, name, about, today, sitting)
    for field, text in (given or {}).items():
        if not isinstance(words.fields.get(field), str):
            raise PiaError(
                f"{words.title}に、手で入れられる項目「{field}」はありません。"
                f"pia paper fields {name} で見られます。"
            )
        gathered.words[field] = text
    used, problems = gathered.settled(words.fields, words.title)
    if name in OUTWARD:
        used = _outward(wp, _put_before(wp, words, about, sitting), used)
    if fmt == "xlsx":
        from ...documents.papers import plan_xlsx

        systems = Problem("paper.blank", plan_xlsx.SYSTEMS, words.title, "warning")
        return FilledPaper(
            plan_xlsx.write(used, words.title), f"{words.file}.xlsx", (*problems, systems)
        )
    return _filled(wp, words, fmt, used, problems)


def keys_heard(wp: Workplace, sitting: int) -> list[str]:
    """The keys of the documents a sitting has on its agenda, whose words its minutes may quote."""
    keys: dict[str, None] = {}
    for case in councils.heard_at(wp, sitting):
        with wp.store.read() as session:
            keys |= dict.fromkeys(queries.assessments.keys_of_referral(session, case))
    return list(keys)


def whole_minutes(wp: Workplace, sitting: int, fmt: str) -> FilledPaper:
    """The minutes of a sitting for the house: with the items that were heard without the public,
    and nothing covered."""
    words = papers.load(MINUTES)
    if fmt not in FORMATS:
        raise PiaError(f"{words.title}は、{'・'.join(FORMATS)} で作れます。")
    gathered = minutes.facts(wp, sitting, whole=True)
    used, problems = gathered.settled(words.fields, words.title)
    paper = _filled(wp, words, fmt, used, problems)
    return replace(paper, file=f"{words.file}（庁内用）.{fmt}")


def _filled(
    wp: Workplace, words: Wording, fmt: str, used: dict[str, Any], problems: tuple[Problem, ...]
) -> FilledPaper:
    from ...documents.word import filler, reader
    from ..output.comparison_table import rendered

    data = filler.fill(template(wp, words.name), words, used)
    if fmt != "docx":
        sheet, beyond = reader.read(data, words.title)
        problems += beyond
        data = rendered(sheet, fmt, wp.press)
    return FilledPaper(data, f"{words.file}.{fmt}", problems, _told(used))


def _told(used: Any) -> str:
    """Every word a paper was filled with."""
    if isinstance(used, Mapping):
        used = list(used.values())
    if isinstance(used, list | tuple):
        return "\n".join(map(_told, used))
    return str(used)


def _put_before(wp: Workplace, words: Wording, about: int | None, sitting: int | None) -> list[int]:
    """The versions a paper for outside is about: those of a consultation, of a referral, of all
    that a sitting heard."""
    heads: list[int] = []
    if words.about == "consultation":
        number = consultations.meant(wp, about)
        with wp.store.read() as session:
            for round_ in session.get_one(Consultation, number).rounds:
                heads += [round_.head_id] if round_.head_id else []
        return heads
    if words.name == MINUTES:
        cases = councils.heard_at(wp, councils.meeting_meant(wp, about, sitting))
    elif words.about == "sitting":
        cases = councils.heard_at(wp, convening.sitting_meant(wp, sitting))
    else:
        cases = [councils.meant(wp, about)]
    with wp.store.read() as session:
        for case in cases:
            heads += [pinned.version_id for pinned in session.get_one(Referral, case).rounds]
    return heads


def _outward(wp: Workplace, heads: Sequence[int], used: dict[str, Any]) -> dict[str, Any]:
    """The words of a paper for outside, without those that are withheld in these versions.

    What residents wrote is theirs.
    """
    with wp.store.read() as session:
        hidden = said_outward(session, [session.get_one(Version, head) for head in heads])
    if not hidden:
        return used
    # The longest first: a short word may stand within a long one.
    words = sorted(hidden, key=lambda word: (-len(word), word))
    return {key: _covered(value, words) for key, value in used.items()}


def _covered(value: Any, words: Sequence[str]) -> Any:
    """A value of a paper without these words; an opinion stays as it is."""
    if isinstance(value, str):
        return without(value, words, REDACTED)
    if isinstance(value, Mapping):
        covered = {}
        for key, part in value.items():
            covered[key] = part if key == "意見" else _covered(part, words)
        return covered
    if isinstance(value, list | tuple):
        return [_covered(part, words) for part in value]
    return value


def plan_files(wp: Workplace, body: int, day: date) -> dict[str, bytes]:
    """The 計画管理書 of a body as of a day (規則第3条): workbook, paper, and the data both show.

    The same records and the same day give the same bytes.
    """
    from ...documents.papers import plan_xlsx
    from ...documents.proof import plan
    from ...documents.word import filler, reader
    from ..output.comparison_table import rendered

    words = papers.load("plan")
    used, _ = facts(wp, "plan", body, day).settled(words.fields, words.title)
    sheet, _ = reader.read(filler.fill(template(wp, "plan"), words, used), words.title)
    return {
        plan.DATA: plan.write(used, sheet, words.title, day),
        plan.WORKBOOK: plan_xlsx.write(used, words.title),
        plan.PAPER: rendered(sheet, "pdf", wp.press),
    }
