"""The record of one sitting as JSON: what goes out with a desk (持出し記録), what comes back, and
what the desk of a laptop begins with.

Knows rows and their columns. Nobody's account, no document and no other affair is in it. Must not
know files, codes or how two records become one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Date, Time
from sqlalchemy.orm import Session

from ...domain.errors import Refused
from ...domain.minutes import agenda
from ...store import queries
from ...store.columns import Instant
from ...store.model import Base
from ...store.rows import councils
from ...store.rows.minutes import Movement, Speech

FORMAT = "pia carried desk 1"
NOT_OURS = (
    "持出し記録のファイルではないか、途中で壊れています。持ち帰ったファイルを選んでください。"
)

Row = dict[str, Any]
Record = dict[str, Any]

# Columns that lead out of what is carried: they are empty on the laptop.
_LEADS_OUT = {
    "speech": ("remark_id", "answer_id", "transcript_id"),
    "member": ("account_id",),
}


def row_as_json(row: Base) -> Row:
    """A row as JSON has it: days, hours and instants as ISO texts."""
    table = str(row.__tablename__)
    said = {}
    for column in row.__table__.columns:
        name = str(column.name)
        value = getattr(row, name)
        if isinstance(value, date | time | datetime):
            value = value.isoformat()
        said[name] = None if name in _LEADS_OUT.get(table, ()) else value
    return said


def row_of_json(kind: type[Base], said: Mapping[str, Any]) -> Base:
    """A row of JSON, with its own number. Refused for what is no such row."""
    values = {}
    try:
        for column in kind.__table__.columns:
            name = str(column.name)
            value = said[name]
            if value is not None and isinstance(column.type, Date):
                value = date.fromisoformat(value)
            elif value is not None and isinstance(column.type, Time):
                value = time.fromisoformat(value)
            elif value is not None and isinstance(column.type, Instant):
                value = datetime.fromisoformat(value)
            values[name] = value
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(NOT_OURS) from error
    return kind(**values)


def of_sitting(session: Session, sitting: councils.Sitting) -> Record:
    """What is written of a sitting at its desk, as it stands."""
    held = row_as_json(sitting)
    # What an item is about in the house leads out of what is carried.
    lines = agenda.with_marks(sitting.agenda)
    held["agenda"] = [{**line, "referral": None} for line in lines]
    number = sitting.id
    return {
        "sitting": held,
        "speech": [row_as_json(row) for row in queries.minutes.rows_of_sitting(session, number)],
        "attendance": [row_as_json(row) for row in queries.sittings.attendance(session, number)],
        "movement": [row_as_json(row) for row in queries.minutes.all_movements(session, number)],
    }


def around(session: Session, sitting: councils.Sitting) -> Record:
    """What the desk of a sitting needs beside its own record: the council, its members of the day,
    the names of the departments, and the answers promised in earlier sittings."""
    council = session.get_one(councils.Council, sitting.council_id)
    members = councils.in_office(session, council.id, sitting.day)
    promised = [
        row
        for row in queries.minutes.promised(session, council.id)
        if row.sitting_id != sitting.id and not row.about.get("answered")
    ]
    earlier = []
    for number in sorted({row.sitting_id for row in promised}):
        before = session.get_one(councils.Sitting, number)
        earlier.append({**row_as_json(before), "agenda": [], "facts": {}})
    offices = queries.departments.open_departments(session)
    return {
        "council": row_as_json(council),
        "members": [row_as_json(member) for member in members],
        "departments": [office.name for office in offices],
        "earlier": earlier,
        "promised": [{**row_as_json(row), "begins_id": None} for row in promised],
    }


def must_be_record(said: Any) -> Record:
    """What a file says, where it has the shape of a carried desk. Refused for anything else."""
    tables = (("speech", Speech), ("movement", Movement), ("attendance", councils.Attendance))
    try:
        if said["format"] != FORMAT:
            raise Refused(NOT_OURS)
        for side in ("base", "now"):
            row_of_json(councils.Sitting, said[side]["sitting"])
            for name, kind in tables:
                for line in said[side][name]:
                    row_of_json(kind, line)
    except (KeyError, TypeError) as error:
        raise Refused(NOT_OURS) from error
    record: Record = said
    return record
