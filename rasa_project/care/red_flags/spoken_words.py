"""The spaCy tokenizer of the red-flag pipeline: normal words that know where they were said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Iterable

import spacy
from spacy.attrs import IS_STOP, LIKE_NUM
from spacy.language import Language
from spacy.tokens import Doc, Token as SpacyToken
from spacy.vocab import Vocab

from rasa_project.care.normalise import Token, tokens_of
from rasa_project.care.red_flags.lexicon import Lexicon
from rasa_project.care.red_flags.token_patterns import clause_tag

TOKENIZER = "unknot.spoken_words.v1"
_KEY = "spoken_words"


def _spoken(token: SpacyToken) -> Token:
    return token.doc.user_data[_KEY][token.i]


def _register() -> None:
    SpacyToken.set_extension("spoken", getter=_spoken, force=True)
    SpacyToken.set_extension(
        "source", getter=lambda token: (_spoken(token).start, _spoken(token).end), force=True
    )
    Doc.set_extension("spoken", getter=lambda doc: doc.user_data[_KEY], force=True)


_register()


class SpokenWords:
    """Turns what was said into a `Doc` of normal words.

    - `token._.source`: offsets of the word in the original text; `token._.spoken`: the
      `Token` of the normaliser.
    - a sentence starts where a full stop, "!" or "?" was heard or typed;
    - `token.tag_`: place in the clause (`clause_tag`); `is_stop`: a light word.

    The light words and clause words come from the lexicon by `use`, or from disk.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self._set([], [], [])

    def use(self, lexicon: Lexicon) -> None:
        """Take light words and the words beside which clauses begin and end."""
        self._set(lexicon.light, lexicon.clause_starters, lexicon.clause_enders)

    def _set(self, light: Iterable[str], starters: Iterable[str], enders: Iterable[str]) -> None:
        self.light, self.starters, self.enders = map(frozenset, (light, starters, enders))
        flags: dict[int, Callable[[str], bool]] = {
            IS_STOP: self.light.__contains__,
            LIKE_NUM: lambda word: word[:1].isdigit(),
        }
        for flag, is_so in flags.items():
            self.vocab.lex_attr_getters[flag] = is_so
            for lexeme in self.vocab:
                lexeme.set_flag(flag, is_so(lexeme.orth_))

    def __call__(self, text: str) -> Doc:
        """Return the words of `text`; an empty `Doc` when nothing but noise is left."""
        tokens = tokens_of(text)
        words = [token.text for token in tokens]
        marks = [token.break_before for token in tokens] + ["."]
        tags = [
            clause_tag(
                begins=at == 0 or bool(marks[at]) or words[at - 1] in self.starters,
                ends=bool(marks[at + 1]) or words[at + 1] in self.enders,
                pause=bool(marks[at + 1]) and at + 1 < len(words),
            )
            for at in range(len(words))
        ]
        starts = [at == 0 or marks[at] == "." for at in range(len(words))]
        doc = Doc(self.vocab, words=words, tags=tags, sent_starts=starts)
        doc.user_data[_KEY] = tokens
        return doc

    def to_disk(self, path: Path | str, **kwargs: Any) -> None:
        """Write the word lists as JSON."""
        lists = (sorted(words) for words in (self.light, self.starters, self.enders))
        Path(path).write_text(json.dumps(list(lists)) + "\n", encoding="utf-8")

    def from_disk(self, path: Path | str, **kwargs: Any) -> "SpokenWords":
        """Read what `to_disk` wrote."""
        self._set(*json.loads(Path(path).read_text(encoding="utf-8")))
        return self


@spacy.registry.tokenizers(TOKENIZER)
def _create() -> Callable[[Language], SpokenWords]:
    return lambda nlp: SpokenWords(nlp.vocab)
