"""A long conversation costs no more a turn than a short one, and forgets nothing that counts."""

from __future__ import annotations

from typing import Any, Callable, Iterable

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_project.diary import recent_turns
from rasa_project.diary.recent_turns import KEPT_TURNS, MOST_TURNS, RecentTurnsStore
from rasa_project.earlier import earlier_texts

SLOTS = ("flag_record", "pain_0_10", "position")
DOMAIN = Domain.from_dict({"slots": {name: {"type": "any", "mappings": []} for name in SLOTS}})


def opening() -> list[Event]:
    """What a conversation begins with."""
    return [ActionExecuted("action_session_start", timestamp=0.5), SessionStarted(timestamp=0.6)]


def turn(number: int, *more: Event) -> list[Event]:
    """One turn that an action has taken in."""
    return [
        ActionExecuted("action_listen", timestamp=number),
        UserUttered(f"text {number}", {"name": "thank"}, timestamp=number + 0.1),
        *more,
        SlotSet("flag_record", {"seen_until": number + 0.1}, timestamp=number + 0.2),
        BotUttered(f"answer {number}", timestamp=number + 0.3),
    ]


@pytest.fixture
def hold(run: Callable) -> Callable[[RecentTurnsStore, Iterable[list[Event]]], DialogueStateTracker]:
    """Hold a conversation in a store, saved after every turn; returns what the next turn sees."""

    def held(store: RecentTurnsStore, turns: Iterable[list[Event]]) -> DialogueStateTracker:
        for events in turns:
            tracker = run(store.get_or_create_tracker("anna", append_action_listen=False))
            for event in events:
                tracker.update(event)
            run(store.save(tracker))
        return run(store.retrieve("anna"))

    return held


def texts(tracker: DialogueStateTracker) -> list[str]:
    """What the user said in the events of a tracker."""
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def test_a_turn_sees_a_bounded_number_of_earlier_ones(hold: Callable) -> None:
    seen = hold(RecentTurnsStore(DOMAIN), [opening(), *map(turn, range(1, 301))])
    assert KEPT_TURNS <= len(texts(seen)) <= MOST_TURNS
    assert texts(seen)[-1] == "text 300"


def test_slots_set_long_ago_are_still_set(hold: Callable) -> None:
    turns = [turn(1, SlotSet("pain_0_10", 6), SlotSet("position", "bed")), turn(2, SlotSet("position", None))]
    seen = hold(RecentTurnsStore(DOMAIN), [opening(), *turns, *map(turn, range(3, 60))])
    assert seen.get_slot("pain_0_10") == 6 and seen.get_slot("position") is None
    assert seen.latest_action_name == "action_listen"


def test_what_the_user_said_long_ago_is_told_to_the_actions(hold: Callable) -> None:
    seen = hold(RecentTurnsStore(DOMAIN), [opening(), *map(turn, range(1, 60))])
    told = [*earlier_texts([event.as_dict() for event in seen.events]), *texts(seen)]
    assert told == [f"text {number}" for number in range(1, 60)]


def test_the_full_conversation_is_there_for_whoever_asks(hold: Callable, run: Callable) -> None:
    store, turns = RecentTurnsStore(DOMAIN), [opening(), *map(turn, range(1, 60))]
    seen = hold(store, turns)
    whole = run(store.retrieve_full_tracker("anna"))
    assert [e.as_dict() for e in whole.events] == [e.as_dict() for events in turns for e in events]
    assert whole.current_slot_values() == seen.current_slot_values()


FINDING = {
    "flag": "saddle_numbness", "tier": "emergency_now", "start": 0, "end": 4,
    "matched": "", "status": "present", "confidence": 1.0,
}  # fmt: skip


@pytest.mark.parametrize(("group", "stays"), [("present", True), ("third_person", True), ("denied", False)])
def test_a_flag_that_no_action_has_taken_in_stays(hold: Callable, group: str, stays: bool) -> None:
    """With the action server down, a flag is found in the message that named it alone."""

    def silent(number: int) -> list[Event]:
        return [e for e in turn(number) if not isinstance(e, SlotSet)]

    named = UserUttered(
        "named", {"name": "report_red_flag"}, timestamp=4.5,
        parse_data={"intent": {}, "red_flag_findings": [{**FINDING, "group": group}]},
    )  # fmt: skip
    turns = [*map(turn, range(1, 4)), [named], *map(silent, range(5, 40))]
    seen = hold(RecentTurnsStore(DOMAIN), [opening(), *turns])
    assert ("named" in texts(seen)) == stays and (len(texts(seen)) > MOST_TURNS) == stays


def test_a_form_that_asks_goes_on_asking(hold: Callable) -> None:
    asking = [turn(n, *([ActiveLoop("screening_form")] if n == 4 else [])) for n in range(4, 40)]
    seen = hold(RecentTurnsStore(DOMAIN), [opening(), *map(turn, range(1, 4)), *asking])
    assert seen.active_loop_name == "screening_form" and not seen.is_active_loop_rejected
    assert len(texts(seen)) <= MOST_TURNS


def test_a_form_that_refused_a_message_is_not_forgotten_to_have(hold: Callable) -> None:
    refused = turn(4, ActiveLoop("screening_form"), ActionExecutionRejected("screening_form"))
    seen = hold(RecentTurnsStore(DOMAIN), [opening(), *map(turn, range(1, 4)), refused, *map(turn, range(5, 40))])
    assert seen.is_active_loop_rejected and "text 4" in texts(seen)


def test_a_new_session_begins_without_the_old_one_s_turns(hold: Callable) -> None:
    later = [ActionExecuted("action_session_start", timestamp=900), SessionStarted(timestamp=900)]
    seen = hold(RecentTurnsStore(DOMAIN), [opening(), *map(turn, range(1, 60)), [*later, *turn(901)]])
    assert texts(seen) == ["text 901"]
    assert earlier_texts([event.as_dict() for event in seen.events]) == []


def test_a_deleted_conversation_leaves_nothing(hold: Callable, run: Callable) -> None:
    store = RecentTurnsStore(DOMAIN)
    hold(store, [opening(), *map(turn, range(1, 60))])
    store.delete("anna")
    assert run(store.retrieve("anna")) is None and list(run(store.keys())) == []
    assert run(store.retrieve_full_tracker("anna")) is None


def test_a_slot_with_a_first_value_can_be_emptied(hold: Callable) -> None:
    floor_first = {"type": "any", "initial_value": "floor", "mappings": []}
    record = {"type": "any", "mappings": []}
    domain = Domain.from_dict({"slots": {"position": floor_first, "flag_record": record}})
    turns = [turn(1, SlotSet("position", None)), *map(turn, range(2, 30))]
    seen = hold(RecentTurnsStore(domain), [opening(), *turns])
    assert len(texts(seen)) < 29 and seen.get_slot("position") is None


CALM = (
    "hello|my lower back just cramped up when i bent down|it began three weeks ago|no|nope|no|no|no|no|no|no|no|"
    "about a five|the floor is fine|no nothing like that|next|is walking okay|next|slower please|"
    "what was that again|heat or ice|next|next|next|what did you say|next|that feels a bit better|go on|next|"
    "how long does this last|next|stop for today|better|how am i doing|let's do another stretch|no|no|next|"
    "thanks|say that again|stop|bye"
).split("|")
FLAGGED = (
    "hello|my back cramped|heat or ice|thanks|is walking okay|thanks|heat or ice|i've gone numb between my legs|"
    "next|thanks|is walking okay|thanks|heat or ice|what does that mean|thanks|is walking okay|thanks|heat or ice|"
    "thanks|is walking okay|what is a back spasm|thanks|let's do a stretch|repeat that|okay|start over|stretch please"
).split("|")


@pytest.mark.parametrize("said", [CALM, FLAGGED], ids=["calm", "flagged"])
def test_a_shortened_conversation_goes_as_a_whole_one(
    said: list[str], skill: Any, run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real skill: every reply of a long talk is the one it would be with all turns in view."""

    def replies(person: str) -> list:
        found = []
        for text in said:
            answer = run(skill.say(person, text))
            found.append((text, [(r.kind, r.reply.get("id"), r.reply.get("step")) for r in answer]))
        return found

    short = replies(f"short-{len(said)}")
    seen = run(skill.agent.tracker_store.retrieve(f"short-{len(said)}"))
    assert len(texts(seen)) < len(said)
    assert texts(run(skill.tracker(f"short-{len(said)}"))) == said
    monkeypatch.setattr(recent_turns, "MOST_TURNS", 10_000)
    assert short == replies(f"whole-{len(said)}")


def test_an_emergency_named_long_ago_still_forbids_exercise(skill: Any, run: Callable) -> None:
    kinds = [[r.kind for r in run(skill.say("long-ago", text))] for text in FLAGGED]
    assert "escalation" in kinds[FLAGGED.index("i've gone numb between my legs")]
    assert "stretch_step" not in [kind for said in kinds for kind in said]
