"""The rule notation as spaCy token patterns gives what the notation means."""

from __future__ import annotations

import pytest
import spacy
from spacy.matcher import Matcher

from rasa_project.care.errors import ContentError
from rasa_project.care.red_flags.lexicon import load_lexicon
from rasa_project.care.red_flags.patterns import parse
from rasa_project.care.red_flags.spoken_words import TOKENIZER
from rasa_project.care.red_flags.token_patterns import spellings

LEXICON = """
light: [really, my, a]
clause_starters: [and]
clause_enders: [please]
irregular: {}
classes:
  pet: [dog, guinea pig]
"""


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory):
    path = tmp_path_factory.mktemp("rules") / "lexicon.yml"
    path.write_text(LEXICON)
    return load_lexicon(path)


def found(phrase: str, said: str, lexicon, **options: bool) -> list[str]:
    """Return the longest texts that `phrase` finds in `said`, vetoed ones left out."""
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": TOKENIZER}}})
    nlp.tokenizer.use(lexicon)
    doc = nlp.tokenizer(said)
    texts = []
    for spelling in spellings(parse(phrase, lexicon.inflect, "here"), lexicon, "here", **options):
        matcher, vetoes = Matcher(nlp.vocab), Matcher(nlp.vocab)
        matcher.add("it", list(spelling.patterns))
        if spelling.vetoes:
            vetoes.add("not", list(spelling.vetoes))
        stopped = {start for _, start, _ in vetoes(doc)} if spelling.vetoes else set()
        texts += [doc[s:e].text for _, s, e in matcher(doc) if s not in stopped]
    return [t for t in dict.fromkeys(texts) if not any(t in o and t != o for o in texts)]


@pytest.mark.parametrize(
    ("phrase", "said", "expected"),
    [
        ("no pain", "no really my pain", ["no really my pain"]),
        ("leak~", "it leaked", ["leaked"]),
        ("my <pet>", "my guinea pig", ["my guinea pig"]),
        ("not (numb|at all)?", "not at all", ["not at all"]),
        ("would .. cause", "would it ever cause", ["would it ever cause"]),
        ("would ..1 cause", "would it not ever cause", []),
        ("<n> years", "12 years", ["12 years"]),
        ("what is !(wrong|going on)", "what is going on", []),
        ("what is !(wrong|going on)", "what is sciatica", ["what is"]),
        ("^ fine", "and fine", ["fine"]),
        ("^ fine", "all fine", []),
        ("fine $", "fine please", ["fine"]),
        ("fine $", "fine here", []),
    ],
)
def test_a_phrase_finds_what_it_says(lexicon, phrase, said, expected):
    assert found(phrase, said, lexicon) == expected


def test_the_nearest_word_counts(lexicon):
    """ "is a fever" is "is a": the fever stays free to be what is asked about."""
    assert found("is (a|fever)", "is a fever", lexicon) == ["is a"]


def test_a_phrase_can_be_void_before_a_pause(lexicon):
    assert found("no", "no, it hurts", lexicon, pause_behind=False) == []
    assert found("no", "no pain", lexicon, pause_behind=False) == ["no"]


def test_a_phrase_that_stands_for_too_many_patterns_is_refused(lexicon):
    many = "(" + "|".join(f"a{n} b{n}" for n in range(30)) + ")"
    with pytest.raises(ContentError, match="Write it as two phrases"):
        spellings(parse(f"{many} {many}", lexicon.inflect, "here"), lexicon, "here")


def test_an_edge_without_a_word_is_refused(lexicon):
    with pytest.raises(ContentError, match="behind the last word"):
        spellings(parse("fine ^", lexicon.inflect, "here"), lexicon, "here")
