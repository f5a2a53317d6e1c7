"""Colours of the drawings, by day and by night, as the style sheet inside each SVG."""

from __future__ import annotations

from typing import Mapping

LIGHT: Mapping[str, str] = {
    "card": "#fbfaf7", "line": "#d9d4c8", "text": "#23303a",
    "skin": "#d59f78", "skin-far": "#ecd3c0", "shirt": "#17807a", "shirt-far": "#8fc6c0",
    "legs": "#2b3f56", "legs-far": "#a3b1c1", "shoe": "#10202e", "shoe-far": "#8d99a6",
    "hair": "#4a3428", "eye": "#2a1c14", "nose": "#b97f58",
    "wood": "#b58a5e", "mat": "#8fb5e0", "soft": "#dde9f7", "wall": "#cfc8ba", "ground": "#b9b2a3",
    "pillow": "#ffffff", "edge": "#8aa0b8", "ball": "#b6d33c", "roller": "#8e6bb3", "core": "#5f3f86",
    "bone": "#ffffff", "sun": "#e9a318", "go": "#d2460e",
}
DARK: Mapping[str, str] = {
    "card": "#161d25", "line": "#33404d", "text": "#e9eef3",
    "skin": "#e0ad86", "skin-far": "#7c6351", "shirt": "#35b5aa", "shirt-far": "#215f5d",
    "legs": "#86a5c9", "legs-far": "#41546b", "shoe": "#dfe7ef", "shoe-far": "#66737f",
    "hair": "#8a6248", "eye": "#2a1c14", "nose": "#b97f58",
    "wood": "#8a6a48", "mat": "#39618f", "soft": "#223447", "wall": "#4a4f55", "ground": "#59626b",
    "pillow": "#c9d3dd", "edge": "#7f93a8", "ball": "#c3df52", "roller": "#a987cf", "core": "#6f4d97",
    "bone": "#10202e", "sun": "#e8b64a", "go": "#ff9a57",
}
_FILLED = ("hair", "eye", "nose", "wood", "mat", "wall", "ground", "roller", "bone", "sun")
_LIMBS = ("skin", "shirt", "legs", "shoe")


def _variables(colours: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colours.items())


def _rules() -> str:
    rules = [f".{name}{{fill:var(--{name})}}" for name in _FILLED]
    rules += [
        f".{limb}.near{{fill:var(--{limb})}}.{limb}.far{{fill:var(--{limb}-far)}}" for limb in _LIMBS
    ]
    return "\n".join(rules)


STYLE = f"""
svg{{{_variables(LIGHT)}}}
@media (prefers-color-scheme:dark){{svg:not(.light){{{_variables(DARK)}}}}}
svg.dark{{{_variables(DARK)}}}
.card{{fill:var(--card);stroke:var(--line)}}
.near,.far,.hair{{stroke:var(--card);stroke-width:1;stroke-linejoin:round;paint-order:stroke}}
.bare{{stroke:none}}
{_rules()}
.mat.soft{{fill:var(--soft);stroke:var(--mat);stroke-width:1.5}}
.pillow{{fill:var(--pillow);stroke:var(--edge);stroke-width:1.2}}
.ball{{fill:var(--ball);stroke:var(--text);stroke-width:.8}}
.roller.core{{fill:var(--core)}}
.go{{fill:none;stroke:var(--go);stroke-width:3;stroke-linecap:round}}
.tip{{fill:var(--go)}}
.ridge{{fill:none;stroke:var(--go);stroke-width:2;stroke-linecap:round;stroke-dasharray:.1 4}}
.badge{{fill:var(--text)}}
text{{font-family:system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--text)}}
.number{{fill:var(--card);font-size:10px;font-weight:700;text-anchor:middle}}
.caption{{font-size:8.5px;text-anchor:middle}}
.view{{font-size:7px;text-anchor:end}}
"""
