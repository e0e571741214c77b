"""An opinion from field to receipt: the one form anybody may send, the same in the zone with a
database and on a host outside without one.

Knows the steps (fields, what was written to be confirmed, receipt), the wording and how often one
origin may send. Must not know where an opinion is kept: it is handed to `put`. Origins are counted
by a keyed hash that changes every hour and are written nowhere.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256

from flask import Flask, current_app, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as Answer

from ...actions.viewing.public import PublicConsultation
from ...domain.errors import PiaError, Unavailable
from ...domain.procedure.opinions import LONGEST
from .. import devices, inputs, limits
from ..actor import now

HOURLY = 20  # opinions an hour from one origin
FIELDS = ("key", "item", "text", "name", "address")
Answered = str | Answer | tuple[str, int]
Put = Callable[[dict[str, str], str], str]


class _Origins:
    """How many opinions came from where in this hour, under a key nobody keeps."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.hour = ""
        self.key = b""
        self.seen = Counter[str]()

    def full(self, address: str, hour: str) -> bool:
        with self.lock:
            if hour != self.hour:
                self.hour = hour
                self.key = secrets.token_bytes(32)
                self.seen = Counter()
            mark = hmac.new(self.key, address.encode(), sha256).hexdigest()
            self.seen[mark] += 1
            return self.seen[mark] > HOURLY


def inner(app: limits.Wsgi) -> limits.Wsgi:
    """What stands before every application that takes opinions."""
    return limits.AtOnce(limits.Posts(app))


def set_up(app: Flask) -> None:
    """What an application needs that takes opinions."""
    cookie = devices.bound("pia-public", app.config["SESSION_COOKIE_SECURE"])
    app.config.update(
        WTF_CSRF_TIME_LIMIT=None, SESSION_COOKIE_NAME=cookie, MAX_CONTENT_LENGTH=1 << 20
    )
    CSRFProtect(app)
    app.extensions["pia.origins"] = _Origins()
    app.context_processor(
        lambda: {
            "problem": None,
            "typed": None,
            "zone": "public",
            "writes": True,
            "tells": True,
            "papers": (),
            "sheets": True,
        }
    )


def asked() -> dict[str, str]:
    """What the address asks about, in a form that is empty otherwise."""
    return {field: request.args.get(field, "")[:60] for field in ("key", "item")} | {
        "text": "",
        "name": "",
        "address": "",
    }


def taken(h: PublicConsultation, items: Sequence[tuple[str, str]], put: Put) -> Answered:
    """First the fields, then what was written to be confirmed, then the receipt. `put` keeps an
    opinion (its fields, the key of its form) and gives the receipt."""
    given = {}
    for field in FIELDS:
        given[field] = request.form.get(field, "")
    try:
        clean = _clean(h, items)
        if not h.open:
            raise PiaError("この意見募集は、受付の期間ではありません。")
        back = request.form.get("back") == "1"
        if request.form.get("sure") != "1" or back:
            if back:
                page = "public/opinion.html"
            else:
                page = "public/confirm.html"
            return render_template(
                page,
                h=h,
                items=items,
                given=clean,
                wrong="",
                item=dict(items).get(clean["item"], ""),
                once=secrets.token_urlsafe(12),
            )
        if current_app.extensions["pia.origins"].full(
            request.remote_addr or "", now().strftime("%Y-%m-%d %H")
        ):
            raise PiaError(
                "同じ所から続けて送られているため、しばらく受け付けられません。"
                "1時間ほどたってから、もう一度お試しください。"
            )
        receipt = put(clean, request.form.get("once", ""))
    except Unavailable:
        raise
    except PiaError as error:
        return render_template(
            "public/opinion.html", h=h, items=items, given=given, wrong=str(error)
        ), 422
    return redirect(url_for("public.receipt", number=h.number, receipt=receipt), 303)


def _clean(h: PublicConsultation, items: Sequence[tuple[str, str]]) -> dict[str, str]:
    return {
        "text": inputs.text("text", "意見", most=LONGEST),
        "name": inputs.line("name", "氏名", need=h.facts.get("name") == "required"),
        "address": inputs.line("address", "住所", need=h.facts.get("address") == "required"),
        "key": inputs.choice("key", "評価書", ("", *(document.key for document in h.documents))),
        "item": inputs.choice("item", "項目", ("", *(item for item, _ in items))),
    }
