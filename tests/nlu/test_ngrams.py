"""Pieces of sentences: known ones are weighed, unknown ones do no harm."""

from __future__ import annotations

import numpy as np
import pytest
from rasa.shared.nlu.training_data.message import Message

from rasa_project.nlu.ngrams import CONSONANTS, SOUNDS, Ngrams, pieces_of
from rasa_project.nlu.normal_form import normal_form

SENTENCES = [
    "my back hurts",
    "my back has gone into spasm",
    "does heat help my back",
    "does ice help with a spasm",
    "stop the exercise",
]


@pytest.fixture(scope="module")
def ngrams() -> Ngrams:
    """Learnt from a handful of sentences, each said four times."""
    return Ngrams().fit(SENTENCES * 4)


def test_punctuation_case_and_fillers_make_no_difference(ngrams):
    """All channels give the same features for the same words."""
    typed, spoken = ngrams.transform([normal_form(Message.build(t)) for t in ("Does ice help?", "um does ice help")])
    assert (typed != spoken).nnz == 0


def test_a_misspelt_word_stays_near_what_was_meant(ngrams):
    """Letters and sounds carry what the words lost."""
    meant, misspelt, other = ngrams.transform(["spasm", "spazem", "exercise"]).toarray()
    assert meant @ misspelt > 0.4 > meant @ other


def test_words_cut_elsewhere_share_their_sounds():
    """A recogniser hears syllables and guesses where the words end."""
    heard, meant = (
        {piece for piece in pieces_of(text) if piece[0] == CONSONANTS}
        for text in ("bass bee back", "basbi back")
    )
    assert heard == meant


def test_words_that_are_said_alike_share_their_sounds_however_they_are_written():
    """A recogniser writes another word for what it heard rightly."""
    heard, meant = (
        {piece for piece in pieces_of(text) if piece[0] == SOUNDS} for text in ("none or weak", "numb or week")
    )
    assert heard == meant


def test_unknown_words_give_a_row_of_zeros(ngrams):
    """Nothing known means no evidence, not an error."""
    assert ngrams.transform(["öß ÿÿ", ""]).nnz == 0


def test_what_was_stored_weighs_as_before(ngrams, tmp_path):
    """Training and use see the same features."""
    ngrams.save(tmp_path)
    again = Ngrams.load(tmp_path)
    assert np.array_equal(
        ngrams.transform(SENTENCES).toarray(), again.transform(SENTENCES).toarray()
    )


def test_files_that_do_not_belong_together_are_refused(ngrams, tmp_path):
    """Half of another model would give wrong features silently."""
    ngrams.save(tmp_path)
    (tmp_path / "vocabulary.json").write_text('["wback"]', encoding="utf-8")
    with pytest.raises(ValueError, match="do not fit"):
        Ngrams.load(tmp_path)


def test_a_missing_file_is_an_error(tmp_path):
    """An untrained component must not pass for a trained one."""
    with pytest.raises(OSError):
        Ngrams.load(tmp_path)
