"""Documents for speakers with a screen: of Amazon's shape, whole, and without a user's words."""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Iterator

import pytest
from ask_sdk_core.serialize import DefaultSerializer
from ask_sdk_model import ResponseEnvelope
from ask_sdk_model.interfaces.alexa.presentation.apl import RenderDocumentDirective

from alexa_authority import Amazon
from alexa_speaker import Heard, Speaker, plain_words
from rasa_project.channels.alexa import answers
from rasa_project.channels.alexa.answers import MOST_BYTES, answer, as_json
from rasa_project.channels.alexa.requests import read_request
from rasa_project.channels.alexa.screen import FOLDER, document, load_screen_words, screen
from rasa_project.channels.replies import Message, TurnReply
from rasa_project.pictures.book import load_pictures
from rasa_project.pictures.drawn import one_frame_png

PICTURES_URL = "https://skill.example"
NAMES = sorted(file.stem for file in FOLDER.glob("*.json"))
COMPONENTS = {"Container", "Frame", "Image", "ScrollView", "Text"}
"""Those of the language that the documents need; all are in its first version."""
SCREEN = {"runtime": {"maxVersion": "2024.2"}}

BRIDGE = {
    "id": "bridge", "step": 1, "steps": 3, "image": "/pictures/bridge.svg", "image_frame": 2, "image_alt": "x",
}  # fmt: skip
ADVICE = "Go to an emergency department now, or call 911."
SERIES = [{"at": f"2026-11-{day:02}T10:00:00+00:00", "pain": day % 11} for day in range(1, 13)]
REPLIES: dict[str, tuple[tuple[str, str, dict[str, Any]], ...]] = {
    "step": (("Okay.", "resumed", {}), ("Lift your hips.", "stretch_step", BRIDGE)),
    "question": (("I see.", "explain", {}), ("Any fever?", "screening_question", {})),
    "emergency": ((ADVICE, "escalation", {"tier": "emergency_now"}),),
    "scores": (("It was eight, now it is four.", "progress", {"series": SERIES}),),
    "words": (("A spasm is a muscle squeezing hard.", "answer", {}),),
}


def reply(*messages: tuple[str, str | None, dict[str, Any]]) -> TurnReply:
    return TurnReply(tuple(Message(t, {"kind": k, **more} if k else more) for t, k, more in messages))


def shown(of: TurnReply, url: str | None = PICTURES_URL) -> tuple[str, dict[str, Any]]:
    """Return the name of the document and its data."""
    directive = screen(of, url)
    return directive["token"].removeprefix("unknot-"), directive["datasources"]["screen"]


def parts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(inner)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(inner)


@pytest.mark.parametrize("name", NAMES)
def test_every_document_has_a_reply_that_shows_it(name: str) -> None:
    assert shown(reply(*REPLIES[name]))[0] == name


@pytest.mark.parametrize("name", NAMES)
def test_amazons_own_classes_read_the_answer_whole(name: str) -> None:
    whole = answer(reply(*REPLIES[name]), on_screen=True, pictures_url=PICTURES_URL)
    serializer = DefaultSerializer()
    read = serializer.deserialize(as_json(whole).decode(), ResponseEnvelope)
    (directive,) = read.response.directives
    assert isinstance(directive, RenderDocumentDirective)
    assert serializer.serialize(directive) == json.loads(as_json(whole))["response"]["directives"][0]


@pytest.mark.parametrize("name", NAMES)
def test_documents_keep_the_rules_of_their_language(name: str) -> None:
    """Known components, declared parameters and resources that are all used, data that is there."""
    doc = dict(document(name))
    data = shown(reply(*REPLIES[name]))[1]
    assert set(doc) == {"type", "version", "theme", "resources", "mainTemplate"}
    assert doc["type"] == "APL" and doc["version"] == "1.4"
    template = doc["mainTemplate"]
    for part in parts(template["items"]):
        assert part["type"] in COMPONENTS, part
        if part["type"] == "Image":
            assert {"width", "height", "accessibilityLabel"} <= set(part) and "auto" not in (part["width"], part["height"])
        # A frame may be a bar of colour; both hold one thing at most.
        assert part["type"] == "Container" or len(part.get("items", ())) == (part["type"] == "ScrollView" or "items" in part)
    said = list(texts(template["items"]))
    bound = {path for text in said for path in re.findall(r"payload\.screen\.(\w+)", text)}
    assert bound == set(data) - {"type"}, "what is bound is given, and what is given is shown"
    declared = {n for r in doc["resources"] for k in ("colors", "dimensions") for n in r.get(k, ())}
    named = {name for text in said for name in re.findall(r"@(\w+)", text)}
    assert named == declared, "no resource is missing, and none is unused"
    used = {p for p in template["parameters"] if any(re.search(rf"\b{p}\.", text) for text in said)}
    assert used == set(template["parameters"]) == {"payload"}
    repeated = [inner for part in parts(template["items"]) if "data" in part for inner in texts(part["items"])]
    assert [t for t in said if "${data" in t] == [t for t in repeated if "${data" in t]
    for text in said:
        assert text.count("${") == text.count("}"), text


@pytest.mark.parametrize("name", NAMES)
def test_a_colour_of_words_can_be_read_on_its_ground(name: str) -> None:
    colours = {k: v for r in document(name)["resources"] for k, v in r.get("colors", {}).items()}
    grounds = [e.colour for e in load_screen_words().emergencies.values()] if name == "emergency" else [colours["paper"]]
    for part in parts(document(name)["mainTemplate"]["items"]):
        if part["type"] == "Text":
            ink = {"white": "#ffffff"}.get(part["color"]) or colours[part["color"][1:]]
            for ground in grounds:
                assert contrast(ink, ground) >= 4.5, (part["text"], ink, ground)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as the web's accessibility guidelines count it."""

    def light(colour: str) -> float:
        shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [s / 12.92 if s <= 0.03928 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_step_shows_its_position_its_words_and_how_many_come() -> None:
    data = shown(reply(*REPLIES["step"]))[1]
    assert data["picture"] == "https://skill.example/pictures/bridge.2.png"
    assert one_frame_png("bridge", 2) is not None
    assert data["words"] == "Lift your hips." and data["count"] == "Step 2 of 3"
    assert data["alt"] == load_pictures()["bridge"].alt and data["title"]


def test_without_a_public_address_a_step_shows_words_only() -> None:
    assert shown(reply(*REPLIES["step"]), None)[1]["picture"] == ""


def test_a_picture_nobody_knows_is_no_reason_for_an_empty_screen() -> None:
    name, data = shown(reply(("Lift.", "stretch_step", {"image": "/pictures/unknown.svg"})))
    assert (name, data["picture"], data["words"], data["count"]) == ("step", "", "Lift.", "")


@pytest.mark.parametrize(
    ("messages", "numbers"),
    [
        (REPLIES["emergency"], ["911"]),
        ((("Please call 988 right now, or 911.", "crisis_support", {"tier": "emergency_now"}),), ["988", "911"]),
        ((("Okay.", "answer", {}), *REPLIES["emergency"], *REPLIES["emergency"]), ["911"]),
        ((("Get advice today. If your legs go weak, call 911.", "escalation", {"tier": "same_day"}),), []),
        ((("Call 911.", "escalation", {}),), ["911"]),
    ],
)
def test_an_emergency_fills_the_screen_with_its_number(messages: Any, numbers: list[str]) -> None:
    name, data = shown(reply(*messages))
    assert (name, data["numbers"]) == ("emergency", numbers)
    assert messages[-1][0] in data["words"]
    assert (data["title"] == load_screen_words().emergencies["emergency_now"].title) == bool(numbers)


def test_a_question_behind_urgent_advice_is_shown_below_it() -> None:
    messages = (*REPLIES["emergency"], ("Any fever?", "screening_question", {}))
    assert shown(reply(*messages))[1]["words"] == f"{ADVICE}<br><br>Any fever?"


def test_what_a_channel_has_said_back_is_not_shown() -> None:
    heard = ("I heard: numbness in my groin.", None, {})
    for name, messages in REPLIES.items():
        assert "groin" not in json.dumps(screen(reply(heard, *messages))), name
    assert "groin" not in json.dumps(screen(reply(heard)))


def test_a_score_just_told_is_not_shown() -> None:
    assert shown(reply(("Six out of ten, noted.", "logged", {})))[1]["words"] == load_screen_words().nothing


def test_signs_of_the_language_in_words_stay_words() -> None:
    data = shown(reply(("Hold <2 s & ${payload} breathe.", "answer", {})))[1]
    assert data["words"] == "Hold &lt;2 s &amp; ${payload} breathe."


@pytest.mark.parametrize(
    ("interfaces", "shows"),
    [
        ({}, False),
        ({"Alexa.Presentation.APL": {}}, False),
        ({"Alexa.Presentation.APL": {"runtime": {}}}, False),
        ({"Alexa.Presentation.APL": {"runtime": {"maxVersion": "1.3"}}}, False),
        ({"Alexa.Presentation.APL": {"runtime": {"maxVersion": "1.4"}}}, True),
        ({"Alexa.Presentation.APL": {"runtime": {"maxVersion": "1.10"}}}, True),
        ({"Alexa.Presentation.APL": SCREEN}, True),
        ({"Alexa.Presentation.APL": {"runtime": {"maxVersion": "x.y"}}}, False),
        ({"Alexa.Presentation.APL": [1]}, False),
        ({"Alexa.Presentation.APLT": SCREEN}, False),
        ("none", False),
    ],
)
def test_only_a_device_that_says_so_gets_documents(interfaces: Any, shows: bool) -> None:
    body = {"context": {"System": {"device": {"supportedInterfaces": interfaces}}}, "request": {}}
    assert read_request(body).shows_documents is shows


def test_a_device_without_a_screen_gets_the_card_and_one_with_a_screen_the_document() -> None:
    for name, messages in REPLIES.items():
        plain, seen = answer(reply(*messages))["response"], answer(reply(*messages), on_screen=True)["response"]
        assert "directives" not in plain and len(seen["directives"]) == 1
        # The number also reaches the app on the phone, where it can be dialled.
        assert ("card" in seen) == (name == "emergency")
        assert plain["outputSpeech"] == seen["outputSpeech"] and plain.get("reprompt") == seen.get("reprompt")


def test_a_screen_that_fails_leaves_the_emergency_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = answer(reply(*REPLIES["emergency"]))

    def broken(*_: Any) -> dict[str, Any]:
        raise RuntimeError

    monkeypatch.setattr(answers, "screen", broken)
    assert answer(reply(*REPLIES["emergency"]), on_screen=True) == expected


@pytest.mark.parametrize("repeats", [1, 20, 60, 400])
def test_the_answer_stays_within_amazons_size_and_speech_comes_first(repeats: int) -> None:
    long = "Ünïcödé words & more about heat ✓. " * repeats
    for kind in ("answer", "stretch_step", "escalation", "screening_question"):
        with_screen = answer(reply((long, kind, {})), new=True, on_screen=True)
        assert len(as_json(with_screen)) <= MOST_BYTES
        if repeats <= 20:
            assert with_screen["response"]["directives"]
        without = answer(reply((long, kind, {})), new=True)
        assert with_screen["response"]["outputSpeech"] == without["response"]["outputSpeech"]


def test_a_whole_talk_before_a_screen(skill: Any, run: Callable, amazon: Amazon) -> None:
    """Each answer replaces the screen, and none of what was said is on it."""
    spoken = ["zebraish", "quuxly", "grumbular"]

    async def talk() -> list[Heard]:
        heard = []
        async with Speaker.at(skill, amazon, pictures_url=PICTURES_URL) as speaker:

            async def sends(request: dict[str, Any]) -> Heard:
                device = request["context"]["System"]["device"]
                device["supportedInterfaces"] = {"Alexa.Presentation.APL": SCREEN}
                heard.append(await speaker.sends(request))
                return heard[-1]

            await sends(speaker.request("LaunchRequest"))
            await sends(speaker.intent("SayingIntent", words=f"my {spoken[0]} back's cramped"))
            for _ in range(25):
                words = heard[-1].words
                if "zero to ten" in words:
                    await sends(speaker.intent("NumberIntent", number="5"))
                elif "down to the floor" in words:
                    await sends(speaker.intent("PlaceIntent", place="floor"))
                elif "Say next" in words:
                    break
                elif len(heard) == 3:
                    await sends(speaker.intent("IDontHaveOpening", query=f"any {spoken[1]} of that"))
                else:
                    await sends(speaker.intent("AMAZON.NoIntent"))
            await sends(speaker.intent("AMAZON.NextIntent"))
            await sends(speaker.intent("IHaveOpening", query=f"{spoken[2]} numbness in my groin"))
        return heard

    heard = run(talk())
    documents = []
    for answered in heard:
        (directive,) = answered.response["directives"]
        assert not any(word in json.dumps(directive) for word in spoken)
        documents.append(directive["token"].removeprefix("unknot-"))
    assert any(spoken[1] in plain_words(a.ssml) for a in heard), "said back, though not shown"
    assert documents[0] == "words" and set(documents[1:-3]) == {"question"}
    assert documents[-3:] == ["step", "step", "emergency"]
    step, emergency = (h.response["directives"][0]["datasources"]["screen"] for h in heard[-2:])
    assert step["picture"].startswith(f"{PICTURES_URL}/pictures/") and step["count"].startswith("Step ")
    assert emergency["numbers"] == ["911"]
