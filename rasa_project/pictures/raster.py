"""Pictures as PNG for screens that take no SVG, drawn by the Chromium of this machine."""

from __future__ import annotations

import hashlib
import io
import shutil
from pathlib import Path

from PIL import Image, PngImagePlugin

WIDTH_PX = 1000
"""Enough for the screen of a speaker (960 to 1280 px), small enough for a slow network."""
COLOURS = 64
"""The drawings have some thirty colours; the rest are soft edges."""
SOURCE_KEY = "Source-SHA256"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
)


def chromium() -> str | None:
    """Return the path of a Chromium, None when this machine has none."""
    return next((path for path in map(shutil.which, CHROMIUM_NAMES) if path), None)


def source_digest(svg: Path) -> str:
    """Return what a PNG notes about the SVG it was drawn from."""
    return hashlib.sha256(svg.read_bytes()).hexdigest()


def drawn_from(png: Path) -> str | None:
    """Return the digest that a PNG notes, None for a missing file."""
    if not png.exists():
        return None
    with Image.open(png) as image:
        return image.info.get(SOURCE_KEY)


def stale(folder: Path) -> list[Path]:
    """Return the SVG files of `folder` whose PNG is missing or of an older drawing."""
    return [s for s in sorted(folder.glob("*.svg")) if drawn_from(s.with_suffix(".png")) != source_digest(s)]


def draw_pngs(folder: Path, sheet: Path | None = None) -> str:
    """Draw the PNG of every SVG that changed, and the sheet of all; return what was done, for people."""
    todo = stale(folder)
    if not todo and (sheet is None or sheet.exists()):
        return "Every PNG is up to date."
    program = chromium()
    if program is None:
        return f"{len(todo)} PNG files are out of date: install Chromium (Debian: apt-get install chromium) and repeat."
    # Only who changes drawings needs it.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_FLAGS))
        page = browser.new_page(viewport={"width": WIDTH_PX, "height": 800}, color_scheme="light")
        for svg in todo:
            page.set_content(
                f'<style>body{{margin:0}}svg{{display:block;width:{WIDTH_PX}px;height:auto}}</style>{svg.read_text("utf-8")}'
            )
            image = page.locator("svg").screenshot(omit_background=False)
            _save(image, svg.with_suffix(".png"), source_digest(svg))
        if sheet is not None:
            cells = "".join(
                f'<figure><figcaption>{s.stem}</figcaption><img src="data:image/png;base64,{_base64(s.with_suffix(".png"))}"></figure>'
                for s in sorted(folder.glob("*.svg"))
            )
            page.set_viewport_size({"width": 1500, "height": 800})
            page.set_content(
                "<style>body{margin:12px;display:grid;grid-template-columns:repeat(4,1fr);gap:10px;font:14px sans-serif;"
                "align-items:start;background:#fff}figure{margin:0}img{width:100%}figcaption{padding:2px}</style>" + cells
            )
            _save(page.screenshot(full_page=True), sheet, "")
        browser.close()
    return f"{len(todo)} PNG files drawn."


def _base64(path: Path) -> str:
    import base64

    return base64.b64encode(path.read_bytes()).decode("ascii")


def _save(png: bytes, path: Path, digest: str) -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text(SOURCE_KEY, digest)
    with Image.open(io.BytesIO(png)) as image:
        small = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(path, optimize=True, pnginfo=note)
