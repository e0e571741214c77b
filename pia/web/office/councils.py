"""Councils at the office: set up, their members seated and tied to accounts.

Knows forms.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.people import members, registration
from ...actions.steps import councils, sittings
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
    people = []
    for account, shown, role, _ in registration.accounts(wp):
        if role in ("member", "chair"):
            people.append((account, f"{shown}（{account}）"))
    return render_template(
        "office/councils.html",
        councils=members.councils(wp, now_day()),
        sittings=sittings.sittings(wp),
        people=people,
    )


@blueprint.post("/councils")
@needs("office")
@shows(listed)
def add() -> Answer:
    """Sets up a council."""
    name = inputs.line("name", "審議会の名称")
    councils.set_up(
        workplace(),
        by(),
        name,
        {"quorum": inputs.number("quorum", "定足数", least=1, most=100, need=False)},
        [],
    )
    return done(f"「{name}」を登録しました。", url_for("councils.listed"))


@blueprint.post("/councils/<int:number>/members")
@needs("office", number="council")
@shows(lambda number: listed())
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
        ),
    )
    return done(f"{name}さんの任期を記録しました。", url_for("councils.listed"))


@blueprint.post("/councils/<int:number>/accounts")
@needs("office", number="council")
@shows(lambda number: listed())
def tie(number: int) -> Answer:
    """The account a member signs in with: it sees this council's papers, for this term."""
    name = members.tie(
        workplace(),
        by(),
        number,
        inputs.number("member", "委員") or 0,
        inputs.line("account", "利用者", need=False) or None,
    )
    return done(f"{name}さんの利用者を記録しました。", url_for("councils.listed"))
