"""Addresses that were called otherwise: whoever opens an old one is led to where it is now.

Knows old and new addresses as a table. Must not know rights: the new address asks for them. Return
addresses a city registered with its own sign-in never stand here; they stay as they are.
"""

from __future__ import annotations

from flask import redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response as Answer

# Old address, new address; a parameter has the same name in both.
MOVED = (
    ("/council", "/referrals"),
    ("/council/<referral>", "/referrals/<referral>"),
    ("/council/<referral>/now", "/referrals/<referral>/now"),
    ("/council/<referral>/pack.pdf", "/referrals/<referral>/pack.pdf"),
    ("/council/<referral>/remarks", "/referrals/<referral>/remarks"),
    ("/council/<referral>/answers/<remark>", "/referrals/<referral>/remarks/<remark>/answer"),
    ("/council/<referral>/documents/<key>", "/referrals/<referral>/documents/<key>"),
    ("/council/<referral>/papers/<place>.pdf", "/referrals/<referral>/materials/<place>.pdf"),
    ("/council/<referral>/files/<place>", "/referrals/<referral>/files/<place>"),
    ("/council/<referral>/made/<name>.<fmt>", "/referrals/<referral>/papers/<name>.<fmt>"),
    ("/council/<referral>/<int:card>", "/referrals/<referral>/cards/<int:card>"),
    ("/council/<referral>/<int:card>/now", "/referrals/<referral>/cards/<int:card>/now"),
    ("/council/<referral>/<int:card>/tick", "/referrals/<referral>/cards/<int:card>/tick"),
    ("/council/<referral>/<int:card>/remarks", "/referrals/<referral>/cards/<int:card>/remarks"),
    (
        "/council/<referral>/<int:card>/proposals",
        "/referrals/<referral>/cards/<int:card>/proposals",
    ),
    ("/glossary/<referral>", "/referrals/<referral>/glossary"),
    ("/lines/<ref>/write", "/lines/<ref>/parts"),
    ("/lines/<ref>/withheld", "/lines/<ref>/occurrences"),
    ("/lines/<ref>/withhold/<path:path>", "/lines/<ref>/withheld/<path:path>"),
    ("/personal", "/flags"),
    ("/personal/<place>", "/flags/<place>"),
    ("/personal/<place>/erase", "/flags/<place>/erasure"),
    ("/record", "/ledger"),
    ("/records/one/<record>", "/records/kept/<record>"),
    ("/rounds/<ref>/table", "/rounds/<ref>/change-table"),
    ("/sign-in/elsewhere", "/sign-in/oidc/go"),
)
# What the register was asked for while it was the first page.
ASKED = ("office", "stand", "q", "page")
REGISTER = "/register"
_OLD = Map([Rule(old, endpoint=new) for old, new in MOVED])
_NEW = Map([Rule(new, endpoint=new) for _, new in MOVED])


def now(path: str, root: str = "") -> str | None:
    """Where an old path stands now, below `root`; None where it is no old one."""
    try:
        new, values = _OLD.bind("").match(path)
    except HTTPException:
        return None
    return str(_NEW.bind("", script_name=root).build(new, values))


def lead() -> Answer | None:
    """The way to the new address, with the query as it was; None where the address is no old one.
    301, for a form 308, so that what was typed goes along."""
    address = None
    if request.routing_exception is not None:
        address = now(request.path, request.script_root)
    elif request.path == "/" and not request.args.keys().isdisjoint(ASKED):
        address = request.script_root + REGISTER
    if address is None:
        return None
    if request.query_string:
        address += "?" + request.query_string.decode("ascii", "replace")
    return redirect(address, 308 if request.method == "POST" else 301)
