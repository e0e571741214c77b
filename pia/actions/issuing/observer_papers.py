"""傍聴者用資料 on paper: what those who listen to a sitting are handed, without 非公表部分 and
without the items that are closed.

Knows what is public of a sitting. Every document in it is a public reading. Reads only.
"""

from __future__ import annotations

from ...domain.errors import PiaError
from ...store.rows import councils
from ..output import comparison_table
from ..records import minutes as records
from ..workplace import Workplace, row_of
from . import papers

# The office's papers everybody may read: name, and whether they are about the council.
PUBLIC = (("order-of-business", False), ("roster", True))


def paper(wp: Workplace, number: int) -> bytes:
    """The PDF of a sitting. PiaError when there is none of that number."""
    from ...documents.pdf import pack

    with wp.store.read() as session:
        sitting = row_of(session, councils.Sitting, number, "会議")
        cases = [item for item in records.items_of(sitting) if item.public and item.referral]
    parts = []
    for name, of_council in PUBLIC:
        about = sitting.council_id if of_council else number
        try:
            made = papers.make(wp, name, "pdf", about=about, today=sitting.day, sitting=number)
        except PiaError:
            continue
        parts.append(pack.part_of("", papers.title_of(name), made.data))
    for item in cases:
        subjects = comparison_table.outward_of_referral(wp, item.referral or 0)
        table = comparison_table.write(subjects, "pdf", press=wp.press)
        parts.append(pack.part_of("新旧対照表", item.printed, table))
    whole = pack.Pack(f"傍聴者用資料　{sitting.name}", tuple(parts), (), {})
    return pack.bind(whole, own=wp.press.fonts)[0].data
