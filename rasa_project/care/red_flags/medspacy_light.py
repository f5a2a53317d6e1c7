"""Imports medspaCy without the two large libraries that its package pulls in for others.

`import medspacy` imports QuickUMLS (with NLTK and scikit-learn) and PyRuSH for components
that this skill does not use: several seconds. Both are deferred as `lean_import` does it:
the real library is loaded the moment anybody uses it.
"""

from __future__ import annotations

import importlib.util
import sys

from rasa_project.lean_import import Deferred, DeferredModule

UNUSED = {"quickumls": "spacy_component", "PyRuSH": "PyRuSHSentencizer"}
"""Library -> the only name that medspaCy takes from it while it is imported."""


def _defer(module: str, name: str) -> None:
    if module in sys.modules:
        return
    spec = importlib.util.find_spec(module)
    stand_in = DeferredModule(module, {name: Deferred(module, name)})
    # Import asks packages for this before it takes a name from them.
    stand_in.__dict__["__path__"] = list(spec.submodule_search_locations or []) if spec else []
    sys.modules[module] = stand_in


for _module, _name in UNUSED.items():
    _defer(_module, _name)

import medspacy  # noqa: E402,F401  (registers its spaCy extensions)
from medspacy.common.medspacy_matcher import MedspacyMatcher  # noqa: E402
from medspacy.context import ConText, ConTextGraph, ConTextModifier, ConTextRule  # noqa: E402

__all__ = ["ConText", "ConTextGraph", "ConTextModifier", "ConTextRule", "MedspacyMatcher"]
