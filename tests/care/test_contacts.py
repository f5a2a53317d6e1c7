"""Numbers to call: the right ones for the country, spoken so that they can be dialled."""

from __future__ import annotations

import pytest

from rasa_project.care.contacts import EU_MEMBERS, Contact, contacts_for, region_of
from rasa_project.care.flags import load_red_flags


@pytest.mark.parametrize(
    ("country", "number"),
    [("US", "911"), ("GB", "999"), ("IE", "112"), ("CA", "911"), ("AU", "000"), ("NZ", "111"), ("IN", "112"), ("DE", "112"), ("gb", "999")],
)
def test_the_emergency_number_is_that_of_the_country(country: str, number: str):
    assert contacts_for(country, load_red_flags()).emergency.text == number


def test_all_members_of_the_european_union_have_a_number():
    assert len(EU_MEMBERS) == 27
    for country in EU_MEMBERS - {"IE"}:
        assert region_of(country) == "EU"


@pytest.mark.parametrize("country", [None, "", "ZZ", "Mars"])
def test_an_unknown_country_gets_words_and_no_link(country: str | None):
    contacts = contacts_for(country, load_red_flags())
    assert contacts.emergency.spoken == "your local emergency number"
    assert contacts.emergency.tel is None


@pytest.mark.parametrize(
    ("text", "spoken", "tel"),
    [
        ("911", "nine one one", "tel:911"),
        ("116 123", "one one six, one two three", "tel:116123"),
        ("Samaritans on 116 123", "Samaritans on one one six, one two three", "tel:116123"),
        ("1-800-222-1222", "one, eight zero zero, two two two, one two two two", "tel:18002221222"),
        ("NHS 111", "NHS one one one", "tel:111"),
    ],
)
def test_numbers_are_spoken_digit_by_digit(text: str, spoken: str, tel: str):
    assert (Contact(text).spoken, Contact(text).tel) == (spoken, tel)


def test_placeholders_are_filled_for_the_ear_and_for_the_eye():
    contacts = contacts_for("US", load_red_flags())
    assert contacts.fill("Call {emergency_number}.") == "Call nine one one."
    assert contacts.fill("Call {emergency_number}.", spoken=False) == "Call 911."


def test_every_advice_can_be_filled_in_every_region():
    content = load_red_flags()
    for country in ("US", "GB", "IE", "DE", "CA", "AU", "NZ", "IN", None):
        contacts = contacts_for(country, content)
        for flag in content.flags.values():
            assert "{" not in contacts.fill(flag.advice), (country, flag.id)


def test_a_number_nobody_retrieved_is_marked():
    assert not contacts_for("US", load_red_flags()).poison_line.verified
    assert contacts_for("US", load_red_flags()).emergency.verified
