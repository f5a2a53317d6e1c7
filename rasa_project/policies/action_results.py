"""Checks what an action answers without checking Rasa's own schema anew each time.

Rasa validates every answer of the action server with `jsonschema.validate`, which first
validates the schema itself: of a turn with three actions that was two thirds of the time.
The schema is a constant of Rasa's, so once is enough; answers are checked as before.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Dict, Text

from rasa.core.actions.action import RemoteAction


@lru_cache(maxsize=1)
def _validator() -> Any:
    from jsonschema.validators import validator_for

    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def check(action: RemoteAction, result: Dict[Text, Any]) -> bool:
    """Return True for a well-formed answer of the action server.

    Raises:
        ValidationError: the answer is malformed; Rasa ends the action with it.
    """
    from jsonschema.exceptions import best_match

    error = best_match(_validator().iter_errors(result))
    if error is not None:
        raise error
    return True


def install() -> None:
    """Let all remote actions be checked this way from now on."""
    RemoteAction._validate_action_result = check
