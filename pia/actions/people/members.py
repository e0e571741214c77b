"""Who sits on the councils: terms of members, and the accounts they sign in with.

Knows councils and members. Must not know what was put before them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError
from ...store import queries
from ...store.columns import iso
from ...store.ledger import log
from ...store.rows import councils as rows
from ..records import council_ways
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class CouncilView:
    """A council with its members, as its page shows it."""

    number: int
    name: str
    quorum: int
    members: tuple[rows.Member, ...]
    everybody: tuple[rows.Member, ...]
    accounts: Mapping[int, str]
    by_bill: bool = False


def councils(wp: Workplace, today: date) -> list[CouncilView]:
    """Every council with who is in office, every term there was, and the accounts members sign in
    with.
    """
    with wp.store.read() as session:
        shown = {}
        for account in queries.accounts.of_members(session):
            shown[account.id] = f"{account.shown}（{account.name}）"
        everybody: dict[int, list[rows.Member]] = {}
        for member in queries.councils.members_in_order(session):
            everybody.setdefault(member.council_id, []).append(member)
        out = []
        for council in queries.councils.councils(session):
            seats = tuple(rows.in_office(session, council.id, today))
            terms = tuple(everybody.get(council.id, ()))
            accounts = {}
            for term in terms:
                if term.account_id is not None:
                    accounts[term.id] = shown[term.account_id]
            out.append(
                CouncilView(
                    council.id,
                    council.name,
                    int(council.facts.get("quorum") or len(seats) // 2 + 1),
                    seats,
                    terms,
                    accounts,
                    council_ways.by_bill(council),
                )
            )
        return out


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a member, from a day to the last one (None while open), with the account they
    use; `facts`: 区分, 推薦団体, 委嘱日 and 所属, where they were typed with the term."""

    name: str
    title: str
    since: date
    until: date | None
    account: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def seat(wp: Workplace, by: By, council: int, term: Term) -> None:
    """A member's term begins; the term of somebody with the same name that is still open ends the
    day before, and the account they sign in with goes on where no other is named.
    """
    if term.until is not None and term.until < term.since:
        raise PiaError("任期の終わりが始まりより前です。")
    with wp.store.begin() as session:
        if session.get(rows.Council, council) is None:
            raise PiaError("その審議会はありません。")
        known = account_of(session, term.account)
        for member in queries.councils.terms_of_member(session, council, term.name):
            if term.account is None and member.account_id is not None:
                known = member.account_id
            if member.until is None or member.until >= term.since:
                member.until = term.since - timedelta(days=1)
        session.add(
            rows.Member(
                council_id=council,
                name=term.name,
                title=term.title,
                since=term.since,
                until=term.until,
                account_id=known,
                facts=dict(term.facts) or None,
            )
        )
        log.entry(
            session,
            by,
            "council.seat",
            term.name,
            {
                "since": term.since.isoformat(),
                "until": iso(term.until),
            },
        )


def put_terms(
    wp: Workplace, by: By, council: int, terms: Sequence[tuple[int | None, Term | None]]
) -> int:
    """The terms of a council as a table says them: (number of a term that is there or None, the
    term or None where its line was emptied). What is there is corrected, and what stood before
    stays in the record; an emptied line is taken out where nobody recorded its attendance. How many
    lines changed something."""
    changed = 0
    with wp.store.begin() as session:
        if session.get(rows.Council, council) is None:
            raise PiaError("その審議会はありません。")
        for number, term in terms:
            if term is not None and term.until is not None and term.until < term.since:
                raise PiaError(f"{term.name}さんの任期の終わりが始まりより前です。")
            if number is None:
                changed += _seated(session, by, council, term)
            else:
                changed += _corrected(session, by, council, number, term)
    return changed


def _seated(session: Session, by: By, council: int, term: Term | None) -> bool:
    if term is None:
        return False
    session.add(
        rows.Member(
            council_id=council,
            name=term.name,
            title=term.title,
            since=term.since,
            until=term.until,
            account_id=account_of(session, term.account),
        )
    )
    log.entry(session, by, "council.seat", term.name, _told(term))
    return True


def _corrected(session: Session, by: By, council: int, number: int, term: Term | None) -> bool:
    one = session.get(rows.Member, number)
    if one is None or one.council_id != council:
        raise PiaError("その委員はいません。一覧から選び直してください。")
    account = queries.accounts.name_of(session, one.account_id)
    before = Term(one.name, one.title, one.since, one.until, account)
    if term == before:
        return False
    if term is None:
        if queries.councils.has_attended(session, number):
            raise PiaError(
                f"{one.name}さんは会議の出欠が記録されているため、消せません。"
                "任期の終わりを入力してください。"
            )
        session.delete(one)
        log.entry(session, by, "council.unseat", one.name, {"before": _told(before)})
        return True
    one.name = term.name
    one.title = term.title
    one.since = term.since
    one.until = term.until
    one.account_id = account_of(session, term.account)
    about = {"before": _told(before), "after": _told(term)}
    log.entry(session, by, "council.correct", term.name, about)
    return True


def _told(term: Term) -> dict[str, Any]:
    """A term as the record tells it."""
    return {
        "name": term.name,
        "title": term.title,
        "since": term.since.isoformat(),
        "until": iso(term.until),
        "account": term.account,
    }


def tie(wp: Workplace, by: By, council: int, member: int, account: str | None) -> str:
    """The account a member signs in with, or none; it sees the council's papers of that term.

    Returns the member's name.
    """
    with wp.store.begin() as session:
        seat = session.get(rows.Member, member)
        if seat is None or seat.council_id != council:
            raise PiaError("その委員はいません。一覧から選び直してください。")
        seat.account_id = account_of(session, account)
        log.entry(session, by, "council.tie", seat.name, {"member": member, "account": account})
        return seat.name


def account_of(session: Session, name: str | None) -> int | None:
    """The account of a member; PiaError for one that is nobody's on a council."""
    if not name:
        return None
    account_id = queries.accounts.member_account(session, name)
    if account_id is None:
        raise PiaError(
            f"「{name}」は、委員か会長の利用者ではありません。管理者に登録を頼んでください。"
        )
    return account_id
