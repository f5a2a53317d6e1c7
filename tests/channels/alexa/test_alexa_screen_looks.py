"""The documents laid out on the screens that Amazon sells: nothing overlaps, sticks out or is tiny.

Laid out by `apl_in_browser.js` from the language's reference; Amazon's own renderer cannot be
had without its cloud. reports/alexa_screens holds a picture of each, for people.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rasa_project.care.contacts import contacts_for
from rasa_project.care.flags import load_red_flags
from rasa_project.channels.alexa.screen import screen
from rasa_project.channels.replies import Message, TurnReply
from rasa_project.pictures.drawn import one_frame_png
from rasa_project.pictures.raster import CHROMIUM_FLAGS, chromium
from rasa_project.settings import PROJECT

REPORTS = PROJECT / "reports" / "alexa_screens"
LAYOUT = Path(__file__).with_name("apl_in_browser.js").read_text(encoding="utf-8")
URL = "https://skill.example"
SCREENS = {
    "spot_round": {"width": 480, "height": 480, "shape": "round"},
    "show_5": {"width": 960, "height": 480, "shape": "rectangle"},
    "show_8": {"width": 1280, "height": 800, "shape": "rectangle"},
    "show_15_upright": {"width": 1080, "height": 1920, "shape": "rectangle"},
    "fire_tv": {"width": 960, "height": 540, "shape": "rectangle"},
}
LEAST_PX = {"show_15_upright": 30, "show_8": 28}
"""Height of the smallest letters that can be read across a room, by screen; 16 elsewhere."""

POISON_ADVICE = (
    "Call 1-800-222-1222 now, or 911 if you can't reach them or anyone is drowsy, confused or short of breath. "
    "Too much can be dangerous even if you feel fine. Keep the packet, and don't take anything else."
)
STEP = {
    "id": "bridge", "step": 1, "steps": 3, "image": "/pictures/bridge.svg", "image_frame": 2, "image_alt": "x",
}  # fmt: skip
WORDS = (
    "Now: legs-up rest position. Have a few pillows ready. Lie on your back on the bed, with a thin pillow under "
    "your head."
)
REPLIES: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "step": [(WORDS, "stretch_step", STEP)],
    "step_short": [("Lift your hips until shoulders, hips and knees line up.", "stretch_step", STEP)],
    "question": [("Have you ever had cancer, a weak immune system, steroid tablets for months, or a back operation or injection?", "screening_question", {})],
    "question_behind_words": [("I ask so that I only suggest what is safe for you.", "explain", {}), ("How bad is the pain now, from zero to ten?", "setup_question", {})],
    "emergency": [("Call 911 now, then sit down and rest. Chest pain or trouble breathing with back pain is an emergency. Stop everything, and don't wait to see if it passes.", "escalation", {"tier": "emergency_now"})],
    "emergency_two_numbers": [(POISON_ADVICE, "crisis_support", {"tier": "emergency_now"})],
    "longest_emergency": [(f"Call 911. {'Longer advice. ' * 16}", "escalation", {"tier": "emergency_now"})],
    "same_day": [("Get medical advice today, and stop the exercises. Fever or feeling very ill with back pain can mean an infection. If you get confused, can't stop shaking, or your legs go weak, call 911.", "escalation", {"tier": "same_day"})],
    "soon": [("Please ask a grown-up to call a doctor, because this coach is for adults only.", "escalation", {"tier": "see_clinician_soon"})],
    "scores": [("You were at eight, and your last score was four out of ten, so it is coming down.", "progress", {"series": [{"at": f"2026-11-0{n}T10:00:00+00:00", "pain": pain} for n, pain in enumerate((8, 10, 7, 5, 6, 4, 0, 4), start=1)]})],
    "words": [("A spasm is a muscle squeezing hard without you telling it to, and struggling to relax. It can be tiny or feel like a vice. It's a reaction rather than a disease, often to strain, tiredness or a sore joint or disc underneath.", "answer", {})],
}  # fmt: skip


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """A page of Debian's Chromium, without network."""
    program = chromium()
    if program is None:
        pytest.skip("Chromium is not installed (package chromium); the documents are not laid out")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_FLAGS))
        yield browser.new_page()
        browser.close()


def inlined(directive: dict[str, Any]) -> dict[str, Any]:
    """Return the directive with its picture inside, as the skill would serve it."""
    data = dict(directive["datasources"]["screen"])
    if data.get("picture"):
        name, _, frame = data["picture"].rpartition("/")[2].removesuffix(".png").partition(".")
        png = one_frame_png(name, int(frame))
        assert png is not None
        data["picture"] = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return {**directive, "datasources": {"screen": data}}


MEASURE = """() => {
  const all = [...document.querySelectorAll("[data-apl]")];
  const leaves = all.filter(e => ["Text", "Image"].includes(e.dataset.apl));
  const seen = e => { let b = e.getBoundingClientRect(); let box = {l: b.left, t: b.top, r: b.right, b: b.bottom};
    for (let p = e.parentElement; p; p = p.parentElement) if (p.dataset.apl === "ScrollView") {
      const s = p.getBoundingClientRect(); box.b = Math.min(box.b, s.bottom); box.t = Math.max(box.t, s.top); }
    return box; };
  return { boxes: leaves.map(e => ({ what: e.dataset.apl, text: e.textContent.slice(0, 30),
      letters: e.dataset.apl === "Text" ? parseFloat(getComputedStyle(e).fontSize) : null, ...seen(e) })),
    hidden: all.filter(e => e.dataset.apl === "ScrollView").map(e => e.scrollHeight - e.clientHeight),
    shown: all.filter(e => e.dataset.apl === "ScrollView").map(e => e.clientHeight) };
}"""


@pytest.mark.parametrize("device", SCREENS)
@pytest.mark.parametrize("name", REPLIES)
def test_a_document_fits_its_screen(page: Any, name: str, device: str) -> None:
    told = TurnReply(tuple(Message(text, {"kind": kind, **more}) for text, kind, more in REPLIES[name]))
    viewport = SCREENS[device]
    width, height = viewport["width"], viewport["height"]
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(f"([d, v]) => ({LAYOUT})(d, v)", [inlined(screen(told, URL)), viewport])
    page.evaluate("Promise.all([...document.images].map(i => i.decode()))")
    REPORTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(REPORTS / f"{name}_{device}.png"))
    found = page.evaluate(MEASURE)
    boxes = found["boxes"]
    for box in boxes:
        assert box["l"] >= 0 and box["t"] >= 0 and box["r"] <= width + 1 and box["b"] <= height + 1, box
        assert box["letters"] is None or box["letters"] >= LEAST_PX.get(device, 16), box
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            apart = one["r"] <= other["l"] + 1 or other["r"] <= one["l"] + 1 or one["b"] <= other["t"] + 1 or other["b"] <= one["t"] + 1
            assert apart, (one, other)
    # On a rectangle everything is seen without touching it; on the small round one advice is at least begun.
    assert all(shown >= 0.15 * height for shown in found["shown"])
    if viewport["shape"] == "rectangle":
        assert all(hidden <= 1 for hidden in found["hidden"]), found["hidden"]


def test_no_advice_of_the_content_is_longer_than_what_was_laid_out_here() -> None:
    """Whoever writes longer advice lays it out here first."""
    numbers = contacts_for("US", load_red_flags())
    advice = {i: len(numbers.fill(flag.advice, spoken=False)) for i, flag in load_red_flags().flags.items()}
    laid_out = len(REPLIES["longest_emergency"][0][0])
    assert advice and max(advice.values()) <= laid_out, max(advice, key=lambda i: advice[i])
