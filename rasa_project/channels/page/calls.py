"""Telephone numbers of the contacts as links, and the countries the page offers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Iterator

from rasa_project.care.contacts import EU_MEMBERS, contacts_for
from rasa_project.care.flags import load_red_flags

COUNTRIES = {
    "US": "United States", "GB": "United Kingdom", "IE": "Ireland", "CA": "Canada", "AU": "Australia",
    "NZ": "New Zealand", "IN": "India", "AT": "Austria", "BE": "Belgium", "BG": "Bulgaria", "HR": "Croatia",
    "CY": "Cyprus", "CZ": "Czechia", "DK": "Denmark", "EE": "Estonia", "FI": "Finland", "FR": "France",
    "DE": "Germany", "GR": "Greece", "HU": "Hungary", "IT": "Italy", "LV": "Latvia", "LT": "Lithuania",
    "LU": "Luxembourg", "MT": "Malta", "NL": "Netherlands", "PL": "Poland", "PT": "Portugal", "RO": "Romania",
    "SK": "Slovakia", "SI": "Slovenia", "ES": "Spain", "SE": "Sweden",
}  # fmt: skip
"""Countries whose numbers the skill has, as people call them."""

assert EU_MEMBERS <= COUNTRIES.keys()

_NUMBER = re.compile(r"\d(?:[\d -]*\d)?")


@lru_cache(maxsize=1)
def _numbers() -> "re.Pattern[str]":
    """Return a pattern of every telephone number the skill can name."""
    flags = load_red_flags()
    found: set[str] = set()
    for country in (*COUNTRIES, None):
        lines = contacts_for(country, flags)
        for line in (
            lines.emergency, lines.nurse_line, lines.crisis_line, lines.poison_line,
            lines.abuse_line, lines.crisis_text,
        ):  # fmt: skip
            found.update(_NUMBER.findall(line.text) if line else ())
    longest_first = sorted(found, key=len, reverse=True)
    return re.compile(r"(?<![\w.])(?:%s)(?![\w])" % "|".join(map(re.escape, longest_first)))


def calls_in(text: str) -> list[dict[str, str]]:
    """Return each number of the contacts that `text` names, once: as it stands, and its link."""
    named = dict.fromkeys(found.group() for found in _numbers().finditer(text))
    return [{"number": number, "tel": f"tel:{re.sub('[ -]', '', number)}"} for number in named]


def countries() -> Iterator[dict[str, str]]:
    """Yield each country with its emergency number."""
    flags = load_red_flags()
    for code, name in COUNTRIES.items():
        emergency = contacts_for(code, flags).emergency
        yield {"code": code, "name": name, "emergency": emergency.text, "tel": emergency.tel or ""}
