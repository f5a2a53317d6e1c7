"""Makes the Python environment of the skill on a bare machine; the Makefile calls it.

    python3 rasa_project/launch/environment.py

It runs with any Python from 3.8 on and the standard library alone. It gets uv into a
private folder, finds or fetches Python 3.10, and installs exactly what
`requirements.lock` pins, hashes checked. Each part is kept when it is there; the copy of
the lock inside `.venv` is written last and says that all of it is.
"""

from __future__ import annotations

import fcntl
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, Dict, List, Optional

PROJECT = Path(__file__).resolve().parents[2]
LOCK = PROJECT / "requirements.lock"
TOOLS = PROJECT / ".tools"
VENV = PROJECT / ".venv"
DONE = VENV / "requirements.lock"
UV = TOOLS / "uv" / "bin" / "uv"

PYTHON = "3.10"
NO_PYTHON = (
    "Python 3.10 was not found and could not be fetched: install it, for example with "
    "`pyenv install 3.10` or your system's package python3.10, and run the same command again."
)
TYPICAL_S = 60.0
"""Seconds for everything with a cold cache on two cores and a fast line."""
NEEDED_MODULES = "ctypes, sqlite3, ssl, zlib"
"""Standard modules that a self-built Python may lack."""

Say = Callable[[str], None]


class SetupError(Exception):
    """Something is missing that only the user can provide; the message is the whole advice."""


def main() -> int:
    """Make the environment; 0 when it is ready."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            if not is_ready():
                make_environment()
        except SetupError as error:
            print(f"✗ {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nStopped. Run the same command again to go on from here.", file=sys.stderr)
            return 130
    return 0


def is_ready() -> bool:
    """Return whether `.venv` works and holds what the lock says."""
    python = VENV / "bin" / "python"
    return DONE.is_file() and DONE.read_bytes() == LOCK.read_bytes() and python.exists()


def make_environment() -> None:
    """Do what is missing, one step after the other.

    Raises:
        SetupError: with the advice.
    """
    began = time.monotonic()
    print(
        f"Setting up, only this once: about {TYPICAL_S:.0f} s with a fast line, "
        "1.9 GB of disk.",
        file=sys.stderr,
    )
    with Line("1/3 Getting the installer uv") as line:
        get_uv(line.note)
    with Line("2/3 Finding Python 3.10") as line:
        python = find_python(line.note)
    with Line("3/3 Installing the packages") as line:
        install(python, line.note)
    print(f"✓ Environment ready ({time.monotonic() - began:.0f} s)", file=sys.stderr)


class Line:
    """One line of the terminal that says what is being done; plain lines elsewhere."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._moving = sys.stderr.isatty()

    def __enter__(self) -> "Line":
        self._began = time.monotonic()
        print(f"{self._title} …", end="" if self._moving else "\n", file=sys.stderr, flush=True)
        return self

    def note(self, what: str) -> None:
        """Show what is going on inside the step, and for how long the step has run."""
        if self._moving:
            seconds = time.monotonic() - self._began
            width = shutil.get_terminal_size().columns - 1
            text = f"{self._title} … {seconds:.0f} s: {what}"[:width]
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._moving:
            print("\r\033[K", end="", file=sys.stderr)
        if kind is None:
            seconds = time.monotonic() - self._began
            print(f"✓ {self._title} ({seconds:.0f} s)", file=sys.stderr, flush=True)


def get_uv(note: Say) -> None:
    """Install the pinned uv into a folder of its own, with the Python that runs this."""
    wanted = uv_pin()
    stamp = TOOLS / "uv" / "pin.txt"
    if UV.exists() and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(TOOLS / "uv", ignore_errors=True)
    note("making a private environment for it")
    ran = _run([sys.executable, "-m", "venv", str(TOOLS / "uv")])
    if ran.returncode != 0:
        raise SetupError(
            f"{sys.executable} cannot make a virtual environment: install its venv module "
            "(on Debian and Ubuntu the package python3-venv) and run the same command again."
        )
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as pin:
        pin.write(wanted)
    try:
        note("downloading it")
        ran = _run(
            [str(TOOLS / "uv" / "bin" / "python"), "-m", "pip", "install", "--quiet"]
            + ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", pin.name]
        )
    finally:
        os.unlink(pin.name)
    if ran.returncode != 0:
        raise SetupError(
            "The installer uv could not be downloaded: check the network, or the package "
            f"index in PIP_INDEX_URL or pip's configuration.\n{_end_of(ran.stderr)}"
        )
    stamp.write_text(wanted, encoding="utf-8")


def uv_pin() -> str:
    """Return the lines of the lock that pin uv; their marker keeps it out of `.venv`."""
    match = re.search(r"^uv==\S+[^\n]*\\\n(?:    --hash=\S+(?: \\)?\n)+", LOCK.read_text("utf-8"), re.M)
    if match is None:
        raise SetupError(f"{LOCK.name} does not pin uv: restore it from the repository.")
    return re.sub(r" ; [^\\]*\\", r" \\", match.group(), count=1)


def find_python(note: Say) -> str:
    """Return the path of a complete Python 3.10: uv's, a version manager's, the system's, or fetched."""
    for candidate in _pythons_here(PYTHON):
        note(candidate)
        if _is_complete(candidate):
            return candidate
    note("fetching it")
    _run([str(UV), "python", "install", PYTHON], cwd=str(TOOLS))
    fetched = _run([str(UV), "python", "find", "--managed-python", PYTHON], cwd=str(TOOLS))
    path = fetched.stdout.strip()
    if fetched.returncode == 0 and _is_complete(path):
        return path
    raise SetupError(NO_PYTHON)


def other_python(version: str) -> Optional[str]:
    """Return the path of a complete Python of `version`, as "3.13", on this machine; None without one."""
    return next((path for path in _pythons_here(version) if _is_complete(path, version)), None)


def _pythons_here(version: str) -> List[str]:
    """Return where a Python of `version` may be, the likeliest first."""
    found: List[str] = []
    if "%d.%d" % sys.version_info[:2] == version:
        found.append(getattr(sys, "_base_executable", sys.executable))
    # Not from the project folder: its .python-version would send uv into a version manager.
    managed = _run(
        [str(UV), "python", "find", "--managed-python", "--no-python-downloads", version],
        cwd=str(TOOLS),
    )
    if managed.returncode == 0:
        found.append(managed.stdout.strip())
    home = os.path.expanduser("~")
    for folder in (
        os.path.join(os.environ.get("PYENV_ROOT", os.path.join(home, ".pyenv")), "versions"),
        os.path.join(os.environ.get("ASDF_DATA_DIR", os.path.join(home, ".asdf")), "installs/python"),
        os.path.join(home, ".local/share/mise/installs/python"),
        os.path.join(home, ".rye/py"),
    ):
        found += sorted(glob.glob(os.path.join(folder, f"*{version}*", "bin", f"python{version}")), reverse=True)
    for folder in os.environ.get("PATH", "").split(os.pathsep) + [
        "/usr/bin",
        "/usr/local/bin",
        "/opt/homebrew/bin",
        f"/opt/python{version}/bin",
    ]:
        if folder:
            found.append(os.path.join(folder, f"python{version}"))
    return [path for path in dict.fromkeys(found) if os.access(path, os.X_OK)]


def _is_complete(python: str, version: str = PYTHON) -> bool:
    """Return whether `python` is of `version`, runs and has the modules we need."""
    check = f"import sys, {NEEDED_MODULES}; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
    return _run([python, "-c", check]).returncode == 0


def install(python: str, note: Say) -> None:
    """Make `.venv` and put exactly the locked packages into it."""
    if not _is_complete(str(VENV / "bin" / "python")):
        shutil.rmtree(VENV, ignore_errors=True)
    fill(VENV, LOCK, python, note)


def fill(venv: Path, lock: Path, python: str, note: Say) -> None:
    """Make an environment, where it is not there, of exactly the packages that a lock pins.

    The copy of the lock inside is written last and says that all of it is there.

    Args:
        python: path of the Python it is made with.

    Raises:
        SetupError: with the advice.
    """
    done = venv / lock.name
    if done.exists():
        done.unlink()
    if not (venv / "bin" / "python").exists():
        made = _run([str(UV), "venv", "--quiet", "--python", python, str(venv)], cwd=str(TOOLS))
        if made.returncode != 0:
            raise SetupError(f"The environment {venv} could not be made.\n{_end_of(made.stderr)}")
    command = [str(UV), "pip", "sync", "--require-hashes", "--python", str(venv / "bin" / "python")]
    # The project folder is the place for uv to find its settings in pyproject.toml.
    child = subprocess.Popen(
        command + [str(lock)],
        cwd=str(PROJECT),
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    said: List[str] = []
    try:
        assert child.stderr is not None
        for text in child.stderr:
            said.append(text)
            if not text.startswith((" + ", " - ", " ~ ")):
                note(" ".join(text.split()))
        failed = child.wait() != 0
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    if failed:
        raise SetupError(
            "The packages could not be installed: check the network and the disk, then run the "
            f"same command again.\n{_end_of(''.join(said))}"
        )
    # Written beside and renamed, so that it is there whole or not at all.
    fresh = done.with_suffix(".new")
    shutil.copyfile(str(lock), str(fresh))
    os.replace(str(fresh), str(done))


def _environment() -> Dict[str, str]:
    """Return the environment for uv, with pip's index settings where uv has none of its own."""
    environment = dict(os.environ)
    environment.pop("VIRTUAL_ENV", None)
    environment.setdefault("UV_NO_PROGRESS", "1")
    if not any(name in environment for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE")):
        index = environment.get("PIP_INDEX_URL") or _pip_setting("index-url")
        if index:
            environment["UV_DEFAULT_INDEX"] = index
    if "SSL_CERT_FILE" not in environment and environment.get("PIP_CERT"):
        environment["SSL_CERT_FILE"] = environment["PIP_CERT"]
    return environment


def _pip_setting(name: str) -> Optional[str]:
    """Return a setting of pip's configuration files, or None."""
    python = str(TOOLS / "uv" / "bin" / "python")
    ran = _run([python, "-m", "pip", "config", "get", f"global.{name}"])
    return ran.stdout.strip() or None if ran.returncode == 0 else None


def _run(command: List[str], cwd: Optional[str] = None) -> "subprocess.CompletedProcess[str]":
    """Run quietly; a program that is not there counts as one that failed."""
    try:
        return subprocess.run(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))


def _end_of(text: str, lines: int = 6) -> str:
    """Return the last lines of what a program said, without the addresses it names."""
    shown = [line for line in text.strip().splitlines() if line.strip()][-lines:]
    # An index's address may carry a password.
    return re.sub(r"//[^/\s@]+@", "//…@", "\n".join(f"  {line}" for line in shown))


if __name__ == "__main__":
    sys.exit(main())
