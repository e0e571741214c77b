"""A document written out in the format that was asked for: alone, as its public reading, or as the
whole 一式.

Knows which of these is meant. How one document is written is `output.formats`.
"""

from __future__ import annotations

from datetime import date

from ...domain.document.form import OPEN
from ...domain.errors import PiaError
from ..output.formats import Step, outward, written
from ..records.outward import Outward, public_reading
from ..sources import Source
from ..workplace import Press, Workplace


def export(
    source: Source,
    fmt: str,
    *,
    carrier: bool = False,
    public: bool = False,
    where: Workplace | Press,
    step: Step = lambda *_: None,
    today: date | None = None,
) -> bytes:
    """The bytes of a document in one format.

    `where` is the workplace, in which a printing is kept and taken from what was kept, or, for
    files without a store, what they are drawn with. A bundle holds the 計画管理書 as of `today`.
    PiaError, before anything is written, for what cannot be written.
    """
    if carrier:
        raise PiaError(
            "公表用（非公表部分を除いたもの）は、"
            "様式ファイルに書き込めません（様式ファイルに残る記載を除けないため）。"
            "--public か --carrier のどちらかにしてください。"
        )
    if fmt == "bundle":
        return _bundle(source, where, public, step, today)
    if public:
        return outward(_answered(where, source), fmt, where)
    return written(source, fmt, where)


def _answered(where: Workplace | Press, source: Source) -> Outward:
    """The public reading of a document; Refused while its withheld words stand open in another
    place.
    """
    if isinstance(where, Press):
        return public_reading(None, source)
    if source.version is not None:
        from ..records import occurrences

        occurrences.must_be_answered(where, [source.version])
    return public_reading(where, source)


def _bundle(
    source: Source, where: Workplace | Press, public: bool, step: Step, today: date | None
) -> bytes:
    from ..records import sets
    from . import bundles

    if source.form is OPEN:
        raise PiaError("テキストの文書は、提出書類一式に書き出せません。")
    if isinstance(where, Press) or source.version is None:
        press = where if isinstance(where, Press) else where.press
        if public:
            return bundles.of_file(public_reading(None, source), press)
        return bundles.of_file(source, press)
    refs = sets.set_of(where, source.ref)
    if public:
        return bundles.for_the_public(where, refs, step).data
    if today is None:
        raise ValueError("the 計画管理書 of a bundle needs its day")
    return bundles.of_refs(where, refs, today, step).data
