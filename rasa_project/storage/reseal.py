"""`make reseal`: every conversation is sealed with the first key, whatever it was before.

For the day a key is set for the first time, or changed: afterwards nothing in the database is
in the open, and the keys behind the first one can go. The skill may serve meanwhile, if all of
its processes have the new key first already.
"""

from __future__ import annotations

import sys

import sqlalchemy as sa

from rasa_project.care.errors import SettingError, UnknotError
from rasa_project.launch.logs import describe
from rasa_project.launch.prepare import said_plainly
from rasa_project.settings import settings
from rasa_project.storage.events_table import EventsTable
from rasa_project.storage.sealing import Seal


class NotResealed(UnknotError):
    """The database did not take it; what was done so far holds, and it can be run again."""


def main() -> int:
    """Seal everything and say how much was written anew."""
    with said_plainly() as steps:
        in_force = settings()
        if not in_force.tracker_url or not in_force.tracker_key:
            raise SettingError(
                "SKILL_TRACKER_URL and SKILL_TRACKER_KEY say which database is sealed with which key. Set both."
            )
        table = EventsTable(in_force.tracker_url, Seal(in_force.tracker_key))
        try:
            done = table.seal_anew()
        except (sa.exc.SQLAlchemyError, OSError) as error:
            raise NotResealed(
                f"The database of SKILL_TRACKER_URL broke it off ({describe(error)}). "
                "Nothing is lost; run the same command again."
            ) from None
        finally:
            table.let_go()
        steps.console.print(f"{done} events are sealed anew. Only the first key is needed from now on.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
