"""What somebody asks about the exercise under way, and the answer.

The wordings are content (`coach_questions.yml`). They count only while an exercise is
under way: "how many are left" means nothing else then, whatever intent it resembles.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal, Mapping, Optional

from rasa_project.care.coaching import Cursor
from rasa_project.care.coaching_facts import (
    getting_up_now,
    how_long,
    how_many_left,
    how_often,
    what_it_is_for,
)
from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model
from rasa_project.care.normalise import normalise
from rasa_project.care.patterns import compiled, in_whole_words
from rasa_project.care.phrases import Phrases

CoachQuestion = Literal[
    "how_many_left", "how_often", "how_long", "which_muscle", "how_up", "what_again"
]
"""`what_again` has no sentence of its own: the step is said again."""


FollowUp = Literal["more", "how_long", "how_often", "why"]


class Dizziness(ContentModel):
    """Wordings of dizziness and sickness; patterns over one clause, see `care/dizziness.py`."""

    words: tuple[str, ...]
    """What it is called."""

    now: tuple[str, ...]
    """With one of these it is of this moment, habit or not."""

    never: tuple[str, ...]
    """With one of these it is denied, somebody else's, past, or only asked about."""

    habit: tuple[str, ...]
    """With one of these it is long-standing: a condition, no reason to stop."""


class CoachQuestions(ContentModel):
    """`content/coach_questions.yml`."""

    version: int
    kind: Literal["coach_questions"]
    questions: Mapping[CoachQuestion, tuple[str, ...]]
    """Question -> patterns; the first question that matches is taken."""

    follow_ups: Mapping[FollowUp, tuple[str, ...]]
    """Half sentences that lean on the answer just given; patterns of the whole sentence."""

    what_is_kept: tuple[str, ...]
    """Patterns that ask for what is written down."""

    hurts_now: tuple[str, ...]
    """Patterns by which a complaint is about this moment, whatever else is told with it."""

    has_changed: tuple[str, ...]
    """Patterns by which somebody says that their trouble is not what it was."""

    place_change: tuple[str, ...]
    """Patterns by which a place that is named is asked for."""

    not_about_it: tuple[str, ...]

    dizziness: Dizziness


@lru_cache(maxsize=4)
def load_coach_questions(folder: Path = CONTENT_DIR) -> CoachQuestions:
    """Return the wordings of `folder`, read once.

    Raises:
        ContentError: the file breaks its schema.
    """
    return read_model(folder / "coach_questions.yml", CoachQuestions)


def coach_question_in(text: str, content: Optional[CoachQuestions] = None) -> Optional[CoachQuestion]:
    """Return what `text` asks about the exercise under way, None when it asks nothing of it."""
    content = content or load_coach_questions()
    said = normalise(text)
    if says_any(content.not_about_it, said):
        return None
    return next((name for name, asked in content.questions.items() if says_any(asked, said)), None)


def coach_answer(question: CoachQuestion, cursor: Cursor, phrases: Optional[Phrases] = None) -> str:
    """Return the answer to a question about the exercise under way; empty for `what_again`.

    On the way to an exercise it is that exercise that is asked about.
    """
    if question == "how_up":
        return getting_up_now(cursor, phrases)
    cursor = cursor.at_exercise()
    answers = {
        "how_many_left": how_many_left,
        "how_often": how_often,
        "how_long": how_long,
        "which_muscle": what_it_is_for,
    }
    return answers[question](cursor, phrases) if question in answers else ""


def follow_up_in(text: str, content: Optional[CoachQuestions] = None) -> Optional[FollowUp]:
    """Return what half a sentence asks of the answer before it, None when it is no such thing."""
    content = content or load_coach_questions()
    said = normalise(text)
    for name, patterns in content.follow_ups.items():
        if any(compiled(f"^(?:{pattern})$").search(said) for pattern in patterns):
            return name
    return None


def hurts_now(text: str, content: Optional[CoachQuestions] = None) -> bool:
    """Return whether `text` says that something hurts at this moment."""
    return says_any((content or load_coach_questions()).hurts_now, normalise(text))


def has_changed(text: str, content: Optional[CoachQuestions] = None) -> bool:
    """Return whether `text` says that something has changed; a question says nothing."""
    asked = text.rstrip().endswith("?")
    return not asked and says_any((content or load_coach_questions()).has_changed, normalise(text))


def changes_place(text: str, content: Optional[CoachQuestions] = None) -> bool:
    """Return whether a place named in `text` is one to go on in."""
    return says_any((content or load_coach_questions()).place_change, normalise(text))


def asks_what_is_kept(text: str, content: Optional[CoachQuestions] = None) -> bool:
    """Return whether a question about the diary asks what is written down, not how it went."""
    return says_any((content or load_coach_questions()).what_is_kept, normalise(text))


def says_any(patterns: tuple[str, ...], said: str) -> bool:
    """Return whether `said`, in the normal form, matches one of `patterns` in whole words."""
    return any(in_whole_words(pattern).search(said) for pattern in patterns)
