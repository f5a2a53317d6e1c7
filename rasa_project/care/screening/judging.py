"""From the evidence in an answer to its kind, by answer_rules of red_flags.yml."""

from __future__ import annotations

from rasa_project.care.flags import RedFlagContent
from rasa_project.care.screening.cues import load_lexicon
from rasa_project.care.screening.evidence import Evidence
from rasa_project.care.screening.hearing import hear
from rasa_project.care.screening.quantities import days_ago
from rasa_project.care.screening.questions import Node, load_screening

_QUESTION_STARTS = frozenset(
    "what why how when where who which is are can could should do does did will would may am whats hows".split()
)
_BEFORE_A_QUESTION = frozenset(
    "well so but and um uh er oh ok okay right yeah yes no hey look listen sorry please just now then also wait actually "
    "hang hold on hmm alright good great cool sure thanks anyway first".split()
)
"""Words that may come before the question itself."""

_ASKING = (
    "can i", "could i", "should i", "shall i", "do i", "am i", "will i", "may i", "must i", "is it", "is that", "is this",
    "is there", "are there", "can you", "could you", "do you", "would you", "will you", "have you", "what is", "what are", "what about",
    "how about", "how long", "how much", "how many", "how do", "how can", "how often", "how come", "what should", "what can", "what do", "what does",
    "what if", "which is", "tell me", "i wonder", "i was wondering", "wondering if", "want to know", "like to know", "need to know",
    "ask you", "a question", "any idea", "any tips", "any advice", "you think", "you reckon", "know if", "know whether", "will it",
    "does it", "did it", "would it", "could it", "might it", "why is", "why does", "why do", "why are", "who should", "when should",
    "when can", "where can", "explain",
)
"""Word pairs by which a sentence asks; "i know what it is" holds none of them."""

_SUBJECTS = frozenset(
    "i it my the there they this that he she we his her their everything nothing something both one left right only "
    "still sometimes feels felt hurts aches got had been was were every all most mostly mainly usually because cause since "
    "when after while until till ever never always".split()
)
"""Words with which a statement begins."""

_INTENT_KINDS = {
    "affirm": "yes",
    "unsure": "unsure",
    "refuse_answer": "refusal",
    "explain_question": "question_back",
}
_NO_DIGRESSION = frozenset({"deny", "nlu_fallback", "greet", None})
_STAY = frozenset({"no", "hedged_no", "unsure", "partial", "partial_denial", "unclear"})
RECENT_DAYS = 14
"""answer_rules.resolved: within two weeks."""

_BACK_TALK = frozenset("back pain hurts hurt sore stiff spasm spasms cramp tight painful".split())


def judge(
    evidence: Evidence, node: Node, check: str, intent: str | None, content: RedFlagContent
) -> str:
    """Return the kind of the answer (see `Reading.kind`)."""
    if check == "resolved":
        days = days_ago([word.text for word in evidence.words])
        if days is not None and (days > RECENT_DAYS or not evidence.no_at):
            return "yes" if days <= RECENT_DAYS else "no"
        if evidence.has("today"):
            return "yes"
    if check == "long_standing":
        if evidence.has("new") and not _denies(evidence, "new"):
            return "yes"
        if evidence.has("long_standing") and not evidence.yes_at:
            return "no"
    kind = _special(evidence, node, content) or _polar(evidence, node, content)
    kind = _by_known_facts(kind, evidence, node)
    if kind == "yes" and _only_asks(evidence, intent):
        kind = "unclear"
    if kind == "unclear":
        kind = _without_answer(evidence, node, intent, content)
    if node.which_of and (evidence.named or evidence.facts - _negative(evidence.facts)):
        if kind in ("yes", "partial", "unclear", "unsure", "digression"):
            return "which"
    return kind


def _negative(facts: frozenset[str]) -> frozenset[str]:
    return frozenset(fact for fact in facts if fact.startswith("!"))


def _denies(evidence: Evidence, kind: str) -> bool:
    first = evidence.first(kind)
    return first > 0 and evidence.words[first - 1].text in ("not", "no", "never", "nothing")


def _special(evidence: Evidence, node: Node, content: RedFlagContent) -> str | None:
    """Return the kind when a rule beyond yes and no holds, else None."""
    screening = load_screening(content.folder)
    there = bool(evidence.positives or evidence.yes_at)
    applies = set(node.applies)
    asked = evidence.first("question_back")
    if evidence.has("question_back") and not (evidence.yes_at or evidence.no_at or evidence.has("partial")):
        if all(span.start > asked for span in evidence.spans if span.kind in ("element", "vague", "negative_symptoms")):
            return "question_back"
    if evidence.has("refusal") and not there:
        return "refusal"
    if evidence.has("not_been_yet") and not there and not evidence.no_at:
        return "not_been_yet" if "not_been_yet" in applies else "unsure"
    if evidence.has("pain") and "pain_limited" in applies:
        hard = set(evidence.positives) & set(screening.file.pain_never)
        turned = evidence.yes_at and evidence.no_at and max(evidence.yes_at) > max(evidence.no_at)
        if not hard and not turned and "passed" not in {w.text for w in evidence.words}:
            return "pain_limited"
    if evidence.has("resolved") and not (evidence.no_at and not there and evidence.has("fine")):
        if "resolved" in applies:
            return "resolved"
        return "yes" if there or "past_counts" in applies else "unsure"
    if evidence.has("long_standing"):
        nothing_there = bool(evidence.no_at or evidence.has("fine") or _full_denial(evidence, node))
        if evidence.has("new") and not _denies(evidence, "new"):
            return "yes"
        if there or evidence.has("partial") or not nothing_there:
            return "long_standing" if "long_standing" in applies else "yes"
    return None


def _full_denial(evidence: Evidence, node: Node) -> bool:
    if node.asks:
        return bool(evidence.denied) and set(node.asks) <= evidence.denied
    return bool(evidence.denied)


def _polar(evidence: Evidence, node: Node, content: RedFlagContent) -> str:
    """Return the kind by yes and no alone; `unclear` when there is neither."""
    yes, no = bool(evidence.yes_at), bool(evidence.no_at)
    denial = _full_denial(evidence, node)
    if yes and no:
        return "yes" if max(evidence.yes_at) > max(evidence.no_at) or evidence.positives else "conflict"
    if evidence.positives:
        return _with_positives(evidence, yes, no)
    if yes:
        if evidence.has("partial") and not evidence.has("unsure"):
            return "partial"
        if evidence.has("unsure") and evidence.first("unsure") > evidence.yes_at[0]:
            return "unsure"
        if evidence.has("hedged_no"):
            return "conflict"
        if evidence.has("fine") and evidence.first("fine") < evidence.yes_at[0]:
            return "no"  # "I've got feeling there, yes": the yes stresses what was said
        return "conflict" if evidence.has("fine") or denial else "yes"
    if evidence.has("unsure"):
        return "unsure"
    if evidence.has("hedged_no"):
        if evidence.has("partial"):
            return "partial"
        return "no" if no or denial else "hedged_no"
    if evidence.has("partial"):
        return "conflict" if no or denial or evidence.has("fine") else "partial"
    if no:
        if evidence.unable:
            return "unsure"
        return "no" if _nothing_after_but(evidence, content) else "unsure"
    if denial:
        return "no"
    if evidence.denied:
        return "partial_denial"
    if evidence.has("fine") and _all_is_fine(evidence, node, content):
        return "no"
    return "unclear"


def _all_is_fine(evidence: Evidence, node: Node, content: RedFlagContent) -> bool:
    """Tell whether an answer is nothing but a "fine", with no condition and no "not" in it.

    What is fine must be what was asked about: "my legs are fine" says nothing of the bladder.
    """
    cues = load_lexicon(content.folder).cues
    said = {word.text for word in evidence.words}
    named = {group for group, parts in cues.fine_parts.items() if said.intersection(parts)}
    if named and named != {node.group}:
        return False
    behind = [w.text for at, w in enumerate(evidence.words) if at > evidence.first("fine")]
    bare = evidence.uncovered(frozenset())
    if any(word in cues.conditions for word in behind if word in bare) or "not" in bare:
        return False
    return len(evidence.uncovered(_small_words(content))) <= 1


def _with_positives(evidence: Evidence, yes: bool, no: bool) -> str:
    if yes:
        return "yes"
    only_vague = set(evidence.positives) <= {"vague"}
    if only_vague and (no or evidence.has("fine") or evidence.has("hedged_no")):
        return "unsure"
    if evidence.has("unsure") and only_vague:
        return "unsure"
    return "yes"


def _nothing_after_but(evidence: Evidence, content: RedFlagContent) -> bool:
    """Tell whether a no stands to the end: 'no but …' is read for what follows the but."""
    cues = load_lexicon(content.folder).cues
    turns = [
        at
        for at, word in enumerate(evidence.words)
        if word.text in cues.turns and at > max(evidence.no_at)
    ]
    if not turns:
        return True
    tail = range(turns[0] + 1, len(evidence.words))
    if any(evidence.words[at].text in _BACK_TALK for at in tail):
        return True
    explained = {at for span in evidence.spans for at in range(span.start, span.end)}
    small = _small_words(content)
    left = [at for at in tail if at not in explained and evidence.words[at].text not in small]
    return len(left) <= 1


def _small_words(content: RedFlagContent) -> frozenset[str]:
    cues = load_lexicon(content.folder).cues
    return frozenset((*cues.passes, *cues.well_links, *cues.well_words, *cues.after_standalone_no, *cues.breaks, "is", "are"))


def _by_known_facts(kind: str, evidence: Evidence, node: Node) -> str:
    """Let a fact that answers the question decide ("just the left one" to "in both legs?")."""
    facts = evidence.facts
    if set(node.known.get("yes", ())) & facts and kind in _STAY:
        return "yes"
    if set(node.known.get("no", ())) & facts:
        if kind == "yes" and evidence.yes_at and not evidence.no_at:
            return "conflict"
        if kind in _STAY and (kind != "unsure" or evidence.no_at):
            return "no"
        if kind == "conflict" and evidence.no_at:
            return "no"
    return kind


def _without_answer(
    evidence: Evidence, node: Node, intent: str | None, content: RedFlagContent
) -> str:
    """Return what words are that hold no answer: a question, a command, a story."""
    if evidence.has("question_back"):
        return "question_back"
    if evidence.command:
        return "digression"
    if intent in _INTENT_KINDS:
        return _INTENT_KINDS[intent]
    if asks_something(evidence):
        return "digression"
    if intent in _NO_DIGRESSION or intent.startswith(("report_", "inform_")):
        return "unclear"
    # What is stated may be the answer, whatever topic the classifier heard in it.
    topic = intent.startswith("ask_") or intent == "out_of_scope"
    return "unclear" if topic and _states_something(evidence) else "digression"


def _only_asks(evidence: Evidence, intent: str | None) -> bool:
    """Tell whether a "something" is all that a question names ("can I take something for it")."""
    if not (intent or "").startswith(("ask_", "request_")) or evidence.yes_at or evidence.no_at:
        return False
    return set(evidence.positives) <= {"vague"} and asks_something(evidence)


def asks_something(evidence: Evidence) -> bool:
    """Tell whether the words are a question, by how they begin or by a word pair that asks."""
    return _asks([word.text for word in evidence.words])


def is_statement(text: str) -> bool:
    """Tell whether `text` states something and asks nothing, whatever the classifier heard in it."""
    texts = [word.text for word in hear(text)]
    return not _asks(texts) and _states(texts)


def _asks(texts: list[str]) -> bool:
    begin = next((at for at, text in enumerate(texts) if text not in _BEFORE_A_QUESTION), len(texts))
    if begin < len(texts) and texts[begin] in _QUESTION_STARTS and not _when_clause(texts, begin):
        return True
    said = f" {' '.join(texts)} "
    return any(f" {pair} " in said for pair in _ASKING)


def _when_clause(texts: list[str], at: int) -> bool:
    """Tell whether "when i bend it hurts" or "will not hold me": no question, a statement."""
    follower = texts[at + 1] if at + 1 < len(texts) else ""
    if texts[at] in ("when", "where"):
        return follower in ("i", "it", "my", "the", "we", "you")
    return follower == "not" and texts[at] in ("can", "could", "would", "will", "does", "do", "did", "is", "are")


def _states_something(evidence: Evidence) -> bool:
    return _states([word.text for word in evidence.words])


def _states(texts: list[str]) -> bool:
    begin = next(
        (at for at, text in enumerate(texts) if text in _SUBJECTS or text not in _BEFORE_A_QUESTION), len(texts)
    )
    return begin < len(texts) and texts[begin] in _SUBJECTS and len(texts) - begin > 1
