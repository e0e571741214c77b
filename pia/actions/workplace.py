"""What every act needs: the store, the rules and the procedure's table. Opened once by a door and
handed down.

Knows where a line of versions is (main line or round) and how a tree is saved on it. Must not know
commands or pages.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from .. import forms, rules
from ..domain.act import By
from ..domain.content_checks.checks import CheckTable
from ..domain.document.form import Form, reviewed
from ..domain.document.tree import Tree
from ..domain.errors import PiaError
from ..settings import Config
from ..store import nodes, queries
from ..store.ledger import chains
from ..store.opening import Store
from ..store.rows import assessments
from ..store.rows.assessments import Assessment, NewVersion, Round, Version

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class SignInRules:
    """What a city asks of those who sign in. `factor`: who must use a second factor ("", "office",
    "all"); `window`: steps of 30 seconds before and after a code that count too; `old`: keys of
    the server that were used before, for reading; `leaked`: a file of passwords nobody may use."""

    factor: str = ""
    window: int = 1
    old: tuple[str, ...] = field(default=(), repr=False)
    leaked: str = ""


FACTORS = ("", "office", "all")


def sign_in_rules(config: Config) -> SignInRules:
    """PiaError for a setting that cannot work: an option that is misspelt must not be none."""
    values = config.values
    factor, window, leaked = (
        values[name].strip()
        for name in ("PIA_SECOND_FACTOR", "PIA_TOTP_WINDOW", "PIA_LEAKED_PASSWORDS")
    )
    if factor not in FACTORS:
        raise PiaError("PIA_SECOND_FACTOR には all か office を指定するか、空にしてください。")
    if window not in ("0", "1", "2"):
        raise PiaError("PIA_TOTP_WINDOW には 0・1・2 のどれかを指定してください。")
    if leaked and not Path(leaked).is_file():
        raise PiaError("PIA_LEAKED_PASSWORDS のファイルがありません。場所を確かめてください。")
    old = tuple(key for part in values["PIA_OLD_SECRET_KEYS"].split(",") if (key := part.strip()))
    return SignInRules(factor, int(window), old, leaked)


@dataclass(frozen=True, slots=True)
class Press:
    """What pages are drawn with. `fonts`: files of the city's own typefaces, ordinary and bold;
    None where the packaged one is used. `office`: the program that shows imported drawings, as it
    was set; empty to look for one, "none" to use none.
    """

    fonts: tuple[str | None, str | None] = (None, None)
    office: str = ""

    @property
    def libreoffice(self) -> str | None:
        """Where that program is; None where there is none or the city wants none."""
        if self.office == "none":
            return None
        return shutil.which(self.office or "soffice")


def press_of(config: Config) -> Press:
    """The typefaces and the program a configuration names."""
    values = config.values
    fonts = (values["PIA_FONT_REGULAR"] or None, values["PIA_FONT_BOLD"] or None)
    return Press(fonts, values["PIA_OFFICE"])


@dataclass(frozen=True, slots=True)
class Workplace:
    """`rules`, `thresholds` and `procedure` are data of the law and of the city; `law` is the index
    of what was read; `secret` is the server's key, empty where none is set; `retention` the city's
    table of how long records are kept; `classes` its 機密性の区分; `two_persons` says that one asks
    for a submission or publication and another does it; `press` is what pages are drawn with;
    `handover` the steps of a draft through the house; `digital_items` the items of each kind of
    document that the 情報部門 looks over; `calendar` the lengths of a round's plan and closed days;
    `leaks` what is asked of a case of 漏えい等;
    `rules_folder` where the city's own rules are, None for none.
    """

    store: Store
    rules: Mapping[str, Any]
    thresholds: Mapping[str, Any]
    procedure: Mapping[str, Any]
    rights: Mapping[str, Any]
    law: Mapping[str, Any]
    secret: str = field(default="", repr=False)
    two_persons: bool = False
    retention: Mapping[str, Any] = field(default_factory=lambda: rules.load("retention"))
    sign_in: SignInRules = field(default_factory=SignInRules)
    classes: Mapping[str, Any] = field(default_factory=lambda: rules.load("classes"))
    press: Press = field(default_factory=Press)
    handover: Mapping[str, Any] = field(default_factory=lambda: rules.load("handover-standard"))
    digital_items: Mapping[str, Any] = field(default_factory=lambda: rules.load("digital-items"))
    calendar: Mapping[str, Any] = field(default_factory=lambda: rules.load("calendar"))
    leaks: Mapping[str, Any] = field(default_factory=lambda: rules.load("leaks"))
    rules_folder: str | None = None

    @property
    def content_checks(self) -> CheckTable:
        """What is asked of what documents say; read when it is first needed."""
        return rules.content_checks(self.rules_folder)


@dataclass(frozen=True, slots=True)
class VersionLine:
    """Where versions go: the main line of an assessment, or one of its rounds. `chain`: that of the
    acts on it, where it was asked for."""

    assessment: Assessment
    round: Round | None = None
    chain: str | None = None

    @property
    def own_round(self) -> Round:
        """The round of a line. PiaError where the line is a document outside of any round."""
        if self.round is None:
            raise PiaError(
                "これは再実施・修正ではありません。再実施・修正の画面から操作してください。"
            )
        return self.round

    @property
    def own_head(self) -> int:
        """The latest version of a line. PiaError before the first."""
        if self.head_id is None:
            raise PiaError("まだ版がありません。評価書を取り込むか、書き始めてください。")
        return self.head_id

    @property
    def ref(self) -> str:
        """KEY, or KEY~ROUND where the line is a round."""
        if self.round:
            return f"{self.assessment.key}~{self.round.name}"
        return self.assessment.key

    @property
    def head_id(self) -> int | None:
        """The latest version of the line; None before the first."""
        if self.round:
            return self.round.head_id
        return self.assessment.head_id


def line(session: Session, ref: str) -> VersionLine:
    """The line of KEY or KEY~ROUND.

    PiaError when there is none, or when a version is named where a line is meant.
    """
    if "@" in ref:
        raise PiaError(
            f"「{ref}」は過去の版です。変更できるのは {ref.split('@')[0]}（最新）だけです。"
        )
    key, _, name = ref.partition("~")
    row = queries.assessments.with_round(session, key, name)
    if row is None:
        assessment = assessments.by_key(session, key)
        return VersionLine(assessment, round_of(session, assessment, name))
    assessment, round, body, first = row
    return VersionLine(assessment, round, chains.named(body, first))


def chain_at(wp: Workplace, ref: str) -> str | None:
    """The chain of an act on one line, asked for before its turn."""
    with wp.store.read() as session:
        return line(session, ref).chain


def ref_of(assessment: Assessment, version: Version | None) -> str:
    """KEY@N of a version; empty for none."""
    if version is None:
        return ""
    return f"{assessment.key}@{version.seq}"


def row_of(session: Session, kind: type[Row], number: int, words: str) -> Row:
    """The row of a number somebody gave. PiaError, with what it is called, when there is none or it
    was taken back."""
    row = session.get(kind, number)
    if row is None:
        raise PiaError(f"その{words}はありません。一覧から選び直してください。")
    if getattr(row, "withdrawn", None) is not None:
        raise PiaError(f"この{words}の記録は取り消されています。一覧から選び直してください。")
    return row


def round_of(session: Session, assessment: Assessment, name: str) -> Round:
    """The round of that name. PiaError when there is none."""
    round = queries.rounds.named(session, assessment.id, name)
    if round is None:
        raise PiaError(f"{assessment.key} に、再実施・修正「{name}」はありません。")
    return round


def rounds_of(session: Session, assessment: Assessment, opened: bool = True) -> list[Round]:
    """The rounds of an assessment; those that are over only where `opened` is false."""
    rows = queries.rounds.of_assessment_in_order(session, assessment.id)
    rounds = []
    for round_ in rows:
        if not opened or round_.state not in ("PUBLISHED", "WITHDRAWN"):
            rounds.append(round_)
    return rounds


def head_tree(session: Session, where: VersionLine) -> Tree | None:
    """The text the line ends with; None before the first version."""
    if where.head_id is not None:
        return nodes.recent(session, where.head_id)
    return None


def ready(
    session: Session,
    form: Form,
    tree: Tree,
    why: str,
    source: Mapping[str, Any] | None = None,
    base: int | None = None,
) -> NewVersion:
    """A tree of this form made ready to be saved: its digests, and all its contents. Reads only.
    `base`: the version it was made from."""
    digest = reviewed(form, tree).digest
    nodes.remember(tree)
    return NewVersion(tree, digest, why, source, nodes.packed(session, tree, base))


def save(
    session: Session,
    where: VersionLine,
    tree: Tree,
    by: By,
    why: str,
    source: Mapping[str, Any] | None = None,
    expected: int | None = None,
) -> Version:
    """Saves a tree on a line; Stale when the head is not `expected` (default: as it is now)."""
    new = ready(session, forms.load(tree.form), tree, why, source)
    return put(session, where, new, by, expected)


def put(
    session: Session, where: VersionLine, new: NewVersion, by: By, expected: int | None = None
) -> Version:
    """Saves what was made ready, as `save` does."""
    return assessments.save(
        session,
        new,
        assessment=where.assessment,
        parent_id=where.head_id,
        by=by,
        round=where.round,
        expected_head=expected,
    )
