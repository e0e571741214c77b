"""What is asked of the store, by noun: each query once, named by what it gives.

Knows rows. Must not write any.
"""

from . import (
    accounts,
    affairs,
    assessments,
    consultations,
    contents,
    councils,
    departments,
    entries,
    filing,
    jobs,
    national,
    opinions,
    papers,
    records,
    remarks,
    rounds,
    signing,
    sittings,
    unsaved,
    versions,
)

__all__ = [
    "accounts",
    "affairs",
    "assessments",
    "consultations",
    "contents",
    "councils",
    "departments",
    "entries",
    "filing",
    "jobs",
    "national",
    "opinions",
    "papers",
    "records",
    "remarks",
    "rounds",
    "signing",
    "sittings",
    "unsaved",
    "versions",
]
