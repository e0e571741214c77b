"""記載要領, as they are asked for.

Knows rows. Must not know what an item is.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from ..rows.guides import GuideFile, GuidePage


def current(session: Session) -> GuideFile | None:
    """The one that counts: filed last and not taken back; None before the first. Its pages are
    read only when they are asked for."""
    of = select(GuideFile).options(defer(GuideFile.pages))
    of = of.where(GuideFile.withdrawn.is_(None)).order_by(GuideFile.id.desc()).limit(1)
    return session.scalar(of)


def every(session: Session) -> list[GuideFile]:
    """All of them, also those taken back, the newest first, without their pages."""
    of = select(GuideFile).options(defer(GuideFile.pages)).order_by(GuideFile.id.desc())
    return list(session.scalars(of))


def chosen(session: Session, guide_id: int, form_kind: str) -> dict[str, int]:
    """Item → page as people chose it last."""
    of = select(GuidePage.item, GuidePage.page).where(
        GuidePage.guide_id == guide_id, GuidePage.form_kind == form_kind
    )
    return dict(session.execute(of.order_by(GuidePage.id)).all())


def files(session: Session) -> list[tuple[int, str]]:
    """(number, digest of the bytes) of every one."""
    return [(row.id, row.sha256) for row in every(session)]
