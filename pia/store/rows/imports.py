"""Books laid out to be brought in together: the files as they were sent, what was read of each,
what somebody put right, and the version each became.

Nothing rests on these rows: what was brought in is a version with its entry. A file that is not
brought in is dropped again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base

SENT = "SENT"
READ = "READ"
UNREADABLE = "UNREADABLE"
TAKEN = "TAKEN"
BACK = "BACK"
# A book by itself: looked at before it is taken in, taken in, taken back again.
LOOKED = "LOOKED"
ENTERED = "ENTERED"
UNDONE = "UNDONE"
ALONE = (LOOKED, ENTERED, UNDONE)


class ImportBatch(Acted, Base):
    """Files that were sent to be brought in together. `job_id`: the work that was asked for last;
    `body_id`: the body all of its books are of, once they are taken in (None for several)."""

    __tablename__ = "import_batch"
    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int | None] = mapped_column(ForeignKey("body.id"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))


class ImportBook(Base):
    """One file of a batch. `cover`: what was read of it; `typed`: what somebody put right, by
    field; `says`: why it could not be read or taken in; `made`: what taking it in made."""

    __tablename__ = "import_book"
    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), index=True)
    body_id: Mapped[int | None] = mapped_column(ForeignKey("body.id"))
    name: Mapped[str]
    sha256: Mapped[str]
    file: Mapped[bytes] = mapped_column(deferred=True)
    state: Mapped[str] = mapped_column(default=SENT)
    cover: Mapped[dict[str, Any]] = mapped_column(default=dict)
    typed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    says: Mapped[str] = mapped_column(default="")
    version_id: Mapped[int | None] = mapped_column(ForeignKey("version.id"))
    made: Mapped[dict[str, Any]] = mapped_column(default=dict)
