"""Files that came with an opinion (隔離): kept as they came, handed out only once the city's own
無害化 is on record (規則第7条第1項).

Knows names and bytes. What is in a file nobody opens here. Must not know pages.
"""

from __future__ import annotations

from datetime import date

from ...domain.act import By
from ...domain.errors import PiaError, Unfit
from ...store import nodes, queries
from ...store.ledger import log
from ...store.ledger.witness import Witness
from ...store.model import acted
from ...store.rows.consultations import Opinion, OpinionAttachment
from ..records.opinion_kinds import must_be_cleaned_on
from ..workplace import Workplace

LARGEST = 20 << 20  # bytes
MANY = 50  # files of an opinion


def keep(session: Witness, by: By, opinion: Opinion, name: str, body: bytes) -> int:
    """Keeps a file as it came with an opinion; its number. Unfit for one that is too large."""
    if len(body) > LARGEST:
        raise Unfit("files", f"「{name[:60]}」は大きすぎます。1つのファイルは20MBまでです。")
    if len(queries.opinions.attachments(session, [opinion.id])) >= MANY:
        raise Unfit("files", f"添付ファイルは、1つの意見に{MANY}件までです。")
    row = OpinionAttachment(
        opinion_id=opinion.id,
        name=name,
        sha256=nodes.put_blob(session, body),
        size=len(body),
        cleaned_how="",
        **acted(by),
    )
    session.add(row)
    session.flush()
    about = {"attachment": row.id, "size": len(body)}
    place = f"{opinion.consultation_id}/{opinion.number}"
    log.entry(session, by, "opinion.attach", place, about)
    return row.id


def attach(wp: Workplace, by: By, consultation: int, number: int, name: str, body: bytes) -> int:
    """A file that came with an opinion and was brought later; its number. PiaError for an opinion
    that does not stand."""
    with wp.store.begin() as session:
        opinion = queries.opinions.numbered(session, consultation, number)
        if opinion is None or opinion.withdrawn is not None:
            raise PiaError(f"意見{number}はありません。一覧から選び直してください。")
        return keep(session, by, opinion, name, body)


def clean(wp: Workplace, by: By, number: int, day: date, how: str) -> None:
    """The city's 無害化 of a file: from now on it is handed out. Unfit for a day that cannot be."""
    with wp.store.begin() as session:
        row = session.get(OpinionAttachment, number)
        if row is None or row.withdrawn is not None:
            raise PiaError("その添付ファイルはありません。意見募集の画面から選び直してください。")
        if row.cleaned is not None:
            raise PiaError("無害化は、もう記録されています。直すときは、記録を直してください。")
        must_be_cleaned_on(by, row, day)
        row.cleaned = day
        row.cleaned_how = how
        log.entry(session, by, "opinion.clean", str(row.id), {"day": day.isoformat()})
