"""Reading a content file into a validated model, or one error that says what to mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Type, TypeVar

import yaml
from pydantic import BaseModel, Extra, ValidationError

from rasa_project.care.errors import ContentError

CONTENT_DIR = Path(__file__).resolve().parent.parent / "content"
"""Folder of everything the skill knows and says."""


class ContentModel(BaseModel):
    """Base of all content entries: immutable, and an unknown key is an error.

    Unknown keys are refused because a mistyped key would otherwise silently
    drop what the skill must say.
    """

    class Config:
        extra = Extra.forbid
        allow_mutation = False


M = TypeVar("M", bound=BaseModel)


def _entry_name(document: Any, location: tuple[Any, ...]) -> str:
    """Spell a pydantic location with the ids of list entries instead of their numbers."""
    parts: list[str] = []
    node = document
    for key in location:
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            node = None
        if isinstance(key, int):
            label = node.get("id") or node.get("group") if isinstance(node, dict) else None
            parts.append(f"'{label}'" if label else f"entry {key + 1}")
        else:
            parts.append(str(key))
    return " > ".join(parts) or "the file as a whole"


def read_yaml(path: Path) -> Any:
    """Return the parsed YAML of `path`.

    Raises:
        ContentError: the file is missing, not UTF-8, or not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ContentError(
            f"{path}: the file is missing. Restore it from the repository."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path}: cannot be read ({error}). Save it as UTF-8.") from None
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "unknown place"
        problem = getattr(error, "problem", None) or "not valid YAML"
        raise ContentError(
            f"{path}: {place}: {problem}. Mend the YAML there; quote texts that hold a colon."
        ) from None


def read_model(path: Path, model: Type[M]) -> M:
    """Return the content of `path` as a validated `model`.

    Raises:
        ContentError: names file, entry, rule and mend of the first broken rule.
    """
    document = read_yaml(path)
    try:
        return model.parse_obj(document)
    except ValidationError as error:
        first = error.errors()[0]
        count = len(error.errors())
        more = f" ({count - 1} more like it)" if count > 1 else ""
        raise ContentError(
            f"{path}: {_entry_name(document, first['loc'])}: {first['msg']}{more}. "
            "Mend that entry; the schema beside the loader says what it takes."
        ) from None
