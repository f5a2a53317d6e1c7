"""Reading an answer: what kind it is, what it names and what it denies.

Words decide. The classifier's intent only helps where no word does, and never
makes a no: a no needs a clear no, or a denial of everything that was asked,
with nothing positive beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterable, Mapping, Protocol, Sequence

from rasa_project.care.flags import TIER_ORDER, RedFlagContent, Tier
from rasa_project.care.screening.cues import Lexicon, load_lexicon
from rasa_project.care.screening.evidence import Evidence, gather
from rasa_project.care.screening.free import asks_whether_well, turned_round
from rasa_project.care.screening.hearing import HESITATIONS, Word, hear
from rasa_project.care.screening.judging import asks_something, judge
from rasa_project.care.screening.prompts import Prompt
from rasa_project.care.screening.questions import Node, Screening, load_screening
from rasa_project.care.screening.spans import find_spans


class FindingLike(Protocol):
    """What is used of a finding of the red-flag detector."""

    flag: str
    tier: Tier
    status: str


class DetectionLike(Protocol):
    """What is used of the red-flag detector's result."""

    present: Sequence[FindingLike]
    third_person: Sequence[FindingLike]
    to_confirm: Sequence[FindingLike]
    denied: Sequence[FindingLike]


@dataclass(frozen=True)
class Reading:
    """What an answer says, as far as it can be told."""

    kind: str
    """yes no hedged_no partial_denial partial unsure pain_limited long_standing resolved
    not_been_yet conflict refusal question_back third_person which digression silence unclear"""

    flags: tuple[tuple[str, Tier], ...] = ()
    """Flags named as the person's own and current, with the tier at which they were said."""

    to_confirm: tuple[str, ...] = ()
    """Flags that may have been meant or misheard."""

    facts: frozenset[str] = frozenset()
    """What the answer tells besides; "!x" = x was denied."""

    named: tuple[str, ...] = ()
    """Elements of the question that were said to be there."""

    correction: bool = False
    """It begins like taking something back ("wait, actually yes")."""

    corrects: str = ""
    """Question group that the words clearly belong to, when it is not the one that waits."""

    command: str = ""
    """Command word in it, also beside an answer ("no stop it's fine")."""

    to_siblings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other question of the same group -> what of it the words clearly say to be there."""

    today: bool = False
    """It speaks of today or of now."""

    low_confidence: bool = False
    """The recogniser was not sure of what it heard."""


def read_answer(
    text: str,
    intent: str | None,
    prompt: Prompt,
    detection: DetectionLike | None,
    content: RedFlagContent,
    low_confidence: bool = False,
) -> Reading:
    """Read `text` as the answer to `prompt`.

    `intent` is the classifier's opinion and may be wrong or None. `low_confidence` is
    set when the recogniser doubts its words; a no is then checked for Q1 to Q4.
    """
    node = load_screening(content.folder).node(prompt.node)
    return _read(text, intent, node, prompt, detection, content, low_confidence)


def _read(
    text: str,
    intent: str | None,
    node: Node,
    prompt: Prompt,
    detection: DetectionLike | None,
    content: RedFlagContent,
    low_confidence: bool,
) -> Reading:
    lexicon = load_lexicon(content.folder)
    words = hear(text)
    evidence = gather(words, lexicon, node)
    only_sounds = all(word.text in HESITATIONS for word in words)
    if only_sounds and not evidence.yes_at and not evidence.no_at:  # "mm hmm" is a yes
        return Reading("silence", low_confidence=low_confidence)
    flags = _own_flags(detection, prompt)
    other = prompt.person == "self" and not prompt.who_asked and _is_about_other(detection, evidence)
    kind = judge(evidence, node, prompt.check, intent, content)
    siblings = _to_siblings(words, lexicon, node, content)
    elsewhere_told = _time_told(words, lexicon, node, content) if kind in ("yes", "partial") else frozenset()
    if kind == "digression" and siblings and not asks_something(evidence):
        kind = "unclear"
    if other and kind not in ("no", "silence", "refusal", "question_back") and prompt.check != "who":
        kind = "third_person"
    elsewhere = frozenset(f"!{name}" for name in _denied_elsewhere(words, lexicon, node))
    target = _corrected_group(words, lexicon, node, content) if evidence.has("correction") else ""
    nodes = load_screening(content.folder).nodes
    who = {f"person_{s.id}" for s in evidence.spans if s.kind == "person"} if prompt.check == "who" else set()
    if prompt.check == "who" and evidence.has("third_person") and not who:
        who = {"person_them"}  # "she's forty two"
    if who and kind == "digression":
        kind = "unclear"
    return Reading(
        kind=kind,
        flags=flags,
        to_confirm=_to_confirm(detection, flags),
        facts=evidence.facts | elsewhere | elsewhere_told | who,
        named=evidence.named if not target else tuple(sorted(_said(words, lexicon, nodes[target]))),
        correction=evidence.begins_with_correction,
        corrects=target,
        command=evidence.command or _command_of(intent, kind),
        to_siblings=siblings,
        today=evidence.has("today"),
        low_confidence=low_confidence,
    )


def _to_siblings(
    words: Sequence[Word], lexicon: Lexicon, node: Node, content: RedFlagContent
) -> dict[str, tuple[str, ...]]:
    """Return what the words say to the other questions of the same group.

    The group is the context: "it feels weak" speaks of the leg while a leg is asked
    about. Only what is named counts, not a bare yes, which belongs to the question that waits.
    """
    if node.which_of:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for sibling in load_screening(content.folder).nodes.values():
        if sibling.group != node.group or sibling.id == node.id or sibling.which_of or not sibling.asks:
            continue
        evidence = gather(words, lexicon, sibling)
        named = tuple(name for name in evidence.named if name in sibling.asks)
        if named and judge(evidence, sibling, "", None, content) == "yes":
            found[sibling.id] = named
    return found


def _time_told(
    words: Sequence[Word], lexicon: Lexicon, node: Node, content: RedFlagContent
) -> frozenset[str]:
    """Return what a time in a yes already answers ("as bad lying down for a week").

    Only where one question of the group asks for a time: of two it could mean either.
    """
    nodes = load_screening(content.folder).file.nodes
    timed = [n for n in nodes if n.group == node.group and n.measure is not None and n.id != node.id]
    if len(timed) != 1 or node.which_of or not node.is_main:
        return frozenset()
    return gather(words, lexicon, timed[0]).facts & {f for facts in timed[0].known.values() for f in facts}


def _own_flags(detection: DetectionLike | None, prompt: Prompt) -> tuple[tuple[str, Tier], ...]:
    if detection is None:
        return ()
    findings = list(detection.present)
    if prompt.person == "other":
        findings += detection.third_person
    return tuple({finding.flag: finding.tier for finding in findings}.items())


def _to_confirm(
    detection: DetectionLike | None, flags: Iterable[tuple[str, Tier]]
) -> tuple[str, ...]:
    if detection is None:
        return ()
    own = {flag for flag, _ in flags}
    return tuple(dict.fromkeys(f.flag for f in detection.to_confirm if f.flag not in own))


def _is_about_other(detection: DetectionLike | None, evidence: Evidence) -> bool:
    if detection is not None and detection.third_person and not detection.present:
        return True
    # "He …" opens the sentence; "the doctor says he …" does not speak for somebody.
    return evidence.first("third_person") <= 1 and bool(evidence.positives)


def _denied_elsewhere(words: Sequence[Word], lexicon: Lexicon, node: Node) -> frozenset[str]:
    """Return elements of other questions that the words clearly deny."""
    here = {name for name, element in lexicon.cues.elements.items() if node.id in element.to}
    denied: set[str] = set()
    said: set[str] = set()
    for span in find_spans(words, lexicon, node.id, elsewhere=True):
        if span.kind != "element" or span.id in here:
            continue
        covered = lexicon.cues.elements[span.id].stands_for or [span.id]
        (denied if span.status in ("denied", "well") else said).update(covered)
    return frozenset(denied - said - here)


def read_denials(text: str, content: RedFlagContent) -> frozenset[str]:
    """Return the elements that a sentence outside the screening clearly denies.

    "no bladder trouble and my legs are fine" denies what Q4 names and half of Q3. Put
    them into a state with `machine.with_denials`; only a question of which everything
    was denied is skipped.
    """
    lexicon = load_lexicon(content.folder)
    words = hear(text)
    denied = _denied_elsewhere(words, lexicon, Node(id="nowhere"))
    for node in load_screening(content.folder).file.nodes:
        if node.is_main and len(denied.intersection(node.asks)) >= ENOUGH_FOR_ITS_QUESTION:
            denied |= _denied_in_list(words, lexicon, node)
    return denied


ENOUGH_FOR_ITS_QUESTION = 2
"""Things of one question denied in clear words, from which on the rest of the list is about it too."""


def _denied_in_list(words: Sequence[Word], lexicon: Lexicon, node: Node) -> frozenset[str]:
    """Return what of `node` is denied in the words that do for an answer to it ("no burning")."""
    spans = [s for s in find_spans(words, lexicon, node.id) if s.kind == "element" and s.id in node.asks]
    said = {span.id for span in spans if span.status not in ("denied", "well")}
    return frozenset(span.id for span in spans if span.status == "denied") - said


def _corrected_group(
    words: Sequence[Word], lexicon: Lexicon, node: Node, content: RedFlagContent
) -> str:
    """Return the earlier main question that a correction speaks of, or "" for none or this one.

    The question most of whose things are named; of equals the more urgent one.
    """
    mains = [n for n in load_screening(content.folder).file.nodes if n.is_main]
    if node.group not in {n.group for n in mains} or _said(words, lexicon, node):
        return ""
    earlier = mains[: [n.group for n in mains].index(node.group)]
    scores = {n.id: len(_said(words, lexicon, n)) for n in earlier}
    best = max(scores.values(), default=0)
    return next((name for name, score in scores.items() if score == best), "") if best else ""


def _said(words: Sequence[Word], lexicon: Lexicon, node: Node) -> set[str]:
    return {
        span.id
        for span in find_spans(words, lexicon, node.id)
        if span.kind == "element" and span.status == "said"
    }


_COMMAND_INTENTS = frozenset(
    "help repeat next_step previous_step pause resume stop start_over slower faster goodbye".split()
)


def _command_of(intent: str | None, kind: str) -> str:
    return intent if kind == "digression" and intent in _COMMAND_INTENTS else ""


def _nearest_question(
    name: str, screening: Screening, content: RedFlagContent
) -> tuple[Node, list[str]]:
    """Return the state that a free question comes closest to, and what it asks about."""
    free = screening.file.free_questions.get(name)
    if free is not None:
        return screening.nodes[free.node], free.asks
    flag = content.flags.get(name)
    if flag is None or flag.screen_group not in screening.nodes:
        return Node(id="free"), []
    node = screening.nodes[flag.screen_group]
    elements = load_lexicon(content.folder).cues.elements
    return node, [e for e, element in elements.items() if element.flag == name and node.id in element.to]


def _no_means_flag(
    question: str, name: str, screening: Screening, content: RedFlagContent
) -> bool:
    """Tell whether it is a question such as "Is it safe to talk?", whose no means the flag."""
    if name not in screening.file.turned_round:
        return False
    return question in (content.flag(name).confirm, content.flag(name).reask)


_FREE = {"yes": "yes", "partial": "yes", "which": "yes", "no": "no", "hedged_no": "no", "long_standing": "no"}
"""How the kinds count for a single free question; everything else is unclear."""


def read_free_answer(
    question: str,
    question_flag: str,
    answer: str,
    detection: DetectionLike | None,
    content: RedFlagContent,
) -> str:
    """Return "yes", "no" or "unclear": does the answer to a freely worded question mean the flag?

    For measuring, and for questions that are not among the nine. A yes to a question
    that asks whether all is well ("any trouble? no incontinence?") means no flag.
    """
    screening = load_screening(content.folder)
    base, asks = _nearest_question(question_flag, screening, content)
    # Of several things only those count that this wording really asks about.
    heard = {s.id for s in find_spans(hear(question), load_lexicon(content.folder), base.id)}
    node = base.copy(update={"asks": [name for name in asks if name in heard] or asks})
    prompt = Prompt(node=node.id, text=question, group=node.group, covers=tuple(node.covers))
    reading = _read(answer, None, node, prompt, detection, content, False)
    asked_about = (*node.covers, question_flag)
    for flag, tier in reading.flags:
        # A flag that was lowered (long-standing, unchanged) is no yes by itself.
        if flag in asked_about and reading.kind != "long_standing" and TIER_ORDER[tier] >= TIER_ORDER[content.flag(flag).tier]:
            return "yes"
    if _no_means_flag(question, question_flag, screening, content):
        return {"yes": "no", "no": "yes"}.get(reading.kind, "unclear")
    flag = content.flags.get(question_flag)
    if reading.kind == "hedged_no" and flag is not None and question == flag.confirm:
        return "unclear"  # only a clear no undoes what may have been an emergency
    if asks_whether_well(question):
        return turned_round(reading.kind, bool(reading.named))
    return _FREE.get(reading.kind, "unclear")
