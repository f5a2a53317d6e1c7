// Which quick answers stand below a reply. They say what anybody could type; typing always works too.

const YES_NO = ["Yes", "No", "Not sure", "Why do you ask?"];

const SETUP = {
  pain_0_10: Array.from({ length: 11 }, (_, n) => String(n)),
  position: ["The floor", "The bed", "A chair", "Standing"],
  conditions: ["None of them"],
  session_feeling: ["Better", "The same", "Worse"],
};

SETUP.pain_after_0_10 = SETUP.pain_0_10;

// "Shall we …?" takes a yes or a no; "How …?" and "Shall we …, or …?" do not.
const OPEN_QUESTION = /^(how|what|where|when|which|who|why)\b/i;
const EITHER_OR = /,? or (is|enough|would|shall)\b/i;

function asksYesOrNo(text) {
  const sentence = text.trim().split(/(?<=[.!?])\s+/).at(-1) ?? "";
  return sentence.endsWith("?") && !OPEN_QUESTION.test(sentence) && !EITHER_OR.test(sentence);
}

const BY_KIND = {
  screening_question: YES_NO,
  clarify: ["Yes", "No", "Not sure"],
  confirm_delete: ["Yes, delete everything", "No, keep it"],
  ask_adult: ["Yes", "No"],
  fallback: ["Help"],
  stop: ["My back is in spasm", "Show my progress"],
  goodbye: ["My back is in spasm"],
  data_deleted: ["My back is in spasm"],
  error: ["Try again"],
};

/** The answers for the last message of a reply. */
export function choicesFor(message) {
  if (!message) return [];
  if (message.kind === "setup_question") return SETUP[message.id] ?? [];
  return BY_KIND[message.kind] ?? (asksYesOrNo(message.text) ? ["Yes", "No"] : []);
}

export const isScore = (message) => message?.kind === "setup_question" && SETUP[message.id] === SETUP.pain_0_10;
