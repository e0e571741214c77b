"""The interchange file (.json): form, answers by path, digest. Export → import is the identity, to
the digest.

Knows the JSON of docs/contracts.md and nothing of workbooks or the store.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ... import forms
from ...domain.canonical import clean
from ...domain.document import items, marked
from ...domain.document.form import reviewed
from ...domain.document.tree import Path, Tree
from ...domain.errors import PiaError

FORMAT = "pia-assessment/1"
# a document with marks that only releases from this one on can keep: the others refuse it and drop
# nothing
MARKED = "pia-assessment/2"
_LONGEST_KEY = 500


@dataclass(frozen=True, slots=True)
class Interchange:
    """What a file of this format holds: the tree, the key and title of the assessment, and imported
    drawings by digest.
    """

    tree: Tree
    key: str = ""
    title: str = ""
    blobs: Mapping[str, bytes] = field(default_factory=dict)


def as_dict(
    tree: Tree, *, key: str = "", title: str = "", blobs: Mapping[str, bytes] | None = None
) -> dict[str, Any]:
    """The document as values JSON can hold; its digests stand beside the answers."""
    form = forms.load(tree.form)
    kind = FORMAT
    answers = []
    for path, answer in items.answers(tree):
        answers.append({"path": list(path), "answer": answer})
        if marked.newer(answer):
            kind = MARKED
    values: dict[str, Any] = {
        "format": kind,
        "form": tree.form,
        "key": key,
        "title": title,
        "digest": tree.digest,
        "reviewed_digest": reviewed(form, tree).digest,
        "answers": answers,
    }
    if blobs:
        drawings = {}
        for name, body in sorted(blobs.items()):
            drawings[name] = base64.b64encode(body).decode()
        values["blobs"] = drawings
    return values


def write(
    tree: Tree, *, key: str = "", title: str = "", blobs: Mapping[str, bytes] | None = None
) -> bytes:
    """The document as JSON bytes. Equal input gives equal bytes."""
    return (
        json.dumps(as_dict(tree, key=key, title=title, blobs=blobs), ensure_ascii=False, indent=1)
        + "\n"
    ).encode()


def read(data: bytes, name: str = "") -> Interchange:
    """PiaError when it is no interchange file, names an unknown form or item, or its digest does
    not fit its answers.
    """
    what = "このファイルは"
    if name:
        what = f"{name} は"
    try:
        given = _given(json.loads(data.decode("utf-8-sig")), what)
    except RecursionError as error:
        raise PiaError(f"{what}入れ子が深すぎるため読めません。") from error
    except (ValueError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise PiaError(
            f"{what}評価書の交換用のファイルではありません。"
            "評価書の画面の「交換用JSON」で取り出したファイルを選んでください。"
        ) from error
    try:
        tree = items.build(forms.load(given.form), given.answers)
    except PiaError as error:
        raise PiaError(f"{name}：{error}" if name else str(error)) from error
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise PiaError(f"{what}記載の形が正しくないため読めません。") from error
    if given.digest and given.digest != tree.digest:
        raise PiaError(
            f"{what}記載と要約値（digest）が合いません。作られた後に書き換えられています。"
            "digest を消すか、元のファイルを使ってください。"
        )
    for wanted, body in given.blobs.items():
        if sha256(body).hexdigest() != wanted:
            raise PiaError(f"{what}図面の中身と要約値が合いません。")
    return Interchange(tree, given.key, given.title, given.blobs)


@dataclass(frozen=True, slots=True)
class _Given:
    """What a file says, before it is a document."""

    form: str
    key: str
    title: str
    answers: list[tuple[Path, Any]]
    blobs: dict[str, bytes]
    digest: Any


def _given(raw: Any, what: str) -> _Given:
    """The parts of the JSON. KeyError and the like where it is another file."""
    if raw["format"] not in (FORMAT, MARKED):
        raise KeyError("format")
    answers = []
    for entry in _list(raw["answers"]):
        answers.append((_path(entry["path"], what), entry["answer"]))
    if raw["format"] == FORMAT and any(marked.newer(answer) for _, answer in answers):
        raise KeyError("format")
    form, key, title = (_text(raw.get(name) or "") for name in ("form", "key", "title"))
    blobs = {}
    for wanted, body in raw.get("blobs", {}).items():
        blobs[str(wanted)] = base64.b64decode(body, validate=True)
    return _Given(form, key, title, answers, blobs, raw.get("digest"))


def _list(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise TypeError
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError
    return given


def _path(given: Any, what: str) -> Path:
    """A path of keys: texts without control characters, none of them empty."""
    path = tuple(map(_text, _list(given)))
    if (
        not path
        or not all(path)
        or any(len(key) > _LONGEST_KEY or "\n" in key or "\t" in key for key in path)
    ):
        raise ValueError
    for key in path:
        clean(key, f"{what}読めません。項目の鍵")
    return path
