"""Files kept with a round for those who write it (起案の資料): kept with a title, fetched, counted.

Knows names and bytes. What is in them nobody reads here, and none of them goes out with a document.
Taken back by `corrections`: the file stays. Must not know pages.
"""

from __future__ import annotations

from ...domain.act import By
from ...domain.errors import PiaError, Unfit
from ...store import nodes, queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.round_files import RoundFile
from ..records import closing
from ..workplace import Workplace, chain_at, line

KINDS = (
    *("pdf", "docx", "xlsx", "pptx", "doc", "xls", "ppt"),
    *("png", "jpg", "jpeg", "gif", "tif", "tiff", "txt", "csv"),
)
LARGEST = 20 << 20  # bytes
MANY = 200  # files of a round


def keep(wp: Workplace, by: By, where: str, title: str, name: str, body: bytes) -> int:
    """Keeps a file with a round; its number. Unfit for a kind of file that is not taken, or one
    that is too large; Refused once the round is over."""
    if name.rpartition(".")[2].lower() not in KINDS or "." not in name:
        kinds = "・".join(KINDS)
        raise Unfit("file", f"「{name[:60]}」は資料にできません。使えるファイルは、{kinds} です。")
    if len(body) > LARGEST:
        raise Unfit("file", f"「{name[:60]}」は大きすぎます。1つのファイルは20MBまでです。")
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        round_ = at.own_round
        closing.must_be_open(at, before=closing.OVER)
        if queries.round_files.count(session, round_.id) >= MANY:
            raise PiaError(f"資料は、1つの手続に{MANY}件までです。")
        kept = nodes.put_blob(session, body)
        row = RoundFile(
            round_id=round_.id, title=title or name, name=name, sha256=kept, **acted(by)
        )
        session.add(row)
        session.flush()
        log.entry(session, by, "round.file", at.ref, {"file": row.id, "size": len(body)})
        return row.id
