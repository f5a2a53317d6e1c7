"""What was probably said is found behind what a recogniser wrote down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rasa_project.nlu.noisy_channel import NoisyChannel

SAID = (
    "kidney stone or spasm", "is it a spasm or a kidney stone", "is this a spasm", "is it a muscle spasm",
    "shorter gaps please", "longer gaps please", "shorter holds please", "gaps between the holds",
    "no thank you not today", "not today", "maybe not today thanks", "how do i lie at night",
    "which side should i lie on at night", "should i lie on my side", "is a kidney stone likely",
    "can i use heat on my back", "is ice better than heat",
)  # fmt: skip


@pytest.fixture(scope="module")
def channel() -> NoisyChannel:
    """A channel that has counted each sentence forty times."""
    return NoisyChannel.fit(SAID * 40)


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("kidney stone horse pasm", "kidney stone or spasm"),
        ("short or gap splease", "shorter gaps please"),
        ("no thank you not to day", "no thank you not today"),
        ("which side should i lie on that night", "which side should i lie on at night"),
        ("can i use heed on my back", "can i use heat on my back"),
    ],
)
def test_words_that_were_cut_elsewhere_or_sound_alike_are_found(channel: NoisyChannel, heard: str, said: str):
    assert channel.meant(heard) == said


@pytest.mark.parametrize("heard", [*SAID, "", "heat", "ice"])
def test_what_people_say_stays_as_it_is(channel: NoisyChannel, heard: str):
    assert channel.meant(heard) == heard


@pytest.mark.parametrize("heard", ["bonjour", "zürich", "7", "dr", "x y z"])
def test_what_sounds_like_nothing_that_was_ever_said_stays_too(channel: NoisyChannel, heard: str):
    assert channel.meant(heard) == heard


def test_a_channel_that_has_counted_nothing_changes_nothing():
    assert NoisyChannel.fit([]).meant("kidney stone horse pasm") == "kidney stone horse pasm"


def test_a_channel_that_was_stored_finds_the_same(channel: NoisyChannel, tmp_path: Path):
    channel.save(tmp_path)
    again = NoisyChannel.load(tmp_path)
    for heard in ("kidney stone horse pasm", "short or gap splease", *SAID):
        assert again.meant(heard) == channel.meant(heard)


@pytest.mark.parametrize("broken", [{}, {"words": {}}, {"words": {"a": 1}, "pairs": 3}, {"words": [], "pairs": {"a b": 2}}])
def test_a_broken_file_is_named(tmp_path: Path, broken: object):
    (tmp_path / "channel.json").write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(ValueError, match="channel.json"):
        NoisyChannel.load(tmp_path)
