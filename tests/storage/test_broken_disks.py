"""The served skill on a disk that is full, becomes read-only, or loses its content while it serves.

Conversations, diary, turn log and logs all lie on that disk: a small one of its own where this
user may mount one. Elsewhere a limit on the size of files and permissions stand for it, which
only an ordinary user obeys.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from rasa_project.launch.training import model_path
from rasa_project.settings import PROJECT
from real_servers import Message, Skill

NUMB = "I can't feel anything between my legs"
SIZE = "16m"
COPIED = (
    "actions", "config.yml", "credentials.yml", "data", "domain", "endpoints.yml", "rasa_project",
    "requirements.lock", ".assets", ".launch",
)  # fmt: skip


class Disk:
    """A folder whose disk can be filled, and made read-only where nobody writes to it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "unknot-test", str(folder)]
        self.is_own = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
        if not self.is_own and os.geteuid() == 0:
            pytest.skip("root may write anywhere and may not mount a disk here")

    @contextmanager
    def full(self, *pids: int) -> Iterator[None]:
        """Let the disk take nothing while the block runs."""
        if self.is_own:
            filler = self.folder / "filler"
            with filler.open("wb", buffering=0) as file:
                try:
                    while file.write(b"x" * 65_536):
                        pass
                except OSError:
                    pass
            try:
                yield
            finally:
                filler.unlink()
            return
        before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[pid][1]))
        try:
            yield
        finally:
            for pid, limits in before.items():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)

    def read_only(self, on: bool) -> None:
        """Make it read-only, or writable again."""
        if self.is_own:
            command = ["mount", "-o", f"remount,{'ro' if on else 'rw'}", str(self.folder)]
            answers: list[str] = []

            def remounted() -> bool:
                done = subprocess.run(command, capture_output=True, text=True)
                answers.append(done.stderr)
                return done.returncode == 0

            # The kernel lets go of a killed process's files a moment after they are gone from /proc.
            until(remounted, lambda: answers[-1], 15)
            return
        for path in (self.folder, *self.folder.rglob("*")):
            path.chmod((0o555 if path.is_dir() else 0o444) if on else (0o755 if path.is_dir() else 0o644))

    def release(self) -> None:
        if self.is_own:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture(scope="module")
def disk(folder: Path) -> Iterator[Disk]:
    disk = Disk(folder / "disk")
    try:
        yield disk
    finally:
        disk.release()


@pytest.fixture(scope="module")
def copied(folder: Path) -> Path:
    """The skill in another folder, whose files may be broken."""
    root = folder / "project"
    (root / "models").mkdir(parents=True)
    for name in COPIED:
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (PROJECT / name).exists():
            shutil.copy2(PROJECT / name, root / name)
    shutil.copy2(model_path(), root / "models")
    return root


def skill_on(disk: Disk, copied: Path, folder: Path) -> Skill:
    skill = Skill(
        folder,
        TRACKER_URL=f"sqlite:///{disk.folder / 'talks.db'}",
        DATA_DIR=str(disk.folder / "data"),
        LOG_DIR=str(disk.folder / "logs"),
        TURN_LOG="1",
    )
    skill.cwd = copied
    return skill


@pytest.fixture(scope="module")
def skill(disk: Disk, copied: Path, folder: Path) -> Iterator[Skill]:
    served = skill_on(disk, copied, folder / "skill")
    served.start()
    try:
        yield served.wait()
    finally:
        served.kill()


def logged(disk: Disk, name: str) -> str:
    return (disk.folder / "logs" / f"{name}.log").read_text(errors="replace")


def is_locked(said: list[Message]) -> bool:
    return any(m.is_escalation for m in said) or "clinician" in " ".join(m.text for m in said)


def users_words(disk: Disk, sender: str) -> list[str]:
    query = "SELECT json_extract(data, '$.text') FROM events WHERE type_name = 'user' AND sender_id = ? ORDER BY id"
    with closing(sqlite3.connect(f"file:{disk.folder / 'talks.db'}?mode=ro", uri=True)) as db:
        return [text for (text,) in db.execute(query, (sender,))]


def until(condition: Callable[[], object], what: Callable[[], object], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.3)


def test_a_full_disk_costs_neither_an_emergency_nor_a_word(skill: Skill, disk: Disk) -> None:
    assert skill.say("home", "log my pain as six")
    assert users_words(disk, "home") == ["log my pain as six"]
    assert skill.process is not None
    more = [f"log my pain as {word}" for word in ("one", "two", "three", "four")]
    with disk.full(skill.process.pid, skill.action_server):
        # An answer, or the apology; never silence.
        for text in more:
            assert skill.say("home", text)[0].text
        assert skill.say("home", NUMB)[0].is_escalation
        assert skill.say("new", NUMB)[0].is_escalation
        # It can be read, and what is owed belongs to the talk: the lock holds.
        assert is_locked(skill.say("home", "give me a stretch"))
        assert is_locked(skill.say("new", "give me a stretch"))
        assert users_words(disk, "home") == ["log my pain as six"] and users_words(disk, "new") == []
    said = ["log my pain as six", *more, NUMB, "give me a stretch"]
    until(lambda: users_words(disk, "home") == said, lambda: users_words(disk, "home"))
    until(lambda: users_words(disk, "new") == [NUMB, "give me a stretch"], lambda: users_words(disk, "new"))
    assert is_locked(skill.say("new", "next"))
    assert users_words(disk, "new")[-1] == "next"
    assert "conversations' database back" in logged(disk, "rasa")
    # One line, however many turns there were; and no log holds what somebody said.
    assert logged(disk, "rasa").count("conversations' database unavailable") == 1
    assert logged(disk, "actions").count("diary unavailable") == 1
    for file in (disk.folder / "logs").iterdir():
        text = file.read_text(errors="replace")
        assert "between my legs" not in text and "log my pain" not in text, file.name


def test_content_that_breaks_while_it_is_served_changes_nothing(skill: Skill, disk: Disk, copied: Path) -> None:
    for name in ("rasa", "actions"):
        until(lambda: "content read" in logged(disk, name), lambda: logged(disk, name))
    content = {file: file.read_bytes() for file in (copied / "rasa_project" / "content").rglob("*.yml")}
    try:
        for number, file in enumerate(content):
            file.unlink() if number % 2 else file.write_text("version: [\n\t: broken")
        assert skill.say("later", NUMB)[0].is_escalation
        hers = skill.say("hers", "my mum can't feel anything between her legs")
        assert "911" in hers[0].text and not hers[0].is_apology
        both = "my legs are getting weaker and i can't feel when i need to pee"
        assert "911" in skill.say("both", both)[0].text
        for text in (
            "hello", "should i use heat or ice", "tell me more", "my back's cramped", "no", "a little bit", "no",
        ):  # fmt: skip
            said = skill.say("chat", text)
            assert said and not any(m.is_apology for m in said), (text, said)
        for text in ("stop", "help", "what can you do", "log my pain as four", "how am i doing", "give me a stretch"):
            said = skill.say("asks", text)
            assert said and not any(m.is_apology for m in said), (text, said)
    finally:
        for file, whole in content.items():
            file.write_bytes(whole)


def test_a_start_on_a_read_only_disk_serves_and_writes_when_it_can(
    skill: Skill, disk: Disk, copied: Path, folder: Path
) -> None:
    skill.kill()
    # What was killed has let go of its files only when its action server is gone.
    until(lambda: skill.process is not None and not in_use(disk), lambda: "the action server lives on", 15)
    disk.read_only(True)
    second = skill_on(disk, copied, folder / "second")
    try:
        second.start()
        second.wait()
        assert second.said.count("No logs can be written to") == 1 and "Traceback" not in second.said
        assert second.say("fresh", NUMB)[0].is_escalation
        assert is_locked(second.say("new", "give me a stretch"))
        assert second.say("fresh-2", "my back's cramped")[0].text
        before = users_words(disk, "new")
        disk.read_only(False)
        until(lambda: users_words(disk, "fresh") == [NUMB], lambda: users_words(disk, "fresh"))
        until(lambda: users_words(disk, "new") == [*before, "give me a stretch"], lambda: users_words(disk, "new"))
    finally:
        second.kill()
        disk.read_only(False)


def in_use(disk: Disk) -> bool:
    """Return whether a process has a file of the disk open."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link).startswith(f"{disk.folder}/"):
                return True
        except OSError:
            continue
    return False
