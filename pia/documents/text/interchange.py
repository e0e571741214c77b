"""The interchange file (.json): form, answers by path, digest. Export → import is the identity, to the digest.

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
from ...domain.document import items
from ...domain.document.form import reviewed
from ...domain.document.tree import Path, Tree
from ...domain.errors import PiaError
from ...domain.withheld import marked

FORMAT = "pia-assessment/1"
MARKED = "pia-assessment/2"  # a document with marks that only releases from this one on can keep: the others refuse it and drop nothing
_LONGEST_KEY = 500


@dataclass(frozen=True, slots=True)
class Interchange:
    tree: Tree
    key: str = ""
    title: str = ""
    blobs: Mapping[str, bytes] = field(default_factory=dict)


def as_dict(
    tree: Tree, *, key: str = "", title: str = "", blobs: Mapping[str, bytes] | None = None
) -> dict[str, Any]:
    form = forms.load(tree.form)
    said = items.answers(tree)
    return {
        "format": MARKED if any(marked.newer(first) for _, first in said) else FORMAT,
        "form": tree.form,
        "key": key,
        "title": title,
        "digest": tree.digest,
        "reviewed_digest": reviewed(form, tree).digest,
        "answers": [{"path": list(path), "answer": answer} for path, answer in said],
        **(
            {
                "blobs": {
                    name: base64.b64encode(body).decode() for name, body in sorted(blobs.items())
                }
            }
            if blobs
            else {}
        ),
    }


def write(
    tree: Tree, *, key: str = "", title: str = "", blobs: Mapping[str, bytes] | None = None
) -> bytes:
    return (
        json.dumps(as_dict(tree, key=key, title=title, blobs=blobs), ensure_ascii=False, indent=1)
        + "\n"
    ).encode()


def read(data: bytes, name: str = "") -> Interchange:
    """PiaError when it is no interchange file, names an unknown form or item, or its digest does not fit its answers."""
    if name:
        what = f"{name} は"
    else:
        what = "このファイルは"
    try:
        raw = json.loads(data.decode("utf-8-sig"))
        if raw["format"] not in (FORMAT, MARKED):
            raise KeyError("format")
        pairs = []
        for entry in _list(raw["answers"]):
            pairs.append((_path(entry["path"], what), entry["answer"]))
        if raw["format"] == FORMAT and any(marked.newer(entry) for _, entry in pairs):
            raise KeyError("format")
        form_id, key, title = (
            _text(raw.get(each_key) or "") for each_key in ("form", "key", "title")
        )
        blobs = {}
        for one_key, value in raw.get("blobs", {}).items():
            blobs[str(one_key)] = base64.b64decode(value, validate=True)
    except RecursionError as recursion_error:
        raise PiaError(f"{what}入れ子が深すぎるため読めません。") from recursion_error
    except (ValueError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as recursion_error:
        raise PiaError(
            f"{what}評価書の交換用JSONではありません。pia export --format json で作ったファイルを指定してください。"
        ) from recursion_error
    try:
        tree = items.build(forms.load(form_id), pairs)
    except PiaError as recursion_error:
        raise PiaError(
            f"{name}：{recursion_error}" if name else str(recursion_error)
        ) from recursion_error
    except (TypeError, KeyError, ValueError, AttributeError) as recursion_error:
        raise PiaError(f"{what}記載の形が正しくないため読めません。") from recursion_error
    if raw.get("digest") and raw["digest"] != tree.digest:
        raise PiaError(
            f"{what}記載と要約値（digest）が合いません。作られた後に書き換えられています。digest を消すか、元のファイルを使ってください。"
        )
    for wanted, body in blobs.items():
        if sha256(body).hexdigest() != wanted:
            raise PiaError(f"{what}図面の中身と要約値が合いません。")
    return Interchange(tree, key, title, blobs)


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
