"""What papers are made on and what was printed: a city's workbooks as carriers, its own templates,
and printed documents with the page of every item.

Knows which bytes belong to which form, name or digest. Must not know how a workbook is filled or a
page is laid out. Council work is done by page number (議事は「46ページ」で進む), so a page map
stands for exactly one printing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...domain.act import By
from ...domain.document.tree import Path
from .. import nodes
from ..ledger import log
from ..model import Acted, Base, acted


class Carrier(Acted, Base):
    """A workbook kept to be filled: an official blank of a form, or the workbook one assessment was
    imported from. Append-only: the latest counts. `stand_in`: it is the project's own blank and not
    the commission's; else None.
    """

    __tablename__ = "carrier"
    id: Mapped[int] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(index=True)
    assessment_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"))
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
    stand_in: Mapped[bool | None]


class FormConfirmation(Acted, Base):
    """Which lines of a form a registered blank confirmed: `nodes` maps each node's id to whether
    its ※ was printed too. Append-only.
    """

    __tablename__ = "form_confirmation"
    id: Mapped[int] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
    nodes: Mapped[dict[str, Any]]


class Printed(Base):
    """One printing of a version: which text (digest), which of its readings (full, public), in
    which layout; and the page every item begins on.
    """

    __tablename__ = "printed"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str]
    projection: Mapped[str]
    layout: Mapped[str]
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
    count: Mapped[int]
    pages: Mapped[dict[str, Any]]
    __table_args__ = (UniqueConstraint("digest", "projection", "layout"),)


class PaperTemplate(Acted, Base):
    """A city's own wording of a paper (公示文, 諮問書 …) as the file it edited. Append-only: the
    latest counts.
    """

    __tablename__ = "paper_template"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))


def keep_carrier(
    session: Session,
    by: By,
    form: str,
    name: str,
    body: bytes,
    assessment_id: int | None = None,
    stand_in: bool = False,
) -> Carrier:
    """Keeps a city's own workbook, for one assessment or (None) as the blank of its form."""
    carrier = Carrier(
        form=form,
        assessment_id=assessment_id,
        name=name,
        sha256=nodes.put_blob(session, body),
        stand_in=stand_in or None,
        **acted(by),
    )
    session.add(carrier)
    session.flush()
    return carrier


def carrier_of(session: Session, form: str, assessment_id: int | None = None) -> Carrier | None:
    """The workbook to fill: the newest one of that assessment on that form, else the newest blank
    of the form.
    """
    newest = select(Carrier).where(Carrier.form == form).order_by(Carrier.id.desc()).limit(1)
    if assessment_id is not None:
        own = session.scalar(newest.where(Carrier.assessment_id == assessment_id))
    else:
        own = None
    return own or session.scalar(newest.where(Carrier.assessment_id.is_(None)))


def confirm_form(
    session: Session, by: By, form: str, sha256: str, lines: Mapping[str, bool]
) -> FormConfirmation:
    """Keeps what a blank confirmed of a form."""
    form_confirmation = FormConfirmation(form=form, sha256=sha256, nodes=dict(lines), **acted(by))
    session.add(form_confirmation)
    session.flush()
    return form_confirmation


def confirmation_of(session: Session, form: str) -> FormConfirmation | None:
    """The newest confirmation of a form at this installation."""
    return session.scalar(
        select(FormConfirmation)
        .where(FormConfirmation.form == form)
        .order_by(FormConfirmation.id.desc())
        .limit(1)
    )


def blank_of(session: Session, form: str) -> Carrier | None:
    """The newest blank registered for a form (not the workbook of one assessment)."""
    return session.scalar(
        select(Carrier)
        .where(Carrier.form == form, Carrier.assessment_id.is_(None))
        .order_by(Carrier.id.desc())
        .limit(1)
    )


def keep_printed(
    session: Session,
    digest: str,
    projection: str,
    layout: str,
    body: bytes,
    count: int,
    pages: Mapping[Path, int],
) -> None:
    """Keeps a printing and its page map; the same printing is kept once."""
    if printed(session, digest, projection, layout) is None:
        pages_by_path = {}
        for key, value in pages.items():
            pages_by_path["/".join(key)] = value
        row = {
            "digest": digest,
            "projection": projection,
            "layout": layout,
            "sha256": nodes.put_blob(session, body),
            "count": count,
            "pages": pages_by_path,
        }
        session.add(Printed(**row))
        session.flush()
        log.told(session, "printing.keep", f"{projection} {digest[:12]}")


def printed(session: Session, digest: str, projection: str, layout: str) -> Printed | None:
    """The printing of a text in a projection and layout; None when none is kept."""
    return session.scalar(
        select(Printed).where(
            Printed.digest == digest, Printed.projection == projection, Printed.layout == layout
        )
    )


def keep_template(session: Session, by: By, name: str, body: bytes) -> None:
    """Keeps a city's own wording of a paper."""
    session.add(PaperTemplate(name=name, sha256=nodes.put_blob(session, body), **acted(by)))
    session.flush()


def template_of(session: Session, name: str) -> bytes | None:
    """The city's own file for a paper; None where it uses ours."""
    name_of_file = session.scalar(
        select(PaperTemplate.sha256)
        .where(PaperTemplate.name == name)
        .order_by(PaperTemplate.id.desc())
        .limit(1)
    )
    if name_of_file:
        return nodes.get_blob(session, name_of_file)
    return None
