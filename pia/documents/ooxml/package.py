"""Writes a workbook's zip again with fixed time stamps, and puts drawings on its sheets: equal
input, equal bytes.

Knows parts, relations and content types; neither cells nor figures.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO

_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_BEHIND = re.compile(
    rb"<(?:legacyDrawing|legacyDrawingHF|picture|oleObjects|controls|webPublishItems|tableParts"
    rb"|extLst)\b|</worksheet>"
)
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# Ending of a picture → its type of content.
IMAGE_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "emf": "image/x-emf",
    "wmf": "image/x-wmf",
    "bmp": "image/bmp",
}
IMAGE_TYPES |= {"tif": "image/tiff", "tiff": "image/tiff", "svg": "image/svg+xml"}


@dataclass(slots=True)
class Drawing:
    """A drawing part with the media it shows: relation id → (file name, bytes)."""

    xml: bytes
    media: dict[str, tuple[str, bytes]] = field(default_factory=dict)


def pack(parts: Mapping[str, bytes]) -> bytes:
    """A zip of the parts in their order, all dated 1980-01-01."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            info.create_system = 0
            archive.writestr(info, body)
    return out.getvalue()


def same_bytes(data: bytes) -> bytes:
    """The same zip (.docx, .xlsx) with fixed time stamps and no moment of saving: what a library
    wrote at any hour is equal where its contents are equal.
    """
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            body = old.read(info)
            if info.filename == "docProps/core.xml":
                body = _MOMENT.sub(b"2000-01-01T00:00:00Z", body)
            fixed = zipfile.ZipInfo(info.filename, (2000, 1, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(fixed, body)
    return out.getvalue()


def with_drawings(data: bytes, drawings: Mapping[int, Drawing]) -> bytes:
    """The workbook with a drawing on each named sheet (index from 0); its sheets must have none
    yet.
    """
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = {}
        for member in archive.infolist():
            parts[member.filename] = archive.read(member)
    types = parts["[Content_Types].xml"]
    add = b""
    for count, (index, value) in enumerate(sorted(drawings.items()), 1):
        sheet = f"xl/worksheets/sheet{index + 1}.xml"
        rels = f"xl/worksheets/_rels/sheet{index + 1}.xml.rels"
        body = parts[sheet]
        at = _BEHIND.search(body)
        assert at and rels not in parts, "our own sheets end so"
        parts[sheet] = (
            body[: at.start()]
            + f'<drawing xmlns:r="{_OFFICE}" r:id="rId1"/>'.encode()
            + body[at.start() :]
        )
        parts[rels] = _relations([("rId1", "drawing", f"../drawings/drawing{count}.xml")])
        parts[f"xl/drawings/drawing{count}.xml"] = value.xml
        links = []
        for number, (rel, (name, image)) in enumerate(sorted(value.media.items()), 1):
            ending = name.rsplit(".", 1)[-1].lower()
            if ending not in IMAGE_TYPES:
                continue
            parts[f"xl/media/figure{count}_{number}.{ending}"] = image
            links.append((rel, "image", f"../media/figure{count}_{number}.{ending}"))
            if f'Extension="{ending}"'.encode() not in types + add:
                add += (
                    f'<Default Extension="{ending}" ContentType="{IMAGE_TYPES[ending]}"/>'.encode()
                )
        if links:
            parts[f"xl/drawings/_rels/drawing{count}.xml.rels"] = _relations(links)
        add += (
            f'<Override PartName="/xl/drawings/drawing{count}.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.drawing+xml"/>'
        ).encode()
    parts["[Content_Types].xml"] = types.replace(b"</Types>", add + b"</Types>")
    return pack(parts)


def _relations(links: list[tuple[str, str, str]]) -> bytes:
    """A part of relations: (id, last word of the type, target)."""
    lines = ""
    for rel, kind, target in links:
        lines += f'<Relationship Id="{rel}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships '
        f'xmlns="{_RELS}">{lines}</Relationships>'
    ).encode()
