"""The public zone as a folder of files: `site.json` says what it holds and which consultations take
opinions, `manifest.json` the size and SHA-256 of every file. Equal input gives equal bytes.

Knows the formats `pia-site/1` and `pia-site-manifest/1`, writes them and holds a folder that was
carried against its manifest. Must not know where the pages come from; it takes them as bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...domain.errors import PiaError
from ..ooxml import package

FORMAT = "pia-site/1"
MANIFEST = "pia-site-manifest/1"
SITE = "site.json"
LIST = "manifest.json"
_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)*")


@dataclass(frozen=True, slots=True)
class CarriedSite:
    """A folder that was carried: what `site.json` says, and where each file of the manifest
    lies."""

    facts: Mapping[str, Any]
    files: Mapping[str, Path]

    @property
    def as_of(self) -> date:
        """The day the site shows."""
        return date.fromisoformat(self.facts["as_of"])


def with_manifest(pages: Mapping[str, bytes], facts: Mapping[str, Any]) -> dict[str, bytes]:
    """All files of a site by name, in the order of their names, the manifest last."""
    files = {**pages, SITE: _json({"format": FORMAT, **facts})}
    in_order = dict(sorted(files.items()))
    listed = []
    for name, body in in_order.items():
        listed.append({"path": name, "size": len(body), "sha256": sha256(body).hexdigest()})
    return {**in_order, LIST: _json({"format": MANIFEST, "files": listed})}


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def as_zip(files: Mapping[str, bytes]) -> bytes:
    """The folder as one zip with fixed time stamps."""
    return package.pack(files)


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes a site into a new or empty folder, or over an earlier site: files that the earlier one
    had and this one has not are taken away, files of others are never touched. PiaError when the
    folder holds something else or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before: set[str] = set()
        if (folder / LIST).is_file():
            before = {entry["path"] for entry in _entries(folder)}
        if not before and any(folder.iterdir()):
            raise PiaError(
                f"{folder} には、ほかのファイルがあります。空のフォルダか、"
                "前に書き出した公開用ファイルのフォルダを指定してください。"
            )
        (folder / LIST).unlink(missing_ok=True)  # a site half written is no site
        for name, body in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
        for name in before - set(files):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise PiaError(
            f"{folder} に書けません。フォルダと書き込み権限を確かめてください。"
        ) from error


def _entries(folder: Path) -> list[dict[str, Any]]:
    """The lines of the manifest. PiaError when it cannot be read or is of another format."""
    try:
        body = json.loads((folder / LIST).read_bytes())
        entries = body["files"]
        sound = body["format"] == MANIFEST and all(map(_sound, entries))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PiaError(
            f"{folder} の {LIST} を読めません。公開用ファイルを、もう一度運んでください。"
        ) from error
    if not sound:
        raise PiaError(f"{folder} の {LIST} は、この形式（{MANIFEST}）ではありません。")
    return list(entries)


def _sound(entry: Mapping[str, Any]) -> bool:
    """Whether a line names a file inside the folder."""
    name = entry["path"]
    return (
        isinstance(name, str)
        and _NAME.fullmatch(name) is not None
        and ".." not in name.split("/")
        and isinstance(entry["sha256"], str)
    )


def read(folder: Path) -> CarriedSite:
    """The site in a folder, each file held against the manifest. PiaError naming the first file
    that is missing or was changed.
    """
    files: dict[str, Path] = {}
    for entry in _entries(folder):
        file = folder / entry["path"]
        try:
            body = file.read_bytes()
        except OSError as error:
            raise PiaError(
                f"{folder} に {entry['path']} がありません。公開用ファイルを、"
                "もう一度運んでください。"
            ) from error
        if sha256(body).hexdigest() != entry["sha256"]:
            raise PiaError(
                f"{entry['path']} は、書き出したものと違います。公開用ファイルを、"
                "もう一度運んでください。"
            )
        files[entry["path"]] = file
    return CarriedSite(_facts(folder, files), files)


def _facts(folder: Path, files: Mapping[str, Path]) -> dict[str, Any]:
    if SITE not in files:
        raise PiaError(
            f"{folder} に {SITE} がありません。公開用ファイルを、もう一度運んでください。"
        )
    facts = json.loads(files[SITE].read_bytes())
    if facts.get("format") != FORMAT:
        raise PiaError(f"{folder} の {SITE} は、この形式（{FORMAT}）ではありません。")
    return dict(facts)
