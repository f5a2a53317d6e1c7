"""Who is asked, and how each is trained: always with its own default settings.

What takes long is kept in `.bench/understanding` under a name that changes with the
sentences, so that a second run asks again but does not train again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Sequence

import rasa.engine.recipes
import yaml

from bench import FOLDER
from bench.bots import QUIET, RASA, BenchError, run
from bench.understanding.scores import Heard
from bench.understanding.sentences import Asked, Sentence
from rasa_project.launch.training import model_path

DIET_EPOCHS = 10
"""How often DIET sees every sentence. Rasa's default of 100 is meant for some hundred sentences; of
our twenty-odd thousand one epoch takes minutes on two cores, and a hundred most of a day."""

NLPJS = Path(__file__).with_name("nlpjs")
PLACE = FOLDER / "understanding"


class Unavailable(Exception):
    """A contestant cannot take part here; the message says why."""


class Ours:
    """The skill's own trained model."""

    name = "Unknot"

    def answers(self, learnt: Sequence[Sentence], asked: Sequence[Asked]) -> list[Heard]:
        """Ask the trained model; what it learnt is what `make train` gave it."""
        return _ask_rasa(model_path(), asked, "ours", lean=True)


class RasaDefault:
    """The pipeline that Rasa uses where the configuration names none: DIET and its features."""

    name = f"Rasa's default (DIET, {DIET_EPOCHS} epochs)"

    def answers(self, learnt: Sequence[Sentence], asked: Sequence[Asked]) -> list[Heard]:
        """Train with Rasa's own default configuration, `DIET_EPOCHS` epochs, and ask."""
        model = PLACE / f"diet-{DIET_EPOCHS}-{_key(learnt)}.tar.gz"
        if not model.is_file():
            folder = PLACE / "diet"
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "data").mkdir(parents=True)
            (folder / "config.yml").write_text(yaml.safe_dump(default_config()), encoding="utf-8")
            (folder / "data" / "nlu.yml").write_text(rasa_examples(learnt), encoding="utf-8")
            command = [*RASA, "train", "nlu", "--out", "models"]
            command += ["--fixed-model-name", "diet"]
            run(command, PLACE / "logs", "diet", QUIET, folder)
            (folder / "models" / "diet.tar.gz").replace(model)
        return _ask_rasa(model, asked, "diet", lean=False)


class NlpJs:
    """NLP.js, the understanding inside many chat bots of the JavaScript world."""

    name = "NLP.js"

    def answers(self, learnt: Sequence[Sentence], asked: Sequence[Asked]) -> list[Heard]:
        """Install its pinned packages, train, and ask."""
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise Unavailable("node and npm are not installed")
        folder = PLACE / "nlpjs"
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", "answers.js"):
            shutil.copyfile(NLPJS / name, folder / name)
        # Written last: what it was installed from, so that a changed lock is installed anew.
        stamp, lock = folder / "installed.json", NLPJS / "package-lock.json"
        if not stamp.is_file() or stamp.read_bytes() != lock.read_bytes():
            try:
                run([npm, "ci", "--no-audit", "--no-fund"], PLACE / "logs", "npm", {}, folder)
            except BenchError as error:
                raise Unavailable(f"its packages could not be installed; {error}") from None
            shutil.copyfile(lock, stamp)
        questions, answers = _files(asked, "nlpjs")
        sentences = PLACE / "learnt.json"
        sentences.write_text(json.dumps([asdict(s) for s in learnt]), encoding="utf-8")
        model = PLACE / f"nlpjs-{_key(learnt)}.json"
        arguments = [str(path) for path in (sentences, model, questions, answers)]
        run([node, "answers.js", *arguments], PLACE / "logs", "nlpjs", {}, folder)
        return _read(answers)


CONTESTANTS = (Ours, RasaDefault, NlpJs)


def default_config() -> dict[str, Any]:
    """Return the configuration that Rasa takes where none is given, with `DIET_EPOCHS` epochs."""
    file = Path(rasa.engine.recipes.__file__).parent / "config_files" / "default_config.yml"
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    for component in config["pipeline"]:
        if "epochs" in component:
            component["epochs"] = DIET_EPOCHS
    del config["policies"]  # nothing but understanding is trained
    return config


def rasa_examples(learnt: Sequence[Sentence]) -> str:
    """Return the sentences as a training file of Rasa's."""
    by_intent: dict[str, list[str]] = {}
    for sentence in learnt:
        by_intent.setdefault(sentence.intent, []).append(sentence.text)
    nlu = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
        for intent, texts in sorted(by_intent.items())
    ]
    return yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True, width=10_000)


def _key(learnt: Sequence[Sentence]) -> str:
    digest = hashlib.sha256()
    for part in (json.dumps([asdict(s) for s in learnt]), (NLPJS / "package-lock.json").read_text()):
        digest.update(part.encode())
    return digest.hexdigest()[:16]


def _files(asked: Sequence[Asked], name: str) -> tuple[Path, Path]:
    PLACE.mkdir(parents=True, exist_ok=True)
    questions, answers = PLACE / "asked.json", PLACE / f"answers-{name}.json"
    questions.write_text(json.dumps([s.text for s in asked]), encoding="utf-8")
    answers.unlink(missing_ok=True)
    return questions, answers


def _read(answers: Path) -> list[Heard]:
    return [Heard(**row) for row in json.loads(answers.read_text(encoding="utf-8"))]


def _ask_rasa(model: Path, asked: Sequence[Asked], name: str, lean: bool) -> list[Heard]:
    questions, answers = _files(asked, name)
    module = ["bench.understanding.rasa_answers", str(model), str(questions), str(answers)]
    way = ["rasa_project.launch.leanly"] if lean else []
    run([sys.executable, "-m", *way, *module], PLACE / "logs", f"ask-{name}", QUIET)
    return _read(answers)
