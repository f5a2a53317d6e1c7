"""A Rasa project of three intents with the real launch code, small enough to train in a test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from rasa_project.assets.folder import ASSETS_VERSION, MANIFEST
from rasa_project.launch.fingerprint import content_fingerprint
from own_ports import next_port
from rasa_project.settings import PREFIX, PROJECT

CODE = (
    "__init__.py",
    "settings.py",
    "lean_import.py",
    "lean_reading.py",
    "launch",
    "assets",
    "care",
    "channels",
    "content",
    "diary",
    "pictures",
    "watch",
    "clock.py",
    "earlier.py",
    "in_force.py",
)
FILES = {
    "config.yml": """
recipe: default.v1
language: en
assistant_id: mini
pipeline:
  - name: KeywordIntentClassifier
policies:
  - name: RulePolicy
""",
    "domain.yml": """
version: "3.1"
intents: [greet, report_back_pain, goodbye]
actions: [action_since_when, action_break]
responses:
  utter_greet: [{text: "Hello."}]
  utter_goodbye: [{text: "Take care."}]
""",
    "data/nlu.yml": """
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
  - intent: report_back_pain
    examples: |
      - cramped
  - intent: goodbye
    examples: |
      - goodbye
""",
    "data/rules.yml": """
version: "3.1"
rules:
  - rule: greet
    steps: [{intent: greet}, {action: utter_greet}]
  - rule: pain
    steps: [{intent: report_back_pain}, {action: action_since_when}]
  - rule: goodbye
    steps: [{intent: goodbye}, {action: utter_goodbye}]
""",
    "actions/__init__.py": """
from rasa_sdk import Action


class SinceWhen(Action):
    def name(self):
        return "action_since_when"

    def run(self, dispatcher, tracker, domain):
        text = tracker.latest_message["text"]
        if "break" in text:
            raise ValueError(f"cannot read {text}")
        dispatcher.utter_message(text="Since when?")
        return []
""",
    "endpoints.yml": "action_endpoint:\n  url: http://127.0.0.1:5055/webhook\n",
    "credentials.yml": "rest:\n",
}


def make_mini_project(root: Path) -> Path:
    """Write the project below `root` and return its folder."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in CODE:
        source, target = PROJECT / "rasa_project" / name, root / "rasa_project" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    # The content is this project's own, which other tests look at.
    stamp = root / ".launch" / "content.ok"
    stamp.parent.mkdir(parents=True)
    stamp.write_text(content_fingerprint(root), encoding="utf-8")
    # The mini project's pipeline needs no language assets.
    assets = root / ".assets" / ASSETS_VERSION
    assets.mkdir(parents=True)
    (assets / MANIFEST).write_text(json.dumps({"sha256": {}}), encoding="utf-8")
    return root


def environment(**settings: str) -> dict[str, str]:
    """Return the environment of a user whose only settings are `settings` (without SKILL_)."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    # Another skill may be running on this machine while the tests do.
    ports = {"RASA_PORT": str(next_port()), "ACTION_PORT": str(next_port())}
    return {**kept, **{f"{PREFIX}{k}": v for k, v in {**ports, **settings}.items()}}


def start(root: Path, module: str, **settings: str) -> "subprocess.Popen[str]":
    """Start `python -m rasa_project.launch.<module>` in the project."""
    return subprocess.Popen(
        [sys.executable, "-m", f"rasa_project.launch.{module}"],
        cwd=root,
        env=environment(**settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def converse(root: Path, turns: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run the terminal talk with `turns` on its standard input."""
    child = start(root, "run", **settings)
    out, err = child.communicate(turns, timeout=180)
    return subprocess.CompletedProcess(child.args, child.returncode, out, err)
