"""What a view declares of itself: the right it needs, the things its parameters name, the page a
form belongs to, and how a POST is let through.

Knows views as functions. Must not know who asks: `gate` holds requests against what stands here,
and refuses a view that declares no right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Declared:
    """Of one view. `right`: a line of rights.yaml; `own`: the argument whose assessment must be of
    the person's own department, for roles that are bound to it; `objects`: parameter → kind;
    `asks`: the other query parameters it takes; `page`: the view its form stands on; `proven`:
    whether its person shows a moment before that it is them, or the field and value of the form
    that ask for it; `outside`: sent by another site's form; `settles`: open to who owes something.
    """

    right: str = ""
    own: str = ""
    objects: Mapping[str, str] = field(default_factory=dict)
    asks: tuple[str, ...] = ()
    page: Callable[..., Any] | None = None
    proven: bool | tuple[str, str] = False
    outside: bool = False
    settles: bool = False


_OF: WeakKeyDictionary[Callable[..., Any], Declared] = WeakKeyDictionary()
_NOTHING = Declared()


def of(view: Callable[..., Any]) -> Declared:
    """What a view declares; nothing where it declares nothing."""
    return _OF.get(view, _NOTHING)


def _declare(view: View, **values: Any) -> View:
    _OF[view] = replace(of(view), **values)
    return view


def needs(
    right: str, own: str = "", *, asks: tuple[str, ...] = (), **objects: str
) -> Callable[[View], View]:
    """The right a view needs; `own` names the view argument whose assessment must be of the
    person's own department, for roles that are bound to it. `objects`: parameter (of the path, the
    query or the form; one that ends in `_` is every field that begins so) → the kind of object it
    names (`actions.people.rights.KINDS`). `asks`: the other query parameters it takes, "*" for any.
    """
    return lambda view: _declare(view, right=right, own=own, objects=objects, asks=asks)


def shows(page: Callable[..., Any]) -> Callable[[View], View]:
    """The page a POST belongs to: what is wrong is said there, and what was typed is still in its
    fields."""
    return lambda view: _declare(view, page=page)


def proven(view: View) -> View:
    """Marks what cannot be taken back: its person shows a moment before that it is them (ASVS
    7.5.3)."""
    return _declare(view, proven=True)


def proven_where(field: str, value: str) -> Callable[[View], View]:
    """The same for a form that does several things, where a field of it says this one."""
    return lambda view: _declare(view, proven=(field, value))


def outside(view: View) -> View:
    """Marks a POST that another site's form sends: it has no token of ours, and what it says proves
    itself or counts for nothing."""
    return _declare(view, outside=True)


def settles(view: View) -> View:
    """Marks what somebody may do who has to change a password or set a second factor first."""
    return _declare(view, settles=True)
