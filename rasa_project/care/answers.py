"""The answers of `content/self_care.yml`: by id, by family, and as a reply."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Iterator, Literal, Mapping, Optional

from pydantic import validator

from rasa_project.care.contacts import PLACEHOLDERS
from rasa_project.care.errors import ContentError, UnknownReference
from rasa_project.care.exercises import Source, is_seed_document
from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model
from rasa_project.care.long_answers import long_texts
from rasa_project.care.phrases import MAX_SENTENCE_WORDS, longest_sentence, sentences_of
from rasa_project.care.question_guards import (
    is_diagnosis_question,
    is_dose_question,
    is_seriousness_question,
    is_someone_elses_medicine,
)

__all__ = [
    "Answer",
    "AnswerBook",
    "AnswerReply",
    "allowed_with_flag",
    "answer_reply",
    "is_diagnosis_question",
    "is_dose_question",
    "is_seriousness_question",
    "is_someone_elses_medicine",
    "load_answers",
]

MAX_SPOKEN_WORDS = 60
MAX_TEXT_WORDS = 120
"""Limits of an answer by ear and by eye (`rules`)."""

Channel = Literal["voice", "eye"]


class Answer(ContentModel):
    """One question people ask, with what is said to it."""

    id: str
    category: str
    questions: tuple[str, ...]
    spoken: str
    text: str
    caveat: Optional[str] = None
    seed_claims: tuple[str, ...]
    sources: tuple[str, ...]

    @validator("questions", "sources")
    def _some(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("is empty; give at least one")
        return value

    @validator("spoken")
    def _spoken_is_short(cls, spoken: str) -> str:
        if longest_sentence(spoken) > MAX_SENTENCE_WORDS:
            raise ValueError(f"a spoken sentence has more than {MAX_SENTENCE_WORDS} words; split it")
        return _at_most(spoken, MAX_SPOKEN_WORDS, "spoken")

    @validator("text")
    def _text_is_short(cls, text: str) -> str:
        return _at_most(text, MAX_TEXT_WORDS, "text")


class AnswerFile(ContentModel):
    """`self_care.yml` as a whole."""

    version: int
    kind: Literal["self_care_answers"]
    language: str
    clinical_status: str
    rules: tuple[str, ...]
    answers: tuple[Answer, ...]
    source_register: Mapping[str, Source]


class FamilyFile(ContentModel):
    """`answer_families.yml`: intent to the answers it chooses from."""

    version: int
    kind: Literal["answer_families"]
    families: Mapping[str, tuple[str, ...]]


class Caveat(ContentModel):
    """A caveat in the form a program can follow."""

    say: Optional[str] = None
    covered: bool = False
    ask: tuple[str, ...] = ()
    never_after_flag: bool = False


class EndQuestion(ContentModel):
    """What a yes to the question at the end of an answer means."""

    offer: Optional[Literal["screening"]] = None
    covers: tuple[str, ...] = ()


class ClosingQuestion(ContentModel):
    """The question an answer ends with while there is no clean screen."""

    origin: str
    say: str
    categories: tuple[str, ...]

    class Config(ContentModel.Config):
        fields = {"origin": "from"}


class ExtrasFile(ContentModel):
    """`answer_extras.yml`: machine form of rules and caveats."""

    version: int
    kind: Literal["answer_extras"]
    reviewed: str
    closing_question: ClosingQuestion
    caveats: Mapping[str, Caveat]
    closing_questions_of_answers: Mapping[str, EndQuestion]


@dataclass(frozen=True)
class AnswerBook:
    """All answers with their families and extras."""

    answers: Mapping[str, Answer]
    families: Mapping[str, tuple[str, ...]]
    extras: ExtrasFile
    rules: tuple[str, ...]
    long_spoken: Mapping[str, str]
    """Answer id -> its `text` in sentences an ear can follow: what "tell me more" says."""

    def answer(self, answer_id: str) -> Answer:
        """Return the answer of that id.

        Raises:
            UnknownReference: there is none.
        """
        if answer_id not in self.answers:
            raise UnknownReference(f"There is no answer '{answer_id}' in self_care.yml.")
        return self.answers[answer_id]

    def family_of(self, answer_id: str) -> str:
        """Return the intent whose family an answer belongs to.

        Raises:
            UnknownReference: there is no such answer.
        """
        self.answer(answer_id)
        return next(f for f, members in self.families.items() if answer_id in members)

    @property
    def by_id(self) -> Mapping[str, Answer]:
        """All answers by id, in the order of the file."""
        return self.answers

    def family(self, intent: str) -> tuple[str, ...]:
        """Return the ids an intent chooses from, the most general first; empty if it has none."""
        return self.families.get(intent, ())

    def in_family(self, intent: str) -> tuple[Answer, ...]:
        """Return the answers an intent chooses from; empty for an intent without answers."""
        return tuple(self.answers[i] for i in self.family(intent))

    def spoken_reply(self, answer: Answer, *, screened: bool, asking: bool) -> str:
        """Return what is said to a question by voice; see `answer_reply`."""
        return answer_reply(answer, screened=screened, question_follows=asking, book=self).text

    def offers_screening(self, answer: Answer, *, screened: bool, asking: bool) -> bool:
        """Return whether a yes after the spoken reply means the safety questions."""
        reply = answer_reply(answer, screened=screened, question_follows=asking, book=self)
        return reply.offer == "screening"


@dataclass(frozen=True)
class AnswerReply:
    """An answer as it is said now."""

    text: str
    id: str
    topic: str
    """The family: the `ask_*` intent of the reply's metadata."""

    offer: Optional[Literal["screening"]] = None
    """What a bare yes would accept."""

    covers: tuple[str, ...] = ()
    """Flags the question at the end asks about: a bare yes means one of them."""

    ask: tuple[str, ...] = ()
    """Flags whose question the caveat wants asked if nothing was said about them yet."""


@lru_cache(maxsize=4)
def load_answers(folder: Path = CONTENT_DIR) -> AnswerBook:
    """Return the answers of `folder`, read once and cross-checked.

    Raises:
        ContentError: a file breaks its schema, or an id in it leads nowhere.
    """
    document = read_model(folder / "self_care.yml", AnswerFile)
    families = read_model(folder / "answer_families.yml", FamilyFile)
    extras = read_model(folder / "answer_extras.yml", ExtrasFile)
    ids = [a.id for a in document.answers]
    for problem in (*_in_document(document), *_in_families(families, ids)):
        raise ContentError(f"{folder}: {problem}")
    for problem in _in_extras(extras, document):
        raise ContentError(f"{folder / 'answer_extras.yml'}: {problem}")
    return AnswerBook(
        answers={a.id: a for a in document.answers},
        families=families.families,
        extras=extras,
        rules=document.rules,
        long_spoken=long_texts({a.id: a.text for a in document.answers}, folder),
    )


def answer_reply(
    answer: Answer,
    channel: Channel = "voice",
    *,
    screened: bool = False,
    question_follows: bool = False,
    more: bool = False,
    soon_advice: str = "",
    book: Optional[AnswerBook] = None,
) -> AnswerReply:
    """Return an answer with its caveat and, where the rules want it, the closing question.

    `screened`: a clean screen within 24 hours. `question_follows`: a pending screening or
    set-up question is asked right after. `more`: the long form, also by voice.
    `soon_advice`: the advice of a see_clinician_soon flag in force; its first sentence is
    added. Contact placeholders stay for whoever knows the country. The caller makes sure
    that no same-day or emergency flag is in force.
    """
    book = book or load_answers()
    caveat = book.extras.caveats.get(answer.id, Caveat())
    longer = answer.text if channel == "eye" else book.long_spoken[answer.id]
    body = longer if more or channel == "eye" else answer.spoken
    said = [body]
    if caveat.say and not body.rstrip().endswith("?"):
        said.append(caveat.say)
    if soon_advice:
        # Ahead of a closing question, so that the question stays last.
        said.insert(len(said), sentences_of(soon_advice)[0])
    end = book.extras.closing_questions_of_answers.get(answer.id, EndQuestion())
    asks_itself = body.rstrip().endswith("?")
    if asks_itself and soon_advice:
        said = [sentences_of(soon_advice)[0], *said[:-1]]
    offer = end.offer if asks_itself else None
    closing = book.extras.closing_question
    if (
        not screened
        and not question_follows
        and not asks_itself
        and answer.category in closing.categories
    ):
        said.append(closing.say)
        offer = "screening"
    return AnswerReply(
        text=" ".join(" ".join(said).split()),
        id=answer.id,
        topic=book.family_of(answer.id),
        offer=offer,
        covers=end.covers if asks_itself else (),
        ask=caveat.ask,
    )


_A_TIME = r"\b(second|minute|hour|night|day|week|month)s?\b"
_A_NUMBER = r"\b(a|an|one|two|three|four|five|six|seven|eight|nine|ten|\w+teen|twenty|thirty|half|couple|few|several)\b"
_ASKED_FOR = {
    "how_long": re.compile(rf"{_A_NUMBER}.*{_A_TIME}"),
    "how_often": re.compile(r"\b(times?|once|twice|every|daily|hourly)\b|\ba day\b|before the next"),
}
_A_CAUTION = re.compile(r"(?i)(never|do not|don't|skip|stop|if|tell|not)\b|.*\b(never|don't|do not)\b")


def time_in_answer(
    answer: Answer, asked: Literal["how_long", "how_often"], book: Optional[AnswerBook] = None
) -> Optional[Answer]:
    """Return `answer` cut down to what it says about how long or how often, cautions kept.

    None when it says nothing of it. The sentences are its own, from the spoken form or else
    from the longer one.
    """
    book = book or load_answers()
    for text in (answer.spoken, book.long_spoken[answer.id]):
        sentences = sentences_of(text)
        told = [one for one in sentences if _ASKED_FOR[asked].search(one.lower())]
        if told:
            kept = [one for one in sentences if one in told or _A_CAUTION.match(one)]
            return answer.copy(update={"spoken": " ".join(kept)})
    return None


def allowed_with_flag(answer: Answer, book: Optional[AnswerBook] = None) -> bool:
    """Return whether an answer may be given while a see_clinician_soon flag is in force."""
    caveat = (book or load_answers()).extras.caveats.get(answer.id, Caveat())
    return not caveat.never_after_flag


def _at_most(text: str, most: int, what: str) -> str:
    count = len(text.split())
    if count > most:
        raise ValueError(f"{what} has {count} words; {most} is the most. Shorten it")
    return text


def _in_document(document: AnswerFile) -> Iterator[str]:
    for answer_id, count in Counter(a.id for a in document.answers).items():
        if count > 1:
            yield f"self_care.yml: '{answer_id}' is there {count} times. Merge or rename."
    for answer in document.answers:
        for source in answer.sources:
            if not is_seed_document(source) and source not in document.source_register:
                yield f"self_care.yml: '{answer.id}': source '{source}' is not registered. Add it."


def _in_families(families: FamilyFile, ids: list[str]) -> Iterator[str]:
    placed = Counter(i for members in families.families.values() for i in members)
    for answer_id in ids:
        if placed[answer_id] != 1:
            yield (
                f"answer_families.yml: '{answer_id}' stands in {placed[answer_id]} families. "
                "Put it into exactly one."
            )
    for answer_id in set(placed) - set(ids):
        yield f"answer_families.yml: '{answer_id}' is no answer of self_care.yml. Correct it."


def _in_extras(extras: ExtrasFile, document: AnswerFile) -> Iterator[str]:
    answers = {a.id: a for a in document.answers}
    with_caveat = {a.id for a in document.answers if a.caveat}
    for answer_id in with_caveat ^ set(extras.caveats):
        yield f"caveats: '{answer_id}' must have a caveat both here and in self_care.yml."
    for answer_id, caveat in extras.caveats.items():
        if bool(caveat.say) == caveat.covered:
            yield f"caveats: '{answer_id}' needs either `say` or `covered: true`."
        if caveat.say and longest_sentence(caveat.say) > MAX_SENTENCE_WORDS:
            yield f"caveats: '{answer_id}' has a sentence over {MAX_SENTENCE_WORDS} words. Split it."
    asking = {i for i, a in answers.items() if a.spoken.rstrip().endswith("?")}
    for answer_id in asking ^ set(extras.closing_questions_of_answers):
        yield f"closing_questions_of_answers: '{answer_id}' must be listed exactly if it asks."
    closing = extras.closing_question
    if " ".join(closing.origin.split()) not in document.rules or closing.say not in closing.origin:
        yield "closing_question: `from` must be a rule of self_care.yml that contains `say`."
    for category in set(closing.categories) - {a.category for a in document.answers}:
        yield f"closing_question: no answer has the category '{category}'. Correct it."
    for answer in document.answers:
        for name in ("{" + n for n in answer.spoken.replace("}", "").split("{")[1:]):
            if not any(name[1:].startswith(p) for p in PLACEHOLDERS):
                yield f"'{answer.id}' has a placeholder nothing fills. Use a contact."
