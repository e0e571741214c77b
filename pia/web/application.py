"""The applications: every page of the staff's in one, and the zones a server answers with.

Knows every folder of pages; nothing below imports it.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from ..actions.workplace import Workplace
from ..settings import Config
from . import gate, helping, mending, menu, moved
from .council import card_orders, cards, following, own_notes, words
from .council import leaks as council_leaks
from .desk import (
    answers,
    candidates,
    change_table,
    comments,
    comparisons,
    content_checks,
    documents,
    entries,
    form_moving,
    guided,
    import_desk,
    importing,
    items,
    parts,
    register,
    restoring,
    search,
    withheld,
)
from .office import (
    affair_ends,
    affair_lists,
    affair_notices,
    affair_origins,
    affair_reports,
    affairs,
    beginning,
    bulk_rounds,
    calendar,
    carrying,
    commission,
    consultation_notices,
    consultations,
    convening,
    corrections,
    councils,
    draft_ways,
    file_corrections,
    file_lists,
    file_register,
    filing,
    form_files,
    guides,
    incidents,
    jobs,
    leaks,
    minutes,
    national,
    national_drafts,
    opinion_lists,
    opinion_sorting,
    papers,
    plan,
    procedure_items,
    proceedings,
    proposals,
    records,
    referrals,
    register_forms,
    rehearsal,
    reports,
    reviews,
    round_files,
    rounds,
    rules,
    sittings,
    transcripts,
    viewpoints,
    wordbook,
    year_corrections,
)
from .people import admin, help, setup, sign_in, today, yearly
from .people import sso as sso_pages
from .public import site
from .public.pages import create_public_app
from .shell import Clock, bare
from .sso import ways
from .warming import warm, warm_lists

__all__ = ["create_app", "create_public_app", "create_zone", "site"]

PAGES = (
    *(sign_in, sso_pages, today, admin, setup, yearly, help),
    *(
        register,
        documents,
        comparisons,
        change_table,
        parts,
        items,
        guided,
        entries,
        withheld,
        importing,
    ),
    form_moving,
    *(import_desk, restoring, search, comments, answers, candidates, content_checks),
    *(corrections, year_corrections, file_corrections, wordbook),
    *(
        affairs,
        beginning,
        rounds,
        bulk_rounds,
        calendar,
        procedure_items,
        viewpoints,
        filing,
        draft_ways,
        round_files,
    ),
    *(
        consultations,
        consultation_notices,
        opinion_sorting,
        opinion_lists,
        councils,
        convening,
        referrals,
        proposals,
        sittings,
        proceedings,
    ),
    *(minutes, transcripts, carrying, commission, affair_ends, affair_origins),
    *(reviews, incidents, reports, leaks, file_register, file_lists, register_forms),
    *(affair_notices, affair_lists, affair_reports),
    *(national, national_drafts, rules, plan, form_files, guides, papers, jobs, records, rehearsal),
    *(cards, card_orders, following, own_notes, words, council_leaks),
)


def create_app(wp: Workplace, settings: Config, now: Clock | None = None) -> Flask:
    """The staff's application over an open workplace. `now` is given by tests; otherwise it is the
    clock."""
    app = bare(wp, settings, now)
    app.extensions["pia.sso"] = ways.set_up(settings)
    app.before_request(moved.lead)
    gate.set_up(app)
    menu.set_up(app)
    mending.set_up(app)
    helping.set_up(app)
    # Several modules of the desk and of the office add their views to one blueprint.
    for blueprint in dict.fromkeys(module.blueprint for module in PAGES):
        app.register_blueprint(blueprint)
    return app


def create_zone(zone: str, wp: Workplace, settings: Config, now: Clock | None = None) -> Any:
    """The WSGI application of a zone: "staff", "public", or "all": both in one process, the public
    one below /public (for trying out and small houses). It is ready for its first visitor."""
    if zone == "public":
        return _public(wp, settings, now)
    staff = create_app(wp, settings, now)
    warm(staff)
    warm_lists(staff)
    if zone == "staff":
        return staff
    return DispatcherMiddleware(staff, {"/public": _public(wp, settings, now)})


def _public(wp: Workplace, settings: Config, now: Clock | None) -> Flask:
    public = create_public_app(wp, settings, now)
    warm(public)
    return public
