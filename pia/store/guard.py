"""What may never be rewritten: triggers on both databases, and a second lock on every SQLite
connection.

Knows table and column names as text; the triggers' own text stands in the revisions that make them
(`migrations`). Serves the ledger: versions, remarks, verdicts, submissions and the audit chain are
only ever added to. Triggers stop UPDATE, DELETE, REPLACE and TRUNCATE by anybody; the authorizer
stops this program from dropping the triggers, which a trigger cannot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

ALL: tuple[str, ...] = ()

# Table → columns that never change (ALL: none of them). A row of these tables is never deleted.
FROZEN: Mapping[str, tuple[str, ...]] = {
    "content": ("id", "digest", "kind"),
    "blob": ("id", "sha256", "size"),
    "version": ALL,
    "audit_entry": ALL,
    "request": ALL,
    "assessment": ("key", "affair_id", "kind", "created"),
    "affair": ("key", "body_id"),
    "round": ("assessment_id", "name", "kind", "actor", "role", "at"),
    "round_event": ALL,
    "threshold_fact": ALL,
    "national_revision": ALL,
    "national_application": ALL,
    "national_undo": ALL,
    "confirmation": ALL,
    "guide_file": ("id", "name", "sha256", "pages", "places", "actor", "role", "at"),
    "guide_page": ALL,
    "amended_place": (
        *("id", "round_id", "submission_id", "path", "digest"),
        *("actor", "role", "at"),
    ),
    "affair_origin": ("id", "affair_id", "from_id", "actor", "role", "at"),
    "consultation_notice": (
        *("id", "consultation_id", "kind", "before", "after"),
        *("actor", "role", "at"),
    ),
    "opinion": ("consultation_id", "number"),
    "opinion_attachment": (
        *("id", "opinion_id", "name", "sha256", "size"),
        *("actor", "role", "at"),
    ),
    "opinion_columns": ALL,
    "inbox": ("id", "receipt", "consultation_id", "key", "item", "at"),
    "response": ("id", "opinion_id", "outcome", "actor", "role", "at"),
    "adoption": ALL,
    "referral": ("council_id", "actor", "role", "at"),
    "referral_round": ("referral_id", "round_id"),
    "referral_step": ("id", "referral_id", "kind", "actor", "role", "at"),
    "proposal_outcome": ("id", "proposal_id", "outcome", "version_id", "actor", "role", "at"),
    "remark": (
        "id",
        "referral_id",
        "assessment_id",
        "version_id",
        "path",
        "fingerprint",
        "speaker",
        "actor",
        "role",
        "at",
        "later",
    ),
    "answer": ("id", "remark_id", "speaker", "actor", "role", "at", "later"),
    "transcript": ("id", "sitting_id", "name", "actor", "role", "at"),
    "speech": (
        "id",
        "sitting_id",
        "begins_id",
        "place",
        "kind",
        "item",
        "speaker",
        "person",
        "gone",
        "remark_id",
        "answer_id",
        "transcript_id",
        "lines",
        "about",
        "reason",
        "actor",
        "role",
        "at",
    ),
    "minutes_field": ("id", "sitting_id", "field", "actor", "role", "at"),
    "movement": ("id", "sitting_id", "member_id", "actor", "role", "at"),
    "sitting_step": ("id", "sitting_id", "kind", "member_id", "actor", "role", "at"),
    "date_inquiry": ("id", "council_id", "actor", "role", "at"),
    "date_reply": ("id", "inquiry_id", "member_id", "answers", "actor", "role", "at"),
    "observer": ("id", "sitting_id", "ticket", "actor", "role", "at"),
    "carried_set": (
        "id",
        "sitting_id",
        "number",
        "kind",
        "member_id",
        "seal",
        "actor",
        "role",
        "at",
    ),
    "card_order": ALL,
    "verdict": ("id", "referral_id", "sitting_id", "kind", "reviewed", "actor", "role", "at"),
    "submission": ALL,
    "publication": ALL,
    "publication_withdrawn": ALL,
    "change_note": ALL,
    "round_note": ALL,
    "handover": ALL,
    "comment": (
        "id",
        "round_id",
        "thread_id",
        "corrects_id",
        "path",
        "act",
        "actor",
        "role",
        "at",
    ),
    "comment_named": ALL,
    "assignment": ("id", "opinion_id", "remark_id", "actor", "role", "at"),
    "expected_question": (
        "id",
        "round_id",
        "taken_id",
        "corrects_id",
        "path",
        "actor",
        "role",
        "at",
    ),
    "wording_source": ("id", "round_id", "path", "digest", "actor", "role", "at"),
    "content_answer": (
        "id",
        "assessment_id",
        "rule",
        "fingerprint",
        "path",
        "actor",
        "role",
        "at",
    ),
    "binding_check": ("id", "rule", "actor", "role", "at"),
    "round_file": ("id", "round_id", "name", "sha256", "actor", "role", "at"),
    "commission_letter": ("id", "round_id", "submission_id", "kind", "actor", "role", "at"),
    "commission_reply": ("id", "round_id", "letter_id", "actor", "role", "at"),
    "affair_end": ("id", "affair_id", "actor", "role", "at"),
    "review_campaign": ("id", "year", "actor", "role", "at"),
    "review_affair": ALL,
    "review_answer": ("id", "campaign_id", "affair_id", "actor", "role", "at"),
    "review_reminder": ("id", "campaign_id", "department_id", "actor", "role", "at"),
    "revision_candidate": ("id", "assessment_id", "path", "actor", "role", "at"),
    "incident": ("id", "body_id", "actor", "role", "at"),
    "incident_decision": ("id", "incident_id", "affair_id", "decision", "actor", "role", "at"),
    "leak_case": ("id", "body_id", "year", "serial", "actor", "role", "at"),
    "leak_fact": ("id", "case_id", "field", "unknown", "since", "actor", "role", "at"),
    "leak_report": ("id", "case_id", "kind", "actor", "role", "at"),
    "leak_given": ("id", "case_id", "sitting_id", "fact_id", "actor", "role", "at"),
    "leak_question": ("id", "given_id", "speaker", "actor", "role", "at"),
    "leak_reply": ("id", "question_id", "speaker", "actor", "role", "at"),
    "leak_effect": ("id", "case_id", "assessment_id", "changes", "actor", "role", "at"),
    "handling_report": ("id", "year", "actor", "role", "at"),
    "report_document": ("report_id", "assessment_id"),
    "register_rule": ALL,
    "register_record": ("id", "body_id", "register", "actor", "role", "at"),
    "register_version": (
        *("id", "record_id", "body_id", "register", "seq", "act", "year", "serial", "number"),
        *("filed", "effective", "department_id", "name", "form", "digest", "manifest", "why"),
        *("source", "corrects_id", "actor", "role", "at"),
    ),
    "register_report": (
        *("id", "body_id", "register", "first", "last", "dated", "number", "council_id"),
        *("actor", "role", "at"),
    ),
    "register_report_line": ALL,
    "file_omission": ("id", "record_id", "field", "part", "ground", "actor", "role", "at"),
    "published_file": ("id", "record_id", "version_id", "left_out", "actor", "role", "at"),
    "measure_check": ALL,
    "plan_head": ALL,
    "carrier": ALL,
    "printed": ALL,
    "paper_template": ALL,
    "job": ("key", "kind", "args", "actor", "role", "at"),
    "door": ("sitting_id", "token", "actor", "role", "at"),
    "proposal": (
        "id",
        "referral_id",
        "assessment_id",
        "version_id",
        "path",
        "speaker",
        "actor",
        "role",
        "at",
    ),
    "term_request": ("id", "referral_id", "speaker", "actor", "role", "at"),
    "closing_day": ("id", "actor", "role", "at"),
    "planned_day": ("id", "round_id", "step", "actor", "role", "at"),
    "calendar_feed": ("id", "account_id", "digest", "actor", "role", "at"),
    "outward_date": ALL,
    "form_confirmation": ALL,
    "rehearsal": ALL,
    "withheld_reader": ALL,
    "correction": ALL,
    "record_correction": ALL,
    "erasure": ALL,
    "find_answer": ALL,
    "record_note": ALL,
    "disposal": ALL,
    "disclosure": ALL,
    "disclosure_end": ALL,
    "blackout": ALL,
    "disclosure_correction": ALL,
    "destruction": ALL,
    "withheld_answer": ALL,
    "asked_step": ("id", "kind", "rounds", "args", "actor", "role", "at"),
}

# Table → texts that may be erased: the text becomes empty and the nonce beside it NULL, and nothing
# else.
ERASABLE: Mapping[str, tuple[str, ...]] = {
    "opinion": ("text",),
    "inbox": ("text", "name", "address"),
    "response": ("text",),
    "remark": ("text",),
    "answer": ("text",),
    "proposal": ("before", "after", "why"),
    "verdict": ("note",),
    "referral_step": ("reason", "response"),
    "proposal_outcome": ("reason",),
    "comment": ("text",),
    "expected_question": ("question", "answer"),
    "transcript": ("text",),
    "speech": ("text",),
    "minutes_field": ("text", "base"),
    "sitting_step": ("note",),
    "leak_fact": ("text",),
    "leak_report": ("text",),
    "leak_question": ("text",),
    "leak_reply": ("text",),
}


# Tables whose body 廃棄 may empty, and an equal text or file fill again; nothing else.
EMPTIED = ("content", "blob")


def names(dialect: str) -> set[str]:
    """The triggers a whole database has."""
    if dialect == "sqlite":
        acts = ("update", "delete")
    else:
        acts = ("update", "delete", "truncate")
    rewritten = set()
    for table in (*ERASABLE, *EMPTIED):
        rewritten.add(f"{table}_no_rewrite")
    return {f"{table}_no_{act}" for table in FROZEN for act in acts} | rewritten


_SCHEMA = (
    "ALTER_TABLE",
    "ATTACH",
    "DETACH",
    "CREATE_TRIGGER",
    "CREATE_TEMP_TRIGGER",
    "DROP_TABLE",
    "DROP_TRIGGER",
    "DROP_TEMP_TRIGGER",
    "DROP_INDEX",
)
_DENIED = frozenset(getattr(sqlite3, f"SQLITE_{name}") for name in _SCHEMA)
_PRAGMAS = frozenset(
    {
        "query_only",
        "busy_timeout",
        "integrity_check",
        "foreign_key_check",
        "journal_mode",
        "table_info",
        "table_xinfo",
        "index_list",
        "index_info",
        "data_version",
    }
)


def authorizer(
    action: int, first: str | None, second: str | None, database: str | None, trigger: str | None
) -> int:
    """SQLite asks before it prepares a statement. The schema, settings and frozen columns are not
    this program's to change while it runs.
    """
    if action in _DENIED or _is_denied(action, first, second):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _is_denied(action: int, first: str | None, second: str | None) -> bool:
    """Of a setting its name and new value, of a deletion the table, of an update table and
    column."""
    if action == sqlite3.SQLITE_PRAGMA:
        return first not in _PRAGMAS or (first == "journal_mode" and bool(second))
    if first is None or first not in FROZEN:
        return False
    if action == sqlite3.SQLITE_DELETE:
        return True
    if action == sqlite3.SQLITE_UPDATE:
        return not FROZEN[first] or second in FROZEN[first]
    return False
