"""Every setting of the skill: environment variables `SKILL_…`, read once and checked.

A file `.env` in the project folder may hold them too (see `.env.example`); the
environment wins over the file. A mistyped name is an error, because `SKILL_CONTRY=GB`
would otherwise give somebody the wrong emergency number.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Mapping
from urllib.parse import urlsplit

from rasa_project.care.errors import SettingError

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "SKILL_"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
SECRET = (
    "api_token", "access_token", "diary_url", "tracker_url", "tracker_key", "lock_url", "events_url",
)  # fmt: skip
"""Settings whose value no message repeats."""
LEAST_SECRET = 16
"""Characters of a secret that strangers in a network may try to guess."""
LIKENESS_OF_A_MISTYPED_NAME = 0.8
"""How alike (0 to 1, as difflib counts) an unknown name must be to count as mistyped."""


@dataclass(frozen=True)
class Setting:
    """One environment variable."""

    field: str
    """Name of the attribute of `Settings`; upper case with `SKILL_` it is the variable."""

    default: str
    """Value when the variable is unset or empty, as one would write it."""

    allowed: str
    """What may stand there, for people; used in the error."""

    meaning: str
    """What it changes, one sentence."""

    read: Callable[[str], Any]
    """Turns the text into the value; raises ValueError for anything not allowed."""

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return PREFIX + self.field.upper()


def _country(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", text):
        raise ValueError
    return text.upper()


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise ValueError
    return port


def _address(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z.:-]+", text):
        raise ValueError
    return text


def _uri(text: str) -> str:
    if not re.fullmatch(r"tcp://[0-9A-Za-z.-]+:[0-9]{1,5}", text):
        raise ValueError
    _port(text.rpartition(":")[2])
    return text


def _voice_or_key(text: str) -> str:
    if text not in ("voice", "key"):
        raise ValueError
    return text


def _token(text: str) -> str | None:
    if not text:
        return None
    if not text.isprintable() or " " in text:
        raise ValueError
    return text


def _long_token(text: str) -> str | None:
    token = _token(text)
    if token is not None and (len(token) < LEAST_SECRET or not token.isascii()):
        raise ValueError
    return token


def _count_or_zero(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def _folder(text: str) -> Path:
    path = Path(text).expanduser()
    return path if path.is_absolute() else PROJECT / path


def _log_level(text: str) -> str:
    level = text.upper()
    if level not in LOG_LEVELS:
        raise ValueError
    return level


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _count_or_none(text: str) -> int | None:
    return _count(text) if text else None


def _database(text: str) -> str | None:
    if text and not re.match(r"(sqlite|postgresql)(\+\w+)?://", text):
        raise ValueError
    return text or None


def _shared_database(text: str) -> str | None:
    if not text or re.fullmatch(r"sqlite:///.+", text):
        return text or None
    return _server(text, ("postgresql", "postgresql+psycopg2"))


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",")) if text else ()
    # 32 bytes in URL-safe base64, the form of a Fernet key.
    if not all(re.fullmatch(r"[0-9A-Za-z_-]{43}=", key) for key in keys):
        raise ValueError
    return keys


def _locks(text: str) -> str | None:
    return _server(text, ("redis", "rediss"), path=False) if text else None


def _events(text: str) -> str | None:
    if text.startswith(("amqp:", "amqps:")):
        return _server(text, ("amqp", "amqps"), path=False)
    return _shared_database(text)


def _server(text: str, schemes: tuple[str, ...], path: bool = True) -> str:
    parts = urlsplit(text)
    # `port` raises ValueError for what is no port.
    if parts.scheme not in schemes or not parts.hostname or parts.port == 0 or " " in text:
        raise ValueError
    if path and not parts.path.strip("/"):
        raise ValueError
    return text


def _action_urls(text: str) -> tuple[str, ...]:
    urls = tuple(url.strip() for url in text.split(",") if url.strip())
    for url in urls:
        _server(url, ("http", "https"))
    return urls


def _application(text: str) -> str | None:
    if text and not re.fullmatch(r"amzn1\.ask\.skill\.[0-9A-Za-z-]+", text):
        raise ValueError
    return text or None


def _public_address(text: str) -> str | None:
    # Amazon's screens load nothing over plain http and nothing from a bare address.
    if text and not re.fullmatch(r"https://[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+(:[0-9]{1,5})?(/[0-9A-Za-z._~-]+)*/?", text):
        raise ValueError
    return text.rstrip("/") or None


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError
    return text == "1"


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "country",
        "US",
        "a country code of two letters, for example US, GB, IE, CA, AU, NZ, IN or DE",
        "Whose emergency numbers are given when a channel does not say where the user is.",
        _country,
    ),
    Setting(
        "api_token",
        "",
        "nothing, or a secret without spaces; make it long and random",
        "Opens Rasa's HTTP API to whoever knows this token; without it the API is off.",
        _token,
    ),
    Setting(
        "bind",
        "127.0.0.1",
        "an address of this machine, for example 127.0.0.1 or 0.0.0.0",
        "Where `make serve` listens. Anything but 127.0.0.1 lets other machines in.",
        _address,
    ),
    Setting(
        "access_token",
        "",
        f"nothing, or a secret of at least {LEAST_SECRET} ASCII characters without spaces",
        "What REST clients and the page must know (`Authorization: Bearer …`); SKILL_BIND beyond this machine needs it.",
        _long_token,
    ),
    Setting(
        "proxies",
        "0",
        "a whole number from 0 on",
        "Proxies in front of the skill, whose X-Forwarded-For says who asks; 0 believes no such header.",
        _count_or_zero,
    ),
    Setting(
        "turns_per_minute",
        "60",
        "a whole number from 1 on",
        "Turns that one person may take from another machine; of one address five times as many. A red flag is always heard.",
        _count,
    ),
    Setting(
        "metrics",
        "0",
        "0 or 1",
        "1 serves counts for Prometheus at /metrics: to this machine, and to whoever knows SKILL_ACCESS_TOKEN.",
        _switch,
    ),
    Setting(
        "turn_log",
        "0",
        "0 or 1",
        "1 writes a line of JSON for each turn to turns.jsonl in SKILL_LOG_DIR: how long, what kind of answer; never words.",
        _switch,
    ),
    Setting(
        "rasa_port",
        "5005",
        "a port from 1 to 65535",
        "Port of the skill for speakers and pages.",
        _port,
    ),
    Setting(
        "action_port",
        "5055",
        "a port from 1 to 65535",
        "Port of the action server, which answers this machine only.",
        _port,
    ),
    Setting(
        "action_bind",
        "127.0.0.1",
        "an address of this machine, for example 127.0.0.1 or 0.0.0.0",
        "Where an action server that runs apart from `make serve` listens.",
        _address,
    ),
    Setting(
        "action_processes",
        "1",
        "a whole number from 1 on",
        "How many action servers `make serve` runs; one that dies is started again.",
        _count,
    ),
    Setting(
        "action_urls",
        "",
        "nothing (`make serve` runs its own), or http://host:port/webhook with commas between",
        "Action servers that run elsewhere; one that is gone is passed over.",
        _action_urls,
    ),
    Setting(
        "tracker_url",
        "",
        "nothing (this process's memory), sqlite:///file or postgresql://user:password@host/name",
        "Where conversations are kept over a restart and for several processes.",
        _shared_database,
    ),
    Setting(
        "tracker_key",
        "",
        "nothing, or Fernet keys (44 characters each) with commas between: the first writes, all read",
        "Makes conversations in SKILL_TRACKER_URL unreadable without it. Keep it apart from the database.",
        _keys,
    ),
    Setting(
        "lock_url",
        "",
        "nothing (one process alone), or redis://:password@host:port/number",
        "Redis that lets one process at a time answer a conversation which several share.",
        _locks,
    ),
    Setting(
        "events_url",
        "",
        "nothing, sqlite:///file, postgresql://user:password@host/name or amqp://user:password@host",
        "Where a copy of every event of a conversation goes: what kind, when, which answer; no words.",
        _events,
    ),
    Setting(
        "events_words",
        "0",
        "0 or 1",
        "1 puts into that copy what was said, too; whoever can read it there can read everything.",
        _switch,
    ),
    Setting(
        "session_minutes",
        "30",
        "a whole number from 1 on",
        "Minutes of silence after which a speaker leaves what was under way and asks anew.",
        _count,
    ),
    Setting(
        "wyoming_bind",
        "127.0.0.1",
        "an address of this machine, for example 127.0.0.1, 192.168.1.20 or 0.0.0.0",
        "Where Home Assistant finds the skill. Anything but 127.0.0.1 lets other machines in.",
        _address,
    ),
    Setting(
        "wyoming_port",
        "10600",
        "a port from 1 to 65535",
        "Port of the skill for Home Assistant (Wyoming protocol).",
        _port,
    ),
    Setting(
        "stt_uri",
        "tcp://127.0.0.1:10300",
        "tcp://host:port",
        "Speech to text for `make talk`: a Wyoming server such as wyoming-faster-whisper.",
        _uri,
    ),
    Setting(
        "tts_uri",
        "tcp://127.0.0.1:10200",
        "tcp://host:port",
        "Text to speech for `make talk`: a Wyoming server such as wyoming-piper.",
        _uri,
    ),
    Setting(
        "talk_by",
        "voice",
        "voice or key",
        "How `make talk` knows that you speak: by your voice, or by Enter before and after.",
        _voice_or_key,
    ),
    Setting(
        "assets_dir",
        ".assets",
        "a folder",
        "Where the language assets are built, about 30 MB.",
        _folder,
    ),
    Setting(
        "log_dir",
        "logs",
        "a folder",
        "Where the log files go. They never hold what a user said.",
        _folder,
    ),
    Setting(
        "log_level",
        "WARNING",
        "one of " + ", ".join(LOG_LEVELS),
        "How much is written to the log files.",
        _log_level,
    ),
    Setting(
        "data_dir",
        "userdata",
        "a folder",
        "Where the diary lies: pain scores, exercise sessions, ids of red flags. Never words.",
        _folder,
    ),
    Setting(
        "diary",
        "1",
        "0 or 1",
        "0 keeps no diary for anybody; then everything is forgotten with the conversation.",
        _switch,
    ),
    Setting(
        "diary_url",
        "",
        "nothing (a file in SKILL_DATA_DIR), or an SQLAlchemy URL of SQLite or PostgreSQL",
        "Another place for the diary, for example postgresql://user:password@host/unknot.",
        _database,
    ),
    Setting(
        "diary_days",
        "365",
        "a whole number from 1 on",
        "Days after which an entry of the diary is deleted.",
        _count,
    ),
    Setting(
        "diary_off_for",
        "",
        "nothing, or names with commas between: a channel (rest) or a user of it (rest:anna)",
        "Who wants no diary. On the channel alexa there is none in any case.",
        _names,
    ),
    Setting(
        "alexa_application_id",
        "",
        "nothing, or a skill's id as Amazon's developer console shows it (amzn1.ask.skill.…)",
        "Whose requests the channel for Alexa answers; without it the channel is off.",
        _application,
    ),
    Setting(
        "alexa_pictures_url",
        "",
        "nothing, or the https address of your proxy (https://your-host.example)",
        "Where an Echo with a screen finds /pictures/ of this skill; without it the screen shows words.",
        _public_address,
    ),
    Setting(
        "lean_import",
        "1",
        "0 or 1",
        "0 imports everything Rasa knows at once, as the plain `rasa` command does.",
        _switch,
    ),
    Setting(
        "walk_states",
        "150",
        "a whole number from 1 on",
        "Dialogue states in which the safety walk of `make test` says every red flag.",
        _count,
    ),
    Setting(
        "walk_expanded",
        "",
        "nothing (a third of the states, at least 40), or a whole number from 1 on",
        "States from which that walk looks for further ones.",
        _count_or_none,
    ),
    Setting(
        "random_walks",
        "60",
        "a whole number from 1 on",
        "Conversations that the random walk of `make test` holds.",
        _count,
    ),
    Setting(
        "fuzz",
        "25",
        "a whole number from 1 on",
        "Inputs that `make test` makes up for each reader of what strangers send.",
        _count,
    ),
)
"""All settings, in the order of `.env.example`."""


@dataclass(frozen=True)
class Settings:
    """The values in force; see `SETTINGS` for what each one means."""

    country: str
    api_token: str | None
    bind: str
    access_token: str | None
    proxies: int
    turns_per_minute: int
    metrics: bool
    turn_log: bool
    rasa_port: int
    action_port: int
    action_bind: str
    action_processes: int
    action_urls: tuple[str, ...]
    tracker_url: str | None
    tracker_key: tuple[str, ...]
    lock_url: str | None
    events_url: str | None
    events_words: bool
    session_minutes: int
    wyoming_bind: str
    wyoming_port: int
    stt_uri: str
    tts_uri: str
    talk_by: str
    assets_dir: Path
    log_dir: Path
    log_level: str
    data_dir: Path
    diary: bool
    diary_url: str | None
    diary_days: int
    diary_off_for: frozenset[str]
    alexa_application_id: str | None
    alexa_pictures_url: str | None
    lean_import: bool
    walk_states: int
    walk_expanded: int | None
    random_walks: int
    fuzz: int


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings that `environment` gives.

    Raises:
        SettingError: a value cannot be used, or a name looks like a mistyped setting.
    """
    known = {setting.variable: setting for setting in SETTINGS}
    for name in environment:
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1, LIKENESS_OF_A_MISTYPED_NAME)
            if near:
                raise SettingError(
                    f"{name} is no setting of this skill. Did you mean {near[0]}? See .env.example."
                )
    values: dict[str, Any] = {}
    for name, setting in known.items():
        text = environment.get(name, "").strip() or setting.default
        try:
            values[setting.field] = setting.read(text)
        except ValueError:
            # A token or a password is not repeated on a screen or in a log.
            shown = "its value" if setting.field in SECRET else f"'{text}'"
            raise SettingError(
                f"{name}: {shown} cannot be used. It takes {setting.allowed}."
            ) from None
    in_force = Settings(**values)
    _check_together(in_force)
    return in_force


def _check_together(in_force: Settings) -> None:
    """Raise SettingError where two settings contradict each other."""
    if in_force.lock_url and not in_force.tracker_url:
        raise SettingError(
            "SKILL_LOCK_URL is for processes that share conversations, but each keeps its own. "
            "Set SKILL_TRACKER_URL to a database that all of them reach, or leave both out."
        )
    if in_force.tracker_key and not in_force.tracker_url:
        raise SettingError(
            "SKILL_TRACKER_KEY seals what is kept in a database, but conversations are kept in memory "
            "only. Set SKILL_TRACKER_URL to a database, or leave both out."
        )
    if in_force.tracker_key and in_force.events_words:
        raise SettingError(
            "SKILL_EVENTS_WORDS=1 writes in the open what SKILL_TRACKER_KEY makes unreadable. "
            "Leave one of the two out."
        )
    if in_force.action_urls and in_force.action_processes > 1:
        raise SettingError(
            "SKILL_ACTION_URLS names action servers that run elsewhere, so SKILL_ACTION_PROCESSES "
            "cannot start any here. Leave one of the two out."
        )


def is_of_this_machine(address: str) -> bool:
    """Return whether only this machine reaches `address`; a name counts only if it is localhost."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def check_reach(in_force: Settings) -> None:
    """Refuse to serve other machines without a secret.

    Raises:
        SettingError: `bind` lets other machines in and there is no `access_token`.
    """
    if in_force.access_token is None and not is_of_this_machine(in_force.bind):
        raise SettingError(
            f"SKILL_BIND: {in_force.bind} lets other machines in, and nobody asks who they are. "
            "Set SKILL_ACCESS_TOKEN to a long random secret, or SKILL_BIND to 127.0.0.1."
        )


def load_env_file(path: Path) -> None:
    """Put the settings of a `.env` file into the environment where they are not set yet.

    Raises:
        SettingError: a line is neither a comment nor `SKILL_NAME=value`.
    """
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().startswith(PREFIX):
            raise SettingError(
                f"{path}: line {number} is not a setting. Write {PREFIX}NAME=value, or begin it with #."
            )
        os.environ.setdefault(name.strip(), value.strip().strip("\"'"))


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read on first use."""
    load_env_file(PROJECT / ".env")
    return read_settings(os.environ)


def env_example() -> str:
    """Return the text of `.env.example`: every setting, its meaning and its default."""
    parts = ["# Copy to .env and change what you need. Unset or empty: the value shown here.\n"]
    for setting in SETTINGS:
        parts.append(
            f"# {setting.meaning}\n# Takes {setting.allowed}.\n"
            f"#{setting.variable}={setting.default}\n"
        )
    return "\n".join(parts)
