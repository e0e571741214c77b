"""A whole document as a Word file, and the changes since another one inside it: as changes a person
can take or take back (.docx), or to be looked at (PDF with 見え消し).

Knows whose version a change is. How it looks is `documents.word.assessment`'s.
"""

from __future__ import annotations

from dataclasses import replace

from ...domain.act import in_japan
from ...domain.document.form import OPEN
from ...domain.errors import PiaError
from ...store import queries
from ...store.rows.assessments import Version
from ..sources import Source, matched
from ..workplace import Press, Workplace

NOT_ON_A_FORM = "変更箇所を示して書き出せるのは、同じ種類の評価書どうしを比べるときだけです。"


def word(source: Source, old: Source | None = None, wp: Workplace | None = None) -> bytes:
    """A document as a Word file that can be edited and brought back; with what changed since `old`
    as tracked changes. PiaError for texts without a form."""
    from ...documents.word import assessment, writer

    before, after = _sides(source, old)
    against = None
    if before is not None:
        against = assessment.Against(before.tree, *author(wp, after))
    title = after.title or after.words
    made = assessment.write(after.tree, after.form, title=title, ref=source.ref, against=against)
    return writer.write(made.paper, made.carried)


def marked_pdf(source: Source, old: Source, press: Press) -> bytes:
    """A whole document as PDF with what was deleted since `old` struck out and what was added
    underlined. It says what it is, and is refused when it is read."""
    from ...documents.word import as_pdf, assessment

    before, after = _sides(source, old)
    assert before is not None
    title = after.title or after.words
    against = assessment.Against(before.tree, shown=True)
    made = assessment.write(after.tree, after.form, title=title, against=against)
    paper = replace(made.paper, title=f"{title}　見え消し（{before.words} から {after.words}）")
    return as_pdf.write(paper, own=press.fonts)


def _sides(source: Source, old: Source | None) -> tuple[Source | None, Source]:
    """Both documents on one form, with the same keys for the same entries."""
    if source.form is OPEN or (old is not None and old.form is OPEN):
        raise PiaError(NOT_ON_A_FORM)
    if old is None:
        return None, source
    return matched(old, source)


def author(wp: Workplace | None, source: Source) -> tuple[str, str]:
    """Who saved a version and when, as Word files say it; empty for a file."""
    if wp is None or source.version is None:
        return "", ""
    with wp.store.read() as session:
        version = session.get_one(Version, source.version)
        names = {name: words for name, words in queries.accounts.shown_names(session)}
        # Word calls the clock of the house Z, and shows it as it stands.
        instant = in_japan(version.at).strftime("%Y-%m-%dT%H:%M:%SZ")
        return names.get(version.actor) or version.actor, instant
