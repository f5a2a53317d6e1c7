"""The longer text of an answer as it is spoken: the same words in sentences an ear can follow.

`self_care.yml` writes its `text` for the eye, in sentences of up to 67 words. Who asks for more
by voice hears it in the wording of `answer_sentences.yml`, which may break a sentence and may
not leave anything out.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator, Literal, Mapping

from rasa_project.care.errors import ContentError
from rasa_project.care.loading import ContentModel, read_model
from rasa_project.care.phrases import MAX_SENTENCE_WORDS, longest_sentence, sentences_of

FILE = "answer_sentences.yml"

JOINING = frozenset("and but which because while although so if or that as with the".split())
"""Words that join the parts of a long sentence; where it is broken they may fall away."""

_WORD = re.compile(r"[a-z0-9'’-]+")


class SentenceFile(ContentModel):
    """`answer_sentences.yml`: answer id to the wordings of its long sentences, in their order."""

    version: int
    kind: Literal["answer_sentences"]
    reviewed: str
    sentences: Mapping[str, tuple[str, ...]]


def long_texts(texts: Mapping[str, str], folder: Path) -> Mapping[str, str]:
    """Return `texts` (answer id -> `text`) as they are spoken, no sentence over the limit.

    Raises:
        ContentError: a wording is missing or too many, too long itself, or leaves a word out.
    """
    path = folder / FILE
    wordings = read_model(path, SentenceFile).sentences
    for answer_id in sorted(set(wordings) - set(texts)):
        raise ContentError(f"{path}: '{answer_id}' is no answer of self_care.yml. Correct it.")
    return {
        answer_id: " ".join(_broken(text, wordings.get(answer_id, ()), f"{path}: '{answer_id}'"))
        for answer_id, text in texts.items()
    }


def _broken(text: str, wordings: tuple[str, ...], where: str) -> Iterator[str]:
    sentences = sentences_of(text)
    long = [one for one in sentences if longest_sentence(one) > MAX_SENTENCE_WORDS]
    if len(long) != len(wordings):
        raise ContentError(
            f"{where}: {len(long)} sentences have more than {MAX_SENTENCE_WORDS} words, but "
            f"{len(wordings)} are worded here. Give one wording for each, in their order."
        )
    left = iter(wordings)
    for sentence in sentences:
        if longest_sentence(sentence) <= MAX_SENTENCE_WORDS:
            yield sentence
            continue
        wording = " ".join(next(left).split())
        if longest_sentence(wording) > MAX_SENTENCE_WORDS:
            raise ContentError(
                f"{where}: '{wording}' holds a sentence of more than {MAX_SENTENCE_WORDS} words. "
                "Break it once more."
            )
        lost = left_out(sentence, wording)
        if lost is not None:
            raise ContentError(
                f"{where}: '{wording}' leaves out '{lost}' or says it in another place. "
                "Keep every word of self_care.yml in its order."
            )
        yield wording


def left_out(sentence: str, wording: str) -> str | None:
    """Return the first word of `sentence` that `wording` does not say in its place, or None.

    Joining words count in neither; words that `wording` adds do not matter.
    """
    said = iter(_words(wording))
    for word in _words(sentence):
        if not any(word == other for other in said):
            return word
    return None


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.lower()) if word not in JOINING]
