"""The fields with which an opinion or a question is given to a department, alike on the pages of
the office and of the council.

Knows forms. Who may be asked, the act says.
"""

from __future__ import annotations

from ..actions.steps.assignments import Asked
from . import inputs
from .inputs import Unfit


def asked() -> Asked:
    """Who is asked, and until when."""
    department = inputs.number("department", "担当課", most=1_000_000, need=False)
    if department is None:
        raise Unfit("department", "「担当課」を選んでください。")
    return Asked(
        department,
        inputs.line("account", "担当者", need=False),
        inputs.must_day("until", "いつまでに"),
    )
