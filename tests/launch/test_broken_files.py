"""Files that are broken before a start: content, settings of Rasa, the model; and killed trainings."""

from __future__ import annotations

import os
import shutil
import signal
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mini_project import FILES, converse, make_mini_project, start
from rasa_project.launch.content_check import problems
from rasa_project.launch.training import is_whole
from rasa_project.settings import PROJECT

CONTENT = "rasa_project/content"


def trainers(root: Path) -> list[int]:
    """Return the processes that train, or check, for the project."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if "rasa_project.launch.trainer" in words and Path(os.readlink(folder / "cwd")) == root:
                found.append(int(folder.name))
        except (OSError, ValueError):
            continue
    return found


def until(condition: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def refused(root: Path, module: str = "serve") -> str:
    """Run a command that has to end with one clear error, and return that error."""
    models = {file: file.read_bytes() for file in (root / "models").glob("*")}
    child = start(root, module)
    out, said = child.communicate("", timeout=120)
    assert child.returncode == 1, said
    assert "Traceback" not in said + out and said.count("✗") == 1, said
    # Nothing was begun, and nothing written over.
    assert "Learning" not in said and "Starting" not in said and "Something broke" not in said, said
    assert {file: file.read_bytes() for file in (root / "models").glob("*")} == models
    return " ".join(said[said.index("✗") :].split())


@pytest.fixture(scope="module")
def copied(mini_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trained mini project in another folder, whose files may be broken."""
    root = tmp_path_factory.mktemp("broken") / "project"
    shutil.copytree(mini_project, root)
    return root


def without(key: str) -> Callable[[str], str]:
    """Return what takes the top-level entry `key` out of a file."""

    def taken_out(text: str) -> str:
        lines, inside = [], False
        for line in text.splitlines(keepends=True):
            if line[:1].strip() and line[:1] not in "#-":
                inside = line.startswith(f"{key}:")
            if not inside:
                lines.append(line)
        return "".join(lines)

    return taken_out


BROKEN = {
    "not YAML": (f"{CONTENT}/escalations.yml", lambda text: text[:2000] + "\n\t: [", ("line", "column", "Mend")),
    "in the middle of a sentence": (
        f"{CONTENT}/escalations.yml",
        lambda text: text[: text.index("advice:", len(text) // 2) + 20],
        ("stops in the middle", "Restore"),
    ),
    "the apology gone": (f"{CONTENT}/escalations.yml", without("apology"), ("apology", "field required", "Mend")),
    "an advice too few": (
        f"{CONTENT}/escalations.yml",
        lambda text: without("third_person")(text) + "third_person: {}\n",
        ("third_person", "add"),
    ),
    "missing": (f"{CONTENT}/red_flags.yml", None, ("the file is missing", "Restore")),
    "empty": (f"{CONTENT}/red_flags.yml", lambda text: "", ("the file",)),
    "half a list of flags": (
        f"{CONTENT}/red_flags.yml",
        lambda text: text[: text.index("\n  - id: bowel_incontinence")] + "\n",
        ("source_register", "field required", "Mend"),
    ),
    "a tier that nobody knows": (
        f"{CONTENT}/red_flags.yml",
        lambda text: text.replace("tier: emergency_now", "tier: whenever", 1),
        ("tier", "flags >"),
    ),
    "no rules for a flag": (f"{CONTENT}/red_flag_rules/flags/saddle_numbness.yml", None, ("missing",)),
    "a pattern that cannot be read": (
        f"{CONTENT}/red_flag_rules/flags/saddle_numbness.yml",
        lambda text: text.replace("<", "<no_such_", 1),
        ("no_such_", "lexicon"),
    ),
    "random bytes": (f"{CONTENT}/red_flag_rules/lexicon.yml", b"\x93\x00\xff" * 500, ("UTF-8",)),
    "no phrases": (f"{CONTENT}/phrases.yml", lambda text: without("phrases")(text), ("phrases", "field required")),
    "Rasa's channels": ("credentials.yml", lambda text: "rest: [\n", ("line",)),
    "Rasa's rules": ("data/rules.yml", lambda text: text[: len(text) // 2], ("line",)),
}


def break_file(file: Path, broken: Callable[[str], str] | bytes | None) -> None:
    """Break a file: by what changes its text, by other bytes, or by taking it away."""
    if broken is None:
        file.unlink()
    elif isinstance(broken, bytes):
        file.write_bytes(broken)
    else:
        file.write_text(broken(file.read_text(encoding="utf-8")), encoding="utf-8")


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_named_with_place_rule_and_mend(case: str, tmp_path: Path) -> None:
    name, broken, named = BROKEN[case]
    for file, text in FILES.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    shutil.copytree(PROJECT / CONTENT, tmp_path / CONTENT)
    break_file(tmp_path / name, broken)
    found = list(problems(tmp_path))
    assert found and name in found[0], found
    for word in named:
        assert word in found[0], found
    assert "at 0x" not in found[0] and "Error" not in found[0], found


AT_THE_START = {"serve": "not YAML", "run": "missing", "training": "in the middle of a sentence"}


@pytest.mark.parametrize("module", AT_THE_START)
def test_a_broken_file_ends_each_command_before_anything_begins(module: str, copied: Path) -> None:
    name, broken, named = BROKEN[AT_THE_START[module]]
    file = copied / name
    whole = file.read_bytes()
    try:
        break_file(file, broken)
        left = file.read_bytes() if file.exists() else None
        said = refused(copied, module)
        assert (file.read_bytes() if file.exists() else None) == left
    finally:
        file.write_bytes(whole)
    assert name in said, said
    for word in named:
        assert word in said, said


DAMAGED = {
    "cut in half": lambda model: model[: len(model) // 2],
    "empty": lambda model: b"",
    "random bytes": lambda model: bytes(range(256)) * 100,
    "a bit turned over": lambda model: bytes([*model[:300], model[300] ^ 4, *model[301:]]),
}


def with_a_file_changed(model: Path, folder: Path) -> bytes:
    """Return a whole archive of the model whose rules say something else."""
    with tarfile.open(model) as archive:
        archive.extractall(folder / "unpacked")
    for rules in (folder / "unpacked" / "components").rglob("*.json"):
        rules.write_text(rules.read_text().replace("utter_greet", "utter_goodbye"))
    with tarfile.open(folder / "changed.tar.gz", "w:gz") as archive:
        archive.add(folder / "unpacked", arcname=".")
    return (folder / "changed.tar.gz").read_bytes()


@pytest.mark.parametrize("case", [*DAMAGED, "a file in it changed"])
def test_a_damaged_model_is_noticed_with_and_without_its_digest(
    case: str, mini_project: Path, tmp_path: Path
) -> None:
    [whole] = (mini_project / "models").glob("*.tar.gz")
    digest = whole.with_name(f"{whole.name}.sha256").read_text()
    model = tmp_path / whole.name
    changed = DAMAGED[case](whole.read_bytes()) if case in DAMAGED else with_a_file_changed(whole, tmp_path)
    model.write_bytes(changed)
    if case in DAMAGED:
        assert not is_whole(model)
    model.with_name(f"{model.name}.sha256").write_text(digest)
    assert not is_whole(model)
    model.write_bytes(whole.read_bytes())
    assert is_whole(model)
    # One that was copied here without its digest gets it.
    model.with_name(f"{model.name}.sha256").unlink()
    assert is_whole(model)
    assert model.with_name(f"{model.name}.sha256").read_text() == digest


def test_a_damaged_model_is_trained_anew_and_said_in_one_line(copied: Path) -> None:
    [model] = (copied / "models").glob("*.tar.gz")
    model.write_bytes(DAMAGED["cut in half"](model.read_bytes()))
    talk = converse(copied, "hello\n")
    assert talk.returncode == 0, talk.stderr
    assert talk.stdout.splitlines()[-1] == "Unknot: Hello."
    assert talk.stderr.count("is damaged: it is trained anew") == 1, talk.stderr
    assert "Traceback" not in talk.stderr and "✗" not in talk.stderr
    assert is_whole(model)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_start_that_is_killed_while_it_trains_leaves_no_trainer_and_no_model(number: int, tmp_path: Path) -> None:
    root = make_mini_project(tmp_path / "project")
    child = start(root, "serve")
    try:
        assert until(lambda: trainers(root), 60), child.communicate(timeout=1)
        time.sleep(1.0)
        child.send_signal(number)
        child.wait(10)
        assert until(lambda: not trainers(root), 3), "an orphan trains on"
    finally:
        child.kill()
        child.communicate()
        for pid in trainers(root):
            os.kill(pid, signal.SIGKILL)
    assert not list((root / "models").glob("[!.]*.tar.gz"))
    if number == signal.SIGTERM:
        return
    # Half a model of that training is not taken for one, and goes away.
    (root / "models").mkdir(exist_ok=True)
    (root / "models" / f".{child.pid}.half.tar.gz").write_bytes(b"\x1f\x8b half")
    assert converse(root, "hello\n").stdout.splitlines()[-1] == "Unknot: Hello."
    assert [file.name for file in (root / "models").glob(".*")] == []
