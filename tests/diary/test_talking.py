"""The diary in the talk: what is written, what comes back, and what a broken one costs (nothing)."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any, Callable

import pytest

from rasa_project import clock
from rasa_project.care.history import History
from rasa_project.diary.keeper import Keeper, key_of, keeper, use
from rasa_project.diary.tracker_store import ForgettingTrackerStore

CHANNEL = "rest"
SETUP = {"pain_0_10": "six", "position": "the floor is fine"}


class Talk:
    """One person's talk with the skill; safety and set-up questions are answered calmly."""

    def __init__(self, skill: Any, run: Callable, person: str, channel: str = CHANNEL) -> None:
        self.skill, self.run, self.person, self.channel = skill, run, person, channel

    def say(self, text: str) -> list[Any]:
        return self.run(self.skill.say(self.person, text, channel=self.channel))

    def kinds(self, text: str) -> list[str | None]:
        return [reply.kind for reply in self.say(text)]

    def exercise(self, **setup: str) -> list[Any]:
        """Ask for exercise and answer questions until the first step."""
        answers = {**SETUP, **setup}
        replies = self.say("my back's cramped")
        for _ in range(25):
            last = replies[-1]
            if last.kind == "setup_question":
                replies = self.say(answers.get(last.reply["id"], "no"))
            elif last.kind == "screening_question":
                replies = self.say("no")
            else:
                return replies
        raise AssertionError(f"no end of questions; last: {last.text}")

    def finish(self, feeling: str, pain: str) -> list[Any]:
        """Say enough, how it was, and the score."""
        self.say("that's easing it")
        self.say("no that's enough for today")
        self.say(feeling)
        return self.say(pain)

    @property
    def slots(self) -> dict[str, Any]:
        return self.run(self.skill.slots(self.person))

    @property
    def history(self) -> History:
        found = keeper().history(key_of(self.channel, self.person))
        assert found is not None
        return found

    def restart(self) -> None:
        """Restart the skill as far as this person notices: only the diary stays."""
        self.run(self.skill.forget_conversation(self.person))


@pytest.fixture
def diary(tmp_path: Path, skill: Any) -> Any:
    """A diary of this test alone."""
    before = keeper()
    use(Keeper(f"sqlite:///{tmp_path / 'diary.sqlite3'}", keep_days=365))
    yield tmp_path
    use(before)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let hours pass."""
    real, passed = clock.utc_now, [0.0]

    def pass_hours(hours: float) -> None:
        passed[0] += hours
        monkeypatch.setattr(clock, "utc_now", lambda: real() + timedelta(hours=passed[0]))

    return pass_hours


@pytest.fixture
def anna(diary: Path, skill: Any, run: Callable, request: pytest.FixtureRequest) -> Talk:
    return Talk(skill, run, f"anna-{request.node.name}")


def test_a_session_is_written_with_its_exercises_and_scores(anna: Talk) -> None:
    assert anna.exercise(pain_0_10="five")[-1].kind == "stretch_step"
    begun = anna.history.sessions[-1]
    assert (begun.pain_before, begun.amount, begun.outcome) == (5, 0.5, "running")
    first = anna.slots["exercise_id"]
    for _ in range(12):
        if anna.slots["exercise_id"] != first:
            break
        anna.say("next")
    anna.say("skip this one")
    assert anna.finish("better", "three")[0].kind == "relief_ack"
    session = anna.history.sessions[-1]
    assert (session.pain_after, session.feeling, session.outcome) == (3, "better", "stopped")
    assert session.ended_at is not None and len(anna.history.sessions) == 1
    done = {e.exercise_id: e for e in session.exercises}
    assert done[first].reps >= 1 and not done[first].skipped
    assert any(e.skipped for e in session.exercises)
    assert [s.pain for s in anna.history.scores] == [5, 3]


def test_an_exercise_that_hurt_is_written_as_such_and_twice_ends_the_session(anna: Talk) -> None:
    anna.exercise()
    hurting = anna.slots["exercise_id"]
    anna.say("that hurts more")
    anna.say("no")
    assert {e.exercise_id for e in anna.history.sessions[-1].exercises if e.hurt} == {hurting}
    anna.say("go on")
    anna.say("that hurts too")
    assert anna.history.sessions[-1].outcome == "hurt"


def test_an_escalation_is_written_by_id_and_ends_the_session(anna: Talk, diary: Path) -> None:
    anna.exercise()
    words = "i've gone numb down below where i sit on the saddle"
    assert anna.kinds(words)[0] == "escalation"
    assert anna.history.flags_in_force == {"saddle_numbness": "emergency_now"}
    assert anna.history.sessions[-1].outcome == "escalated"
    stored = (diary / "diary.sqlite3").read_bytes().decode("latin-1")
    assert "numb down" not in stored and "where i sit" not in stored and anna.person not in stored


def test_who_comes_back_is_told_where_they_were(anna: Talk, later: Callable) -> None:
    anna.say("log my pain as six")
    anna.restart()
    later(24)
    reply = anna.say("hello")[-1]
    assert reply.kind == "greeting" and "esterday you were at six. How is it now?" in reply.text
    replies = anna.say("four")
    assert replies[0].kind == "logged" and replies[0].reply["pain_0_10"] == 4
    assert "safety questions" in replies[-1].text
    assert anna.kinds("yes") == ["screening_question"]
    assert [s.pain for s in anna.history.scores] == [6, 4]


def test_a_score_two_points_higher_leads_to_the_safety_questions_at_once(
    anna: Talk, later: Callable
) -> None:
    anna.say("log my pain as four")
    later(24)
    anna.say("hello")
    assert anna.kinds("six") == ["logged", "screening_question"]


def test_two_points_more_in_an_exercise_stop_it_and_ask_about_the_legs(anna: Talk) -> None:
    anna.exercise(pain_0_10="four")
    replies = anna.say("the pain is a six now")
    assert [r.kind for r in replies] == ["worse_stop", "screening_question"]
    assert replies[-1].reply["id"] == "Q4_legs"


def test_an_unfinished_session_is_offered_again_behind_the_short_check(
    anna: Talk, later: Callable
) -> None:
    anna.exercise()
    anna.say("next")
    place = (anna.slots["exercise_id"], anna.slots["exercise_step"])
    anna.say("stop")
    later(3)
    greeted = anna.say("hello again")[-1]
    assert greeted.kind == "greeting" and "Shall we go on where we were?" in greeted.text
    asked = anna.say("yes please")
    assert asked[-1].kind == "screening_question" and asked[-1].reply["id"] == "short_rescreen"
    anna.say("no")
    assert anna.kinds("no")[-1] == "stretch_step"
    assert (anna.slots["exercise_id"], anna.slots["exercise_step"]) == place


def test_a_lock_outlives_a_restart_until_a_clinician_has_cleared_it(
    anna: Talk, later: Callable
) -> None:
    anna.say("i've had a fever and shivers with this back pain")
    assert anna.history.flags_in_force
    anna.restart()
    later(30)
    replies = anna.say("hello")
    assert [r.kind for r in replies] == ["greeting", "clarify"]
    assert replies[-1].reply["id"] == "clearance"
    assert "escalation" in anna.kinds("no not yet")
    anna.restart()
    assert "stretch_step" not in anna.kinds("let's do a stretch")
    assert anna.say("yes they have")[-1].kind == "screening_question"
    assert anna.history.flags_in_force == {} and anna.history.cleared_at is not None


def test_after_a_clearance_amounts_are_half_again(anna: Talk, later: Callable) -> None:
    anna.exercise(pain_0_10="five")
    anna.finish("better", "three")
    anna.say("i've had a fever since this morning")
    later(30)
    anna.say("let's exercise")
    anna.say("yes a doctor saw me and said i can")
    anna.exercise(pain_0_10="three")
    assert anna.history.sessions[-1].amount == 0.5


@pytest.mark.parametrize("pain, amount", [("four", 1.0), ("five", 0.5), ("six", 0.25)])
def test_the_next_day_decides_how_much_is_done(
    anna: Talk, later: Callable, pain: str, amount: float
) -> None:
    anna.exercise(pain_0_10="five")
    anna.finish("the same", "five")
    later(25)
    replies = anna.exercise(pain_0_10=pain)
    assert replies[-1].kind == "stretch_step"
    assert anna.history.sessions[-1].amount == amount


def test_the_next_day_is_known_after_a_restart_too(anna: Talk, later: Callable) -> None:
    anna.exercise(pain_0_10="five")
    anna.finish("better", "four")
    anna.restart()
    later(25)
    opened = anna.exercise(pain_0_10="four")
    assert anna.history.sessions[-1].amount == 1.0
    assert any("a little more" in reply.text for reply in opened)


def test_worse_twice_running_points_to_a_clinician_and_leaves_easy_positions(
    anna: Talk, later: Callable
) -> None:
    for day in range(2):
        anna.exercise(pain_0_10="four")
        replies = anna.finish("worse", "five")
        later(25)
    assert "see a clinician" in replies[0].text
    replies = anna.exercise(pain_0_10="five")
    assert any("see a clinician" in reply.text for reply in replies)
    assert anna.slots["programme_id"] == "comfort_only"
    assert anna.slots["triage_outcome"] == "see_clinician_soon"


def test_progress_carries_the_scores_for_a_chart(anna: Talk, later: Callable) -> None:
    anna.say("log my pain as seven")
    anna.restart()
    later(48)
    anna.say("log my pain as four")
    reply = anna.say("how am i doing")[-1]
    assert reply.kind == "progress" and "seven" in reply.text and "four" in reply.text
    assert [point["pain"] for point in reply.reply["series"]] == [7, 4]
    assert reply.text.count(".") == 2


def test_what_is_written_down_is_told(anna: Talk) -> None:
    anna.say("log my pain as seven")
    reply = anna.say("what did you write down")[-1]
    assert reply.kind == "progress" and "one pain score" in reply.text and "seven" in reply.text


def test_deleting_leaves_no_word_and_no_row(anna: Talk, diary: Path, skill: Any, run: Callable) -> None:
    other = Talk(skill, run, "ben-who-stays")
    other.say("log my pain as nine")
    anna.exercise()
    anna.say("next")
    anna.finish("better", "three")
    assert key_of(CHANNEL, anna.person) in (diary / "diary.sqlite3").read_bytes().decode("latin-1")
    assert anna.kinds("delete everything you know about me") == ["confirm_delete"]
    assert anna.kinds("yes") == ["data_deleted"]
    assert anna.history == History()
    files = [f.read_bytes().decode("latin-1") for f in diary.rglob("*") if f.is_file()]
    traces = [key_of(CHANNEL, anna.person), "pelvic_tilt", "acute_floor"]
    assert [t for t in traces for text in files if t in text] == []
    tracker = run(skill.tracker(anna.person))
    said = str([event.as_dict() for event in tracker.events])
    assert "cramped" not in said and "easing" not in said
    assert all(event.type_name != "user" for event in tracker.events)
    assert other.history.scores
    assert "nothing" in anna.say("how am i doing")[-1].text


def test_a_no_keeps_everything(anna: Talk) -> None:
    anna.say("log my pain as six")
    before = anna.history
    anna.say("delete my data")
    assert "data_deleted" not in anna.kinds("no keep it")
    assert anna.history == before and before.scores


def test_deleting_from_an_sql_tracker_store_leaves_no_row_in_its_file(
    anna: Talk, tmp_path: Path, skill: Any, run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "trackers.db"
    store = ForgettingTrackerStore(skill.domain, store="sql", dialect="sqlite", db=str(file))
    monkeypatch.setattr(skill.agent, "tracker_store", store)
    monkeypatch.setattr(skill.agent.processor, "tracker_store", store)
    ben = Talk(skill, run, "ben-in-the-file")
    ben.say("good morning")
    anna.say("i've gone numb between my legs")
    anna.say("please delete my data")
    assert anna.person in file.read_bytes().decode("latin-1")
    assert anna.kinds("yes") == ["data_deleted"]
    left = file.read_bytes().decode("latin-1")
    assert anna.person not in left and "numb between" not in left and "saddle_numbness" not in left
    assert ben.person in left
    # The lock holds on in this process, though the file no longer knows why.
    assert "stretch_step" not in anna.kinds("let's do a stretch")


def test_what_cannot_be_deleted_is_not_called_deleted(anna: Talk, tmp_path: Path) -> None:
    anna.say("log my pain as six")
    (tmp_path / "file").write_text("in the way")
    use(Keeper(f"sqlite:///{tmp_path / 'file' / 'diary.sqlite3'}", keep_days=365))
    anna.say("delete my data")
    replies = anna.say("yes")
    assert [r.kind for r in replies] == ["error"] and "couldn't delete" in replies[0].text
    assert anna.slots["pain_log"]


def test_on_alexa_nothing_outlives_the_conversation(
    diary: Path, skill: Any, run: Callable, later: Callable
) -> None:
    guest = Talk(skill, run, "amzn1.account.x", channel="alexa")
    guest.say("log my pain as six")
    assert guest.history == History()
    # Within the conversation it is remembered.
    assert "six" in guest.say("how am i doing")[-1].text
    guest.restart()
    assert "nothing" in guest.say("how am i doing")[-1].text


def test_two_people_on_one_channel_share_nothing(diary: Path, skill: Any, run: Callable) -> None:
    one, two = Talk(skill, run, "person-one"), Talk(skill, run, "person-two")
    one.say("log my pain as six")
    assert two.history == History()
    assert "six" not in two.say("how am i doing")[-1].text


@pytest.mark.parametrize("broken", ["folder", "garbage", "read_only", "server_gone"])
def test_with_a_broken_diary_exercises_and_escalations_go_on(
    broken: str,
    anna: Talk,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(Keeper(_broken(broken, tmp_path), keep_days=365))
    with caplog.at_level(logging.WARNING, logger="rasa_project"):
        assert anna.exercise(pain_0_10="five")[-1].kind == "stretch_step"
        assert anna.kinds("next") == ["stretch_step"]
        assert "five" in anna.say("how am i doing")[-1].text
        assert anna.kinds("i can't feel when i pee any more")[0] == "escalation"
    ours = [r.getMessage() for r in caplog.records if r.name == "rasa_project.diary.keeper"]
    assert len(ours) == 1 and "pee" not in ours[0] and "five" not in ours[0]


def test_a_lock_is_found_again_when_the_diary_comes_back(
    anna: Talk, tmp_path: Path, later: Callable
) -> None:
    anna.say("i can't feel when i pee any more")
    good = keeper()
    anna.restart()
    later(30)
    use(Keeper("postgresql://unknot@127.0.0.1:9/unknot", keep_days=365))
    assert set(anna.kinds("good morning")) == {"greeting"}
    use(good)
    assert anna.say("let's exercise")[-1].reply["id"] == "clearance"


def _broken(kind: str, tmp_path: Path) -> str:
    file = tmp_path / "broken" / "diary.sqlite3"
    if kind == "server_gone":
        return "postgresql://unknot@127.0.0.1:9/unknot"
    if kind == "folder":
        file.parent.write_text("a file where the folder should be")
        return f"sqlite:///{file}"
    file.parent.mkdir()
    if kind == "garbage":
        file.write_bytes(b"no database " * 500)
        return f"sqlite:///{file}"
    from rasa_project.diary.database import open_database

    open_database(f"sqlite:///{file}").dispose()
    return f"sqlite:///file:{file}?mode=ro&uri=true"
