"""Model and actions in one process, without sockets: for tests and measurements.

Usage:
    skill = Skill.load()
    replies = await skill.say("somebody", "my lower back cramped")
    replies[0].kind == "screening_question"
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Mapping, Text

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

from rasa_project.channels.replies import reply_metadata
from rasa_project.diary.keeper import Keeper, passing_diary, use
from rasa_project.diary.tracker_store import ForgettingTrackerStore
from rasa_project.launch.model_check import check_model

ACTIONS_PACKAGE = "actions"
RESPONSES = EndpointConfig(type="rasa_project.nlg.ContactAwareResponses")


class InProcessActions(EndpointConfig):
    """An action endpoint that calls rasa-sdk's executor instead of a server.

    `dead` makes every call fail the way a refused connection does, for tests of what
    the skill says when its action server is gone.
    """

    def __init__(self, package: Text = ACTIONS_PACKAGE) -> None:
        """Register all actions of `package`."""
        super().__init__(url="http://in-process", enable_selective_domain=True)
        self.executor = ActionExecutor()
        self.executor.register_package(package)
        self.dead = False

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Run the action that the JSON body names.

        Raises:
            ConnectionError: `dead` is set.
            ClientResponseError: the action rejected its execution (status 400).
        """
        if self.dead:
            raise ConnectionError("the action server is gone")
        try:
            return await self.executor.run(kwargs["json"])
        except ActionExecutionRejection as rejection:
            raise ClientResponseError(
                400,
                "rejected",
                '{"action_name": "%s", "error": "rejected"}' % rejection.action_name,
            ) from rejection


@dataclass(frozen=True)
class Reply:
    """One message of the bot."""

    text: Text
    reply: Mapping[Text, Any] = field(default_factory=dict)
    """The `reply` metadata of the behaviour contract."""

    @property
    def kind(self) -> Text | None:
        """Reply kind; None for a message that was only said again."""
        return self.reply.get("kind")


class Skill:
    """The trained model with its actions, ready to be talked to."""

    def __init__(self, agent: Agent, actions: InProcessActions) -> None:
        """Wrap a loaded agent; use `Skill.load`."""
        self.agent = agent
        self.actions = actions

    @classmethod
    def load(cls, model: Path | Text | None = None, diary: Keeper | None = None) -> "Skill":
        """Load a trained model; without `model` the newest one of `models/`.

        `diary` is where this process keeps its diaries from now on; without it a folder
        that goes with the process: a test may not meet what an earlier one has said.

        Raises:
            FileNotFoundError: no model was trained yet.
            ModelRefused: the file is not what training writes.
        """
        path = Path(model) if model else newest_model()
        check_model(path)
        use(diary or passing_diary())
        actions = InProcessActions()
        agent = Agent.load(
            path,
            generator=RESPONSES,
            lock_store=InMemoryLockStore(),
            tracker_store=ForgettingTrackerStore(Domain.empty()),
            action_endpoint=actions,
        )
        # Rasa makes the generator before it knows the domain of the model.
        from rasa.core.nlg.generator import NaturalLanguageGenerator

        agent.nlg = NaturalLanguageGenerator.create(RESPONSES, agent.domain)
        agent.processor.nlg = agent.nlg
        return cls(agent, actions)

    @property
    def domain(self) -> Domain:
        """The model's domain."""
        return self.agent.domain

    async def say(
        self,
        key: Text,
        text: Text,
        metadata: Mapping[Text, Any] | None = None,
        channel: Text | None = None,
    ) -> list[Reply]:
        """Send `text` as the person called `key` and return what the bot says.

        `metadata` is what a channel knows about the message, such as `country`.
        """
        message = UserMessage(
            text,
            CollectingOutputChannel(),
            sender_id=key,
            input_channel=channel,
            metadata=dict(metadata or {}),
        )
        await self.agent.handle_message(message)
        said: list[Reply] = []
        for event in reversed((await self.tracker(key)).events):
            if event.type_name == "user":
                break
            if event.type_name == "bot":
                said.insert(0, Reply(event.text or "", reply_metadata(event.metadata)))
        return said

    async def tracker(self, key: Text) -> DialogueStateTracker:
        """Return the whole tracker of the person called `key`."""
        return await self.agent.tracker_store.get_or_create_full_tracker(key)

    async def forget_conversation(self, key: Text) -> None:
        """Forget a conversation as a restart of the skill does; the diary stays."""
        empty = DialogueStateTracker.from_events(key, [], self.domain.slots)
        await self.agent.tracker_store.save(empty)

    async def slots(self, key: Text) -> Dict[Text, Any]:
        """Return the slot values of the person called `key`."""
        return (await self.tracker(key)).current_slot_values()


def newest_model(folder: Path | None = None) -> Path:
    """Return the newest model file of `folder` (default: `models/` of the project).

    Raises:
        FileNotFoundError: there is none; the message says how to make one.
    """
    folder = folder or Path(__file__).resolve().parent.parent / "models"
    # A name with a dot in front is a model that is still being written.
    found = (path for path in folder.glob("*.tar.gz") if not path.name.startswith("."))
    models = sorted(found, key=lambda path: path.stat().st_mtime)
    if not models:
        raise FileNotFoundError(f"{folder} holds no model. Run `make train` first.")
    return models[-1]
