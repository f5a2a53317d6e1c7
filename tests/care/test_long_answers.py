"""The longer text of every answer can be followed by ear, and loses nothing on the way."""

from __future__ import annotations

import shutil

import pytest

from rasa_project.care.answers import answer_reply, load_answers
from rasa_project.care.errors import ContentError
from rasa_project.care.loading import CONTENT_DIR
from rasa_project.care.long_answers import left_out, long_texts
from rasa_project.care.phrases import MAX_SENTENCE_WORDS, longest_sentence, sentences_of

BOOK = load_answers()
ADVICE = "Arrange to see a clinician. Keep moving gently."


@pytest.mark.parametrize("answer_id", BOOK.answers)
@pytest.mark.parametrize("soon_advice", ["", ADVICE])
def test_tell_me_more_is_said_in_sentences_an_ear_can_follow(answer_id, soon_advice):
    """All 98 entries, with what the rules add to them."""
    reply = answer_reply(BOOK.answer(answer_id), more=True, soon_advice=soon_advice, book=BOOK)
    assert longest_sentence(reply.text) <= MAX_SENTENCE_WORDS, reply.text


@pytest.mark.parametrize("answer_id", BOOK.answers)
def test_nothing_of_the_longer_text_is_lost(answer_id):
    """Short sentences are said as they stand; of a long one every word but the joining ones."""
    spoken, text = BOOK.long_spoken[answer_id], BOOK.answer(answer_id).text
    assert left_out(text, spoken) is None
    for sentence in sentences_of(text):
        if longest_sentence(sentence) <= MAX_SENTENCE_WORDS:
            assert sentence in spoken


@pytest.mark.parametrize("answer_id", BOOK.answers)
def test_the_eye_reads_the_text_as_it_was_written(answer_id):
    answer = BOOK.answer(answer_id)
    assert answer_reply(answer, "eye", book=BOOK).text.startswith(" ".join(answer.text.split()))


@pytest.mark.parametrize(
    "wording, lost",
    [
        ("Rest a little. Do not use it on numb skin.", None),
        ("Rest a little. Do use it on numb skin.", "not"),
        ("Rest a little. Do not use it on skin.", "numb"),
        ("Do not use it on numb skin. Rest a little.", "do"),
    ],
)
def test_a_word_that_is_left_out_or_moved_is_found(wording, lost):
    """The comparison itself works: a dropped "not" is a dropped caveat."""
    assert left_out("Rest a little, and do not use it on numb skin.", wording) == lost


@pytest.mark.parametrize(
    "wordings, complaint",
    [
        ("{}", "1 sentences have more than"),
        ("{a: [" + "word " * 26 + ".]}", "Break it once more"),
        ("{a: [Short.]}", "leaves out"),
        ("{b: [Short.]}", "is no answer"),
    ],
)
def test_a_wrong_wording_says_what_to_mend(wordings, complaint, tmp_path):
    head = "version: 1\nkind: answer_sentences\nreviewed: test\nsentences: "
    (tmp_path / "answer_sentences.yml").write_text(head + wordings + "\n")
    with pytest.raises(ContentError, match=complaint):
        long_texts({"a": "word " * 26 + "."}, tmp_path)


def test_the_folder_without_the_file_is_refused(tmp_path):
    """A forgotten file is an error at the start, not a long sentence in the ear."""
    for path in CONTENT_DIR.glob("*.yml"):
        if path.name != "answer_sentences.yml":
            shutil.copy(path, tmp_path)
    with pytest.raises(ContentError, match="answer_sentences.yml"):
        load_answers(tmp_path)
