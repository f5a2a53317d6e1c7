"""The generated part of the domain follows the content, and every name has somebody behind it."""

from __future__ import annotations

from pathlib import Path

import yaml
from rasa_sdk.executor import ActionExecutor

from rasa_project import domain_build
from rasa_project.care.flags import load_red_flags

ROOT = Path(__file__).resolve().parent.parent


def test_the_escalation_responses_say_what_the_content_says():
    """Changing a flag without running domain_build is noticed."""
    assert domain_build.PATH.read_text(encoding="utf-8") == domain_build.rendered()


def test_every_flag_has_a_plain_response_with_its_own_advice():
    """An escalation needs no action: its words stand in the domain."""
    responses = yaml.safe_load(domain_build.PATH.read_text(encoding="utf-8"))["responses"]
    for flag in load_red_flags().flags.values():
        assert responses[f"utter_escalation_{flag.id}"][0]["text"] == flag.advice


def test_every_action_of_the_domain_exists_and_every_action_is_in_the_domain():
    """A name without an action would be silence, an action without a name dead code."""
    executor = ActionExecutor()
    executor.register_package("actions")
    named = set(yaml.safe_load((ROOT / "domain/actions.yml").read_text(encoding="utf-8"))["actions"])
    # Other tests define actions of their own, which the executor finds too.
    assert named == {name for name in executor.actions if not name.endswith("_for_a_test")}


def test_the_screening_form_asks_the_groups_of_the_content_in_their_order():
    """The form's slots are the question groups, most urgent first."""
    forms = yaml.safe_load((ROOT / "domain/forms.yml").read_text(encoding="utf-8"))["forms"]
    groups = [q.group for q in load_red_flags().screening_order.questions]
    assert forms["screening_form"]["required_slots"] == [*groups, "short_rescreen"]


def test_no_slot_is_filled_by_rasa_itself():
    """Rasa's own mappings would keep raw words in slots."""
    slots = yaml.safe_load((ROOT / "domain/slots.yml").read_text(encoding="utf-8"))["slots"]
    for name, slot in slots.items():
        assert [m["type"] for m in slot["mappings"]] == ["custom"], name
