"""Councils at the office: set up, their members seated and tied to accounts.

Knows forms.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.people import members, registration
from ...actions.records.convening_kinds import MEMBER_FACTS
from ...actions.steps import councils, sittings
from ...actions.viewing import convening
from ...domain.procedure.retention import fiscal_year
from ...domain.wareki import fiscal
from .. import inputs
from ..actor import by, now_day, workplace
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("councils", __name__)


@blueprint.get("/councils")
@needs("read")
def listed() -> str:
    """The councils with their members, and the sittings."""
    wp = workplace()
    return render_template(
        "office/councils.html",
        councils=members.councils(wp, now_day()),
        sittings=sittings.sittings(wp),
    )


def _people() -> list[tuple[str, str]]:
    """The accounts a member may sign in with."""
    people = []
    for account, shown, role, _ in registration.accounts(workplace()):
        if role in ("member", "chair"):
            people.append((account, f"{shown}（{account}）"))
    return people


@blueprint.post("/councils")
@needs("office")
@shows(listed)
def add() -> Answer:
    """Sets up a council."""
    name = inputs.line("name", "審議会の名称")
    number = councils.set_up(
        workplace(),
        by(),
        name,
        {"quorum": inputs.number("quorum", "定足数", least=1, most=100, need=False)},
        [],
    )
    return done(f"「{name}」を登録しました。", url_for("councils.page", number=number))


@blueprint.get("/councils/<int:number>")
@needs("read", number="council")
def page(number: int) -> str:
    """A council: its members' terms, its rules, its sittings, its inquiries for days."""
    view = convening.council(workplace(), number, now_day())
    year = fiscal_year(now_day())
    return render_template(
        "office/council.html",
        v=view,
        number=number,
        people=_people(),
        years=[(each, fiscal(each)) for each in (year, year - 1)],
        member_facts=MEMBER_FACTS,
    )


@blueprint.post("/councils/<int:number>/members")
@needs("office", number="council")
@shows(page)
def seat(number: int) -> Answer:
    """A member and their term."""
    name = inputs.line("name", "委員の氏名", most=60)
    members.seat(
        workplace(),
        by(),
        number,
        members.Term(
            name=name,
            title=inputs.line("title", "役職", most=30, need=False),
            since=inputs.must_day("since", "任期の始まり"),
            until=inputs.day("until", "任期の終わり", need=False),
            account=request.form.get("account") or None,
            facts=_member_facts(),
        ),
    )
    return done(f"{name}さんの任期を記録しました。", url_for("councils.page", number=number))


def _member_facts() -> dict[str, str]:
    """What is typed of a member beside the term; only what was typed."""
    facts = {}
    for field, label in MEMBER_FACTS.items():
        if words := inputs.line(field, label, need=False):
            facts[field] = words
    if appointed := inputs.day("appointed", "委嘱した日", need=False):
        facts["appointed"] = appointed.isoformat()
    return facts


@blueprint.post("/councils/<int:number>/accounts")
@needs("office", number="council")
@shows(page)
def tie(number: int) -> Answer:
    """The account a member signs in with: it sees this council's papers, for this term."""
    name = members.tie(
        workplace(),
        by(),
        number,
        inputs.number("member", "委員") or 0,
        inputs.line("account", "利用者", need=False) or None,
    )
    return done(f"{name}さんの利用者を記録しました。", url_for("councils.page", number=number))
