"""What the scanners' helpers say of what the tools told."""

from __future__ import annotations

from . import advisories, sbom


def test_a_known_fault_stops_and_silence_is_no_all_clear() -> None:
    sound = {"name": "a", "version": "1", "vulns": []}
    faulty = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1"}]}
    unknown = {"name": "c", "version": "3", "skip_reason": "not found"}
    assert advisories.verdict({"dependencies": [sound, faulty, unknown]}) == (
        1,
        "advisories: b 2: PYSEC-1",
    )
    code, sentence = advisories.verdict({"dependencies": [sound, unknown]})
    assert code == 0 and "1 libraries" in sentence and "1 that the source does not know" in sentence
    assert (
        advisories.verdict(None)[0] == 0 and "nothing was looked at" in advisories.verdict(None)[1]
    )


def test_the_list_holds_the_release_and_nothing_else() -> None:
    parts = [
        {"name": "Flask", "bom-ref": "f"},
        {"name": "pytest", "bom-ref": "t"},
        {"name": "pia", "bom-ref": "p"},
    ]
    joined = [{"ref": "f", "dependsOn": ["t"]}, {"ref": "p", "dependsOn": ["f"]}]
    report = sbom.release({"components": parts, "dependencies": joined}, {"flask"})
    assert [component["name"] for component in report["components"]] == ["Flask"]
    assert report["dependencies"] == [{"ref": "f", "dependsOn": []}]


def test_the_lock_is_read_by_its_names() -> None:
    names = sbom.locked()
    assert {"flask", "sqlalchemy", "cryptography", "zxcvbn"} <= names and "pytest" not in names
