"""Scripted dialogues: the file format, read and checked.

A file is `{version, dialogues: [...]}`. A turn is a text, or a mapping:

    - "my back has gone"                                  what the user says
    - {screen: {default: "no", fever: "a bit hot"}}       answer the safety questions until they end
    - {say: "hello", action_server: dead}                 from this turn on the action server is gone (`back` ends it)
    - {say: "hello", hours_later: 25}                     said that much later
    - {say: "hello", restarted: true}                     the skill was restarted: only the diary is left

In `screen`, `default` answers every question; a flag's name (or an alias of `FLAG_ALIASES`)
answers questions about that flag, a question group's id its first question and its re-asks,
`pain_0_10`, `position` and `conditions` the set-up; `nth: {3: text}` answers the third
question, `asked: {"words": text}` whatever question holds these words. A list is used up one
by one; its last entry serves for the rest. A screening ends at the first reply that is neither a
safety nor a set-up question; with `go_on: true` not at the advice to see a clinician soon.

What is expected: see `Expectation`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping, Sequence

from rasa_project.care.errors import ContentError
from rasa_project.care.flags import load_red_flags
from rasa_project.care.loading import read_yaml
from rasa_project.evaluation.outcomes import is_outcome

FLAG_ALIASES: Mapping[str, tuple[str, ...]] = {
    "urinary": ("urinary_retention", "urinary_incontinence_new"),
    "bowel": ("bowel_incontinence",),
    "leg_weakness": ("progressive_leg_weakness",),
    "fever": ("fever_unwell",),
    "trauma": ("major_trauma",),
    "cancer": ("cancer_history",),
    "weight_loss": ("weight_loss_sweats",),
    "night_pain": ("night_pain_unrelenting",),
    "chest": ("chest_pain_breathless",),
    "steroids": ("osteoporosis_or_steroids",),
    "self_harm": ("suicidal_or_self_harm",),
}
"""Short names that scripts use for flags."""

SETUP_ANSWERS: Mapping[str, str] = {"pain_0_10": "about a four", "position": "the floor is fine"}
"""What is said to set-up questions; to any other one "no"."""

UNSET = None
"""Value of a `slots` assertion for a slot that must be empty."""

_TURN_KEYS = {"say", "screen", "action_server", "hours_later", "restarted"}
_EXPECT_KEYS = {
    "after_turn", "outcome", "any_of", "then", "anywhere", "must_not", "slots", "says",
    "never_says", "note",
}  # fmt: skip
_DIALOGUE_KEYS = {"id", "about", "turns", "expect", "note", "country", "channel"}


@dataclass(frozen=True)
class Screen:
    """How the safety questions are answered."""

    default: str = "no"
    nth: Mapping[int, str] = field(default_factory=dict)
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Flag id, question group or set-up question -> answers."""
    go_on: bool = False
    """Whether advice to see a clinician soon leaves the screening running."""


@dataclass(frozen=True)
class Turn:
    """One turn of the user: something said, or a whole screening."""

    say: str = ""
    screen: Screen | None = None
    action_server: str | None = None
    """`dead` or `back` from this turn on; None leaves it as it is."""
    hours_later: float = 0.0
    restarted: bool = False
    """Whether the conversation was forgotten before this turn, as a restart forgets it."""


@dataclass(frozen=True)
class Expectation:
    """What must be true of the reply to one turn; `after_turn` counts from 1."""

    after_turn: int
    any_of: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    """Outcomes of the same reply besides `any_of`."""
    anywhere: tuple[str, ...] = ()
    """Outcomes that happen at some point of this turn, the middle of a screening included."""
    must_not: tuple[str, ...] = ()
    """Outcomes that may not happen in this turn or later, until an expectation asks for them."""
    slots: Mapping[str, Any] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    """Words that the reply holds, in any case."""
    never_says: tuple[str, ...] = ()
    """Words that neither this reply nor a later one holds."""


@dataclass(frozen=True)
class Dialogue:
    """One scripted conversation."""

    id: str
    about: str
    turns: tuple[Turn, ...]
    expect: tuple[Expectation, ...]
    country: str | None = None
    """ISO code that the channel is to give; None gives none."""
    channel: str | None = None
    """Name of the channel that is spoken through; None is none in particular."""


def read_dialogues(path: Path) -> list[Dialogue]:
    """Return the dialogues of a script file.

    Raises:
        ContentError: names file, dialogue, rule and mend.
    """
    document = read_yaml(path)
    if not isinstance(document, dict) or not isinstance(document.get("dialogues"), list):
        raise ContentError(f"{path}: there is no list `dialogues`. Start one.")
    found = [_dialogue(path, number, entry) for number, entry in enumerate(document["dialogues"], 1)]
    ids = [dialogue.id for dialogue in found]
    for dialogue_id in ids:
        if ids.count(dialogue_id) > 1:
            raise ContentError(f"{path}: two dialogues are called '{dialogue_id}'. Rename one.")
    return found


def _dialogue(path: Path, number: int, entry: Any) -> Dialogue:
    where = f"{path}: dialogue {number}"
    if not isinstance(entry, dict) or "id" not in entry:
        raise ContentError(f"{where}: it has no `id`. Give it one.")
    where = f"{path}: dialogue '{entry['id']}'"
    _only(where, entry, _DIALOGUE_KEYS)
    turns = tuple(_turn(where, turn) for turn in entry.get("turns") or ())
    expect = tuple(_expectation(where, one) for one in entry.get("expect") or ())
    for one in expect:
        if not 1 <= one.after_turn <= len(turns):
            raise ContentError(
                f"{where}: after_turn {one.after_turn}, but there are {len(turns)} turns. "
                "Count turns from 1."
            )
    return Dialogue(
        id=str(entry["id"]),
        about=str(entry.get("about") or ""),
        turns=turns,
        expect=expect,
        country=entry.get("country"),
        channel=entry.get("channel"),
    )


def _turn(where: str, value: Any) -> Turn:
    if isinstance(value, str):
        return Turn(say=value)
    if not isinstance(value, dict):
        raise ContentError(f"{where}: turn {value!r} is neither text nor mapping. Quote it.")
    _only(where, value, _TURN_KEYS)
    server = value.get("action_server")
    if server not in (None, "dead", "back"):
        raise ContentError(f"{where}: action_server is '{server}'. Write dead or back.")
    return Turn(
        say=str(value.get("say") or ""),
        screen=_screen(where, value["screen"]) if "screen" in value else None,
        action_server=server,
        hours_later=float(value.get("hours_later") or 0),
        restarted=bool(value.get("restarted")),
    )


def _screen(where: str, value: Mapping[str, Any]) -> Screen:
    named: dict[str, tuple[str, ...]] = {}
    for key, said in value.items():
        if key in ("default", "nth", "asked", "go_on"):
            continue
        for name in FLAG_ALIASES.get(key, (key,)):
            if not _can_be_asked(name):
                raise ContentError(
                    f"{where}: no question is about '{key}'. Name a flag, a question group, "
                    "pain_0_10, position or conditions."
                )
            named[name] = _said(said)
    return Screen(
        default=str(value.get("default", "no")),
        nth={int(number): str(said) for number, said in (value.get("nth") or {}).items()},
        asked={str(k).lower(): _said(v) for k, v in (value.get("asked") or {}).items()},
        named=named,
        go_on=bool(value.get("go_on")),
    )


def _can_be_asked(name: str) -> bool:
    content = load_red_flags()
    groups = {question.group for question in content.screening_order.questions}
    return name in content.flags or name in groups or name in ("pain_0_10", "position", "conditions")


def _expectation(where: str, value: Mapping[str, Any]) -> Expectation:
    _only(where, value, _EXPECT_KEYS)
    outcomes = {
        "any_of": _said(value.get("any_of") or value.get("outcome") or ()),
        "then": _said(value.get("then") or ()),
        "anywhere": _said(value.get("anywhere") or ()),
        "must_not": _said(value.get("must_not") or ()),
    }
    for names in outcomes.values():
        for name in names:
            if not is_outcome(name):
                raise ContentError(f"{where}: '{name}' is no outcome. See outcomes.py for the names.")
    return Expectation(
        after_turn=int(value["after_turn"]),
        slots=dict(value.get("slots") or {}),
        says=_said(value.get("says") or ()),
        never_says=_said(value.get("never_says") or ()),
        **outcomes,
    )


def _said(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(one) for one in value)


def _only(where: str, value: Mapping[str, Any], allowed: set[str]) -> None:
    for key in value:
        if key not in allowed:
            raise ContentError(f"{where}: unknown key '{key}'. Known: {', '.join(sorted(allowed))}.")
