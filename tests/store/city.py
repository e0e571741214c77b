"""A small invented city to store things for: one body, one affair, its assessment, and saving
with an audit entry as an action does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from pia import forms
from pia.domain.act import By
from pia.domain.document.form import reviewed
from pia.domain.document.tree import Tree
from pia.store.ledger import log
from pia.store.rows import assessments
from pia.store.rows.assessments import Affair, Assessment, Body, Round, Version

START = datetime(2026, 4, 1, 0, 30, tzinfo=UTC)


def by(minutes: int = 0, actor: str = "tanaka", role: str = "editor") -> By:
    return By(actor, role, START + timedelta(minutes=minutes))


def wrote(session: Session) -> None:
    """The entry of an act whose rows a test writes by hand."""
    log.entry(session, by(), "test.write", "x")


def found(session: Session, key: str = "nhi-benefits", kind: str = "all_item") -> Assessment:
    """A new assessment with its affair and body."""
    body = session.query(Body).first() or Body(name="あおば市長")
    session.add(body)
    session.flush()
    affair = Affair(
        key=key,
        body_id=body.id,
        number=str(session.query(Affair).count() + 1),
        name="国民健康保険に関する事務",
    )
    session.add(affair)
    session.flush()
    assessment = Assessment(key=key, affair_id=affair.id, kind=kind, created=START)
    session.add(assessment)
    session.flush()
    return assessment


def save(
    session: Session,
    assessment: Assessment,
    tree: Tree,
    parent: Version | None = None,
    act: By | None = None,
    **more: Any,
) -> Version:
    act = act or by()
    line: Assessment | Round = more.get("round") or assessment
    digest = reviewed(forms.load(tree.form), tree).digest
    parent_id = parent.id if parent else line.head_id
    saved = assessments.save(
        session,
        assessments.NewVersion(tree, digest, "試験", more.pop("source", None)),
        assessment=assessment,
        parent_id=parent_id,
        by=act,
        **more,
    )
    log.entry(
        session, act, "draft.save", assessment.key, {}, [saved] if saved.id != parent_id else []
    )
    return saved
