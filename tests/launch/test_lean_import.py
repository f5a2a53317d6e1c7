"""Each test asks a fresh Python: what is imported stays imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rasa_project.lean_import import (
    DEFERRED_CHANNELS,
    DEFERRED_COMPONENTS,
    DEFERRED_LIBRARIES,
    _bound_names,
)
from rasa_project.settings import PROJECT

SERVING = "import rasa.core.run, rasa.model_training, rasa.engine.recipes.default_components"

HEAVY = "tensorflow keras matplotlib sklearn boto3 aiogram slack_sdk".split()


def in_a_fresh_python(code: str) -> str:
    """Run `code` after a lean install and return what it printed."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def lean(code: str, config: str = "pipeline: []", credentials: str = "rest:") -> str:
    """Run `code` after a lean install for the given configuration; return what it printed."""
    return in_a_fresh_python(
        "import sys, tempfile, pathlib\n"
        "folder = pathlib.Path(tempfile.mkdtemp())\n"
        f"(folder / 'config.yml').write_text({config!r})\n"
        f"(folder / 'credentials.yml').write_text({credentials!r})\n"
        "from rasa_project import lean_import\n"
        "lean_import.install(folder / 'config.yml', folder / 'credentials.yml')\n" + code
    )


def test_serving_a_lean_pipeline_imports_no_tensorflow_and_no_other_heavy_library() -> None:
    loaded = lean(f"{SERVING}\nprint([name for name in {HEAVY!r} if name in sys.modules])")
    assert loaded == "[]"


def test_installing_twice_changes_nothing() -> None:
    assert (
        lean(
            "before = lean_import.deferred_now()\n"
            "lean_import.install(folder / 'config.yml', folder / 'credentials.yml')\n"
            "print(before == lean_import.deferred_now())"
        )
        == "True"
    )


def test_a_component_that_the_configuration_names_is_really_imported() -> None:
    config = "pipeline:\n  - name: CountVectorsFeaturizer"
    assert (
        lean(
            f"{SERVING}\n"
            "from rasa.engine.recipes.default_recipe import DefaultV1Recipe\n"
            "print('CountVectorsFeaturizer' in DefaultV1Recipe._registered_components)",
            config,
        )
        == "True"
    )


def test_a_component_that_is_not_named_is_loaded_when_something_uses_it() -> None:
    assert (
        lean(
            f"{SERVING}\n"
            "from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer "
            "import CountVectorsFeaturizer as Counts\n"
            "before = 'sklearn' in sys.modules\n"
            "print(before, Counts.get_default_config()['analyzer'])"
        )
        == "False word"
    )


def test_a_subclass_of_a_deferred_class_is_a_subclass_of_the_real_one() -> None:
    assert (
        lean(
            f"{SERVING}\n"
            "from rasa.nlu.featurizers.sparse_featurizer import count_vectors_featurizer as m\n"
            "class Mine(m.CountVectorsFeaturizer): pass\n"
            "from rasa.nlu.featurizers.featurizer import Featurizer\n"
            "print(issubclass(Mine, Featurizer), issubclass(Mine, m.CountVectorsFeaturizer))"
        )
        == "True True"
    )


def test_nothing_is_an_instance_of_a_class_that_is_not_loaded() -> None:
    assert (
        lean(
            "from pymongo.collection import Collection\n"
            "print(isinstance(1, Collection), 'pymongo' in sys.modules)"
        )
        == "False False"
    )


def test_pickle_asking_every_module_for_a_name_loads_nothing_heavy() -> None:
    assert (
        lean(
            f"{SERVING}\nimport pickle, numpy\npickle.dumps(numpy.sin)\n"
            f"print([name for name in {HEAVY!r} if name in sys.modules])"
        )
        == "[]"
    )


def test_a_channel_that_the_credentials_name_is_really_imported() -> None:
    assert (
        lean(
            f"{SERVING}\nfrom rasa.core.channels import BUILTIN_CHANNELS\n"
            "print(isinstance(BUILTIN_CHANNELS['slack'], type))",
            credentials="slack:\n  slack_token: x",
        )
        == "True"
    )


def test_every_stand_in_of_a_channel_says_the_name_of_the_real_one() -> None:
    table = {name: module for module, (_, name) in DEFERRED_CHANNELS.items()}
    assert (
        lean(
            f"{SERVING}\nfrom rasa.core.channels import BUILTIN_CHANNELS\nimport importlib\n"
            f"for name, module in {table!r}.items():\n"
            "    stand_in = BUILTIN_CHANNELS[name]\n"
            "    assert stand_in._real().name() == name == stand_in.name(), name\n"
            "print('same')"
        )
        == "same"
    )


@pytest.mark.parametrize(
    ("module", "names"), {**DEFERRED_LIBRARIES, **DEFERRED_COMPONENTS}.items()
)
def test_every_name_of_the_table_stands_in_the_real_module(
    module: str, names: tuple[str, ...]
) -> None:
    """A name that the library no longer has would only be missed when it is used."""
    bound = _bound_names(module)
    assert bound is None or bound.issuperset(names)
