"""The spaCy pipeline of the red-flag detector, built from packages and saved as an asset.

    spoken words (tokenizer) -> unknot_red_flag_targets -> unknot_lay_context (medspaCy)

The saved pipeline holds the word lists and the compiled ConText rules. It is used only
when it was made from the very rules and code at hand; otherwise the pipeline is built in
memory: an edited rule must never wait for a new build.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import medspacy
import spacy
from spacy.language import Language

from rasa_project.assets.folder import SPACY_FOLDER, verified
from rasa_project.care.errors import AssetError
from rasa_project.care.loading import CONTENT_DIR
from rasa_project.care.red_flags.context import CONTEXT_FACTORY
from rasa_project.care.red_flags.context_rules import context_rules
from rasa_project.care.red_flags.lexicon import Lexicon, load_lexicon
from rasa_project.care.red_flags.spoken_words import TOKENIZER
from rasa_project.care.red_flags.targets import TARGETS_FACTORY

RULES_FOLDER = "red_flag_rules"
CONTEXT_FILE = "context.yml"
LEXICON_FILE = "lexicon.yml"
_MADE_FROM = "made_from"


def build_pipeline(folder: Path = CONTENT_DIR, lexicon: Lexicon | None = None) -> Language:
    """Return the pipeline with the context rules of `folder`; the flags' rules are content
    that the detector adds.

    Raises:
        ContentError: a rule file is broken.
    """
    rules_folder = folder / RULES_FOLDER
    lexicon = lexicon or load_lexicon(rules_folder / LEXICON_FILE)
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": TOKENIZER}}})
    nlp.tokenizer.use(lexicon)
    nlp.add_pipe(TARGETS_FACTORY)
    nlp.add_pipe(CONTEXT_FACTORY).add(context_rules(rules_folder / CONTEXT_FILE, lexicon))
    nlp.meta[_MADE_FROM] = _fingerprint(folder)
    return nlp


def load_pipeline(folder: Path = CONTENT_DIR, lexicon: Lexicon | None = None) -> Language:
    """Return the saved pipeline where it fits `folder`, else a new one.

    Raises:
        ContentError: a rule file is broken.
    """
    try:
        saved = verified(SPACY_FOLDER)
        if spacy.util.load_meta(saved / "meta.json").get(_MADE_FROM) == _fingerprint(folder):
            return spacy.load(saved)
    except AssetError:
        pass  # Not built, or damaged: the same pipeline is made from the rules themselves.
    return build_pipeline(folder, lexicon)


def _fingerprint(folder: Path) -> str:
    """Return a digest of the rules, of the code that compiles them and of the libraries."""
    digest = hashlib.sha256(f"{spacy.__version__} {medspacy.__version__}".encode())
    rules = [folder / RULES_FOLDER / name for name in (LEXICON_FILE, CONTEXT_FILE)]
    for path in [*rules, *sorted(Path(__file__).parent.glob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()
