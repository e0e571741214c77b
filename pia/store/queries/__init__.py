"""What is asked of the store, by noun: each query once, named by what it gives.

Knows rows. Must not write any.
"""

from . import (
    accounts,
    affairs,
    assessments,
    audit_entries,
    consultations,
    contents,
    councils,
    departments,
    filing,
    jobs,
    national,
    opinions,
    papers,
    records,
    register,
    remarks,
    rounds,
    sign_in,
    sittings,
    tallies,
    unsaved,
    versions,
)

__all__ = [
    "accounts",
    "affairs",
    "assessments",
    "audit_entries",
    "consultations",
    "contents",
    "councils",
    "departments",
    "filing",
    "jobs",
    "national",
    "opinions",
    "papers",
    "records",
    "register",
    "remarks",
    "rounds",
    "sign_in",
    "sittings",
    "tallies",
    "unsaved",
    "versions",
]
