"""Better, the same or worse, as people say how it is compared with before."""

from __future__ import annotations

import re
from typing import Optional

from rasa_project.care.history import Feeling
from rasa_project.care.normalise import normalise

_WORSE = r"(worse|worst|worsened)"
_BETTER = r"(better|easier|easing|eased|looser|good|great|improved)"
_SAME = r"(same|similar|unchanged|different|change|changed|okay|ok|fine|alright|all right)"
_DENIED = r"\b(not|no|never|hardly)( (any|much|really|getting|feeling|feel|felt|that|all that|so))? "


def feeling_in(text: str) -> Optional[Feeling]:
    """Return what `text` says of the way it went, None when it does not say.

    Worse wins over everything; what is denied right before it ("no better", "not worse") is
    the same.
    """
    said = normalise(text)
    same = re.search(rf"{_DENIED}({_WORSE}|{_BETTER})\b", said) is not None
    said = re.sub(rf"{_DENIED}({_WORSE}|{_BETTER})\b", " ", said)
    if re.search(rf"\b{_WORSE}\b", said):
        return "worse"
    if same:
        return "same"
    if re.search(rf"\b{_BETTER}\b", said):
        return "better"
    return "same" if re.search(rf"\b{_SAME}\b", said) else None


def is_unchanged(text: str) -> bool:
    """Return whether `text`, as the answer to how bad it is now, says: as bad as before.

    Narrower than `feeling_in`: "okay" and "fine" are no score, and "not the same" is a change.
    """
    said = normalise(text)
    if re.search(rf"\b({_WORSE}|{_BETTER}|not (quite |really |exactly )?the same)\b", said):
        return False
    return re.search(r"\b(same|unchanged|no (different|change)|as before|as it was)\b", said) is not None
