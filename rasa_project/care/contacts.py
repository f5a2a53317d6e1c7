"""Emergency, nurse, crisis, poison and abuse lines by country, bundled with the skill.

Numbers are spoken digit by digit, because "nine hundred and eleven" is not what
people dial, and they are never fetched: they must be there with the network gone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping, Optional

from pydantic import Field

from rasa_project.care.loading import ContentModel

EU_MEMBERS: frozenset[str] = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()
)
"""ISO 3166-1 codes of the 27 member states."""

REGION_OF_COUNTRY: Mapping[str, str] = {
    # Greece and the United Kingdom also go by codes of the EU's own style guide.
    **{code: "EU" for code in EU_MEMBERS | {"EL"}},
    "GB": "UK",
    "UK": "UK",
    "IE": "IE",
    **{code: code for code in ("US", "CA", "AU", "NZ", "IN")},
}
"""Country code to the region of `contacts`; Ireland has its own, other EU members share one."""

DEFAULT_REGION = "default"
"""Region of someone whose country nobody knows: words in place of numbers."""

PLACEHOLDERS: Mapping[str, str] = {
    "emergency_number": "emergency",
    "crisis_line": "crisis_line",
    "poison_line": "poison_line",
    "abuse_line": "abuse_line",
    "nurse_line": "nurse_line",
}
"""Placeholder in a spoken text to the attribute of `Contacts` that fills it."""

_DIGIT_WORDS = dict(
    zip("0123456789", "zero one two three four five six seven eight nine".split())
)
_NUMBER = re.compile(r"\d+(?:[ -]\d+)*")


class ContactEntry(ContentModel):
    """The numbers of one region as the content file writes them."""

    emergency: str
    also: Optional[str] = None
    nurse_line: str
    nurse_also: Optional[str] = None
    crisis_line: str
    crisis_also: Optional[str] = None
    crisis_text: Optional[str] = None
    poison_line: str
    abuse_line: str
    abuse_also: Optional[str] = None
    unverified: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class Contact:
    """One line somebody can call."""

    text: str
    """As the eye reads it: "Samaritans on 116 123"."""

    verified: bool = True
    """False: general knowledge, not retrieved; a person checks it before a release."""

    @property
    def spoken(self) -> str:
        """As the ear needs it, digits one by one: "Samaritans on one one six, one two three"."""
        return _NUMBER.sub(_say_digits, self.text)

    @property
    def tel(self) -> str | None:
        """Target of a telephone link, or None when the line is only described."""
        number = _NUMBER.search(self.text)
        return f"tel:{re.sub('[ -]', '', number.group())}" if number else None


@dataclass(frozen=True)
class Contacts:
    """All lines of one region."""

    region: str
    """Key of the content's `contacts`; `default` for an unknown country."""

    emergency: Contact
    nurse_line: Contact
    crisis_line: Contact
    poison_line: Contact
    abuse_line: Contact
    crisis_text: Contact | None = None
    """Where to send a text message in a crisis; None where there is none."""

    def fill(self, text: str, spoken: bool = True) -> str:
        """Put the numbers into `{emergency_number}` and its kin; other braces stay as they are."""
        for placeholder, attribute in PLACEHOLDERS.items():
            contact: Contact = getattr(self, attribute)
            text = text.replace(
                "{%s}" % placeholder, contact.spoken if spoken else contact.text
            )
        return text


def _say_digits(number: re.Match[str]) -> str:
    groups = re.split(r"[ -]", number.group())
    return ", ".join(" ".join(_DIGIT_WORDS[digit] for digit in group) for group in groups)


def region_of(country: str | None) -> str:
    """Return the region whose numbers hold in `country` (ISO code, any case); unknown: `default`."""
    return REGION_OF_COUNTRY.get((country or "").strip().upper(), DEFAULT_REGION)


def contacts_from(entries: Mapping[str, ContactEntry], country: str | None) -> Contacts:
    """Return the lines for `country`; an unknown country gets words instead of numbers."""
    region = region_of(country)
    entry = entries[region]

    def line(name: str) -> Contact:
        return Contact(getattr(entry, name), verified=name not in entry.unverified)

    return Contacts(
        region=region,
        emergency=line("emergency"),
        nurse_line=line("nurse_line"),
        crisis_line=line("crisis_line"),
        poison_line=line("poison_line"),
        abuse_line=line("abuse_line"),
        crisis_text=line("crisis_text") if entry.crisis_text else None,
    )


def contacts_for(country: str | None, content: "HasContacts") -> Contacts:
    """Return the lines for `country` from the red-flag content (see `contacts_from`)."""
    return contacts_from(content.contacts, country)


class HasContacts:
    """What `contacts_for` needs: the `contacts` of `RedFlagContent`."""

    contacts: Mapping[str, ContactEntry]
