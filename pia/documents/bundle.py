"""A 提出書類一式 as one zip: the documents, what they were made from, the change table, and a
manifest that names every byte.

Knows the layout of a bundle and how it is checked without any database. Must not know rounds or who
sends it. Equal input, equal bytes. Serves the submission under 規則第3条, 第5条第1項, 第6条第1項
and 第7条第5項 and the question, years later, whether this is what was submitted.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Any

from .. import forms
from ..domain.canonical import canonical
from ..domain.change.compare import compare
from ..domain.change.describe import describe
from ..domain.document import items, marked
from ..domain.document.form import Form, reviewed
from ..domain.document.tree import Tree
from ..domain.errors import PiaError
from ..domain.procedure import change_table
from ..domain.revise.entry_keys import match_entries
from .ooxml import package
from .proof import bundle
from .proof import plan as plan_proof
from .proof.bundle import BundleCheck
from .text import interchange

FORMAT = "pia-bundle/2"
BEFORE = "pia-bundle/1"
SUBMISSION = "submission"
PUBLIC = "public"
FILE = "file"
# a change table a person made, or one computed for the bundle
FIXED = "fixed"
COMPUTED = "computed"
MANIFEST = "manifest.json"
DOCUMENT = "document.json"
BASE = "base.json"
TABLE = "change-table.json"
WORKBOOK = "document.xlsx"
PAPER = "document.pdf"
_MOST_FILES = 2_000
_MOST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class BundledDocument:
    """One document of a bundle. `about`: key, ref, name, form, digests; `files`: name inside its
    folder → bytes; `entry`: the audit entry that saved it.
    """

    folder: str
    about: Mapping[str, Any]
    files: Mapping[str, bytes]
    entry: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The 計画管理書 of a body as of a day: its files by name."""

    body: str
    as_of: date
    files: Mapping[str, bytes]


def write(
    parts: Sequence[BundledDocument], kind: str = FILE, plans: Mapping[str, Plan] | None = None
) -> bytes:
    """The bundle's bytes. `kind`: SUBMISSION, PUBLIC, or FILE (of one document that is in no
    database); `plans`: the 計画管理書 of a submission by folder.
    """
    files: dict[str, bytes] = {}
    about_plans = []
    for folder, plan in sorted((plans or {}).items()):
        files |= _in_folder(folder, plan.files)
        day = plan.as_of.isoformat()
        about_plans.append({"folder": folder, "body": plan.body, "as_of": day})
    about = []
    for part in parts:
        files |= _in_folder(part.folder, part.files)
        about.append({**part.about, "folder": part.folder, "saved_by": part.entry})
    listed = []
    for path, body in files.items():
        listed.append({"path": path, "size": len(body), "sha256": sha256(body).hexdigest()})
    manifest = {
        "format": FORMAT,
        "kind": kind,
        "plans": about_plans,
        "documents": about,
        "files": listed,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return package.pack({MANIFEST: text.encode(), **files})


def _in_folder(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": body for name, body in files.items()}


def _opened(data: bytes, name: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """(manifest, files) of a bundle. PiaError when it is none, or so damaged that nothing can be
    said.
    """
    what = "このファイルは"
    if name:
        what = f"{name} は"
    files = _unpacked(data, what)
    try:
        manifest = json.loads(files.pop(MANIFEST))
        _check_manifest(manifest, what)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _no_bundle(what) from error
    return manifest, files


def _no_bundle(what: str) -> PiaError:
    return PiaError(
        f"{what}提出書類一式（bundle）ではありません。"
        "pia export --format bundle で作ったファイルを指定してください。"
    )


def _unpacked(data: bytes, what: str) -> dict[str, bytes]:
    """The files of the zip by name, each once, the manifest among them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            if len(members) > _MOST_FILES or size > _MOST_BYTES:
                raise PiaError(
                    f"{what}大きすぎるため、確かめられません"
                    f"（上限 {_MOST_FILES}件・{_MOST_BYTES >> 20}MB）。"
                )
            names = [member.filename for member in members]
            if len(set(names)) != len(names):
                raise PiaError(f"{what}同じ名前のファイルが2つ入っています。作り直してください。")
            if MANIFEST not in names:
                raise _no_bundle(what)
            return {name: archive.read(name) for name in names}
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ) as error:
        raise PiaError(f"{what}壊れていて開けません。元のファイルを写し直してください。") from error


def _check_manifest(manifest: Any, what: str) -> None:
    """PiaError or KeyError for a manifest that is not ours, or lacks a field."""
    folders = []
    for document in manifest["documents"]:
        folders.append(document["folder"])
    known = manifest["format"] in (FORMAT, BEFORE)
    if not known or not all(isinstance(folder, str) for folder in folders):
        raise _no_bundle(what)
    for file in manifest["files"]:
        _has(file, "path", "size", "sha256")
    for plan in manifest.get("plans") or []:
        _has(plan, "folder", "body", "as_of")


def _has(line: Mapping[str, Any], *names: str) -> None:
    """KeyError where a line of the manifest lacks a field."""
    for name in names:
        line[name]


def verify(
    data: bytes, name: str = "", step: Callable[[int, int, str], None] = lambda *_: None
) -> list[BundleCheck]:
    """Everything that can be proved from the bundle alone, in order. PiaError when it is no bundle
    at all.
    """
    manifest, files = _opened(data, name)
    out = [_listed(manifest, files)]
    documents = manifest["documents"]
    for index, about in enumerate(documents):
        step(index, len(documents), str(about.get("name") or about["folder"]))
        own = {}
        for path, body in files.items():
            folder = f"{about['folder']}/"
            if path.startswith(folder):
                own[path.removeprefix(folder)] = body
        out += _document(about, own)
    out += _plans(manifest, files)
    step(len(documents), len(documents), "")
    return out


def _plans(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[BundleCheck]:
    """The 計画管理書 goes with every submission (規則第3条); bundles of the format before have
    none.
    """
    plans = manifest.get("plans") or []
    if manifest["format"] == BEFORE:
        yield BundleCheck(
            "計画管理書",
            True,
            ("この一式の形式（pia-bundle/1）には、計画管理書が入っていません。",),
        )
    elif manifest.get("kind") == SUBMISSION and not plans:
        yield BundleCheck("計画管理書", False, ("提出書類一式に、計画管理書が入っていません。",))
    for about in plans:
        called = f"「{about['body']}」の計画管理書（{about['as_of']}現在）"
        yield from bundle.plan(
            called,
            about["as_of"],
            {file: files.get(f"{about['folder']}/{file}") for file in plan_proof.FILES},
        )


def _listed(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> BundleCheck:
    """Every file of the manifest is there as it was made, and no other."""
    listed = {file["path"]: file for file in manifest["files"]}
    why = []
    for path in sorted(set(files) - set(listed)):
        why.append(f"{path}：一覧にないファイルです。")
    for path in sorted(set(listed) - set(files)):
        why.append(f"{path}：一覧にあるのに、入っていません。")
    for path in sorted(set(files) & set(listed)):
        line = listed[path]
        body = files[path]
        if sha256(body).hexdigest() != line["sha256"] or len(body) != line["size"]:
            why.append(f"{path}：作られたあとに書き換えられています。")
    return BundleCheck(f"一覧（manifest）とファイル{len(listed)}件", not why, tuple(why))


def _document(about: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[BundleCheck]:
    called = f"「{about.get('name') or about['folder']}」"
    try:
        form, tree = _tree(files[DOCUMENT])
    except (PiaError, KeyError) as error:
        why = "入っていません。"
        if isinstance(error, PiaError):
            why = str(error)
        yield BundleCheck(f"{called}の本文", False, (f"{about['folder']}/{DOCUMENT}：{why}",))
        return
    wrong = []
    for what, key, digest in (
        ("本文の要約値", "digest", tree.digest),
        ("点検の対象となる本文の要約値", "reviewed_digest", reviewed(form, tree).digest),
    ):
        if digest != about.get(key):
            wrong.append(f"{what}が、一覧に書かれた値と違います。")
    yield BundleCheck(f"{called}の本文と要約値", not wrong, tuple(wrong))
    yield _saved(called, about)
    if TABLE in files or BASE in files or about.get("base"):
        yield from _proved(called, about, form, tree, files)
    if WORKBOOK in files:
        workbook = partial(_workbook, files[WORKBOOK], form, tree)
        yield _same(f"{called}のワークブックと本文", form, tree, workbook)
    if PAPER in files:
        attached = partial(_attached, files[PAPER])
        yield _same(f"{called}のPDFに添えたデータと本文", form, tree, attached)
        yield from bundle.paper(called, form, tree, files[PAPER], PAPER)


def _tree(body: bytes) -> tuple[Form, Tree]:
    got = interchange.read(body)
    return forms.load(got.tree.form), got.tree


def _saved(called: str, about: Mapping[str, Any]) -> BundleCheck:
    """The entry of the audit chain that saved this version: it must hash to what it says and name
    this text.
    """
    entry = about.get("saved_by")
    what = f"{called}を保存した操作の記録"
    if entry is None:
        return BundleCheck(
            what,
            True,
            ("記録はありません（データベースからではなく、ファイルから作られた一式です）。",),
        )
    try:
        right = _entry_hash(entry) == entry["hash"]
        named = [about["ref"], about["digest"]] in entry["detail"]["versions"]
    except (KeyError, TypeError):
        return BundleCheck(what, False, ("記録の形が正しくありません。",))
    why = []
    if not right:
        why.append("記録が書き換えられています。")
    if not named:
        why.append("この版を保存した記録ではありません。")
    return BundleCheck(what, right and named, tuple(why))


def _entry_hash(entry: Mapping[str, Any]) -> str:
    """The hash of an entry of the audit chain, of version 1 or 2 (docs/contracts.md)."""
    body = {}
    for key in ("v", "kind", "seq", "prev", "actor", "role", "at", "action", "target", "detail"):
        body[key] = entry[key]
    if entry["v"] != 1:
        sealed = sha256(
            canonical([entry["nonce"], canonical(entry["detail"]).decode()])
        ).hexdigest()
        body |= {"chain": entry["chain"], "detail": sealed, "rows": entry["rows"]}
    return sha256(canonical(body)).hexdigest()


def _proved(
    called: str, about: Mapping[str, Any], form: Form, tree: Tree, files: Mapping[str, bytes]
) -> Iterator[BundleCheck]:
    what = f"{called}の変更箇所の表と本文"
    try:
        _, base = _tree(files[BASE])
        rows = change_table.from_json(json.loads(files[TABLE]))
    except KeyError as error:
        yield BundleCheck(what, False, (f"{about['folder']}/{error.args[0]}：入っていません。",))
        return
    except (PiaError, ValueError, RecursionError) as error:
        yield BundleCheck(what, False, (str(error),))
        return
    if base.digest != (about.get("base") or {}).get("digest"):
        yield BundleCheck(what, False, ("前の版の要約値が、一覧に書かれた値と違います。",))
        return
    if base.form != tree.form:
        yield BundleCheck(what, False, ("前の版と様式が違います。",))
        return
    why = change_table.prove(form, base, tree, rows)
    yield BundleCheck(f"{what}（{len(rows)}行）", not why, tuple(why[:20]))
    yield from bundle.tables(called, form, base, rows, files)
    yield bundle.own_rows(called, form, base, tree, rows, _fixed(about, rows))


def _fixed(about: Mapping[str, Any], rows: Sequence[change_table.ChangeTableRow]) -> bool:
    """Whether a person made the table of this version; bundles of the format before do not say so,
    but rows made on the way have no days.
    """
    if "table" in about:
        return bool(about["table"] == FIXED)
    return any(row.date or row.timing for row in rows)


def _workbook(data: bytes, form: Form, tree: Tree) -> Tree:
    from .workbook_in import reader

    got = reader.read(data, form, name=WORKBOOK)
    if got.errors:
        raise PiaError("".join(map(str, got.errors[:3])))
    return match_entries(got.tree, tree, form)[0]


def _attached(data: bytes) -> Tree:
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            attached = []
            for name, spec in pdf.attachments.items():
                if name.endswith(".json"):
                    attached.append(spec.get_file().read_bytes())
    except pikepdf.PikepdfError as error:
        raise PiaError("PDFを開けません。") from error
    if len(attached) != 1:
        raise PiaError("PDFに、評価書のデータが添えられていません。")
    return _tree(attached[0])[1]


def _same(what: str, form: Form, tree: Tree, other: Callable[[], Tree]) -> BundleCheck:
    """Another carrier of the text says the same: everything but marks of withheld parts and
    drawings, which only the data carries.
    """
    try:
        ours = unmarked(form, tree)
        theirs = unmarked(form, other())
    except PiaError as error:
        return BundleCheck(what, False, (str(error),))
    if ours.digest == theirs.digest:
        return BundleCheck(what, True)
    changes = describe(form, compare(ours, theirs), ours, theirs)
    why = dict.fromkeys(f"{change.citation}：本文と違います。" for change in changes)
    return BundleCheck(what, False, tuple(why)[:20])


def _bare_row(row: Any) -> Any:
    """A row of a table with nothing but its cells."""
    if isinstance(row, dict) and "cells" in row:
        return {"cells": row["cells"]}
    return row


def unmarked(form: Form, tree: Tree) -> Tree:
    """The document as a workbook can say it: without the marks of withheld parts, without the
    drawings figures were read from.
    """

    def bare(answer: Any) -> Any:
        answer = marked.answer_of(answer)
        if isinstance(answer, dict) and "shapes" in answer:
            return {"shapes": answer["shapes"]}
        if isinstance(answer, list):
            return list(map(_bare_row, answer))
        return answer

    answers = []
    for path, answer in items.answers(tree):
        if not items.is_entry(form, path):
            answers.append((path, bare(answer)))
    return items.build(form, answers)
