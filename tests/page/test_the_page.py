"""The page in a real browser: by mouse, by keyboard, on a phone, by day and by night."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

SERIOUS = ("serious", "critical")
EMERGENCY = "I can't feel anything between my legs"


def start(talk: Any) -> None:
    """Say that the back is in spasm, by mouse."""
    talk.press("My back is in spasm")


def test_a_whole_calm_session_by_mouse_ends_in_the_diary(open_page) -> None:
    talk = open_page().open()
    start(talk)
    assert "chest pain" in talk.reply
    talk.until_exercise(talk.choose, pain="8")
    drawing = talk.page.locator("#drawing")
    drawing.wait_for(state="visible")
    assert drawing.evaluate("i => i.decode().then(() => i.naturalWidth)") > 0
    assert re.search(r"/pictures/\w+\.\d\.svg$", drawing.get_attribute("src"))
    assert len(drawing.get_attribute("alt").split()) > 8
    assert talk.press("Repeat") == "stretch_step"
    seen = set()
    for _ in range(60):
        kind = talk.press("Next")
        if kind != "stretch_step":
            break
        seen.add(drawing.get_attribute("src").split(".")[0])
    assert len(seen) == 3, seen
    assert not talk.page.locator("#controls").is_visible() and not drawing.is_visible()
    talk.choose("Better")
    talk.choose("4")
    talk.page.click("#open-diary")
    talk.page.wait_for_selector("#curve:not([hidden])")
    talk.photograph("diary")
    row = talk.page.locator("#rows tr").first.inner_text()
    assert "8" in row and "4" in row and "Relaxed belly breathing" in row
    assert talk.page.locator("#curve").evaluate("i => i.decode().then(() => i.naturalWidth)") > 0
    with talk.page.expect_download() as download:
        talk.page.click("#save-curve")
    assert download.value.suggested_filename == "pain-diary.png"
    talk.page.click("#forget")
    talk.page.wait_for_selector("#choices button")
    assert talk.wait() == "confirm_delete"
    assert talk.choose("Yes, delete everything") == "data_deleted"
    assert not talk.page.locator("#earlier").is_visible()
    talk.page.click("#open-diary")
    talk.page.wait_for_selector("#diary-summary:has-text('nothing')")
    assert not talk.page.locator("#curve").is_visible()


def test_an_emergency_in_the_middle_of_a_stretch_cannot_be_overlooked(open_page) -> None:
    talk = open_page().open()
    start(talk)
    talk.until_exercise(talk.choose)
    assert talk.say(EMERGENCY) == "escalation"
    alert = talk.page.get_by_role("alert")
    assert "emergency department" in alert.inner_text()
    call = talk.page.get_by_role("link", name="Call 911")
    assert call.get_attribute("href") == "tel:911"
    assert call.bounding_box()["height"] > 44
    assert not talk.page.locator("#controls").is_visible() and not talk.page.locator("#picture").is_visible()
    # Whatever is asked now, the advice stays.
    assert talk.say("next") == "escalation"


def test_the_country_chosen_decides_the_numbers(open_page) -> None:
    talk = open_page().open()
    talk.page.click("#open-settings")
    talk.photograph("settings")
    talk.page.select_option("#country", "GB")
    talk.page.keyboard.press("Escape")
    assert talk.page.locator("#emergency a").get_attribute("href") == "tel:999"
    talk.say("I have chest pain and I can't breathe")
    assert talk.page.get_by_role("link", name="Call 999").get_attribute("href") == "tel:999"
    talk.page.reload()
    talk.page.wait_for_selector("html[data-ready]")
    assert talk.page.locator("#emergency a").get_attribute("href") == "tel:999"


def test_everything_can_be_done_by_keyboard(open_page) -> None:
    talk = open_page().open()
    page = talk.page
    order = []
    for _ in range(8):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert order[0].startswith("Skip to") and order.index("open-settings") < order.index("words") < order.index("send")
    page.focus("#words")

    def answer(words: str) -> None:
        with page.expect_response("**/page/say"):
            page.keyboard.type(words)
            page.keyboard.press("Enter")
        talk.wait()
        assert page.evaluate("document.activeElement.id") == "words"

    answer("my back is in spasm")
    talk.until_exercise(answer)
    page.focus("#next")
    first = talk.reply
    for key, changes in (("n", True), ("b", True), ("r", False), ("ArrowRight", True)):
        before = talk.reply
        with page.expect_response("**/page/say"):
            page.keyboard.press(key)
        assert talk.wait() == "stretch_step"
        assert (talk.reply != before) == changes or talk.reply in first, key
    with page.expect_response("**/page/say"):
        page.keyboard.press("s")
    talk.wait()
    assert not page.locator("#controls").is_visible()
    # The button that was pressed is gone; the reply is where the reader goes on.
    assert page.evaluate("document.activeElement.id") == "now"
    page.focus("#words")
    answer(EMERGENCY)
    page.focus("#words")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.href") == "tel:911"


def test_single_keys_can_be_turned_off_and_never_act_while_typing(open_at_hold) -> None:
    talk = open_at_hold().open()
    said = len(talk.replies)
    talk.page.focus("#words")
    talk.page.keyboard.type("nsb")
    assert talk.page.input_value("#words") == "nsb"
    talk.page.click("#open-settings")
    talk.page.uncheck("#keys")
    talk.page.keyboard.press("Escape")
    talk.page.focus("#next")
    talk.page.keyboard.press("n")
    talk.page.wait_for_timeout(150)
    assert len(talk.replies) == said


def test_a_countdown_runs_pauses_and_goes_on(open_at_hold) -> None:
    talk = open_at_hold()
    talk.page.clock.install()
    talk.open()
    talk.press("Repeat")
    seconds, pause = talk.page.locator("#seconds"), talk.page.locator("#pause")
    # A minute with "thirty seconds more" in its middle counts down as one minute.
    assert seconds.inner_text() == "1:00"
    talk.page.clock.run_for(7000)
    running = int(seconds.inner_text())
    assert 50 <= running <= 59
    talk.photograph("hold")
    said = len(talk.replies)
    pause.click()
    assert pause.inner_text() == "Resume" and talk.page.locator("#ring-label").inner_text() == "Paused"
    # On a busy machine seconds pass until the click is through.
    running = int(seconds.inner_text())
    talk.page.clock.run_for(20000)
    assert int(seconds.inner_text()) == running
    talk.photograph("hold_paused")
    pause.click()
    talk.page.clock.run_for(5000)
    assert int(seconds.inner_text()) == pytest.approx(running - 5, abs=1)
    talk.page.clock.run_for(25000)
    assert "go" in talk.page.locator("#cue").inner_text() or "more" in talk.page.locator("#cue").inner_text()
    talk.page.clock.run_for(40000)
    assert seconds.inner_text() == "✓" and "minute" in talk.page.locator("#cue").inner_text()
    assert len(talk.replies) == said, "holding and pausing need no server"
    # Whoever goes on in the middle of a hold leaves it.
    assert talk.press("Back") == "stretch_step"
    assert not talk.page.locator("#hold").is_visible()
    talk.press("Next")


def test_a_reload_keeps_the_place_and_counts_nobody_down_unasked(open_at_hold) -> None:
    talk = open_at_hold().open()
    talk.press("Repeat")
    shown, drawn = talk.reply, talk.page.locator("#drawing").get_attribute("src")
    talk.page.reload()
    talk.page.wait_for_selector("html[data-ready]")
    assert talk.reply == shown and talk.page.locator("#drawing").get_attribute("src") == drawn
    assert talk.page.locator("#controls").is_visible()
    assert talk.page.locator("#pause").inner_text() == "Resume"
    talk.page.wait_for_timeout(600)
    assert talk.page.locator("#seconds").inner_text() == "1:00"
    assert "chest pain" in talk.page.locator("#log").text_content()
    talk.page.get_by_role("button", name="Resume").click()
    talk.page.wait_for_selector("#ring-label:has-text('Keep going')")


def test_another_browser_sees_nothing_of_it(open_page) -> None:
    talk = open_page().open()
    start(talk)
    other = open_page().open()
    assert other.page.locator("#welcome").is_visible() and other.reply == ""
    keys = [t.page.evaluate("localStorage.getItem('unknot.key')") for t in (talk, other)]
    assert len(keys[0]) == 43 and keys[1] is None


@pytest.mark.parametrize("width, size", [(390, "1"), (390, "1.6"), (320, "1.25")])
def test_nothing_sticks_out_on_a_phone_or_at_200_percent(open_page, width: int, size: str) -> None:
    """A window of 640 pixels at 200 % is 320 wide to the page."""
    talk = open_page(viewport={"width": width, "height": 760}, has_touch=True).open()
    talk.page.evaluate("size => localStorage.setItem('unknot.size', size)", size)
    talk.open()
    talk.fits()
    start(talk)
    talk.fits()
    talk.say(EMERGENCY)
    talk.fits()
    box = talk.page.get_by_role("alert").bounding_box()
    assert 0 <= box["y"] < 760 / 2
    for name in ("settings", "diary"):
        talk.page.click(f"#open-{name}")
        talk.page.wait_for_timeout(150)
        talk.photograph(name)
        talk.fits()
        talk.page.keyboard.press("Escape")


@pytest.mark.parametrize("width, size", [(390, "1"), (390, "1.6"), (320, "1.25")])
def test_the_controls_of_a_stretch_are_always_in_reach_on_a_phone(open_at_hold, width: int, size: str) -> None:
    talk = open_at_hold(viewport={"width": width, "height": 760}, has_touch=True).open()
    talk.page.evaluate("size => localStorage.setItem('unknot.size', size)", size)
    talk.open()
    talk.page.locator("#drawing").evaluate("i => i.decode()")
    talk.photograph(f"step_size_{size}")
    talk.fits()
    for name in ("back", "repeat", "pause", "next", "stop"):
        box = talk.page.locator(f"#{name}").bounding_box()
        assert box["height"] >= 44 and box["width"] >= 44 and box["y"] + box["height"] <= 760


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page, open_at_hold, colours: str) -> None:
    talk = open_page(color_scheme=colours).open()

    def check(what: str, talk: Any = talk) -> None:
        found = Axe().run(talk.page).response["violations"]
        told = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in SERIOUS]
        assert told == [], (what, told)

    check("welcome")
    start(talk)
    check("question")
    exercising = open_at_hold(color_scheme=colours).open()
    check("hold", exercising)
    exercising.photograph(f"hold_{colours}")
    exercising.page.click("#open-diary")
    exercising.page.wait_for_selector("#curve:not([hidden])")
    check("diary", exercising)
    exercising.photograph(f"diary_{colours}")
    talk.page.click("#open-settings")
    check("settings")
    talk.page.keyboard.press("Escape")
    talk.say(EMERGENCY)
    check("emergency")
    talk.photograph(f"escalation_{colours}")


def test_without_the_skill_the_number_is_shown_and_the_words_can_be_sent_again(open_page) -> None:
    talk = open_page().open()
    talk.say("hello")
    talk.context.set_offline(True)
    talk.page.fill("#words", "my back is in spasm")
    talk.page.press("#words", "Enter")
    talk.page.wait_for_selector("#reply .urgent")
    talk.photograph("unreachable")
    assert "911" in talk.reply
    talk.context.set_offline(False)
    talk.choose("Try again")
    assert "chest pain" in talk.reply


def test_what_is_said_while_an_answer_is_on_its_way_is_not_lost(open_page) -> None:
    talk = open_page().open()
    with talk.page.expect_response(lambda r: r.url.endswith("/page/say") and "legs" in (r.request.post_data or "")):
        talk.page.fill("#words", "my back is in spasm")
        talk.page.press("#words", "Enter")
        talk.page.fill("#words", EMERGENCY)
        talk.page.press("#words", "Enter")
    assert talk.wait() == "escalation"
    assert talk.page.get_by_role("link", name="Call 911").is_visible()


LISTENING = """
window.started = 0;
window.SpeechRecognition = class {
  start() { window.started++; setTimeout(() => {
    const said = [{ transcript: "my back is in spasm" }]; said.isFinal = true;
    this.onresult({ results: [said] }); this.onend(); }, 30); }
  stop() { this.onend(); }
};
"""


def test_the_microphone_is_off_until_its_cost_was_read_and_it_was_turned_on(open_page) -> None:
    talk = open_page()
    talk.page.add_init_script(LISTENING)
    talk.open()
    assert not talk.page.locator("#mic").is_visible()
    talk.page.click("#open-settings")
    assert not talk.page.is_checked("#listen")
    assert "servers" in talk.page.locator("#listen-note").inner_text()
    talk.page.check("#listen")
    talk.page.keyboard.press("Escape")
    assert talk.page.evaluate("window.started") == 0
    with talk.page.expect_response("**/page/say"):
        talk.page.click("#mic")
    talk.wait()
    assert "chest pain" in talk.reply and talk.page.evaluate("window.started") == 1
    # It does not listen on by itself.
    talk.page.wait_for_timeout(200)
    assert talk.page.evaluate("window.started") == 1


VOICES = """
window.spoken = [];
const voices = [{ name: "far", lang: "en-US", localService: false, default: true }, %s];
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => voices, cancel() {},
  speak(u) { window.spoken.push([u.voice && u.voice.name, u.text]); setTimeout(() => u.onend && u.onend(), 5); } } });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""
NEAR = '{ name: "near", lang: "en-GB", localService: true, default: false }'


@pytest.mark.parametrize("local", [True, False])
def test_replies_are_read_aloud_by_voices_of_this_device_only(open_page, local: bool) -> None:
    talk = open_page()
    talk.page.add_init_script(VOICES % (NEAR if local else ""))
    talk.open()
    talk.say("hello")
    assert talk.page.evaluate("window.spoken") == []
    talk.page.click("#open-settings")
    talk.page.check("#aloud")
    talk.page.keyboard.press("Escape")
    talk.say(EMERGENCY)
    talk.page.wait_for_timeout(150)
    spoken = talk.page.evaluate("window.spoken")
    if not local:
        assert spoken == []
        return
    assert {name for name, _ in spoken} == {"near"}
    # Nobody can dial "nine hundred and eleven".
    assert "nine one one" in " ".join(text for _, text in spoken)


def test_reply_kinds_have_their_picture_in_the_reports(open_page) -> None:
    """Looked at by people: reports/page holds one of each kind."""
    talk = open_page().open()
    for words in ("hello", "what can you do", "what is a muscle spasm", "how much ibuprofen can I take", "do I have a slipped disc", "show my progress", "my pain is six", "blorp fizz quux", "thanks", "I want to see a doctor", "goodbye"):
        talk.say(words)
    start_again = open_page().open()
    start(start_again)
    start_again.say("why do you ask")
    start_again.say("banana")
    assert start_again.say("yes") == "escalation"
    harm = open_page().open()
    assert harm.say("I want to kill myself") in ("crisis_support", "escalation")
    assert harm.page.locator(".calls a").count() >= 1
