"""What of a row is under the chain, and its digest: SHA-256 over RFC 8785 of table, key and values
as they are stored (docs/contracts.md).

Knows which tables and columns carry nothing, and why. Must not know sessions, entries or what a row
means. A column that is NULL is absent, so a nullable column added later changes no digest. A text
with a `…_nonce` beside it enters as a hash over both: who has digests alone cannot try out what it
says.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Boolean, Table

from ...domain.canonical import canonical
from ..columns import CleanText, Instant, Json, written

NONCE = "_nonce"

# Every row of these is under the chain. A test fails for a table that stands neither here nor in
# NOTHING.
CHAINED = frozenset(
    {
        "content",
        "blob",
        "request",
        "body",
        "department",
        "account",
        "affair",
        "threshold_fact",
        "assessment",
        "round",
        "version",
        "round_event",
        "national_revision",
        "national_application",
        "national_undo",
        "confirmation",
        "consultation",
        "consultation_round",
        "consultation_notice",
        "guide_file",
        "guide_page",
        "amended_place",
        "affair_origin",
        "opinion",
        "opinion_sender",
        "opinion_attachment",
        "opinion_columns",
        "response",
        "adoption",
        "council",
        "member",
        "referral",
        "referral_round",
        "referral_step",
        "proposal_outcome",
        "sitting",
        "attendance",
        "transcript",
        "speech",
        "minutes_field",
        "movement",
        "sitting_step",
        "date_inquiry",
        "date_reply",
        "observer",
        "carried_set",
        "card_order",
        "remark",
        "answer",
        "verdict",
        "glossary_term",
        "phrase",
        "term_request",
        "closing_day",
        "planned_day",
        "calendar_feed",
        "submission",
        "publication",
        "publication_withdrawn",
        "change_note",
        "round_note",
        "handover",
        "comment",
        "comment_named",
        "assignment",
        "round_file",
        "expected_question",
        "wording_source",
        "commission_letter",
        "commission_reply",
        "affair_end",
        "review_campaign",
        "review_affair",
        "review_answer",
        "review_reminder",
        "revision_candidate",
        "incident",
        "incident_decision",
        "leak_case",
        "leak_fact",
        "leak_report",
        "leak_given",
        "leak_question",
        "leak_reply",
        "leak_effect",
        "handling_report",
        "report_document",
        "register_rule",
        "register_record",
        "register_version",
        "register_report",
        "register_report_line",
        "file_omission",
        "published_file",
        "measure_check",
        "content_answer",
        "binding_check",
        "plan_head",
        "carrier",
        "printed",
        "paper_template",
        "job",
        "door",
        "proposal",
        "inbox",
        "outward_date",
        "identity",
        "form_confirmation",
        "rehearsal",
        "withheld_reader",
        "correction",
        "record_correction",
        "withheld_answer",
        "asked_step",
        "erasure",
        "find_answer",
        "record_note",
        "disposal",
        "disclosure",
        "disclosure_end",
        "blackout",
        "disclosure_correction",
        "destruction",
    }
)

# What an act in the chain of one body may write: rows that are that body's own, and those that are
# never changed once they are there. All else is written in a turn that locks out every chain, or in
# that of `main`: of two entries in two chains it must be known which is the last.
OF_BODY = frozenset(
    {
        "content",
        "blob",
        "request",
        "assessment",
        "round",
        "round_event",
        "version",
        "carrier",
        "adoption",
        "national_application",
        "change_note",
        "round_note",
        "handover",
        "comment",
        "comment_named",
        "round_file",
        "expected_question",
        "wording_source",
        "planned_day",
        "content_answer",
        "outward_date",
    }
)

# Table → why nothing rests on its rows.
NOTHING: Mapping[str, str] = {
    "audit_entry": "the chain itself: each entry holds the hash of the one before",
    "unsaved": "what somebody is writing and has not saved: no statement of anybody, replaced "
    "every few seconds",
    "web_session": "who is signed in at the moment; that they came in is an entry of its own "
    "(access.in, sitting.plate)",
    "own_note": "a member's own notes, as ciphertext nobody in the house can open: no statement to "
    "anybody, dropped by the member or on the day the city set",
    "plate_code": "with which code a plate goes to another tablet, sealed with the server's key; "
    "who has which plate is an entry (sitting.plate, sitting.plate_taken)",
    "refused": "counts of refused requests by the hour, for whoever looks after the server; "
    "nothing is decided by them",
    "sign_in": "tries to sign in, for slowing down; old ones are dropped, and what was refused is "
    "an entry (access.refused)",
    "round_tally": "computed from a round's texts and notes; whoever doubts it computes it again",
    "change_mark": "computed from a round's text, as the one before: which change it has",
    "national_tally": "computed from a document's text and a national text, as the one before",
    "content_tally": "computed from a text and the rules: what the checks of content find in it",
    "content_name": "computed from a text, as the one before: what it calls things",
    "search_text": "computed from texts and records: what a search looks through",
    "search_whole": "computed, as the one before: the texts with what is withheld in them",
    "search_guard": "computed, as the one before: whose withheld words a text says",
    "search_mark": "how far what a search looks through is up to date",
    "waiting_entry": "acts of somebody who read or was refused, for the moment until they stand in "
    "the chain as entries",
    "import_batch": "files laid out to be brought in; what is brought in is a version",
    "import_book": "one of these files with what was read of it and put right, until it is "
    "brought in: then a version with its entry says it",
    "tick": "a member's own mark of what they have looked at; taken back at will, and no paper "
    "reads it",
}
# Column → why nothing rests on it, in tables under the chain.
_PROGRESS = (
    "how far a job is, told every second by its worker; how it ended is an entry "
    "(job.end), and what it made is under the chain"
)
NOTHING_IN: Mapping[str, Mapping[str, str]] = {
    "job": dict.fromkeys(
        ("state", "tries", "done", "total", "says", "cancel", "worker", "beat", "error"), _PROGRESS
    ),
    "published_file": {
        "words": "what anybody may read of the publication, once more for searches; the text and "
        "what is left out of it are under the chain"
    },
    "register_record": {
        "words": "what the record's last act says, once more for searches; the act is under the "
        "chain"
    },
}

Values = dict[str, Any]


def nonce() -> str:
    """What is hashed together with a text that may be erased or is withheld: 128 random bits."""
    return secrets.token_hex(16)


def sealed(salt: str, text: str) -> str:
    """The commitment to a text. Hashed as a list, so that no letter can move from one to the
    other."""
    return sha256(canonical([salt, text])).hexdigest()


def digest(table: str, key: str, values: Mapping[str, Any]) -> str:
    """The digest of a row. `values` is what `Shape.stored` or `Shape.bound` gives."""
    body = {"v": 1, "kind": "row", "table": table, "key": key, "values": values}
    return sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True)
class Shape:
    """How the rows of one table enter their digests. `read`, `bind`: column → its value as stored,
    from the driver's raw value or from the program's own.
    """

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    read: Mapping[str, Callable[[Any], Any]]
    bind: Mapping[str, Callable[[Any], Any]]
    seals: tuple[tuple[str, str], ...]
    skipped: frozenset[str]

    def key(self, row: Mapping[str, Any]) -> str:
        """The key of a row as text; the parts of a compound one joined by a slash."""
        return "/".join(str(row[name]) for name in self.keys)

    def stored(self, raw: Iterable[Any]) -> Values:
        """The values of a row read past the column types, in the order of `columns`."""
        return self._seal(
            {
                column: self.read[column](value)
                for column, value in zip(self.columns, raw, strict=True)
                if value is not None
            }
        )

    def bound(self, row: Mapping[str, Any]) -> Values:
        """The values of a row as the program holds it; what is missing is NULL."""
        return self._seal(
            {
                column: self.bind[column](value)
                for column in self.columns
                if (value := row.get(column)) is not None
            }
        )

    def _seal(self, values: Values) -> Values:
        for text, salt in self.seals:
            salt_value = values.pop(salt, None)
            if salt_value is not None:
                values[text] = {"sealed": sealed(str(salt_value), str(values.get(text)))}
        return values


def _read(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return {"sha256": sha256(value).hexdigest()}
    if isinstance(value, time):
        return value.isoformat("microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def _truth(value: Any) -> Any:
    # SQLite keeps a truth as 0 or 1. Anything else stands there by another hand, and stays what it
    # is.
    if value in (0, 1) and isinstance(value, int):
        return bool(value)
    return _read(value)


def _line_feeds(value: str) -> str:
    # The column type (`Words`) refused everything else that changes at the door.
    if "\r" in value:
        return value.replace("\r\n", "\n").replace("\r", "\n")
    return value


def _json(value: Any) -> str:
    return canonical(value).decode()


def _instant(value: datetime) -> str:
    return written(value)


_BIND: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
    (Instant, _instant),
    (Json, _json),
    (CleanText, _line_feeds),
    (Boolean, bool),
)


def _binding(kind: Any) -> Callable[[Any], Any]:
    for of, binding in _BIND:
        if isinstance(kind, of):
            return binding
    return _read


@cache
def shape(table: Table) -> Shape | None:
    """The shape of a table under the chain; None for one that carries nothing."""
    if table.name not in CHAINED:
        return None
    skipped = frozenset(NOTHING_IN.get(table.name, {}))
    # plain text: SQLAlchemy's own names are no JSON keys
    columns = {}
    for column in table.columns:
        if column.name not in skipped:
            columns[str(column.name)] = column.type
    return Shape(
        str(table.name),
        tuple(str(column.name) for column in table.primary_key.columns),
        tuple(columns),
        {name: _truth if isinstance(kind, Boolean) else _read for name, kind in columns.items()},
        {name: _binding(kind) for name, kind in columns.items()},
        tuple((name.removesuffix(NONCE), name) for name in sorted(columns) if name.endswith(NONCE)),
        skipped,
    )
