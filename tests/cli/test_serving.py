"""What the server does besides serving."""

from __future__ import annotations

import gc
import weakref

from pia.cli import serving


class Thing:
    other: Thing


def test_tidying_frees_what_points_only_to_itself_and_sets_the_rest_aside() -> None:
    a, b = Thing(), Thing()
    a.other, b.other = b, a
    gone, kept = weakref.ref(a), Thing()
    try:
        serving._tidy()  # both are still in use, and set aside
        assert gone() is a and gc.get_freeze_count() > 0
        del a, b
        gc.collect()
        assert gone() is not None, "what was set aside is not looked at in between"
        serving._tidy()
        assert gone() is None and kept is not None
    finally:
        gc.unfreeze()
