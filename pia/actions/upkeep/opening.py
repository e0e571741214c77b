"""Opening a workplace as a configuration describes it: by the command line, the server and the
worker.

Knows settings, the anchors that leave and what a server must not be started with. Must not know
commands or pages.
"""

from __future__ import annotations

from dataclasses import replace

from ... import rules
from ...settings import Config
from ...store.opening import check_schema, open_store
from ..records import tallies
from ..workplace import Workplace, press_of, sign_in_rules
from . import anchors, starting


def open_workplace(config: Config) -> Workplace:
    """The workplace a configuration describes."""
    starting.must_line(config)
    store = open_store(config.database_url, anchors.place(config))
    store = replace(store, follow=lambda touched: tallies.follow(store, touched))
    check_schema(store)
    folder = config.rules_folder
    law = rules.load("law", folder)
    return Workplace(
        store,
        rules.with_reading(rules.load("rules", folder), law),
        rules.load("threshold", folder),
        rules.load(f"procedure-{config.procedure}", folder),
        rules.with_ours(rules.load("rights", folder)),
        law,
        config.values["PIA_SECRET_KEY"],
        config.values["PIA_TWO_PERSONS"] == "1",
        rules.load("retention", folder),
        sign_in_rules(config),
        rules.load("classes", folder),
        press_of(config),
        rules.load(f"handover-{config.handover}", folder),
        rules.load("digital-items", folder),
        rules.load("calendar", folder),
        rules.load("leaks", folder),
        folder,
    )
