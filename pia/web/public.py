"""The public zone: an application of its own over public readings, with one form. No staff route exists in it, no session, no account.

Knows residents' phones: announcement, what changes, the whole text with citable numbers, an opinion with a receipt, published assessments with every version.
Origins are counted by a keyed hash that changes daily and are written nowhere (design/reliability.md §2).
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as Answer

from .. import forms
from ..actions import openly
from ..actions.workplace import Workplace
from ..config import Config
from ..domain.errors import PiaError
from . import bare, devices, inputs, limits
from .gate import needs, now, now_day, workplace
from .lines import lines_of

blueprint = Blueprint("public", __name__)
HOURLY = 20  # opinions an hour from one origin
LONGEST = 20_000


def create_public_app(wp: Workplace, settings: Config, now: Callable[[], datetime] | None = None) -> Flask:
    app = bare(wp, settings, now, lambda inside: limits.AtOnce(limits.Posts(inside)))
    app.config.update(WTF_CSRF_TIME_LIMIT=None, SESSION_COOKIE_NAME=devices.bound("pia-public", app.config["SESSION_COOKIE_SECURE"]), MAX_CONTENT_LENGTH=1 << 20)
    CSRFProtect(app)
    app.extensions["pia.origins"] = _Origins()
    app.register_blueprint(blueprint)
    app.context_processor(lambda: {"problem": None, "typed": None, "zone": "public"})
    return app


class _Origins:
    """How many opinions came from where in this hour, under a key nobody keeps."""

    def __init__(self) -> None:
        self.lock, self.hour, self.key, self.seen = threading.Lock(), "", b"", Counter[str]()

    def full(self, address: str, hour: str) -> bool:
        with self.lock:
            if hour != self.hour:
                self.hour, self.key, self.seen = hour, secrets.token_bytes(32), Counter()
            mark = hmac.new(self.key, address.encode(), sha256).hexdigest()
            self.seen[mark] += 1
            return self.seen[mark] > HOURLY


@blueprint.get("/")
@needs("open")
def home() -> str:
    wp = workplace()
    return render_template("public/home.html", hearings=openly.hearings(wp, now_day()), published=openly.published(wp, now_day()))


@blueprint.get("/consultations/<int:number>")
@needs("open")
def hearing(number: int) -> str:
    """何が変わるのか, in plain lines and cards."""
    wp = workplace()
    h = openly.hearing(wp, number, now_day())
    return render_template("public/hearing.html", h=h, cards=openly.cards(wp, h), outcomes=wp.rules["outcomes"])


@blueprint.get("/consultations/<int:number>/documents/<key>")
@needs("open")
def draft(number: int, key: str) -> str:
    """The whole draft, each item with its official number."""
    h = openly.hearing(workplace(), number, now_day())
    d = next((d for d in h.documents if d.key == key), None)
    if d is None:
        raise PiaError("その評価書は、この意見募集の対象ではありません。")
    return _document(d, h=h)


def _document(d: openly.Shown, h: openly.Hearing | None = None) -> str:
    form = forms.load(d.tree.form)
    return render_template("public/document.html", d=d, h=h, form=form, lines=lines_of(form, d.tree, d.old))


@blueprint.get("/consultations/<int:number>/opinion")
@needs("open")
def opinion(number: int) -> str:
    h = openly.hearing(workplace(), number, now_day())
    return render_template("public/opinion.html", h=h, items=openly.items_of(h), given=_asked(), wrong="")


def _asked() -> dict[str, str]:
    return {k: request.args.get(k, "")[:60] for k in ("key", "item")} | {"text": "", "name": "", "address": ""}


@blueprint.post("/consultations/<int:number>/opinion")
@needs("open")
def send(number: int) -> str | Answer | tuple[str, int]:
    """First the fields, then what was written to be confirmed, then the receipt."""
    wp = workplace()
    h = openly.hearing(wp, number, now_day())
    items = openly.items_of(h)
    given = {k: request.form.get(k, "") for k in ("key", "item", "text", "name", "address")}
    try:
        clean = {
            "text": inputs.text("text", "意見", most=LONGEST), "name": inputs.line("name", "氏名", need=h.facts.get("name") == "required"),
            "address": inputs.line("address", "住所", need=h.facts.get("address") == "required"),
            "key": inputs.choice("key", "評価書", ("", *(d.key for d in h.documents))), "item": inputs.choice("item", "項目", ("", *(i for i, _ in items))),
        }  # fmt: skip
        if not h.open:
            raise PiaError("この意見募集は、受付の期間ではありません。")
        if request.form.get("sure") != "1" or request.form.get("back") == "1":
            page = "public/opinion.html" if request.form.get("back") == "1" else "public/confirm.html"
            return render_template(page, h=h, items=items, given=clean, wrong="", item=dict(items).get(clean["item"], ""), once=secrets.token_urlsafe(12))
        if current_app.extensions["pia.origins"].full(request.remote_addr or "", now().strftime("%Y-%m-%d %H")):
            raise PiaError("同じ所から続けて送られているため、しばらく受け付けられません。1時間ほどたってから、もう一度お試しください。")
        receipt = openly.send(wp, number, now=now(), once=request.form.get("once", ""), **clean)
    except PiaError as e:
        return render_template("public/opinion.html", h=h, items=items, given=given, wrong=str(e)), 422
    return redirect(url_for("public.receipt", number=number, receipt=receipt), 303)


@blueprint.get("/consultations/<int:number>/receipts/<receipt>")
@needs("open")
def receipt(number: int, receipt: str) -> str:
    if not openly.received(workplace(), number, receipt[:20]):
        raise PiaError("その受付番号はありません。番号を確かめてください。")
    return render_template("public/receipt.html", h=openly.hearing(workplace(), number, now_day()), receipt=receipt)


@blueprint.get("/published/<key>")
@needs("open")
def published(key: str) -> str:
    wp = workplace()
    days = openly.published_days(wp, key, now_day())
    return render_template("public/published.html", days=days, d=openly.publication(wp, key, days[0][0], now_day()), key=key)


@blueprint.get("/published/<key>/<int:number>")
@needs("open")
def publication(key: str, number: int) -> str:
    return _document(openly.publication(workplace(), key, number, now_day()))
