"""Clinical content cut into items that can be compared one by one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

from rasa_project.care.loading import read_yaml

FILES = ("red_flags.yml", "exercises.yml", "self_care.yml")
LISTS = ("flags", "exercises", "answers", "transitions")
"""Top-level lists whose entries are items of their own."""


def items_of(path: Path) -> dict[str, Any]:
    """Return the items of a clinical file: each entry of its lists, and each other part."""
    document = read_yaml(path)
    items: dict[str, Any] = {}
    for part, value in document.items():
        if part in LISTS:
            items.update({f"{part}/{entry['id']}": entry for entry in value})
        else:
            items[part] = value
    return items


def without_additions(node: Any) -> Any:
    """Return a node without what we added for programs: the ids of follow-up questions."""
    if isinstance(node, list):
        return [without_additions(child) for child in node]
    if not isinstance(node, dict):
        return node
    plain = {key: without_additions(child) for key, child in node.items()}
    if "ask" in plain and "covers" in plain:
        plain.pop("id", None)
    return plain


def fingerprint(item: Any) -> str:
    """Return a short hash of an item's content, the order of its lists included."""
    text = json.dumps(without_additions(item), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def missing_from(ours: Any, theirs: Any, place: str = "") -> list[str]:
    """Return the places where a value of `theirs` is not in `ours`."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return [
            lost
            for key, value in theirs.items()
            for lost in missing_from(ours.get(key), value, f"{place}/{key}")
        ]
    if isinstance(theirs, list) and isinstance(ours, list):
        if len(ours) < len(theirs):
            return [place]
        return [
            lost
            for number, value in enumerate(theirs)
            for lost in missing_from(ours[number], value, f"{place}/{number}")
        ]
    return [] if ours == theirs else [place]


def manifest_of(folder: Path) -> str:
    """Return the manifest of the clinical files in `folder`, as it is stored."""
    prints = {
        name: {key: fingerprint(item) for key, item in items_of(folder / name).items()}
        for name in FILES
    }
    return yaml.safe_dump(prints, sort_keys=False, width=120)


if __name__ == "__main__":
    # After an intended clinical change:
    # PYTHONPATH=. python tests/care/clinical_items.py rasa_project/content
    import sys

    target = Path(__file__).parent / "clinical_manifest.yml"
    head = [line for line in target.read_text().splitlines() if line.startswith("#")]
    target.write_text("\n".join(head) + "\n" + manifest_of(Path(sys.argv[1])))
