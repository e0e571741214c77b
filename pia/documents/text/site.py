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
    listed = []
    for name in sorted(files):
        listed.append(
            {"path": name, "size": len(files[name]), "sha256": sha256(files[name]).hexdigest()}
        )
    return {**dict(sorted(files.items())), LIST: _json({"format": MANIFEST, "files": listed})}


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
        if (folder / LIST).is_file():
            before = _listed(folder)
        else:
            before = []
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
        for name in set(before) - set(files):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise PiaError(
            f"{folder} に書けません。フォルダと書き込み権限を確かめてください。"
        ) from error


def _listed(folder: Path) -> list[str]:
    ones = []
    for one in _entries(folder):
        ones.append(one["path"])
    return ones


def _entries(folder: Path) -> list[dict[str, Any]]:
    try:
        body = json.loads((folder / LIST).read_bytes())
        entries = body["files"]
        sound = body["format"] == MANIFEST and all(map(_sound, entries))
    except (OSError, ValueError, KeyError, TypeError) as entry:
        raise PiaError(
            f"{folder} の {LIST} を読めません。公開用ファイルを、もう一度運んでください。"
        ) from entry
    if not sound:
        raise PiaError(f"{folder} の {LIST} は、この形式（{MANIFEST}）ではありません。")
    return list(entries)


def _sound(one: Mapping[str, Any]) -> bool:
    name = one["path"]
    return (
        isinstance(name, str)
        and _NAME.fullmatch(name) is not None
        and ".." not in name.split("/")
        and isinstance(one["sha256"], str)
    )


def read(folder: Path) -> CarriedSite:
    """The site in a folder, each file held against the manifest. PiaError naming the first file
    that is missing or was changed.
    """
    files: dict[str, Path] = {}
    for one in _entries(folder):
        file = folder / one["path"]
        try:
            body = file.read_bytes()
        except OSError as error:
            raise PiaError(
                f"{folder} に {one['path']} がありません。公開用ファイルを、"
                "もう一度運んでください。"
            ) from error
        if sha256(body).hexdigest() != one["sha256"]:
            raise PiaError(
                f"{one['path']} は、書き出したものと違います。公開用ファイルを、"
                "もう一度運んでください。"
            )
        files[one["path"]] = file
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
