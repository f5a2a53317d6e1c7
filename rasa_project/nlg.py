"""Rasa's response generator, with the country's numbers and the right escalation filled in.

It runs inside the Rasa process: what it says needs no action server and no database.
"""

from __future__ import annotations

import logging
from typing import Any, Dict, Optional, Text

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from rasa_project.care.contacts import PLACEHOLDERS, contacts_for
from rasa_project.care.flags import load_red_flags
from rasa_project.in_force import country_of, escalation_due

logger = logging.getLogger(__name__)

ESCALATION = "utter_escalation"


class ContactAwareResponses(TemplatedNaturalLanguageGenerator):
    """Domain responses whose `{emergency_number}` and the like follow the user's country.

    `utter_escalation` is answered with the response of the flag that leads
    (`utter_escalation_<flag>` and its kin in `domain/escalations.yml`). Should choosing
    it fail for any reason, `utter_escalation`'s own words are said: calling the
    emergency number is right whatever the flag.
    """

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        """Take the responses of `domain`; `endpoint_config` has no option of its own."""
        super().__init__(domain.responses)

    async def generate(
        self,
        utter_action: Text,
        tracker: DialogueStateTracker,
        output_channel: Text,
        **kwargs: Any,
    ) -> Optional[Dict[Text, Any]]:
        """Return the response, or None if the domain has none of that name."""
        reply: Optional[Dict[Text, Any]] = None
        name = utter_action
        if utter_action == ESCALATION:
            try:
                due = escalation_due(tracker)
                if due.response in self.responses:
                    name, reply = due.response, due.reply
                else:
                    logger.error("no response for escalation response=%s", due.response)
            except Exception as error:  # an emergency must be answered whatever breaks
                logger.error("escalation not chosen error=%s", type(error).__name__)
        response = await super().generate(
            name, tracker, output_channel, **{**self._numbers(tracker), **kwargs}
        )
        if response is not None and reply is not None:
            response["reply"] = reply
        return response

    def _numbers(self, tracker: DialogueStateTracker) -> Dict[Text, Text]:
        contacts = contacts_for(country_of(tracker), load_red_flags())
        return {
            placeholder: getattr(contacts, name).text
            for placeholder, name in PLACEHOLDERS.items()
        }
