"""The web page of the skill, as a channel of Rasa: `rasa_project.channels.page.PageInput:`."""

from rasa_project.channels.page.channel import PageInput

__all__ = ["PageInput"]
