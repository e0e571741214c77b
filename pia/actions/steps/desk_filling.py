"""A laptop's own database is filled with what was carried: one sitting, its council, and one
officer without a password.

Knows rows of a carried record. Must not know files or codes.
"""

from __future__ import annotations

from datetime import datetime

from ...domain.act import By
from ...store.ledger import log
from ...store.rows import councils
from ...store.rows.bodies import Account, Body, Department
from ...store.rows.minutes import Movement, Speech
from ...store.rows.sessions import WebSession
from ..people import sign_in
from ..records.desk_records import Record, row_of_json
from ..workplace import Workplace

OFFICER = "desk"
BODY = "持出し"


def fill(wp: Workplace, record: Record, token: str, at: datetime) -> None:
    """Everything of a carried record, in one act of who carries it; they are signed in with
    `token`: a page that was open goes on after a program that was killed."""
    around = record["around"]
    now = record["now"]
    by = By(OFFICER, "secretariat", at)
    with wp.store.begin() as session:
        body = Body(name=BODY)
        session.add(body)
        session.flush()
        for place, name in enumerate(around["departments"]):
            session.add(Department(body_id=body.id, name=name, position=place))
        account = Account(name=OFFICER, shown=record["officer"], role="secretariat")
        session.add(account)
        session.flush()
        signed_in = {"began": at, "seen": at, "proved": at, "agent": "", "way": "server"}
        kept = sign_in.kept_token(token)
        session.add(WebSession(token=kept, account_id=account.id, **signed_in))
        session.add(row_of_json(councils.Council, around["council"]))
        session.flush()
        for said in around["members"]:
            session.add(row_of_json(councils.Member, said))
        for said in (*around["earlier"], now["sitting"]):
            session.add(row_of_json(councils.Sitting, said))
        session.flush()
        for said in (*around["promised"], *now["speech"]):
            session.add(row_of_json(Speech, said))
            session.flush()
        for said in now["attendance"]:
            session.add(row_of_json(councils.Attendance, said))
        for said in now["movement"]:
            session.add(row_of_json(Movement, said))
        log.entry(session, by, "sitting.carry_open", str(record["number"]), {})
