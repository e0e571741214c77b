"""Addresses as pictures for cameras (QR): of a tablets' door, of a second factor.

Knows one library of pictures. The picture is of our own making and holds no text of a person.
"""

from __future__ import annotations

import segno
from markupsafe import Markup


def of_address(address: str, scale: int) -> Markup:
    """An address as SVG; `scale`: points a module of the picture is wide."""
    # nosemgrep: markup # a picture of our own making; holds no text of a person
    return Markup(segno.make(address).svg_inline(scale=scale, border=2))  # nosec B704
