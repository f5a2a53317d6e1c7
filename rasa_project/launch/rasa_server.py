"""Runs Rasa in this process with our model, our action server and our logs."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from pathlib import Path
from typing import Any, Awaitable, Callable, List, Optional, Sequence, Tuple

from rasa_project.care.errors import UnknotError
from rasa_project.launch.model_check import check_model
from rasa_project.launch.ports import PortTaken
from rasa_project.settings import PROJECT, Settings, check_reach

ENDPOINTS = PROJECT / "endpoints.yml"
CREDENTIALS = PROJECT / "credentials.yml"
TERMINAL_CHANNEL = "cmdline"
"""Rasa's own name of the channel behind `rasa shell`."""

GRACE_S = 3.0
"""Seconds that open connections get to finish when the server is told to end."""


Ready = Callable[[], Awaitable[None]]


class _FirstCause(logging.Handler):
    """Keeps why loading failed: Rasa only logs it and serves on without a model."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.error: Optional[BaseException] = None

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        while error is not None:
            self.error = error
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


class _End:
    """Ends the server when it is told to, in whatever moment.

    Sanic heeds signals as soon as it listens, and then stops the event loop. While it still
    awaits what belongs to its start, that stops the start instead: an error is raised, or
    the sign is lost and no later one is heeded.
    """

    ROUNDS = 100
    """Rounds of the loop after which Sanic has begun to serve: once our listener has
    returned, its start takes a handful, and none of them waits for anything."""

    def __init__(self, app: Any) -> None:
        self._asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, self.ask)
        if app.is_stopping:  # told so before we were asked
            self.ask()
        self.waiting = loop.create_task(self._stop(app))

    def ask(self) -> None:
        """End the server soon; asking twice does no harm."""
        self._asked.set()

    async def _stop(self, app: Any) -> None:
        await self._asked.wait()
        for _ in range(self.ROUNDS):
            await asyncio.sleep(0)
        app.is_stopping = False
        app.stop()


class ModelError(UnknotError):
    """The trained model could not be loaded; the message says what to do."""


def _read_content() -> None:
    """Read what emergencies are answered with, before it is needed. Never raises."""
    from rasa_project.care.check import WHEN_URGENT, read_ahead

    read_ahead(WHEN_URGENT)


def import_rasa(settings: Settings) -> None:
    """Import what serving needs, leanly unless the settings say otherwise."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    # Nothing is trained here, and nothing may reach the terminal.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    if settings.lean_import:
        from rasa_project import lean_import

        lean_import.install()
    import rasa.core.run  # noqa: F401
    import rasa.engine.recipes.default_recipe  # noqa: F401

    from rasa_project import lean_reading

    lean_reading.install()


def serve(
    settings: Settings,
    model: Path,
    action_urls: Sequence[str],
    port: int,
    on_ready: Ready,
    converse: Optional[Callable[..., Awaitable[Any]]] = None,
) -> None:
    """Serve until stopped.

    Args:
        action_urls: where Rasa posts actions to; one that is gone is passed over.
        on_ready: awaited once the model is loaded and the port answers.
        converse: takes Rasa's arguments of `record_messages` and talks in the terminal;
            the server ends when it returns. Without it the channels of `credentials.yml`
            are served.

    Raises:
        SettingError: other machines may ask, and no secret is set.
        PortTaken: another program listens on the port.
        UnknotError: the model could not be loaded, or `on_ready` found the action server dead.
    """
    check_model(model)
    import_rasa(settings)
    import rasa.core.run

    from rasa_project.launch.endpoints import close, endpoints_of
    from rasa_project.launch.logs import quieten_sanic
    from rasa_project.watch.door import Door
    from rasa_project.watch.turns import TurnLog, TurnWatch

    if converse is None:
        check_reach(settings)
    endpoints = endpoints_of(ENDPOINTS, settings, action_urls)
    turn_log: Optional[TurnLog] = None
    failed: List[UnknotError] = []
    why = _FirstCause()
    logging.getLogger("rasa.core.agent").addHandler(why)

    tasks: List["asyncio.Task[None]"] = []

    async def begin(app: Any, _: Any) -> None:
        app.config.GRACEFUL_SHUTDOWN_TIMEOUT = GRACE_S
        # What takes time is not awaited here: Sanic cannot be ended meanwhile.
        end_of_all = _End(app)
        tasks.append(end_of_all.waiting)
        tasks.append(asyncio.get_running_loop().create_task(start(app, end_of_all)))

    async def start(app: Any, end_of_all: _End) -> None:
        agent = getattr(app.ctx, "agent", None)
        try:
            if agent is None or not agent.is_ready():
                if isinstance(why.error, UnknotError):
                    raise why.error
                raise ModelError(
                    f"The model {model.name} could not be loaded. Delete it and run again; "
                    f"{settings.log_dir / 'rasa.log'} says why."
                )
            if converse is None:
                agent.handle_message = TurnWatch(turn_log).around(agent.handle_message)
            await on_ready()
            # Beside the first turns: a file that breaks from now on changes nothing.
            asyncio.get_running_loop().run_in_executor(None, _read_content)
        except UnknotError as error:
            failed.append(error)
            end_of_all.ask()

    async def end(_: Any, __: Any) -> None:
        for task in tasks:
            task.cancel()
        await close(endpoints)

    listeners: List[Tuple[Callable, str]] = [
        (begin, "after_server_start"),
        (end, "after_server_stop"),
    ]
    if converse is not None:
        # configure_app() looks the function up here when it serves the terminal.
        rasa.core.run.console.record_messages = converse
    else:
        turn_log = TurnLog(settings.log_dir) if settings.turn_log else None
        door = Door(settings, action_urls, endpoints.tracker_store, endpoints.lock_store)
        configure = rasa.core.run.configure_app

        def guarded_app(*arguments: Any, **named: Any) -> Any:
            app = configure(*arguments, **named)
            quieten_sanic()
            door.put_before(app)
            return app

        # serve_application() makes its app and runs it in one go; this is the place between.
        rasa.core.run.configure_app = guarded_app
    rasa.core.run.serve_application(
        model_path=str(model),
        channel=TERMINAL_CHANNEL if converse is not None else None,
        credentials=None if converse is not None else str(CREDENTIALS),
        interface=settings.bind,
        port=port,
        auth_token=settings.api_token,
        enable_api=converse is None and settings.api_token is not None,
        endpoints=endpoints,
        server_listeners=listeners,
    )
    if failed:
        raise failed[0]
    if not tasks:
        # Sanic only logs that; free a moment ago, the port was taken before we took it.
        raise PortTaken(
            f"Port {port} on {settings.bind} was taken while the skill started. Start it again."
        )
