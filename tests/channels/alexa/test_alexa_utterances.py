"""What was said comes back whole: above all, a denial stays one."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from rasa_project.care.loading import CONTENT_DIR, read_yaml
from rasa_project.care.normalise import normalise
from rasa_project.care.red_flags import load_detector
from rasa_project.channels.alexa.interaction_model import _lines_by_intent, _usable, sayings
from rasa_project.channels.alexa.utterances import ENDING, load_utterances, slots_in

UTTERANCES = load_utterances()
DENYING = {"no", "not", "never", "nothing", "without", "nope", "none", "hardly", "barely"}


def denies(text: str) -> bool:
    return bool(DENYING & set(normalise(text).split()))


@pytest.mark.parametrize(
    ("intent", "value", "words"),
    [
        ("IHaveOpening", "numbness in my groin", "i have numbness in my groin"),
        ("IDontHaveOpening", "numbness in my groin", "i don't have numbness in my groin"),
        ("IHaveNoOpening", "numbness", "i have no numbness"),
        ("ICantOpening", "control my bladder", "i can't control my bladder"),
        ("ICanOpening", "control my bladder", "i can control my bladder"),
        ("NoOpening", "pain down my leg", "no pain down my leg"),
        ("IOpening", "don't have numbness", "i don't have numbness"),
        ("SayingIntent", "back's seized up", "back's seized up"),
    ],
)
def test_the_words_before_a_slot_come_back(intent: str, value: str, words: str) -> None:
    slot = slots_in(UTTERANCES.intents[intent].words)[0]
    assert UTTERANCES.words_of(intent, {slot: value}) == words


@pytest.mark.parametrize("intent", UTTERANCES.intents)
def test_every_way_to_say_it_denies_like_the_words_put_back(intent: str) -> None:
    sentence = UTTERANCES.intents[intent]
    for sample in sentence.samples:
        assert denies(sample) == denies(sentence.words), sample
        # Nobody speaks for somebody else, and nobody is made to.
        mine = {"i", "my", "me"} & set(normalise(sample).split())
        if intent.endswith("Opening"):
            assert bool(mine) == bool({"i", "my", "me"} & set(normalise(sentence.words).split())), sample


def test_what_denies_and_what_does_not_are_never_one_intent() -> None:
    by_words = {name: denies(s.words) for name, s in UTTERANCES.openings.items()}
    assert sum(by_words.values()) >= 25
    # Each of these has its opposite.
    for name in ("IHave", "IHaveHad", "IHaveBeen", "IHaveLost", "IFeel", "ICan", "IAm", "IWas", "IThink",
                 "ItIs", "ItWas", "ItHurts", "ThereIs", "ThePainIs", "MyBackIs", "MyLegs", "IAmTaking"):  # fmt: skip
        assert f"{name}Opening" in by_words and not by_words[f"{name}Opening"], name


def ways_to_arrive(line: str) -> list[tuple[str, str]]:
    """Return every opening Amazon might cut `line` at, with the words that reach the skill."""
    return [
        (name, UTTERANCES.words_of(name, {"query": line.removeprefix(carrier).strip()}) or "")
        for name, sentence in UTTERANCES.openings.items()
        for sample in sentence.samples
        for carrier in [sample.removesuffix("{query}")]
        if line.startswith(carrier) and line != carrier.strip()
    ]


FLAGS = read_yaml(CONTENT_DIR / "red_flags.yml")["flags"]


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag["id"])
def test_a_red_flag_and_what_only_sounds_like_one_survive_every_cut(flag: Any) -> None:
    """Whichever opening Amazon takes, the rules find in it what they find in the whole sentence."""
    lines = [line.lower() for line in flag["say"]]
    lines += [near["say"].lower() for near in flag.get("near_misses") or ()]
    for line in lines:
        found = flags_in(line)
        for name, words in ways_to_arrive(line):
            assert flags_in(words) == found, (name, line, words)


def flags_in(text: str) -> tuple[set[str], set[str], set[str]]:
    """Return the flags that are reported, of somebody else, and denied in a text."""
    detection = load_detector().detect(text)
    groups = (detection.present, detection.third_person, detection.denied)
    present, other, denied = ({f.flag for f in group} for group in groups)
    return present, other, denied


@pytest.mark.parametrize(
    ("intent", "slots", "words"),
    [
        ("NumberIntent", {"number": "7"}, "7"),
        ("OutOfTenIntent", {"number": "7"}, "7 out of ten"),
        ("AgeIntent", {"number": "67"}, "i'm 67 years old"),
        ("ForTimeIntent", {"number": "3", "unit": "weeks"}, "for 3 weeks"),
        ("AgoIntent", {"number": "2", "unit": "days"}, "2 days ago"),
        ("PlaceIntent", {"place": "floor"}, "on the floor"),
    ],
)
def test_short_answers_come_through(intent: str, slots: dict[str, Any], words: str) -> None:
    assert UTTERANCES.words_of(intent, slots) == words


@pytest.mark.parametrize(
    ("intent", "slots"),
    [
        ("NumberIntent", {"number": "?"}),
        ("NumberIntent", {"number": None}),
        ("NumberIntent", {}),
        ("ForTimeIntent", {"number": "3", "unit": None}),
        ("IHaveOpening", {"query": ""}),
        ("IHaveOpening", {"query": "  "}),
        ("IHaveOpening", {"query": 7}),
        ("SayingIntent", {"query": "another slot"}),
        ("NoSuchIntent", {"query": "x"}),
        ("AMAZON.FallbackIntent", {}),
    ],
)
def test_half_a_sentence_is_not_guessed(intent: str, slots: dict[str, Any]) -> None:
    assert UTTERANCES.words_of(intent, slots) is None


EXPECTED = {
    "AMAZON.YesIntent": "affirm",
    "AMAZON.NoIntent": "deny",
    "AMAZON.NextIntent": "next_step",
    "AMAZON.PreviousIntent": "previous_step",
    "AMAZON.RepeatIntent": "repeat",
    "AMAZON.StartOverIntent": "start_over",
    "AMAZON.PauseIntent": "pause",
    "AMAZON.ResumeIntent": "resume",
    "AMAZON.HelpIntent": "help",
    **dict.fromkeys(ENDING, "goodbye"),
}


def test_amazons_own_intents_are_understood_by_the_trained_model(skill: Any, run: Any) -> None:
    spoken = {name: words for name, words in UTTERANCES.built_in.items() if words}
    assert set(spoken) == set(EXPECTED)
    for name, words in spoken.items():
        parsed = run(skill.agent.parse_message(words))
        assert parsed["intent"]["name"] == EXPECTED[name], name


def test_whatever_the_skill_was_trained_on_can_be_said() -> None:
    """A sentence that is no listed one begins with words that are put back exactly."""
    listed = set(sayings(UTTERANCES))
    carriers = sorted(
        {s.removesuffix(" {query}") for o in UTTERANCES.openings.values() for s in o.samples},
        key=len,
    )
    lines = {line for _, lines in _lines_by_intent() for line in _usable(lines)}

    def opening(line: str) -> Optional[str]:
        return next((c for c in carriers if line.startswith(c + " ")), None)

    reached = [line for line in lines if line in listed or opening(line)]
    share = len(reached) / len(lines)
    print(f"\nopenings or list cover {share:.0%} of {len(lines)} training sentences; the rest rests on the catch-all")
    assert share > 0.58
