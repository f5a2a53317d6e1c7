"""Starts Rasa without importing what this skill never uses.

`import rasa.core.run` loads every component, channel and database client that Rasa knows,
TensorFlow first: 7 s and 420 MB where this takes 2.5 s and 155 MB.
Nothing is removed or faked here. A module of the table below is replaced by a stand-in
that loads the real module the moment anything in it is really used; only the moment of
loading changes. Rasa components that `config.yml` names, and channels that
`credentials.yml` names, are left alone.

`install()` belongs at the very start of our entry points, before `rasa` or `spacy` is
imported; a process without Rasa calls `import_spacy()`. The plain `rasa` command knows nothing of it and works as Rasa documents.
"""

from __future__ import annotations

import dis
import importlib
import pkgutil
import re
import sys
from functools import lru_cache
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, Iterable, Mapping

PROJECT = Path(__file__).resolve().parent.parent

DEFERRED_COMPONENTS: Mapping[str, tuple[str, ...]] = {
    # TensorFlow
    "rasa.nlu.classifiers.diet_classifier": ("DIETClassifier",),
    "rasa.nlu.featurizers.dense_featurizer.convert_featurizer": ("ConveRTFeaturizer",),
    "rasa.nlu.featurizers.dense_featurizer.lm_featurizer": ("LanguageModelFeaturizer",),
    "rasa.nlu.selectors.response_selector": ("ResponseSelector",),
    "rasa.core.policies.ted_policy": ("TEDPolicy",),
    "rasa.core.policies.unexpected_intent_policy": ("UnexpecTEDIntentPolicy",),
    # scikit-learn, and matplotlib by way of rasa.nlu.test
    "rasa.nlu.classifiers.logistic_regression_classifier": ("LogisticRegressionClassifier",),
    "rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer": (
        "CountVectorsFeaturizer",
    ),
    "rasa.nlu.extractors.crf_entity_extractor": (
        "CRFEntityExtractor",
        "CRFEntityExtractorOptions",
    ),
}
"""Rasa components, by module, that are heavy to import; deferred unless `config.yml` names one."""

DEFERRED_CHANNELS: Mapping[str, tuple[str, str]] = {
    "rasa.core.channels.hangouts": ("HangoutsInput", "hangouts"),
    "rasa.core.channels.slack": ("SlackInput", "slack"),
    "rasa.core.channels.socketio": ("SocketIOInput", "socketio"),
    "rasa.core.channels.telegram": ("TelegramInput", "telegram"),
    "rasa.core.channels.webexteams": ("WebexTeamsInput", "webexteams"),
}
"""Channels that bring a company's library: module -> class, and its name in `credentials.yml`."""

DEFERRED_LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "boto3.dynamodb.conditions": ("Key",),
    "prompt_toolkit.styles": ("Style",),
    "pymongo.collection": ("Collection",),
    "questionary": ("Question",),
    # matplotlib
    "rasa.core.test": ("test",),
    "rasa.nlu.test": ("CVEvaluationResult", "EntityEvaluationResult", "evaluate_entities"),
    # scikit-learn, and TensorFlow
    "rasa.utils.tensorflow.model_data": ("ragged_array_to_ndarray",),
    "rasa.utils.tensorflow.model_data_utils": (),
    "rasa.utils.train_utils": (),
}
"""Other modules: name -> the names others take from it while they are imported themselves.
Every name is a class or function that is only used later, or in annotations; asking for a
name that is not listed loads the module at once."""

LIGHT_PACKAGES = ("rasa.core", "rasa.nlu", "rasa.utils", "rasa.utils.tensorflow")
"""Packages of deferred modules that others reach by attribute; they import next to nothing."""

SPACY_COMMAND_LINE = "spacy.cli.info"
PROBED_ONLY = ("tensorflow", "torch", "mxnet", "h5py")
"""Libraries thinc merely looks for; spaCy's blank pipeline needs none of them."""


class Deferred:
    """Stands for one class or function of a module that is not loaded yet.

    Calling it, subclassing it or asking it for an attribute loads the module. Being asked
    whether something is an instance or subclass of it does not: before the module is
    loaded nothing can be.
    """

    def __init__(self, module: str, name: str) -> None:
        self.__module__ = module
        self.__name__ = self.__qualname__ = name

    def _loaded(self) -> bool:
        return not isinstance(sys.modules.get(self.__module__), DeferredModule)

    def _real(self) -> Any:
        return getattr(_load(self.__module__), self.__name__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            # typing and inspect probe for these; probing is not using.
            raise AttributeError(name)
        return getattr(self._real(), name)

    def __getitem__(self, key: Any) -> Any:
        return self._real()[key]

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._real(),)

    def __instancecheck__(self, instance: Any) -> bool:
        return self._loaded() and isinstance(instance, self._real())

    def __subclasscheck__(self, subclass: type) -> bool:
        return self._loaded() and issubclass(subclass, self._real())

    def __repr__(self) -> str:
        return f"<deferred {self.__module__}.{self.__name__}>"


class DeferredChannel(Deferred):
    """A channel class that can say its name without being loaded: Rasa lists all names."""

    def __init__(self, module: str, name: str, channel: str) -> None:
        super().__init__(module, name)
        self._channel = channel

    def name(self) -> str:
        """Return what `credentials.yml` calls the channel."""
        return self._channel


class DeferredModule(ModuleType):
    """Stands in `sys.modules` for a module until something of it is needed."""

    def __init__(self, name: str, stand_ins: Mapping[str, Deferred]) -> None:
        super().__init__(name)
        self.__dict__["_stand_ins"] = dict(stand_ins)

    def __getattr__(self, name: str) -> Any:
        stand_in = self.__dict__["_stand_ins"].get(name)
        if stand_in is not None:
            return stand_in
        if name == "__path__" and "." not in self.__name__:
            # A submodule of a deferred package is wanted.
            return getattr(_load(self.__name__), name)
        if name.startswith("__") and name.endswith("__"):
            # The import machinery and inspect ask for __file__ and the like.
            raise AttributeError(name)
        if not _may_bind(self.__name__, name):
            # pickle and skops ask every loaded module whether it owns some name.
            raise AttributeError(name)
        return getattr(_load(self.__name__), name)


@lru_cache(maxsize=None)
def _bound_names(module: str) -> frozenset[str] | None:
    """Return what a module has by its source: top-level names and submodules; None if unknown."""
    path = None
    spec = None
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        # Unlike importlib.util.find_spec, this imports no package on the way.
        spec = PathFinder.find_spec(".".join(parts[:end]), path)
        if spec is None:
            return None
        path = spec.submodule_search_locations
    try:
        code = compile(Path(str(spec.origin)).read_bytes(), module, "exec", dont_inherit=True)
    except (OSError, SyntaxError):
        return None
    steps = list(dis.get_instructions(code))
    if any(step.opname == "IMPORT_STAR" for step in steps):
        return None
    submodules = (found.name for found in pkgutil.iter_modules(path))
    bound = (str(step.argval) for step in steps if step.opname == "STORE_NAME")
    return frozenset([*bound, *submodules]) if path else frozenset(bound)


def _may_bind(module: str, name: str) -> bool:
    names = _bound_names(module)
    return names is None or name in names


def _load(name: str) -> ModuleType:
    """Return the real module `name`, importing it in place of its stand-in."""
    if isinstance(sys.modules.get(name), DeferredModule):
        del sys.modules[name]
    return importlib.import_module(name)


def _defer(name: str, stand_ins: Iterable[Deferred]) -> None:
    if name in sys.modules:
        return
    module = DeferredModule(name, {stand_in.__name__: stand_in for stand_in in stand_ins})
    sys.modules[name] = module
    package, _, leaf = name.rpartition(".")
    if package in LIGHT_PACKAGES:
        # `import a.b.c` and then `a.b.c.x` finds c as an attribute of its package.
        setattr(importlib.import_module(package), leaf, module)


def _words_of(path: Path) -> set[str]:
    """Return every identifier in a file, comments included: deferring too little is safe."""
    try:
        return set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    except OSError:
        return set()


def import_spacy() -> None:
    """Import spaCy without its command line and without the libraries thinc merely probes for."""
    _defer(SPACY_COMMAND_LINE, [Deferred(SPACY_COMMAND_LINE, "info")])
    absent = [name for name in PROBED_ONLY if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]  # documented: makes import fail
    try:
        import spacy  # noqa: F401
    finally:
        for name in absent:
            sys.modules.pop(name, None)


def deferred_now() -> list[str]:
    """Return the names of the modules that are still stand-ins."""
    return sorted(n for n, m in sys.modules.items() if isinstance(m, DeferredModule))


def install(
    config: Path = PROJECT / "config.yml", credentials: Path = PROJECT / "credentials.yml"
) -> None:
    """Defer what the given configuration does not use. Calling it twice changes nothing."""
    named, channels = _words_of(config), _words_of(credentials)
    for module, names in DEFERRED_LIBRARIES.items():
        _defer(module, (Deferred(module, name) for name in names))
    for module, names in DEFERRED_COMPONENTS.items():
        if not named.intersection(names):
            _defer(module, (Deferred(module, name) for name in names))
    for module, (class_name, channel) in DEFERRED_CHANNELS.items():
        if channel not in channels:
            _defer(module, [DeferredChannel(module, class_name, channel)])
    import_spacy()
