"""Training data and domain read in a fraction of the time that Rasa takes.

Rasa parses each file twice: by a parser in C for what it says, and for the check against its
schema by one in Python that knows the line of everything, which takes twenty times as long.
It tells examples apart by a digest of all that they hold, where for nearly all of them the
text is enough. And whenever it puts data together, a dozen times in a training, it copies
every example. Here a file is checked as the quick parser reads it; what is wrong is read
again as Rasa does, so that its errors name the line. Examples are first told apart by their
text, and put together as they are.
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any, Dict, Text

import rasa.shared.utils.io
import rasa.shared.utils.validation as validation
from rasa.shared.constants import PACKAGE_NAME, RESPONSES_SCHEMA_FILE, SCHEMA_EXTENSIONS_FILE
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data import training_data
from rasa.shared.nlu.training_data.message import Message

_validate_with_lines = validation.validate_yaml_schema


def _validate(yaml_file_content: Text, schema_path: Text, package_name: Text = PACKAGE_NAME) -> None:
    from pykwalify.core import Core

    try:
        checked = Core(
            source_data=rasa.shared.utils.io.read_yaml(yaml_file_content),
            schema_data=copy.deepcopy(_schema(schema_path, package_name)),
            extensions=[_file(SCHEMA_EXTENSIONS_FILE)],
        )
        checked.validate(raise_exception=True)
    except Exception:
        # Whatever it is: Rasa says what, and in which line.
        _validate_with_lines(yaml_file_content, schema_path, package_name)


@lru_cache(maxsize=None)
def _schema(schema_path: Text, package_name: Text) -> Dict[Text, Any]:
    read = rasa.shared.utils.io.read_yaml_file
    return {**read(_file(schema_path, package_name)), **read(_file(RESPONSES_SCHEMA_FILE))}


def _file(path: Text, package_name: Text = PACKAGE_NAME) -> Text:
    import pkg_resources

    return pkg_resources.resource_filename(package_name, path)


def _hash_of_text(message: Message) -> int:
    """Return what equal messages have in common; `__eq__` still compares all of them."""
    return hash(message.data.get(TEXT))


class _ListsOnly:
    """Stands for the module `copy` where data is put together: new lists, the same examples."""

    deepcopy = staticmethod(copy.copy)
    copy = deepcopy


def install() -> None:
    """Let this process read so from now on; once or several times is the same."""
    validation.validate_yaml_schema = _validate
    training_data.copy = _ListsOnly
    Message.__hash__ = _hash_of_text
