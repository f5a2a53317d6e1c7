"""The machine's clock is set back or forward in the middle of a talk."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Callable

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_project import clock

NUMB = "I can't feel anything between my legs"
DAY_S = 86_400.0


@pytest.fixture
def shift(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the clock so many seconds off, for Rasa and for the actions."""
    true_time, true_now, off = time.time, clock.utc_now, [0.0]
    monkeypatch.setattr(time, "time", lambda: true_time() + off[0])
    monkeypatch.setattr(clock, "utc_now", lambda: true_now() + timedelta(seconds=off[0]))

    def set_off(seconds: float) -> None:
        off[0] = seconds

    return set_off


@pytest.mark.parametrize("jump_s", [-3 * DAY_S, -600.0, 600.0, 3 * DAY_S])
@pytest.mark.parametrize("back_again", [False, True], ids=["stays", "is set right again"])
def test_an_emergency_after_a_jump_is_answered_and_locks(
    skill: Any, run: Any, shift: Callable[[float], None], jump_s: float, back_again: bool
) -> None:
    key = f"jump {jump_s} {back_again}"
    for text in ("hello", "my back's cramped", "no"):
        run(skill.say(key, text))
    shift(jump_s)
    run(skill.say(key, "what is a spasm"))
    assert run(skill.say(key, NUMB))[0].kind == "escalation"
    if back_again:
        shift(0.0)
    for text in ("give me a stretch", "next", "start the exercises"):
        kinds = {reply.kind for reply in run(skill.say(key, text))}
        assert not kinds & {"stretch_step", "plan", "setup_question"} and None not in kinds, kinds
    slots = run(skill.slots(key))
    assert "saddle_numbness" in slots["red_flags"] and slots["exercise_id"] is None


@pytest.mark.parametrize("jump_s", [-3 * DAY_S, -600.0, 3 * DAY_S])
def test_an_emergency_told_without_actions_after_a_jump_locks_later(
    skill: Any, run: Any, shift: Callable[[float], None], jump_s: float
) -> None:
    """Nobody but the message itself knows of the flag then."""
    key = f"deaf {jump_s}"
    for text in ("hello", "my back's cramped", "no"):
        run(skill.say(key, text))
    shift(jump_s)
    skill.actions.dead = True
    assert run(skill.say(key, NUMB))[0].kind == "escalation"
    skill.actions.dead = False
    kinds = {reply.kind for reply in run(skill.say(key, "give me a stretch"))}
    assert not kinds & {"stretch_step", "plan", "setup_question", "screening_question"}, kinds
    assert "saddle_numbness" in run(skill.slots(key))["red_flags"]


def test_what_is_said_after_the_clock_was_set_back_is_read_again(
    tmp_path: Path, run: Any, event_loop_of_tests: asyncio.AbstractEventLoop
) -> None:
    from rasa_project.storage.lasting_store import LastingStore

    store = LastingStore(Domain.empty(), f"sqlite:///{tmp_path / 'talks.db'}")
    now = 1_700_000_000.0
    begin = [
        ActionExecuted("action_session_start", timestamp=now),
        SessionStarted(timestamp=now),
        ActionExecuted("action_listen", timestamp=now),
        UserUttered("hello", timestamp=now + 1),
    ]
    tracker = DialogueStateTracker.from_events("set-back", begin)
    run(store.save(tracker))
    for text in ("numb", "still numb"):
        again = run(store.retrieve("set-back"))
        again.update(UserUttered(text, timestamp=now - 3 * DAY_S))
        again.update(SlotSet("x", text, timestamp=now - 3 * DAY_S))
        run(store.save(again))
    read = run(store.retrieve("set-back"))
    said = [event.text for event in read.events if isinstance(event, UserUttered)]
    assert said == ["hello", "numb", "still numb"]
    whole = run(store.retrieve_full_tracker("set-back"))
    assert len(whole.events) == len(begin) + 4
