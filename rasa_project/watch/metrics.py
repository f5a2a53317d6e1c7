"""Counts for Prometheus: how many turns, how long, with what kind of answer.

No label holds anything a user or a stranger can choose: a channel that is not one of ours
counts as `other`, and so does a kind of reply the behaviour contract does not name.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
"""Ours alone: nothing that a library counts for itself is served."""

CHANNELS = frozenset({"rest", "page", "wyoming", "alexa", "cmdline"})
KINDS = frozenset(
    "greeting help screening_question setup_question stretch_step paused resumed slower faster "
    "relief_ack worse_stop answer plan progress logged clinician_info confirm_delete data_deleted "
    "stop goodbye thanks fallback clarify explain refuse_dose refuse_diagnosis escalation "
    "crisis_support ask_adult safety_net error".split()
)
"""Reply kinds of the behaviour contract."""

TIERS = frozenset({"emergency_now", "same_day", "see_clinician_soon"})
OTHER = "other"

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0)
"""Bounds of the histogram: people leave 0.2 s between turns, a turn is given up after 6, Alexa hangs up at 8."""

TURNS = Counter(
    "unknot_turns", "Turns by how they ended.", ("channel", "outcome"), registry=REGISTRY
)
"""`outcome`: answered; apology (the skill could not do what was asked); silent; failed."""

TURN_SECONDS = Histogram(
    "unknot_turn_seconds", "Seconds from the words to the whole answer.", ("channel",),
    buckets=SECONDS, registry=REGISTRY,
)  # fmt: skip
REPLIES = Counter("unknot_replies", "Messages said, by kind.", ("kind",), registry=REGISTRY)
FALLBACKS = Counter(
    "unknot_fallbacks", "Turns that were not understood.", ("channel",), registry=REGISTRY
)
ESCALATIONS = Counter(
    "unknot_escalations", "Turns that told somebody to get help, by the most urgent tier.",
    ("tier",), registry=REGISTRY,
)  # fmt: skip
LATE_TURNS = Counter(
    "unknot_late_turns", "Turns answered at their deadline, before they were done.", ("channel",),
    registry=REGISTRY,
)  # fmt: skip
ACTION_FAILURES = Counter(
    "unknot_action_failures",
    "Calls of the action server that failed: no answer in time (deadline), no connection "
    "(unreachable), anything else (answer).",
    ("reason",), registry=REGISTRY,
)  # fmt: skip
REFUSED = Counter(
    "unknot_requests_refused", "Requests refused at the door.", ("reason",), registry=REGISTRY
)
"""`reason`: token, rate, form (not what the route takes), size, closed (a route we do not offer)."""


def known(value: object, names: frozenset[str]) -> str:
    """Return `value` if it is one of `names`, else `other`."""
    return value if isinstance(value, str) and value in names else OTHER


for _reason in ("deadline", "unreachable", "answer"):
    ACTION_FAILURES.labels(_reason)  # a rate can be taken from the first failure on
for _tier in sorted(TIERS):
    ESCALATIONS.labels(_tier)
