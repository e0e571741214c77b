"""One writer of the `locks` drill, and the city it writes in. Runs on this release and on the first
landed one, beside which it is measured: it asks for what either has.

`setup URL DOCUMENTS…`: the case, and so many documents of each body. `write
URL KEYS SECONDS MILLISECONDS LOCK`: saves into the documents of KEYS in turn until the time is over
(it begins with a line on the input) and tells `{"times", "cpu", "refused"}`. MILLISECONDS are slept
in the locked part; LOCK is `chain` as it is, or `one`: the control, where every act locks out all.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from pia import config
from pia.actions import demo, sources
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.errors import PiaError

ITEM = ("IV", "3")
MODEL = "nhi-benefits~r6-cloud"
_NEW = os.path.exists(os.path.join(os.path.dirname(demo.__file__), "editing"))


def _workplace(url: str) -> Workplace:
    where = import_module("pia.actions.upkeep.opening" if _NEW else "pia.actions.workplace")
    return where.open_workplace(config.load({"PIA_DATABASE_URL": url}))  # type: ignore[no-any-return]


def _by(request: str = "", copy: str = "") -> By:
    at = demo._at("2024-12-30T23:50:00+09:00")
    return By("mizukoshi", "secretariat", at, request, copy)


def setup(url: str, documents: list[int]) -> None:
    import_module("pia.store.opening" if _NEW else "pia.store.base").upgrade(url)
    wp = _workplace(url)
    demo.play(wp, until="national")
    wp.store.close()
    add(url, documents)


def add(url: str, documents: list[int]) -> None:
    """So many documents of each body beside the case."""
    wp = _workplace(url)
    tree = sources.read_ref(wp, MODEL).tree
    for body, count in enumerate(documents):
        for document in range(count):
            key = f"b{body}-d{document}"
            if _NEW:
                _registered(wp, key, f"第{body + 1}評価実施機関", f"9{body}{document:03}")
                module = import_module("pia.actions.editing.versions")
                module.bring_in(wp, _by(), key, module.Brought(tree), why="はじめ", create=False)
                module.open_round(wp, _by(), key, module.NewRound("r", "CORRECTION", ["見直し"]))
            else:
                module = import_module("pia.actions.drafting")
                module.bring_in(wp, _by(), key, tree, why="はじめ")
                module.open_round(wp, _by(), key, "r", "CORRECTION", reasons=["見直し"])
    wp.store.close()


def _registered(wp: Workplace, key: str, body: str, number: str) -> None:
    registration = import_module("pia.actions.people.registration")
    registration.register_affair(
        wp,
        _by(),
        registration.NewAffair(key, number, f"事務{key}", body, None, {}, ("all_item",)),
    )


def _saver(wp: Workplace) -> Callable[[str, str, str, By], Any]:
    """Saves a text into the item of a document, from a version seen."""
    if _NEW:
        items = import_module("pia.actions.editing.items")
        return lambda key, seen, text, by: items.save_answer(
            wp, by, items.Opened(key, ITEM, seen), text, why="追記"
        )
    writing = import_module("pia.actions.writing")
    return lambda key, seen, text, by: writing.save_answer(
        wp, by, key, ITEM, text, seen=seen, why="追記"
    )


def _slowed(milliseconds: int, alone: bool) -> None:
    """Sleeps behind every lock that is taken; `alone`: the lock is always that of all chains."""
    turns = import_module("pia.store.turns")
    take = turns.take

    def slow(connection: Any, wait: int, **asked: Any) -> None:
        take(connection, wait, **({"alone": True} if alone else asked))
        time.sleep(milliseconds / 1000)

    turns.take = slow


def _begun(save: Callable[[str, str, str, By], Any], wp: Workplace, key: str, text: str) -> str:
    """The first save, which loads the program; not measured, so it may wait as long as it takes."""
    while True:
        try:
            return str(save(key, sources.read_ref(wp, key).ref, text, _by()).ref)
        except PiaError as error:
            print(f"waits: {error}", file=sys.stderr)


def write(url: str, keys: list[str], seconds: float, milliseconds: int, lock: str) -> None:
    if milliseconds:
        _slowed(milliseconds, lock == "one")
    wp = _workplace(url)
    save = _saver(wp)
    name = f"{os.getpid():08}"
    seen = {key: _begun(save, wp, key, name) for key in keys}
    print("ready", flush=True)
    sys.stdin.readline()
    times: list[float] = []
    refused = 0
    over = time.monotonic() + seconds
    worked = time.process_time()
    while time.monotonic() < over:
        key = keys[len(times) % len(keys)]
        begun = time.monotonic()
        text = f"{name}の{len(times)}回目。" + "特定個人情報の適正な取扱いを確保する。" * 10
        try:
            by = _by(f"{name}{len(times):012}", f"{len(times):08}")
            seen[key] = save(key, seen[key], text, by).ref
        except PiaError as error:
            refused += 1
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        times.append(time.monotonic() - begun)
    worked = time.process_time() - worked
    print(json.dumps({"times": times, "cpu": worked, "refused": refused}), flush=True)
    wp.store.close()


if __name__ == "__main__":
    if sys.argv[1] == "setup":
        setup(sys.argv[2], list(map(int, sys.argv[3:])))
    else:
        _, _, _url, _keys, _seconds, _milliseconds, _lock = sys.argv
        write(_url, _keys.split(","), float(_seconds), int(_milliseconds), _lock)
