"""Writes `domain/escalations.yml` from the content, so that Rasa has plain responses.

Run it after changing a red flag: `python -m rasa_project.domain_build`. A test fails
when the file and the content disagree.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from rasa_project.care.escalations import domain_responses

PATH = Path(__file__).resolve().parent.parent / "domain" / "escalations.yml"

HEAD = (
    "# Written by `python -m rasa_project.domain_build` from rasa_project/content/.\n"
    "# Change the content, never this file.\n"
)


def rendered() -> str:
    """Return the text of the domain file as the content demands it."""
    body = yaml.safe_dump(
        {"version": "3.1", "responses": domain_responses()},
        sort_keys=False,
        allow_unicode=True,
        width=1000,
    )
    return HEAD + body


def main() -> None:
    """Write the file."""
    PATH.write_text(rendered(), encoding="utf-8")


if __name__ == "__main__":
    main()
