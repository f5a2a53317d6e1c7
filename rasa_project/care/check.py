"""Validates everything the skill knows and says: `python -m rasa_project.care.check`.

Prints one line a part and ends with 1 when a rule is broken; the message of each error
names file, entry, rule and mend.
"""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any, Iterable, Iterator, Mapping

from rasa_project.care.answers import load_answers
from rasa_project.care.contacts import PLACEHOLDERS
from rasa_project.care.errors import ContentError, UnknotError, UnknownReference
from rasa_project.care.exercise_names import load_exercise_names
from rasa_project.care.exercises import load_exercises
from rasa_project.care.flags import load_red_flags
from rasa_project.care.heat_and_cold import load_heat_and_cold
from rasa_project.care.loading import CONTENT_DIR
from rasa_project.care.phrases import (
    MAX_SENTENCE_WORDS,
    load_phrases,
    placeholders_in,
    sentences_of,
)
from rasa_project.care.programme_rules import load_programme_rules
from rasa_project.care.question_guards import load_guards
from rasa_project.care.setup_words import load_setup_words
from rasa_project.care.steps import load_coaching

logger = logging.getLogger(__name__)

LOADERS: Mapping[str, Any] = {
    "red flags": load_red_flags,
    "exercises": load_exercises,
    "programme rules": load_programme_rules,
    "coaching": load_coaching,
    "exercise names": load_exercise_names,
    "heat and cold": load_heat_and_cold,
    "set-up words": load_setup_words,
    "answers": load_answers,
    "question guards": load_guards,
    "phrases": load_phrases,
}
"""Part to the loader that validates it."""

SLOW = "red-flag detector"

LATER_LOADERS: Mapping[str, tuple[str, str]] = {
    "screening": ("rasa_project.care.screening.questions", "load_screening"),
    "triage rules": ("rasa_project.care.triage", "load_triage_rules"),
    "escalations": ("rasa_project.care.escalation_words", "load_escalations"),
    "pictures": ("rasa_project.pictures.book", "load_pictures"),
    "cues of answers": ("rasa_project.care.screening.cues", "load_lexicon"),
    "questions while exercising": ("rasa_project.care.coach_questions", "load_coach_questions"),
    "spelling": ("rasa_project.care.normalise", "load_normaliser"),
    "second opinion": ("rasa_project.care.red_flags.second_opinion", "load_thresholds"),
    SLOW: ("rasa_project.care.red_flags.detector", "load_detector"),
}
"""Parts that need more than this module: imported only when they are checked."""


def problems(folder: Path = CONTENT_DIR, *, thorough: bool = True) -> Iterator[tuple[str, str]]:
    """Yield each broken rule as (part, what to mend); nothing when all is well.

    `thorough` also loads what takes longer, and the detector, which takes seconds, where all
    else is well.
    """
    found = False
    for part, loader in LOADERS.items():
        for problem in _tried(part, loader, folder):
            found = True
            yield problem
    for part, (module, name) in LATER_LOADERS.items() if thorough else ():
        if part == SLOW and found:
            break
        for problem in _tried(part, getattr(import_module(module), name), folder):
            found = True
            yield problem
    try:
        yield from _across(folder)
    except (ContentError, UnknownReference):
        return  # already told by its loader


WHEN_URGENT = (
    "red flags",
    "phrases",
    "screening",
    "triage rules",
    "escalations",
    "cues of answers",
    "spelling",
)
"""What the process that answers emergencies reads while it talks."""

ACTIONS_NEED = (*LOADERS, *WHEN_URGENT, "pictures", "questions while exercising")
"""What the action server reads while it talks."""


def load(parts: Iterable[str]) -> None:
    """Read `parts` now, so that a file that breaks later changes nothing of what is said.

    Raises:
        ContentError: one is broken.
    """
    for part in dict.fromkeys(parts):
        if part in LOADERS:
            LOADERS[part]()
            continue
        module, name = LATER_LOADERS[part]
        loader = getattr(import_module(module), name)
        loader(CONTENT_DIR)
        if all(p.default is not p.empty for p in signature(loader).parameters.values()):
            loader()  # remembered apart from the same folder by name


def read_ahead(parts: Iterable[str]) -> None:
    """Read `parts` before they are needed, and say in the log whether they can be. Never raises."""
    try:
        load(parts)
        logger.info("content read")
    except UnknotError as error:
        logger.error("content broken error=%s", error)


def spoken_texts(folder: Path = CONTENT_DIR) -> Iterator[tuple[str, str]]:
    """Yield every text of exercises, coaching, answers and phrases that is said, with its place."""
    content, coaching, book = load_exercises(folder), load_coaching(folder), load_answers(folder)
    for exercise in content.exercises:
        for number, step in enumerate((exercise.start, *exercise.steps)):
            yield f"exercise {exercise.id} {number}", step
    for transition in content.transitions:
        for number, step in enumerate(transition.steps):
            yield f"transition {transition.id} {number}", step
    yield "coaching before_first", coaching.before_first.say
    yield "coaching mild_ache", coaching.mild_ache.say
    for name, note in coaching.programme_notes.items():
        yield f"coaching programme_notes {name}", note.say
    for name, speech in coaching.exercises.items():
        practice = speech.practice
        parts = (speech.needs, speech.about, practice and practice.cue, practice and practice.release)
        done = [t.done for t in speech.timed.values()]
        for text in (*parts, *done):
            if text:
                yield f"coaching {name}", text
    for change in coaching.adaptations:
        for text in (change.note, change.needs, *change.replace.values()):
            if text:
                yield f"coaching adaptation of {change.exercise}", text
    packs = load_heat_and_cold(folder)
    yield "coaching pack refusal", packs.refusal
    yield "coaching pack go_on", packs.go_on
    for name, pack in packs.packs.items():
        for text in (*pack.before, pack.check, pack.after):
            yield f"coaching pack {name}", text
    for answer in book.answers.values():
        yield f"answer {answer.id}", answer.spoken
    for name, caveat in book.extras.caveats.items():
        if caveat.say:
            yield f"caveat {name}", caveat.say
    for key, variants in load_phrases(folder).phrases.items():
        for text in variants:
            yield f"phrase {key}", text


def main() -> int:
    """Print what is broken; return the exit code."""
    found = list(problems())
    broken = {part for part, _ in found}
    for part in (*LOADERS, *LATER_LOADERS, "across files"):
        print(f"{'FAIL' if part in broken else 'ok':5}{part}")
    for part, message in found:
        print(f"\n{part}: {message}", file=sys.stderr)
    return 1 if found else 0


def _tried(part: str, loader: Any, folder: Path) -> Iterator[tuple[str, str]]:
    try:
        loader(folder)
    except (ContentError, UnknownReference) as error:
        yield part, str(error)
    except Exception as error:  # a rule that its loader does not know yet; it is broken all the same
        found = f"{type(error).__name__}: {error}"
        yield part, f"{folder}: {part}: {found}. Compare its file with the repository's."


def _across(folder: Path) -> Iterator[tuple[str, str]]:
    part = "across files"
    flags = set(load_red_flags(folder).flags)
    extras, rules = load_answers(folder).extras, load_programme_rules(folder)
    named = {f"answer_extras.yml caveats '{k}'": c.ask for k, c in extras.caveats.items()}
    named |= {
        f"answer_extras.yml closing question of '{k}'": q.covers
        for k, q in extras.closing_questions_of_answers.items()
    }
    named |= {"programme_rules.yml flags": tuple(rules.flags)}
    for place, ids in named.items():
        for flag in set(ids) - flags:
            yield part, f"{place} names the flag '{flag}', which nobody defined. Correct the id."
    for place, text in spoken_texts(folder):
        for sentence in sentences_of(text):
            count = len(sentence.split())
            if count > MAX_SENTENCE_WORDS:
                yield part, f"{place}: a sentence has {count} words. Split it: '{sentence}'"
        if not place.startswith("phrase"):
            for name in set(placeholders_in(text)) - set(PLACEHOLDERS):
                yield part, f"{place}: nothing fills '{{{name}}}'. Use a contact placeholder."


if __name__ == "__main__":
    sys.exit(main())
