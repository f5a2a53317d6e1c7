"""What is handed to Amazon: the manifest, its store text, and the pages it points to."""

from __future__ import annotations

import json
import re
from typing import Any

from ask_sdk_core.serialize import DefaultSerializer
from ask_smapi_model.v1.skill.manifest.skill_manifest_envelope import SkillManifestEnvelope
from rasa_project.channels.alexa.interaction_model import INVOCATION_NAME, LOCALES
from rasa_project.channels.alexa.utterances import load_utterances
from rasa_project.settings import PROJECT

PACKAGE = PROJECT / "integrations" / "alexa" / "skill-package"
TEXT = (PACKAGE / "skill.json").read_text(encoding="utf-8")
MANIFEST: dict[str, Any] = json.loads(TEXT)["manifest"]
PUBLISHED = MANIFEST["publishingInformation"]
DOCS = PROJECT / "docs" / "speakers"


def test_amazons_own_classes_read_the_manifest_whole() -> None:
    serializer = DefaultSerializer()
    read = serializer.deserialize(TEXT, SkillManifestEnvelope)

    def without_empty(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: without_empty(v) for k, v in value.items() if v not in (None, [])}
        return value

    assert without_empty(serializer.serialize(read)) == without_empty(json.loads(TEXT))


def test_every_locale_of_the_model_is_described() -> None:
    assert set(PUBLISHED["locales"]) == set(MANIFEST["privacyAndCompliance"]["locales"]) == set(LOCALES)
    for locale in LOCALES:
        assert (PACKAGE / "interactionModels" / "custom" / f"{locale}.json").is_file()


def test_the_store_text_has_the_required_disclaimer() -> None:
    for entry in PUBLISHED["locales"].values():
        said = entry["description"]
        assert "not provide medical advice" in said
        assert "not a substitute for professional medical advice" in said
        assert "call your local emergency number" in said
        assert len(entry["summary"]) <= 160 and len(said) <= 4000
        # Amazon refuses "Alexa" in a name, and claims that nobody can keep.
        assert "alexa" not in entry["name"].lower()
        assert not re.search(r"\b(diagnos(es|e you)|cures?|guarantee)\b", said)


def test_the_example_phrases_begin_the_skill_and_are_understood() -> None:
    carriers = {s.removesuffix("{query}") for o in load_utterances().openings.values() for s in o.samples}
    for entry in PUBLISHED["locales"].values():
        first, *others = entry["examplePhrases"]
        assert first == f"Alexa, open {INVOCATION_NAME}" and len(others) <= 2
        for phrase in others:
            rest = phrase.removeprefix(f"Alexa, ask {INVOCATION_NAME} ")
            assert any(rest.startswith(carrier) for carrier in carriers), phrase


def test_nothing_is_sold_asked_for_or_meant_for_children() -> None:
    privacy = MANIFEST["privacyAndCompliance"]
    assert not privacy["allowsPurchases"] and not privacy["containsAds"] and not privacy["isChildDirected"]
    assert MANIFEST["permissions"] == []
    assert PUBLISHED["category"] == "HEALTH_AND_FITNESS"


def test_the_addresses_are_https_and_the_guide_says_who_sets_them() -> None:
    uri = MANIFEST["apis"]["custom"]["endpoint"]["uri"]
    urls = [entry["privacyPolicyUrl"] for entry in MANIFEST["privacyAndCompliance"]["locales"].values()]
    assert uri.startswith("https://") and uri.endswith("/webhooks/alexa/webhook")
    assert all(url.startswith("https://") for url in urls)
    guide = (DOCS / "alexa.md").read_text(encoding="utf-8")
    assert "privacyPolicyUrl" in guide and "SKILL_ALEXA_APPLICATION_ID" in guide
    assert f"Alexa, open {INVOCATION_NAME}" in guide and "/webhooks/alexa/webhook" in guide


def test_the_privacy_page_says_how_long_anything_is_kept() -> None:
    from rasa_project.channels.alexa.sessions import KEPT_S

    page = (DOCS / "alexa_privacy.md").read_text(encoding="utf-8")
    assert KEPT_S == 1800 and "thirty minutes" in page
