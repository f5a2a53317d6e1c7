"""Turns the settings into what Rasa talks to: store, locks, broker, action servers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Sequence, Text

from rasa_project.settings import Settings

if TYPE_CHECKING:
    from rasa.core.utils import AvailableEndpoints


def endpoints_of(file: Path, in_force: Settings, action_urls: Sequence[Text]) -> "AvailableEndpoints":
    """Return the endpoints of `endpoints.yml`, with those that the settings name in their place.

    Raises:
        KeyMissing: conversations are sealed with a key that the settings do not give.
    """
    from rasa.core.utils import AvailableEndpoints

    from rasa_project.launch.action_endpoint import actions_at

    endpoints = AvailableEndpoints.read_endpoints(str(file))
    endpoints.action = actions_at(*action_urls)
    # Imported here: a household needs none of them.
    if in_force.events_url:
        from rasa_project.storage.broker import BackgroundBroker

        endpoints.event_broker = BackgroundBroker(in_force.events_url, in_force.events_words)
    if in_force.tracker_url:
        from rasa_project.diary.tracker_store import ForgettingTrackerStore
        from rasa_project.storage.events_table import check_keys
        from rasa_project.storage.sealing import Seal

        check_keys(in_force.tracker_url, Seal(in_force.tracker_key))
        endpoints.tracker_store = ForgettingTrackerStore(
            None,
            event_broker=endpoints.event_broker,
            store="lasting",
            url=in_force.tracker_url,
            keys=in_force.tracker_key,
        )
    if in_force.lock_url:
        from rasa_project.storage.locks import SharedLocks

        endpoints.lock_store = SharedLocks(in_force.lock_url)
    return endpoints


async def close(endpoints: "AvailableEndpoints") -> None:
    """Write down what is still owed, and close what `endpoints_of` has opened."""
    for endpoint in (endpoints.tracker_store, endpoints.lock_store, endpoints.action):
        closing = getattr(endpoint, "close", None)
        if closing is not None:
            await closing()
