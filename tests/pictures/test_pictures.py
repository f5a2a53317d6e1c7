"""Every exercise is drawn, the drawn files are current, and nobody is drawn as no body can move."""

from __future__ import annotations

import io
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any, Callable

import pytest
from PIL import Image

from rasa_project.care.coaching import start
from rasa_project.care.errors import ContentError, UnknownReference
from rasa_project.care.exercises import load_exercises
from rasa_project.care.loading import CONTENT_DIR
from rasa_project.care.programmes import PhaseHints, Request, choose_programme
from rasa_project.pictures import body
from rasa_project.pictures.book import load_pictures, picture
from rasa_project.pictures.drawn import DRAWN_DIR, current, one_frame, one_frame_png
from rasa_project.pictures.props import BED_HEIGHT, SEAT_HEIGHT
from rasa_project.pictures.raster import stale
from rasa_project.pictures.scene import Person
from rasa_project.pictures.shown import shown_at
from rasa_project.pictures.skeleton import place

PICTURES = load_pictures()
CONTENT = load_exercises()
SIDE_VIEWS = [
    (drawing.id, number, frame)
    for drawing in PICTURES.values()
    for number, frame in enumerate(drawing.frames, start=1)
    if isinstance(frame.person, Person) and frame.seen == "side"
]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that copies the content with texts of the pictures replaced."""

    def edit(old: str, new: str, file: str = "pictures.yml") -> Path:
        folder = tmp_path / "content"
        folder.mkdir()
        for name in ("pictures.yml", "exercises.yml", "coaching.yml"):
            shutil.copy(CONTENT_DIR / name, folder)
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return edit


def test_every_exercise_and_every_transition_has_a_picture() -> None:
    """23 exercises, 3 transitions, and the ways in which an adaptation changes one."""
    wanted = {e.id for e in (*CONTENT.exercises, *CONTENT.transitions)}
    assert wanted <= set(PICTURES)
    assert all(drawing.of in wanted for drawing in PICTURES.values())


def test_the_drawn_files_are_those_of_the_content() -> None:
    """`make pictures` was run after the last change."""
    drawn = {f.name: f.read_text(encoding="utf-8") for f in DRAWN_DIR.glob("*.svg")}
    assert drawn == current(PICTURES), "run `make pictures` and commit what it draws"


def test_every_png_was_drawn_from_its_svg() -> None:
    """Each PNG notes the digest of the SVG it shows."""
    assert stale(DRAWN_DIR) == [], "run `make pictures` on a machine with Chromium"
    assert {f.stem for f in DRAWN_DIR.glob("*.png")} == set(PICTURES)


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_a_picture_says_what_it_shows_and_shows_it_by_day_and_by_night(name: str) -> None:
    """Title, description, a number for each position, dark colours; nothing from elsewhere."""
    text = (DRAWN_DIR / f"{name}.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    drawing = PICTURES[name]
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == drawing.title
    assert root.findtext(f"{SVG}desc") == drawing.alt
    badges = [t.text for t in root.iter(f"{SVG}text") if t.get("class") == "number"]
    assert badges == [str(n) for n in range(1, len(drawing.frames) + 1)]
    assert "prefers-color-scheme:dark" in text and "svg.dark" in text
    assert "url(" not in text and "<script" not in text and "href" not in text


@pytest.mark.parametrize("name, number, frame", SIDE_VIEWS, ids=lambda v: v if isinstance(v, (str, int)) else "")
def test_limbs_keep_their_length_and_whoever_sits_or_lies_does_so_on_something(name, number, frame) -> None:
    """No stretched arm; the seat under the bottom, the bed under the back."""
    bones = place(frame.person)
    for limb, first, second in (
        (bones.near_leg, body.THIGH, body.SHIN),
        (bones.far_leg, body.THIGH, body.SHIN),
    ):
        assert abs(limb.middle - limb.root) == pytest.approx(first, abs=0.1)
        assert abs(limb.end - limb.middle) == pytest.approx(second, abs=1.1)
    arm = frame.person.near_arm
    assert abs(bones.near_arm.middle - bones.near_arm.root) == pytest.approx(body.UPPER_ARM * arm.seen, abs=0.1)
    for prop in frame.props:
        upright = 60 <= frame.person.lower_back <= 120
        if prop.what == "chair" and upright and 50 <= bones.hip.imag <= 62:
            way = -1 if prop.faces == "right" else 1
            inside = (bones.hip.real - prop.at[0]) * way
            if 0 <= inside <= 42:
                assert bones.hip.imag - SEAT_HEIGHT == pytest.approx(10, abs=1.5)
        if prop.what == "bed":
            assert bones.hip.imag - BED_HEIGHT == pytest.approx(11, abs=1.5)


@pytest.mark.parametrize(
    "old, new, told",
    [
        ("  bridge:\n    alt", "  brigde:\n    alt", r"'bridge' has no picture"),
        ("hip: [0, 89]\n    lower_back", "hip: [0, 70]\n    lower_back: 200\n    upper_back: 20\n    head: 9\n    x_lower_back", "x_lower_back"),
        ("near_leg: {foot_at: [46, 0]}", "near_leg: {foot_at: [146, 0]}", r"near_leg: foot_at .* the limb reaches"),
        ("near_leg: {thigh: 124, shin: 12}", "near_leg: {thigh: 124, shin: 160}", r"'knee_to_chest_single' frame 3: the knee is bent -36"),
        ("lower_back: 40, upper_back: -22", "lower_back: 40, upper_back: -60", r"'cat_camel' frame 2: the back is bent 100"),
        ("hip: [-7, 33], lower_back: 203", "hip: [-7, -3], lower_back: 203", r"under the floor"),
        ("        steps: [2, 3]\n        person: {<<: *on_back, hip: [-7, 33]", "        steps: [2, 9]\n        person: {<<: *on_back, hip: [-7, 33]", r"'bridge' frame 2: step 9 does not exist"),
        ("caption: Hold the seat of a sturdy chair", "caption: " + "word " * 10, r"10 words"),
        ("keep: [1, 2, 3]", "keep: [1, 2, 8]", r"keeps frame 8"),
    ],
)
def test_a_mistake_in_the_content_is_one_error_that_says_where_and_what(edited, old, new, told) -> None:
    """File, picture, rule and mend."""
    with pytest.raises(ContentError, match=told) as caught:
        load_pictures(edited(old, new))
    assert "pictures.yml" in str(caught.value)


def test_an_adaptation_that_shows_a_picture_nobody_drew_is_refused(edited) -> None:
    """The error names the id."""
    folder = edited("picture: cat_camel_no_sag", "picture: cat_camel_no_sagg", "coaching.yml")
    with pytest.raises(ContentError, match="cat_camel_no_sagg"):
        load_pictures(folder)


def test_one_position_can_be_had_alone_with_its_own_number() -> None:
    """What a screen shows at one step."""
    alone = one_frame("bridge", 2)
    assert alone is not None and ">2</text>" in alone and ">1</text>" not in alone
    assert PICTURES["bridge"].frames[1].caption.split()[0] in alone
    assert one_frame("bridge", 4) is None and one_frame("bridge", 0) is None and one_frame("x", 1) is None


def test_an_unknown_picture_is_a_named_error() -> None:
    """Not a KeyError with nothing but an id."""
    with pytest.raises(UnknownReference, match="handstand"):
        picture("handstand")


def steps_shown(unit: str, **person) -> list:
    """Return what is shown at each step of one exercise."""
    days = PhaseHints(days=person.pop("days", 200))
    request = Request(person.pop("pain", 2), person.pop("position", "floor"), days, frozenset(person.pop("conditions", ())))
    here = start(choose_programme(request, only=(person.pop("only", unit),)))
    shown = []
    while not here.over:
        if here.unit_id == unit:
            shown.append(shown_at(here))
        here = here.advance()
    return shown


def test_each_step_shows_its_position_and_repetitions_show_all() -> None:
    """The bridge: two steps lying, two lifted, one down, then the counted repetitions."""
    shown = steps_shown("bridge")
    assert {s.image for s in shown} == {"/pictures/bridge.svg"}
    assert [s.frame for s in shown] == [1, 1, 2, 2, 3, None]


def test_nobody_is_shown_what_they_must_not_do() -> None:
    """A drawing of rounding, sagging or lying flat would undo the words that leave it out."""
    pregnant = steps_shown("cat_camel", conditions=("pregnancy_16w_plus",))
    assert {s.image for s in pregnant} == {"/pictures/cat_camel_no_sag.svg"}
    assert "sink" not in pregnant[0].alt
    weak_bones = steps_shown("seated_pelvic_tilt", conditions=("osteoporosis",), position="chair")
    assert {s.image for s in weak_bones} == {"/pictures/seated_pelvic_tilt_no_rounding.svg"}
    lying_forbidden = steps_shown("relaxed_breathing", conditions=("pregnancy_16w_plus",), position="bed")
    assert {s.image for s in lying_forbidden} == {"/pictures/relaxed_breathing_seated.svg"}
    way_down = steps_shown("get_to_floor", only="cat_camel", conditions=("pregnancy_16w_plus",))
    assert {s.image for s in way_down} == {"/pictures/get_to_floor_all_fours.svg"}


def test_every_step_that_anybody_may_be_asked_to_do_has_a_picture_that_is_drawn() -> None:
    """Whatever the pain, the place and the condition."""
    for pain, days in ((8, None), (5, None), (2, 5), (2, 200)):
        for position in ("floor", "bed", "chair", "standing"):
            for condition in (None, *sorted(CONTENT.conditions)):
                request = Request(pain, position, PhaseHints(days=days), frozenset({condition} - {None}))
                programme = choose_programme(request)
                if not programme.units:
                    continue
                here = start(programme)
                while not here.over:
                    shown = shown_at(here)
                    assert (DRAWN_DIR / Path(shown.image).name).exists()
                    here = here.advance()


@pytest.mark.parametrize("drawing", PICTURES.values(), ids=lambda d: d.id)
def test_each_position_is_cut_whole_out_of_the_png(drawing: Any) -> None:
    """The frame's border, of one colour, lies close to every edge, and none of a neighbour beside it."""
    for number in range(1, len(drawing.frames) + 1):
        data = one_frame_png(drawing.id, number)
        with Image.open(io.BytesIO(data)) as image:
            pixels = image.convert("RGB")
            width, height = pixels.size
            paper = pixels.getpixel((0, 0))
            edges = [pixels.getpixel((x, y)) for x in range(width) for y in (0, height - 1)]
            edges += [pixels.getpixel((x, y)) for y in range(height) for x in (0, width - 1)]
            assert set(edges) == {paper}, (drawing.id, number)
            middle = [pixels.getpixel((x, height // 2)) for x in range(width)]
            left = next(x for x, colour in enumerate(middle) if colour != paper)
            right = next(x for x, colour in enumerate(reversed(middle)) if colour != paper)
            assert max(left, right) <= 0.05 * width and len(set(middle)) > 2
    assert one_frame_png(drawing.id, len(drawing.frames) + 1) is None
    assert one_frame_png("nothing", 1) is None
