"""The 評価書一式 as it is submitted: each document with its workbook, paper, data, change table and
public reading, in one bundle.

Knows which documents belong together and what each was made from. What a bundle looks like and how
it is proved is `documents.bundle`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ...documents import bundle
from ...documents.proof.bundle import BundleCheck
from ...domain.canonical import canonical
from ...domain.document.form import reviewed
from ...domain.errors import PiaError
from ...domain.procedure import change_table
from ...store import columns, queries
from ...store.ledger import log
from ...store.rows import assessments
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair, Body
from ..output import carriers, comparisons, formats
from ..output.formats import Step
from ..records.outward import Outward, public_reading
from ..records.revision import frozen_table, revision
from ..sources import Source, read_ref
from ..workplace import Press, Workplace
from . import papers


@dataclass(frozen=True, slots=True)
class Bundle:
    """The bytes, and the digest of each version in it by REF."""

    data: bytes
    digests: dict[str, str]


def of_refs(wp: Workplace, refs: Sequence[str], day: date, step: Step = lambda *_: None) -> Bundle:
    """The bundle of these versions, with the 計画管理書 as of `day` (規則第3条).

    PiaError when one cannot be written in every form; nothing is kept here.
    """
    parts = []
    digests = {}
    for index, ref in enumerate(refs):
        source = read_ref(wp, ref)
        step(index, len(refs), source.title)
        parts.append(_part(wp, source))
        digests[source.ref] = source.tree.digest
    step(len(refs), len(refs), "計画管理書")
    return Bundle(bundle.write(parts, bundle.SUBMISSION, _plans(wp, refs, day)), digests)


def _plans(wp: Workplace, refs: Sequence[str], day: date) -> dict[str, bundle.Plan]:
    """The 計画管理書 of the body these documents are of; a folder each where there are several."""
    with wp.store.read() as session:
        affairs = []
        for ref in refs:
            affairs.append(
                session.get_one(
                    Assessment, assessments.resolve(session, ref).assessment_id
                ).affair_id
            )
        bodies = dict.fromkeys(session.get_one(Affair, affair).body_id for affair in affairs)
        names = {}
        for body in bodies:
            names[body] = session.get_one(Body, body).name
    by_body = {}
    for key, name in names.items():
        by_body[key] = bundle.Plan(name, day, papers.plan_files(wp, key, day))
    plans = {}
    for key, plan in by_body.items():
        plans["plan" if len(by_body) == 1 else f"plan-{key}"] = plan
    return plans


def for_the_public(wp: Workplace, refs: Sequence[str], step: Step = lambda *_: None) -> Bundle:
    """The public readings of these versions, to be carried to the public zone: no earlier version,
    no record, no 計画管理書, nothing that is withheld.
    """
    from ..records import occurrences

    inside = []
    for ref in refs:
        inside.append(read_ref(wp, ref))
    occurrences.must_be_answered(wp, [x.version for x in inside if x.version is not None])
    parts = []
    digests = {}
    for index, (ref, document) in enumerate(zip(refs, inside)):
        source: Outward = public_reading(wp, document)
        step(index, len(refs), source.title)
        files = {}
        for name, fmt in (
            (bundle.DOCUMENT, "json"),
            (bundle.PAPER, "pdf"),
            ("document.html", "html"),
        ):
            files[name] = formats.outward(source, fmt, wp)
        parts.append(bundle.BundledDocument(_folder(source.key), _about(source, None), files))
        digests[ref] = source.tree.digest
    return Bundle(bundle.write(parts, bundle.PUBLIC), digests)


def of_file(source: Source, press: Press) -> bytes:
    """A bundle of one document out of a file: without change table and records, which only the
    store has. `press`: what its paper is drawn with.
    """
    return bundle.write(
        [
            bundle.BundledDocument(
                _folder(source.key or Path(source.ref).stem),
                _about(source, None),
                _files(press, source, formats.written(source, "xlsx", press)),
            )
        ]
    )


def _part(wp: Workplace, source: Source) -> bundle.BundledDocument:
    workbook, kind = _workbook(wp, source)
    files = _files(wp, source, workbook)
    base = None
    with wp.store.read() as session:
        version = session.get_one(Version, source.version)
        entry = _entry(session, source)
        if version.round_id:
            round_ = session.get(Round, version.round_id)
        else:
            round_ = None
        table_rows = None
        if round_ is not None and round_.base_id is not None and round_.head_id == version.id:
            rev = revision(session, round_)
            table_rows = frozen_table(session, round_)
            seq = session.get_one(Version, round_.base_id).seq
            base = Source(
                f"{source.key}@{seq}",
                rev.base,
                rev.form,
                source.title,
                source.key,
                blobs=_blobs(session, rev.base),
                version=round_.base_id,
            )
    if base is not None:
        if table_rows is not None:
            rows = change_table.readable(source.form, table_rows)
        else:
            rows = comparisons.change_rows(wp, base, source)
        files[bundle.BASE] = formats.written(base, "json", wp)
        files[bundle.TABLE] = canonical({"rows": [x.as_json() for x in rows]})
        files["change-table.xlsx"] = comparisons.table_xlsx(base, source, rows)
        files["change-table.pdf"] = comparisons.table_pdf(base, source, rows, wp.press)
    if base is not None:
        table = {"table": bundle.FIXED if table_rows is not None else bundle.COMPUTED}
    else:
        table = {}
    return bundle.BundledDocument(
        _folder(source.key), {**_about(source, base, kind), **table}, files, entry
    )


def _folder(key: str) -> str:
    return re.sub(r'[\\/:*?"<>|\s]', "_", key)


def _blobs(text: Any, tree: Any) -> dict[str, bytes]:
    from ..sources import blobs_of

    return blobs_of(text, tree)


def _about(source: Source, base: Source | None, workbook: str = "own") -> dict[str, Any]:
    return {
        "workbook": workbook,
        "key": source.key,
        "ref": source.ref,
        "name": source.title,
        "form": source.form.id,
        "digest": source.tree.digest,
        "reviewed_digest": reviewed(source.form, source.tree).digest,
        "base": {"ref": base.ref, "digest": base.tree.digest} if base else None,
    }


def _files(where: Workplace | Press, source: Source, workbook: bytes) -> dict[str, bytes]:
    out = {
        bundle.DOCUMENT: formats.written(source, "json", where),
        bundle.WORKBOOK: workbook,
        bundle.PAPER: formats.written(source, "pdf", where),
    }
    shown = public_reading(where if isinstance(where, Workplace) else None, source)
    if shown.tree.digest != source.tree.digest:
        out["public/document.pdf"] = formats.outward(shown, "pdf", where)
    else:
        out["public/document.pdf"] = out[bundle.PAPER]
    out["public/document.html"] = formats.outward(shown, "html", where)
    return out


def _entry(session: Any, source: Source) -> dict[str, Any] | None:
    """The audit entry that saved this version, whole, so that its hash can be computed again."""
    named = [source.ref, source.tree.digest]
    for audit_entry in queries.audit_entries.in_order(session):
        if named in audit_entry.detail.get("versions", ()):
            return _whole(audit_entry)
    return None


def _whole(audit_entry: log.AuditEntry) -> dict[str, Any]:
    """An entry with all that its hash is of; of the rows its act wrote only what stands for them
    there (docs/contracts.md).
    """
    body = {
        "v": audit_entry.v,
        "seq": audit_entry.seq,
        "prev": audit_entry.prev,
        "actor": audit_entry.actor,
        "role": audit_entry.role,
        "at": columns.written(audit_entry.at),
    }
    body |= {
        "action": audit_entry.action,
        "target": audit_entry.target,
        "detail": audit_entry.detail,
        "hash": audit_entry.hash,
    }
    if audit_entry.v == 1:
        return {**body, "kind": "audit"}
    return {
        **body,
        "kind": "entry",
        "chain": audit_entry.chain,
        "nonce": audit_entry.nonce,
        "rows": log.commitments(audit_entry)["rows"],
    }


def _workbook(wp: Workplace, source: Source) -> tuple[bytes, str]:
    """The city's own workbook where one is registered and takes everything ("stand-in": it is the
    project's blank, not the commission's), else our own layout; and which of these it is.
    """
    try:
        carried = carriers.export(wp, source)
    except PiaError:
        carried = None  # no carrier is registered
    if carried is not None and not carried.errors:
        return carried.data, carriers.filled_in(wp, source)
    return formats.written(source, "xlsx", wp), "own"


def verify(name: str, step: Step = lambda *_: None) -> list[BundleCheck]:
    """Every check of a bundle file; needs no database. PiaError when it cannot be opened."""
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise PiaError(f"{name} を開けません。ファイルの場所と名前を確かめてください。") from error
    return bundle.verify(data, Path(name).name, step)
