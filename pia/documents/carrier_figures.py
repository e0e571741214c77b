"""Figures of 別添1 in a workbook being filled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.errors import Problem
from ..domain.form import Form
from .carrier_parts import Parts


def draw(parts: Parts, form: Form, want: Mapping[Any, Any], blobs: Mapping[str, bytes], problems: list[Problem]) -> Parts:
    return parts
