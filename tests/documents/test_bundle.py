"""A bundle says what is in it, proves itself without a database, and any changed byte is seen
and named."""

from __future__ import annotations

import io
import json
import random
import zipfile
from typing import Any

import pytest

from pia import forms
from pia.documents import bundle
from pia.documents.ooxml import package
from pia.documents.text import interchange
from pia.documents.workbook_out import writer
from pia.domain.canonical import canonical
from pia.domain.document import items
from pia.domain.document.form import reviewed
from pia.domain.errors import PiaError
from pia.domain.procedure import change_table
from tests.domain import trees

FORM = forms.load("basic_item@令和6年10月")


def made(seed: int = 3) -> bytes:
    """A small bundle of one revised document."""
    rng = random.Random(seed)
    old = trees.a_tree(rng, FORM.id, share=0.3)
    new = trees.revised(rng, old)
    about = {
        "key": "k",
        "ref": "k@2",
        "name": "見本の事務",
        "form": FORM.id,
        "digest": new.digest,
        "reviewed_digest": reviewed(FORM, new).digest,
        "base": {"ref": "k@1", "digest": old.digest},
    }
    files = {
        bundle.DOCUMENT: interchange.write(new, key="k"),
        bundle.BASE: interchange.write(old, key="k"),
        bundle.TABLE: canonical({"rows": [r.as_json() for r in change_table.rows(FORM, old, new)]}),
        bundle.WORKBOOK: writer.write(new, FORM, title="見本の事務", ref="k@2"),
    }
    return bundle.write([bundle.BundledDocument("k", about, files)])


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        return {i.filename: z.read(i) for i in z.infolist()}


def resealed(files: dict[str, bytes], **about: Any) -> bytes:
    """The bundle as a forger would write it: with a manifest that fits the changed files."""
    from hashlib import sha256

    manifest = json.loads(files[bundle.MANIFEST])
    for f in manifest["files"]:
        f["size"], f["sha256"] = len(files[f["path"]]), sha256(files[f["path"]]).hexdigest()
    manifest["documents"][0] |= about
    return package.pack({**files, bundle.MANIFEST: json.dumps(manifest).encode()})


def failing(data: bytes) -> str:
    return "\n".join(f"{c.what} {w}" for c in bundle.verify(data) for w in c.why if not c.holds)


@pytest.mark.parametrize("seed", range(5))
def test_a_whole_bundle_holds_and_is_the_same_twice(seed: int) -> None:
    data = made(seed)
    assert data == made(seed)
    checks = bundle.verify(data)
    assert [c for c in checks if not c.holds] == []
    assert any("まだ固定されていません" in w for c in checks for w in c.why), (
        "a draft's own rows are not held against rows nobody fixed"
    )


@pytest.mark.parametrize("name", [bundle.DOCUMENT, bundle.BASE, bundle.TABLE, bundle.WORKBOOK])
def test_a_changed_added_or_lost_file_is_named(name: str) -> None:
    files = parts(made())
    assert f"k/{name}：作られたあとに書き換えられています。" in failing(
        package.pack({**files, f"k/{name}": files[f"k/{name}"] + b" "})
    )
    assert f"k/{name}：一覧にあるのに、入っていません。" in failing(
        package.pack({p: b for p, b in files.items() if p != f"k/{name}"})
    )
    assert "k/other.txt：一覧にないファイルです。" in failing(
        package.pack({**files, "k/other.txt": b""})
    )


def test_a_forged_text_does_not_fit_its_digest_table_or_workbook() -> None:
    files = parts(made())
    tree = interchange.read(files[f"k/{bundle.DOCUMENT}"]).tree
    pairs = [
        (p, a)
        for p, a in items.answers(tree)
        if not (isinstance(a, str) and FORM.at(p)[0].kind == "text")
    ]  # type: ignore[union-attr]
    other = items.build(FORM, pairs)
    assert other.digest != tree.digest
    forged = {**files, f"k/{bundle.DOCUMENT}": interchange.write(other, key="k")}
    problems = failing(resealed(forged))
    assert (
        "本文の要約値が、一覧に書かれた値と違います。" in problems
        and "変更箇所の表と本文" in problems
        and "ワークブックと本文" in problems
    )
    problems = failing(
        resealed(forged, digest=other.digest, reviewed_digest=reviewed(FORM, other).digest)
    )
    assert (
        "要約値が、一覧" not in problems
        and "変更箇所の表と本文" in problems
        and "ワークブックと本文" in problems
    )


def test_a_forged_record_is_seen() -> None:
    files = parts(made())
    entry = {
        "v": 1,
        "kind": "audit",
        "seq": 1,
        "prev": "0" * 64,
        "actor": "a",
        "role": "r",
        "at": "x",
        "action": "a",
        "target": "t",
        "detail": {"versions": []},
    }
    from hashlib import sha256

    right = {**entry, "hash": sha256(canonical(entry)).hexdigest()}
    assert "この版を保存した記録ではありません。" in failing(resealed(files, saved_by=right))
    assert "記録が書き換えられています。" in failing(
        resealed(files, saved_by={**right, "actor": "b"})
    )
    assert "記録の形が正しくありません。" in failing(resealed(files, saved_by={"seq": 1}))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"PK\x03\x04",
        package.pack({"a": b""}),
        package.pack({bundle.MANIFEST: b"{}"}),
        package.pack({bundle.MANIFEST: b"[]"}),
        package.pack({bundle.MANIFEST: b"["}),
    ],
)
def test_what_is_no_bundle_is_one_sentence(data: bytes) -> None:
    with pytest.raises(PiaError):
        bundle.verify(data, "x.zip")


def test_random_damage_is_never_a_traceback() -> None:
    data, rng = made(), random.Random(1)
    for _ in range(150):
        at = rng.randrange(len(data))
        bad = data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
        try:
            checks = bundle.verify(bad)
        except PiaError:
            continue
        if parts_or_none(bad) != parts(data):
            assert any(not c.holds for c in checks), at


def parts_or_none(data: bytes) -> dict[str, bytes] | None:
    try:
        return parts(data)
    except Exception:
        return None
