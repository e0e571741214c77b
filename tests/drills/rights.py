"""Every route with every thing in every parameter any route declares, as everybody who must not
have it: words planted in every kind of object come to nobody they are not for. With its control:
the question switched off, the same walk finds them. Long: some twenty thousand requests and
more.

Knows the walk of `tests/web/canaries`. Counts answers looked at and words found.
"""

from __future__ import annotations

import argparse
import logging
from typing import Any

from pia import config
from pia.actions.upkeep.opening import open_workplace
from pia.web.application import create_app
from tests.web import canaries

from .defences import without
from .places import place


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` people at most, of those who must be kept out."""
    logging.getLogger("pia").setLevel(logging.CRITICAL)
    with place(kind, pg, "publish") as url:
        wp = open_workplace(config.load({"PIA_DATABASE_URL": url}))
        things = canaries.plant(wp)
        app = create_app(wp, config.load({}), lambda: canaries.AT)
        names = list(canaries.WEAK)[: args.n]
        answers, leaks = canaries.walk(app, things, names, full=True)
        wp.store.close()
    return {
        "people": len(names),
        "answers": answers,
        "found": len(leaks),
        "first": leaks[:5],
        "missed": len(leaks),
    }


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Words found where the question whether a thing is somebody's is always answered with yes."""
    logging.getLogger("pia").setLevel(logging.CRITICAL)
    with place(kind, pg, "publish") as url, without("whose it is"):
        wp = open_workplace(config.load({"PIA_DATABASE_URL": url}))
        things = canaries.plant(wp)
        app = create_app(wp, config.load({}), lambda: canaries.AT)
        _, leaks = canaries.walk(app, things, ["mitamura"], only="/referrals/")
        wp.store.close()
    return len(leaks)
