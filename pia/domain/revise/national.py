"""国の記載例: one national text for many assessments, as changes without a before. Applied, undone
and compared through the one ChangeSet.

A revision names places (an item, a block's heading, a figure's title); which ファイル it goes to is
chosen per assessment. What departs from it later is computed, never declared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ..canonical import clean
from ..change.compare import compare
from ..change.describe import label, names
from ..change.model import ANY, Added, Change, ChangeSet, Modified, Place, own
from ..document.blocks import base_key, block, heading, split, start_of
from ..document.form import Form, FormNode
from ..document.items import shape, with_answer
from ..document.texts import from_text, leaf_text, shown_beside, text_of
from ..document.tree import LEAVES, Node, Path, Tree
from ..errors import PiaError
from ..withheld import kept
from .apply import apply


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a revision. `path` has "*" for the ファイル (or any repeat); `figure` is part of
    a figure's title; `earlier`: what a text before its correction said there (texts of blocks and
    items, words of shapes).
    """

    item: str
    path: Path
    text: str
    before: str
    after: str | None
    explanation: str
    figure: str = ""
    shape: Mapping[str, Any] | None = None
    where: str = ""
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """One national text: where it comes from and the places it goes to. `follows`: the id of the
    text it corrects."""

    id: str
    title: str
    issuer: str
    edition: str
    reason: str
    slots: tuple[Slot, ...]
    follows: str = ""


def parse(raw: Mapping[str, Any]) -> Revision:
    """A revision out of its YAML or JSON mapping. PiaError says what is missing or of the wrong
    kind.
    """
    if not isinstance(raw, Mapping):
        raise PiaError(
            "国の記載例の形が正しくありません。id・title・issuer・edition・reason・"
            "places を書いてください。"
        )
    fields = {}
    for name in ("id", "title", "issuer", "edition", "reason"):
        fields[name] = _words(raw.get(name), name)
    places = raw.get("places")
    if not isinstance(places, list) or not places:
        raise PiaError(
            f"国の記載例「{fields['title']}」に、反映する箇所（places）の並びがありません。"
        )
    slots = []
    for number, place in enumerate(places, 1):
        for slot in _slots(place, f"国の記載例「{fields['title']}」の{number}番目の箇所"):
            slots.append(slot)
    return Revision(
        fields["id"],
        fields["title"],
        fields["issuer"],
        fields["edition"],
        fields["reason"],
        tuple(slots),
        _words(raw["follows"], "follows") if raw.get("follows") else "",
    )


def following(revision: Revision, earlier: Sequence[Revision]) -> Revision:
    """A corrected text that knows what the texts before it (the latest first) said at its places:
    where a document took them to the letter, it takes the corrected words."""
    slots = []
    for slot in revision.slots:
        said = []
        for old in earlier:
            said += [_national_words(x) for x in old.slots if _same_place(x, slot)]
        words = dict.fromkeys(text for text in said if text != _national_words(slot))
        slots.append(replace(slot, earlier=tuple(words)))
    return replace(revision, slots=tuple(slots))


def _same_place(old: Slot, new: Slot) -> bool:
    """Whether two texts go to one place: the same block, or the same figures."""
    if new.shape is not None:
        return old.shape is not None and old.figure == new.figure
    return old.shape is None and (old.item, old.path) == (new.item, new.path)


def differing(old: Revision, new: Revision) -> tuple[tuple[Slot | None, Slot | None], ...]:
    """The places where a corrected text says something else than the one before, or goes nowhere
    any more (old, None), or goes too (None, new)."""
    out: list[tuple[Slot | None, Slot | None]] = []
    for slot in new.slots:
        before = next((x for x in old.slots if _same_place(x, slot)), None)
        if before is None or _national_words(before) != _national_words(slot):
            out.append((before, slot))
    for slot in old.slots:
        if not any(_same_place(slot, x) for x in new.slots):
            out.append((slot, None))
    return tuple(out)


def _words(given: Any, name: str, where: str = "国の記載例") -> str:
    """A text, or a number written without quotes. PiaError names the field that has none."""
    if isinstance(given, str | int | date) and not isinstance(given, bool) and str(given).strip():
        return clean(str(given), f"{where}の {name} ")
    raise PiaError(f"{where}の {name} がないか、文字ではありません。")


def _slots(place: Any, where: str) -> list[Slot]:
    """The slots of one place: a text with several headings is several blocks, each standing after
    the one before.
    """
    whole = _whole_slot(place, where)
    if whole.text:
        parts = split(whole.text)[0]
    else:
        parts = ()
    if len(parts) < 2:
        return [whole]
    if whole.before not in ("absent", "any"):
        raise PiaError(
            f"{where}には見出しが{len(parts)}つあります。変更前（before）を書くときは、"
            "見出しごとに箇所を分けてください。"
        )
    base = whole.path
    if whole.path[-1] == parts[0].key:
        base = whole.path[:-1]
    slots = []
    after = whole.after
    for part in parts:
        slots.append(replace(whole, path=(*base, part.key), text=part.value["text"], after=after))
        after = part.key
    return slots


def _whole_slot(place: Any, where: str) -> Slot:
    """One place as it is written, checked field by field."""
    if not isinstance(place, Mapping):
        raise PiaError(f"{where}の形が正しくありません。item・path・text を書いてください。")

    def words(name: str) -> str:
        if place.get(name) in (None, ""):
            return ""
        return _words(place[name], name, where).strip("\n")

    item = _words(place.get("item"), "item", where)
    text = words("text")
    figure = words("figure")
    path = _path_of(place, where)
    drawn = _shape_of(place, where)
    if not (text and path) and not (drawn and figure):
        raise PiaError(
            f"{where}（{item}）に、本文（path・text）も図（figure・shape）もありません。"
        )
    return Slot(
        item,
        path,
        text,
        words("before") or "absent",
        words("after") or None,
        words("explanation"),
        figure,
        drawn,
        words("where"),
    )


def _path_of(place: Mapping[str, Any], where: str) -> Path:
    """The keys on the way to the item. PiaError where they are no list of words or numbers."""
    given = place.get("path") or ()
    if not isinstance(given, list | tuple) or not all(
        isinstance(key, str | int) and not isinstance(key, bool) for key in given
    ):
        raise PiaError(f"{where}の path は、項目までの鍵を並べたものにしてください。")
    return tuple(map(str, given))


def _shape_of(place: Mapping[str, Any], where: str) -> Mapping[str, Any] | None:
    """The drawn shape, if any. PiaError where it has no text or no whole numbers for its frame."""
    given = place.get("shape")
    if given is None:
        return None
    if (
        isinstance(given, Mapping)
        and isinstance(given.get("text"), str)
        and all(isinstance(given.get(side), int) for side in "xywh")
    ):
        return given
    raise PiaError(
        f"{where}の shape の形が正しくありません。type・text・x・y・w・h を書いてください。"
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened at one place: status applied, already, conflict, missing. Two texts for a
    clash, and where ours is replaced: national, ours now.
    """

    slot: Slot
    path: Path
    label: str
    status: str
    national: str
    ours: str | None
    why: str = ""


def files_of(form: Form, tree: Tree) -> dict[str, str]:
    """The ファイル of an assessment: key to name."""
    line = form.by_role.get("files")
    if line:
        part = tree.find(line.path)
    else:
        part = None
    if line is None or part is None:
        return {}
    entry_names = names(form, tree)
    return {
        child.key: entry_names.get((*line.path, child.key), (0, ""))[1] for child in part.children
    }


def chosen(form: Form, tree: Tree, wanted: Sequence[str]) -> tuple[str, ...]:
    """File keys for what a person chose: keys, names, or "all". PiaError lists the files when the
    choice is open or unknown.
    """
    files = files_of(form, tree)
    listing = "、".join(f"{key}（{value}）" for key, value in files.items()) or "ありません"
    if not wanted:
        if len(files) > 1:
            raise PiaError(
                f"特定個人情報ファイルが{len(files)}つあります。"
                f"反映先のファイルを選んでください：{listing}。"
            )
        return tuple(files)
    if list(wanted) in (["all"], ["すべて"]):
        return tuple(files)
    out = []
    for word in wanted:
        hits = []
        for key, value in files.items():
            if word in (key, value):
                hits.append(key)
        if not hits:
            raise PiaError(f"特定個人情報ファイル「{word}」はありません。あるのは {listing} です。")
        out += hits
    return tuple(dict.fromkeys(out))


def needs_files(revision: Revision, form: Form) -> bool:
    """Whether it is to be chosen which ファイル a revision goes to."""
    for slot in revision.slots:
        for index, key in enumerate(slot.path):
            if key == "*" and _of_files(form, form.at(slot.path[:index])[0]):
                return True
    return False


# An item path, and the change there; None where the place does not exist.
_Target = tuple[Path, Change | None]


def _targets(form: Form, tree: Tree, slot: Slot, files: Sequence[str]) -> list[_Target]:
    """The item paths a slot leads to here, each with its change."""
    if slot.shape is not None:
        return _shape_targets(form, tree, slot, slot.shape)
    return [_text_target(form, tree, slot, path) for path in _spread(form, tree, slot.path, files)]


def _shape_targets(form: Form, tree: Tree, slot: Slot, drawn: Mapping[str, Any]) -> list[_Target]:
    """Every figure whose title has the slot's words gets the shape, last of its shapes."""
    line = form.by_role.get("figures")
    if line is None:
        return [((slot.figure,), None)]
    title_key = form.by_role["figure_title"].key
    drawing_key = form.by_role["figure_drawing"].key
    figures = tree.find(line.path)
    targets: list[_Target] = []
    for figure in figures.children if figures else ():
        title = figure.child(title_key)
        if title is None or slot.figure not in text_of(title):
            continue
        new = shape(drawn["type"], drawn["text"], *(int(drawn[side]) for side in "xywh"))
        path: Path = (*line.path, figure.key, drawing_key)
        drawing = tree.find(path)
        taken = _taken_before(drawing, slot, "shape")
        if taken is not None:
            spot = (*path, base_key("shape", new.value))
            targets.append((path, Modified("shape", spot, (*path, taken.key), own(taken), new)))
            continue
        place = Place(path, _last(tree, path), len(drawing.leaves) if drawing else 0)
        spot = (*path, base_key("shape", new.value))
        targets.append((path, Added("shape", spot, new, place)))
    return targets or [((*line.path, slot.figure), None)]


def _text_target(form: Form, tree: Tree, slot: Slot, path: Path) -> _Target:
    """The change of an item at a spelt path, which may end with the key of a block."""
    line, _, rest = form.at(path)
    if line is None or line.id != slot.item or len(rest) > 1 or not _there(form, tree, path):
        return path, None
    item = path[: len(path) - len(rest)]
    if line.kind == "text":
        return item, _block_change(tree, slot, item)
    return item, _item_change(tree, slot, item, line)


def _taken_before(item: Node | None, slot: Slot, kind: str) -> Node | None:
    """The leaf that says, to the letter, what the text said there before its correction."""
    for leaf in item.leaves if item is not None else ():
        if (
            leaf.kind == kind
            and leaf.value["text"] in slot.earlier
            and not leaf.value.get("withheld")
        ):
            return leaf
    return None


def _item_change(tree: Tree, slot: Slot, item: Path, line: FormNode) -> Change:
    """An item's whole content."""
    new = from_text(line, slot.text)
    current = tree.find(item)
    if current is not None and current.content and text_of(current) in slot.earlier:
        return Modified("item", item, item, own(current), new)
    if slot.before == "absent" or current is None or not current.content:
        return Added("item", item, new)
    before = ANY
    if slot.before != "any":
        before = from_text(line, slot.before)
    return Modified("item", item, item, before, new)


def _block_change(tree: Tree, slot: Slot, item: Path) -> Change:
    """One block of an item with headings: a new one behind its anchor, or another wording."""
    new = block(slot.text)
    path = (*item, heading(slot.text))
    taken = _taken_before(tree.find(item), slot, "block")
    if taken is not None:
        return Modified("block", path, (*item, taken.key), own(taken), new)
    if slot.before not in ("absent", "any"):
        was = block(slot.before)
        return Modified("block", path, (*item, was.key), was, new)
    after = slot.after
    if after is None and heading(slot.text):
        after = _last(tree, item)
    # Words without a heading stand before all headings: behind one they would be its words.
    place = Place(item, after, 0)
    if slot.before == "any":
        before = ANY
    else:
        before = None
    return Added("block", path, new, place, before)


def _of_files(form: Form, line: FormNode | None) -> bool:
    """Whether a repeated line has one entry per ファイル."""
    files = form.by_role.get("files")
    if line is None or files is None or not line.repeated:
        return False
    return files.id in (line.id, line.shares)


def _spread(form: Form, tree: Tree, path: Path, files: Sequence[str]) -> list[Path]:
    """The paths a pattern stands for: "*" is each chosen ファイル, and below it (or elsewhere) each
    entry there is. Where there is none, the "*" stays.
    """
    spelt: list[Path] = [()]
    for key in path:
        wider: list[Path] = []
        for start in spelt:
            keys: Sequence[str] = (key,)
            if key == "*":
                keys = _entry_keys(form, tree, start, files) or ("*",)
            for each in keys:
                wider.append((*start, each))
        spelt = wider
    return spelt


def _entry_keys(form: Form, tree: Tree, path: Path, files: Sequence[str]) -> Sequence[str]:
    """The entries below a repeated line: of ファイル the chosen ones, of others all."""
    if _of_files(form, form.at(path)[0]):
        return files
    if path:
        parent = tree.find(path)
    else:
        parent = None
    if parent is None:
        return ()
    return [child.key for child in parent.children if child.kind == "entry"]


def _there(form: Form, tree: Tree, path: Path) -> bool:
    """Whether every repeated entry on the way exists: a national text never makes a ファイル or a
    委託事項.
    """
    for index in range(1, len(path)):
        line, _, rest = form.at(path[:index])
        if line is None or rest or not line.repeated or form.at(path[: index + 1])[0] is not line:
            continue
        if line.shares:
            shared = (line.shares, path[index])
        else:
            shared = path[: index + 1]
        if tree.find(path[: index + 1]) is None and tree.find(shared) is None:
            return False
    return True


def _last(tree: Tree, item: Path) -> str | None:
    node = tree.find(item)
    if node and node.leaves:
        return node.leaves[-1].key
    return None


_WHY_CONFLICT = {
    "exists": "市の記載が既にあります。",
    "changed": "市の記載が、記載例の想定する変更前と違います。",
    "withheld": "非公表部分の印が付いた記載があります。",
    "missing": "変更前の記載が見つかりません。",
}


def apply_to(
    revision: Revision, form: Form, tree: Tree, files: Sequence[str]
) -> tuple[Tree, tuple[Outcome, ...]]:
    """The tree with the revision in it, and what happened at every place. Nothing of ours is
    overwritten: a clash stays as it is and is listed.
    """
    planned = []
    for slot in revision.slots:
        for path, change in _targets(form, tree, slot, files):
            planned.append((slot, path, change))
    changes = tuple(change for _, _, change in planned if change is not None)
    result = apply(tree, ChangeSet(tree.form, tree.form, changes), form)
    statuses = {id(change): "applied" for change in result.done}
    statuses.update({id(change): "already" for change in result.already})
    clashes = {id(conflict.change): conflict for conflict in result.conflicts}
    entry_names = names(form, tree)
    outcomes = []
    for slot, path, change in planned:
        place = label(form, path, entry_names, _leaf_key(change))
        national = _national_words(slot)
        if change is None:
            outcome = Outcome(
                slot,
                path,
                place,
                "missing",
                national,
                None,
                "この評価書には、この項目（図）がありません。",
            )
        elif id(change) in statuses:
            ours = _replaced(tree, path, change, statuses[id(change)])
            outcome = Outcome(slot, path, place, statuses[id(change)], national, ours)
        else:
            clash = clashes[id(change)]
            if clash.current is not None:
                ours = leaf_text(clash.current)
            else:
                ours = None
            why = _WHY_CONFLICT.get(clash.why, "")
            outcome = Outcome(slot, path, place, "conflict", national, ours, why)
        outcomes.append(outcome)
    return result.tree, tuple(outcomes)


def _replaced(tree: Tree, path: Path, change: Change, status: str) -> str | None:
    """What an applied text writes over; None where nothing stood there."""
    if status != "applied":
        return None
    if isinstance(change, Modified):
        here = tree.find(path) if change.level == "item" else tree.find(change.was)
    else:
        here = _ours(tree, path, change)
    return leaf_text(own(here)) if here is not None and here.content else None


def _leaf_key(change: Change | None) -> str:
    """The key of a changed block, row or shape; empty for an item."""
    if change is None or change.level not in LEAVES:
        return ""
    return change.path[-1]


def _national_words(slot: Slot) -> str:
    return slot.text or (slot.shape or {}).get("text", "")


@dataclass(frozen=True, slots=True)
class Departure:
    """How one place of one assessment stands to the national text: "same", "differs", "absent",
    "missing". `shown`: both as people read them.
    """

    slot: Slot
    path: Path
    item: str
    label: str
    status: str
    national: str
    ours: str | None
    shown: tuple[str, ...] = ("", "")


def departures(
    revision: Revision, form: Form, tree: Tree, files: Sequence[str]
) -> tuple[Departure, ...]:
    """Every place with its standing, computed from the text as it is now."""
    entry_names = names(form, tree)
    result = []
    for slot in revision.slots:
        for path, change in _targets(form, tree, slot, files):
            place = label(form, path, entry_names, _leaf_key(change))
            result.append(_departure(tree, slot, path, change, place))
    return tuple(result)


def _departure(tree: Tree, slot: Slot, path: Path, change: Change | None, place: str) -> Departure:
    national = _national_words(slot)
    if change is None:
        return Departure(slot, path, slot.item, place, "missing", national, None)
    ours = _ours(tree, path, change)
    text = None
    status = "absent"
    if ours is not None:
        if change.after is not None:
            wanted = change.after.content
        else:
            wanted = None
        if ours.content == wanted:
            status = "same"
        else:
            status = "differs"
        if ours.kind == "shape":
            text = ours.value["text"]
        else:
            text = leaf_text(ours)
    shown = shown_beside(change.after, ours)
    return Departure(slot, change.path, slot.item, place, status, national, text, shown)


def _ours(tree: Tree, path: Path, change: Change) -> Node | None:
    """What stands at the place now: the leaf with the national words, else the leaf of that key."""
    item = tree.find(path)
    if item is None:
        return None
    if change.level not in LEAVES:
        if item.content:
            return own(item)
        return None
    if change.after is not None:
        wanted = change.after.content
    else:
        wanted = None
    for leaf in item.leaves:
        if leaf.content == wanted:
            return leaf
    return item.child(change.path[-1], leaf=True)


def substituted(form: Form, tree: Tree, path: Path, before: str, after: str) -> ChangeSet:
    """A wording change as an opinion or a member proposes it: a passage replaced inside one block.
    PiaError when the passage is not there exactly once.
    """
    item = tree.find(path[:-1])
    if item:
        leaf = item.child(path[-1], leaf=True)
    else:
        leaf = None
    if item is None or leaf is None:
        place = label(form, path[:-1], names(form, tree), path[-1])
        raise PiaError(f"{place} がありません。修正する箇所を選び直してください。")
    text = leaf.value["text"]
    if text.count(before) != 1:
        raise PiaError(
            f"修正前の語句「{before[:30]}」が、その箇所に{text.count(before)}回出てきます。"
            "1か所に決まる語句を指定してください。"
        )
    written = text_of(item)
    start = start_of(item.leaves, item.leaves.index(leaf))
    words = written[:start] + text.replace(before, after) + written[start + len(text) :]
    # The whole answer is written anew: a heading in the new words begins a block of its own.
    new, uncovered = kept.carried(with_answer(form, tree, path[:-1], words), tree)
    if uncovered:
        raise PiaError(
            f"修正前の語句「{before[:30]}」には、非公表部分の印が付いています。"
            "印の範囲を見直してから、修正してください。"
        )
    return compare(tree, new)
