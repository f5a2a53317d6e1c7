"""One answer on its way through the answer rules."""

from __future__ import annotations

from dataclasses import replace

from rasa_project.care.screening.progress import (
    URGENT_GROUPS,
    apply_effect,
    take_named_flags,
    verdict_of,
    with_facts,
    with_flag,
)
from rasa_project.care.screening.prompts import prompt_for
from rasa_project.care.screening.steps import Outcome, Step, explanation, pending

MAX_SILENCES = 1
"""Repeats after silence or noise; then the safety net (answer_rules.silence_or_noise)."""


class Turn(Step):
    """One answer on its way through the rules; lives for one call of `advance`."""

    def outcome(self) -> Outcome:
        """Return what follows from the answer."""
        reading = self.reading
        if reading.kind == "third_person" and self.state.check != "who" and self.state.person == "self":
            self.state = replace(self.state, who_asked=True)
            return self._ask("who")
        flags = {flag: tier for flag, tier in reading.flags if not self._is_old_trouble(flag)}
        if flags:
            self.state = take_named_flags(self.state, flags, self.content)
            verdict = verdict_of(self.state, self.content)
            if verdict.tier == "emergency_now":
                return self._escalate(verdict)
        if reading.kind == "digression":
            return self._settle_named() or Outcome(
                self.state, "digression", prompt_for(self.state, self.content)
            )
        if reading.kind == "silence":
            return self._silence()
        if reading.kind == "refusal":
            return self._refusal()
        if reading.kind == "question_back":
            return self._repeat(self._reason())
        if reading.kind != "unclear":
            self.state = replace(self.state, silences=0)
        if self.state.check == "who":
            return self._who()
        corrected = self._correction() or self._sibling_correction()
        if corrected is not None:
            return corrected
        self.state = with_facts(self.state, reading.facts, self.content)
        self._take_what_siblings_ask()
        if self.state.check == "confirm":
            return self._confirmed()
        if self.state.check == "long_standing":
            return self._long_standing_answered()
        if self.state.check == "resolved":
            return self._resolved_answered()
        return self._answered()

    def _is_old_trouble(self, flag: str) -> bool:
        """Tell whether `flag` was named as something unchanged for long, which is asked about once."""
        asks = self.reading.kind == "long_standing" and "long_standing" in self.node.applies
        return asks and flag in self.node.covers

    # The question itself and its concrete second try

    def _answered(self) -> Outcome:
        kind, node, applies = self.reading.kind, self.node, set(self.node.applies)
        again = self.state.check == "again"
        if kind == "which" or node.which_of:
            return self._which()
        if kind == "no":
            return self._no()
        if kind == "hedged_no":
            second = self.state.reasked or self.state.check == "faint"
            if ("hedged_reask" in applies or again) and not second:
                return self._ask("reask")
            return self._no()
        if kind == "partial_denial":
            # The concrete second try may leave out what was not denied yet: the whole once more.
            if again or self.state.reasked or not node.is_main:
                return self._no()
            return self._ask("again", self._say("again"))
        if kind == "partial" and node.partial == "reask" and not self.state.reasked:
            return self._ask("reask")
        if kind == "resolved":
            return self._resolved()
        if kind == "long_standing":
            return self._ask("long_standing") if "long_standing" in applies else self._done("yes")
        if kind == "conflict":
            return self._done("yes") if again else self._ask("again", self._say("again"))
        if kind == "pain_limited":
            return self._pain_limited()
        if kind == "not_been_yet":
            return self._not_been_yet()
        if kind in ("yes", "partial"):
            return self._done("yes")
        if kind == "unclear":
            return self._unclear()
        return self._unsure()

    def _no(self) -> Outcome:
        covered = self.node.group in URGENT_GROUPS or "strict_no" in self.node.applies
        doubted = covered and self.reading.low_confidence and bool(self.node.covers)
        return self._confirm_first("no", self.node.covers[0] if doubted else "") or self._done("no")

    def _confirm_first(self, then: str, default: str = "") -> Outcome | None:
        """Ask the confirm question of a flag that may have been meant, once for each flag."""
        waiting = [flag for flag in self.reading.to_confirm if self._is_worth_confirming(flag, then)]
        waiting += [default] if default else []
        waiting = [flag for flag in waiting if flag not in (*self.state.confirmed, *self.state.flags)]
        if not waiting:
            return None
        self.state = replace(
            self.state,
            confirmed=(*self.state.confirmed, waiting[0]),
            check_flag=waiting[0],
            after_confirm=then,
            reasked=False,
        )
        return self._ask("confirm")

    def _is_worth_confirming(self, flag_id: str, then: str) -> bool:
        """Tell whether a hint must be asked about now.

        Not when its own question is still to come. Beside a clear no only hints at an
        emergency count: "no, just my back" must not start a cross-examination.
        """
        flag, here = self.content.flag(flag_id), self.node.group
        if self.reading.to_siblings and flag.screen_group != here:
            return False  # "it's numb" speaks of the leg while a leg is asked about
        if flag.screen_group == here:
            return then == "repeat" or (flag.tier == "emergency_now" and here in URGENT_GROUPS)
        if flag.screen_group in self.screening.nodes and flag.screen_group not in self.state.answers:
            return False
        return flag.tier == "emergency_now" or then == "repeat"

    def _unsure(self) -> Outcome:
        may_reask = self.node.is_main or self.node.reask_unsure
        if self.node.group in ("Q2_saddle", "Q3_bladder_bowel"):
            self.state = with_facts(self.state, ["doubt_below"], self.content)
        if may_reask and not self.state.reasked:
            return self._ask("reask")
        return self._done("unsure")

    def _unclear(self) -> Outcome:
        """A story without yes or no: once more, then as no answer at all."""
        return self._settle_named() or self._confirm_first("repeat") or self._silence()

    def _pain_limited(self) -> Outcome:
        if self.state.check == "" and self.node.is_main:
            faint = "passing_out" in self.reading.facts
            return self._ask("faint" if faint else "reask")
        return self._done("unsure")

    def _not_been_yet(self) -> Outcome:
        fact = "not_been_saddle" if self.node.group == "Q2_saddle" else "not_been_toilet"
        self.state = with_facts(self.state, [fact], self.content)
        return self._done(None)

    def _which(self) -> Outcome:
        """An answer to 'Which of those?' or several things named at once."""
        named = self.reading.named
        if self.reading.kind in ("no", "hedged_no", "partial_denial") and not named:
            return self._taken_back()
        if not named and not self.node.which_of:
            return self._done("yes")
        if not named:
            return self._unclear_which()
        source = self.screening.node(self.node.which_of or self.node.id)
        self.state = replace(self.state, assumed=(), answers={**self.state.answers, self.node.id: "yes"})
        self.state, _ = apply_effect(self.state, source, "yes", named, self.content)
        self.state = with_facts(self.state, named, self.content)
        return self._done(None)

    def _taken_back(self) -> Outcome:
        """None of those, after a yes: the whole question once more; only a clear no undoes it."""
        main = self.screening.node(self.node.which_of or self.node.id)
        if f"{main.id}_twice" in self.state.facts:
            return self._unclear_which()
        self.state = with_facts(self.state, [f"{main.id}_twice"], self.content)
        gone = (main.id, self.node.id)
        answers = {k: v for k, v in self.state.answers.items() if k not in gone}
        facts = tuple(f for f in self.state.facts if f not in main.yes.facts)
        before = replace(self.state, answers=answers, facts=facts, assumed=())
        self.node = main
        self.state = replace(
            pending(before, main.id),
            mode=self.state.mode_before or self.state.mode,  # type: ignore[arg-type]
            mode_before="",
            spoken_tier="",
            attempt=self.state.attempt,
        )
        return self._ask("again", self._say("again"))

    def _unclear_which(self) -> Outcome:
        unclear = self.node.copy(update={"yes": self.node.unclear})
        self.state, _ = apply_effect(self.state, unclear, "yes", (), self.content)
        return self._done(None)

    # Checks

    def _confirmed(self) -> Outcome:
        flag = self.state.check_flag
        kind = self.reading.kind
        if flag in self.screening.file.turned_round:
            kind = {"no": "yes", "hedged_no": "yes", "yes": "no", "partial": "unsure"}.get(kind, kind)
        if kind == "no" or (kind == "hedged_no" and self.state.reasked):
            then = self.state.after_confirm
            self.state = replace(self.state, check="", check_flag="", after_confirm="")
            return self._done("no") if then == "no" else self._repeat(())
        if kind in ("hedged_no", "unclear", "conflict", "partial_denial") and not self.state.reasked:
            return self._ask("confirm")
        self.state = take_named_flags(
            self.state, {flag: self.content.flag(flag).tier}, self.content, decide=True
        )
        return self._done(None)

    def _long_standing_answered(self) -> Outcome:
        kind = self.reading.kind
        if kind not in ("no", "hedged_no", "partial_denial", "long_standing"):
            return self._done("yes")
        outcome = self._done("yes", tier="see_clinician_soon")
        return self._with_soon_advice(outcome)

    def _resolved(self) -> Outcome:
        rules = self.screening.file.resolved
        if self.node.id == "Q1_life_threat" and self.reading.today:
            return self._done("yes")
        known = self.node.id in rules.same_day or self.node.id in rules.as_yes
        if not known:
            return self._unsure() if self.node.group == "Q8_pain_pattern" else self._done("yes")
        gone = set(self.reading.named) - set(rules.tells_where)
        if gone and gone <= set(rules.gone_is_no):
            return self._done("no")
        return self._ask("resolved")

    def _resolved_answered(self) -> Outcome:
        kind = self.reading.kind
        if kind in ("no", "hedged_no", "partial_denial"):
            return self._done("no")
        if kind == "conflict":
            kind = "yes"
        if self.node.id in self.screening.file.resolved.as_yes:
            return self._done("yes")
        if self.node.id == "Q1_life_threat" and self.reading.today:
            return self._done("yes")
        if self.node.id == "Q4_legs":
            self.state = with_flag(self.state, "progressive_leg_weakness", self.content, "same_day", "Q4_legs.advice_unsure")
            self.state = replace(self.state, answers={**self.state.answers, self.node.id: "no"})
            return self._done(None)
        return self._done("yes", tier="same_day")

    def _who(self) -> Outcome:
        words = self.reading
        if not words.facts & {"person_me", "person_them"} and words.kind not in ("yes", "no"):
            return self._silence()
        other = "person_them" in words.facts and "person_me" not in words.facts
        state = replace(self.state, person="other" if other else "self", check="", attempt=1)
        self.state = state
        return self._repeat((self._say("for_other"),) if other else ())

    def _correction(self) -> Outcome | None:
        """'Wait, actually yes' counts at once, for any earlier question."""
        reading = self.reading
        target = reading.corrects
        if not target and reading.correction and reading.kind in ("yes", "partial") and not reading.named:
            target = self._earlier_thanpending()
        if not target or target == self.node.id or target not in self.state.answers:
            return None
        if reading.kind not in ("yes", "partial", "which", "conflict"):
            return None
        earlier = self.screening.node(target)
        kept = {
            key: value
            for key, value in self.state.answers.items()
            if key.partition(".")[0] != earlier.group
        }
        facts = tuple(f for f in self.state.facts if f[1:] not in earlier.asks)
        self.node = earlier
        self.state = replace(pending(self.state, earlier.id), answers=kept, facts=facts)
        return self._done("yes")

    def _earlier_thanpending(self) -> str:
        """Return the question that a bare "wait, actually yes" belongs to.

        It looks back, so the last answered question is meant, when that one was a no.
        """
        last = self.state.last_main
        if self.state.check or self.state.attempt > 1 or not last:
            return ""
        return last if self.state.answers.get(last) == "no" else ""

    def _sibling_correction(self) -> Outcome | None:
        """Take a yes to an earlier question about the same trouble, said at a later one.

        "It does feel weak" at 'Is that leg numb as well?' counts as if it had been said
        when the weakness was asked about (answer_rules.conflict: at once, for any
        earlier question).
        """
        taken_back = ("no",) if self.reading.kind in ("resolved", "long_standing") else ("no", "unsure")
        for node_id, names in self.reading.to_siblings.items():
            sibling = self.screening.node(node_id)
            answered = self.state.answers.get(node_id)
            if answered not in taken_back or (sibling.is_main and answered != "no"):
                continue
            answers = {key: value for key, value in self.state.answers.items() if key != node_id}
            facts = tuple(f for f in self.state.facts if f[1:] not in sibling.asks)
            self.node = sibling
            self.reading = replace(self.reading, kind="yes", named=names)
            self.state = replace(pending(self.state, sibling.id), answers=answers, facts=facts)
            return self._done("yes")
        return None

    def _take_what_siblings_ask(self) -> None:
        """Keep what was told ahead of its own question ("no, but I'm on warfarin").

        Only facts are kept; what raises a flag is still asked in its own words.
        """
        for node_id, names in self.reading.to_siblings.items():
            sibling = self.screening.node(node_id)
            if node_id in self.state.answers or sibling.yes.flag or sibling.yes.named:
                continue
            known = [name for name in names if name in sibling.known.get("yes", ())]
            self.state = with_facts(self.state, known, self.content)

    # Silence, refusal, questions

    def _silence(self) -> Outcome:
        if self.state.silences >= MAX_SILENCES:
            return Outcome(replace(self.state, pending=None), "abandoned", verdict=verdict_of(self.state, self.content))
        self.state = replace(self.state, silences=self.state.silences + 1)
        return self._repeat((self._say("not_heard"),))

    def _refusal(self) -> Outcome:
        if self.state.explained:
            return Outcome(replace(self.state, pending=None), "refused", verdict=verdict_of(self.state, self.content))
        self.state = replace(self.state, explained=True)
        return self._repeat((self._say("refusal"),))

    def _reason(self) -> tuple[str, ...]:
        return (explanation(self.node.id, self.content),)

    def _repeat(self, before: tuple[str, ...]) -> Outcome:
        self.state = replace(self.state, attempt=self.state.attempt + 1)
        return self._ask_outcome(before)
