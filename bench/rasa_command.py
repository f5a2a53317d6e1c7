"""The plain `rasa` command: `python bench/rasa_command.py init --no-prompt`.

The newest structlog-sentry that Rasa admits asks sentry-sdk 1 for a function that only
sentry-sdk 2 offers at its top, so that `rasa` itself fails to start beside Rasa's own pins.
Here the function is put there; nothing else differs.
"""

from __future__ import annotations

import sys

import sentry_sdk


def main() -> None:
    """Run Rasa's command line on the arguments."""
    if not hasattr(sentry_sdk, "get_isolation_scope"):
        sentry_sdk.get_isolation_scope = lambda: sentry_sdk.Hub.current.scope
    from rasa.__main__ import main as rasa

    sys.argv[0] = "rasa"
    rasa()


if __name__ == "__main__":
    main()
