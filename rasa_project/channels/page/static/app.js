// The page: what is said, what is shown, and what the keys do.

import * as server from "/page/server.js";
import { choicesFor, isScore } from "/page/choices.js";
import { Timeline } from "/page/timeline.js";
import * as voice from "/page/voice.js";

const $ = (id) => document.getElementById(id);
const MINOR = new Set(["greeting", "paused", "resumed", "slower", "faster", "relief_ack"]);
const HEADS = {
  emergency_now: "Emergency: act now", same_day: "Get help today", see_clinician_soon: "See a clinician soon",
  error: "Something broke", safety_net: "When to get help", ask_adult: "Is an adult there?",
};
const KEYS = { n: "next", ArrowRight: "next", b: "back", ArrowLeft: "back", r: "repeat", p: "pause", s: "stop" };

const chosen = {
  get: (name, other) => localStorage.getItem(`unknot.${name}`) ?? other,
  set: (name, value) => localStorage.setItem(`unknot.${name}`, value),
  is: (name, other = "0") => chosen.get(name, other) === "1",
};

let countries = [];
let timeline = null;
let coaching = false;
let lastSaid = "";
let turnNow = null;
const queue = [];
let busy = false;

// What is shown

function element(name, words, classes = "") {
  const made = document.createElement(name);
  if (words) made.textContent = words;
  if (classes) made.className = classes;
  return made;
}

function headOf(message) {
  if (message.kind === "crisis_support") return "You matter. Get help now";
  return HEADS[message.tier] ?? HEADS[message.kind] ?? "Important";
}

function messageElement(message, beforeStep, follows) {
  const shown = element("p", message.text, "message");
  if (message.urgent) {
    shown.classList.add("urgent", message.kind);
    shown.dataset.head = headOf(message);
    if (message.kind !== "safety_net") shown.setAttribute("role", "alert");
  } else if (message.kind === "plan" && beforeStep) {
    shown.classList.add("aside");
  } else if (MINOR.has(message.kind) && follows) {
    // Small beside what follows it; alone it is what there is to read.
    shown.classList.add("minor");
  }
  return shown;
}

function callsElement(message) {
  if (!message.calls?.length) return null;
  const list = element("ul", "", message.tier === "emergency_now" || message.kind === "crisis_support" ? "calls" : "calls soft");
  for (const call of message.calls) {
    const item = element("li");
    const link = element("a", `Call ${call.number}`);
    link.href = call.tel;
    item.append(link);
    list.append(item);
  }
  return list;
}

function addToLog(turn) {
  for (const [words, classes] of [[turn.said, "said"], ...turn.messages.map((m) => [m.text, ""])]) {
    if (words) $("log").append(element("li", words, classes));
  }
  $("earlier").hidden = false;
}

/** What was deleted there may not stay to be read here. */
function forgetTalk() {
  $("log").replaceChildren();
  $("earlier").hidden = true;
}

function showTurn(turn, { plays = true } = {}) {
  if (turn.messages.some((m) => m.kind === "data_deleted")) forgetTalk();
  else if (turnNow) addToLog(turnNow);
  turnNow = turn;
  $("welcome").hidden = true;
  $("you").hidden = !turn.said;
  $("you").textContent = turn.said;
  const step = turn.messages.findLast((m) => m.kind === "stretch_step" || m.segments?.some((s) => "pause_s" in s));
  $("reply").replaceChildren();
  for (const message of turn.messages) {
    $("reply").append(...[messageElement(message, Boolean(step), message !== turn.messages.at(-1)), callsElement(message)].filter(Boolean));
  }
  const final = turn.messages.at(-1);
  // A pause keeps the step before the eye; whatever else comes takes its place.
  if (step) coaching = true;
  else if (!["paused", "resumed", "answer", "explain", "slower", "faster"].includes(final?.kind)) coaching = false;
  $("controls").hidden = !coaching;
  if (step || !coaching) showPicture(step?.picture);
  showChoices(final);
  playTurn(turn, step, plays);
}

function showPicture(picture) {
  $("picture").hidden = !picture;
  $("now").classList.toggle("drawn", Boolean(picture));
  if (!picture) return;
  const whole = !picture.frame || $("whole").getAttribute("aria-pressed") === "true";
  const caption = picture.frame ? picture.captions[picture.frame - 1] : picture.title;
  $("drawing").src = whole ? picture.src : picture.src.replace(/\.svg$/, `.${picture.frame}.svg`);
  $("drawing").alt = whole ? picture.alt : `${caption}. ${picture.alt}`;
  $("caption").textContent = picture.frame ? `${picture.title}: position ${picture.frame} of ${picture.captions.length}` : picture.title;
  $("whole").hidden = !picture.frame || picture.captions.length < 2;
  $("picture").picture = picture;
}

function showChoices(message) {
  const words = choicesFor(message);
  $("choices").classList.toggle("scores", isScore(message));
  $("choices").replaceChildren(...words.map((text) => {
    const button = element("button", text);
    button.type = "button";
    button.dataset.say = text === "Try again" ? lastSaid : text;
    if (isScore(message)) button.setAttribute("aria-label", `${text} out of 10`);
    return button;
  }));
}

// Time

function playTurn(turn, step, plays) {
  stopTime();
  const aloud = chosen.is("aloud") && voice.canSpeak();
  const rest = turn.messages.filter((m) => m !== step).map((m) => m.spoken ?? m.text);
  const before = aloud && plays ? rest.reduce((said, words) => said.then(() => voice.speak(words)), Promise.resolve()) : Promise.resolve();
  if (!step?.segments?.length) {
    if (step && aloud && plays) before.then(() => voice.speak(step.spoken ?? step.text));
    return;
  }
  const mine = timeline = new Timeline(step.segments, {
    show: (words) => { $("cue").textContent = words; },
    tick: showSeconds,
    voice: aloud ? voice.speak : null,
    done: () => {
      $("ring-label").textContent = "Time is up";
      $("ring-left").style.strokeDashoffset = "100";
      $("seconds").textContent = "✓";
      $("pause").textContent = "Pause";
      release();
    },
  });
  $("hold").hidden = false;
  $("hold").classList.remove("paused");
  $("ring-label").textContent = plays ? "Get ready" : "Paused";
  const first = step.segments.find((s) => "pause_s" in s);
  showSeconds(first?.of_s ?? 0, first?.of_s ?? 1, false);
  if (!plays) {
    // After a reload nobody may be counted down unasked.
    $("cue").textContent = step.segments[0].say ?? "";
    timeline.paused = timeline.held = true;
    showPaused(true);
    return;
  }
  before.then(() => { if (timeline === mine) mine.start(); });
  keepAwake();
}

function showSeconds(leftS, totalS, runs = true) {
  if (runs) $("ring-label").textContent = totalS >= 60 ? "Keep going" : "Hold";
  const left = Math.ceil(leftS);
  $("seconds").textContent = left >= 60 ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : String(left);
  $("ring-left").style.strokeDashoffset = String(100 - (100 * leftS) / totalS);
}

function stopTime() {
  voice.quiet();
  timeline?.cancel();
  timeline = null;
  $("hold").hidden = true;
  $("pause").textContent = "Pause";
  release();
}

function showPaused(paused) {
  $("hold").classList.toggle("paused", paused);
  $("pause").textContent = paused ? "Resume" : "Pause";
  if (paused) $("ring-label").textContent = "Paused";
}

function pauseOrResume() {
  if (timeline && !timeline.over) {
    if (timeline.paused) { timeline.resume(); showPaused(false); keepAwake(); }
    else { timeline.pause(); voice.quiet(); showPaused(true); }
    return;
  }
  const resumes = $("pause").textContent === "Resume";
  $("pause").textContent = resumes ? "Pause" : "Resume";
  say(resumes ? "resume" : "pause", { keeps: $("pause").textContent });
}

let awake = null;
async function keepAwake() {
  try { awake = await navigator.wakeLock?.request("screen"); } catch { awake = null; }
}
function release() {
  awake?.release?.().catch(() => {});
  awake = null;
}

// What is said

/** Says something; what is said while an answer is on its way waits its turn and is never lost. */
function say(text, options = {}) {
  queue.push([text, options]);
  if (!busy) work();
}

async function work() {
  busy = true;
  $("waiting").hidden = false;
  $("now").setAttribute("aria-busy", "true");
  stopTime();
  while (queue.length) {
    const [text, options] = queue.shift();
    lastSaid = text;
    try {
      const answer = await server.say(text, chosen.get("country", ""));
      showTurn({ said: text, messages: answer.messages }, { plays: !queue.length });
      if (options.keeps) $("pause").textContent = options.keeps;
    } catch {
      showTurn({ said: text, messages: [unreachable()] });
    }
  }
  busy = false;
  $("waiting").hidden = true;
  $("now").removeAttribute("aria-busy");
  if (!document.activeElement || document.activeElement === document.body || document.activeElement.closest("[hidden]")) $("now").focus();
  window.scrollTo(0, 0);
}

function unreachable() {
  const number = emergency()?.emergency;
  return {
    kind: "error", urgent: true,
    text: `I can't be reached right now, and what you said didn't arrive. ${number ? `If you feel seriously unwell, call ${number}.` : "If you feel seriously unwell, call your local emergency number."}`,
    calls: number ? [{ number, tel: emergency().tel }] : [],
  };
}

// Microphone

let stopListening = null;
function toggleMicrophone() {
  if (stopListening) return stopListening();
  voice.quiet();
  $("mic").setAttribute("aria-pressed", "true");
  $("heard").textContent = "Listening";
  stopListening = voice.listen((words, isFinal) => {
    $("words").value = words;
    if (isFinal) sendWords();
  }, (problem) => {
    stopListening = null;
    $("mic").setAttribute("aria-pressed", "false");
    $("heard").textContent = { "not-allowed": "The browser may not use the microphone.", network: "The browser's listening service can't be reached." }[problem] ?? "";
  });
}

function sendWords() {
  const text = $("words").value.trim();
  $("words").value = "";
  // Nothing said is an answer too: the skill asks again.
  say(text);
}

// Diary

async function openDiary() {
  $("diary").showModal();
  $("diary-summary").textContent = "One moment";
  try {
    const { summary, svg, rows } = await server.diary();
    $("diary-summary").textContent = summary;
    if ($("curve").src) URL.revokeObjectURL($("curve").src);
    $("curve").hidden = $("save-curve").hidden = !svg;
    if (svg) {
      $("curve").src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
      $("curve").alt = `Curve of your pain scores. ${summary}`;
    }
    $("diary-table").hidden = !rows.length;
    $("rows").replaceChildren(...rows.map((cells) => {
      const row = element("tr");
      row.append(...cells.map((words, i) => {
        const cell = element(i ? "td" : "th", words || "–");
        if (!i) cell.scope = "row";
        return cell;
      }));
      return row;
    }));
  } catch {
    $("diary-summary").textContent = "The diary can't be reached right now.";
  }
}

async function saveCurve() {
  const link = element("a");
  link.href = URL.createObjectURL(await server.diaryPicture());
  link.download = "pain-diary.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function forget() {
  $("diary").close();
  say("delete my data");
}

// Settings

const emergency = () => countries.find((c) => c.code === (chosen.get("country") || countries.own));

function showEmergency() {
  const here = emergency();
  const words = $("emergency-text");
  words.textContent = "In an emergency, call ";
  if (!here) { words.append("your local emergency number."); return; }
  const link = element("a", here.emergency);
  link.href = here.tel;
  words.append(link, ` (${here.name}).`);
}

function applySettings() {
  document.documentElement.style.setProperty("--size", chosen.get("size", "1"));
  const theme = chosen.get("theme", "");
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  $("mic").hidden = !(chosen.is("listen") && voice.canListen());
  if (!chosen.is("aloud")) voice.quiet();
  showEmergency();
}

function connectSettings() {
  for (const name of ["country", "size", "theme"]) {
    $(name).value = chosen.get(name, name === "size" ? "1" : "");
    $(name).addEventListener("change", () => { chosen.set(name, $(name).value); applySettings(); });
  }
  for (const [name, other] of [["aloud", "0"], ["listen", "0"], ["keys", "1"]]) {
    $(name).checked = chosen.is(name, other);
    $(name).addEventListener("change", () => {
      chosen.set(name, $(name).checked ? "1" : "0");
      applySettings();
      if (name === "aloud" && $(name).checked && !voice.canSpeak()) $("aloud-note").textContent = "This browser has no English voice on this device, so nothing is read aloud.";
    });
  }
  if (!voice.canListen()) {
    $("listen").disabled = true;
    $("listen-note").textContent = "This browser can't listen. Type instead, or use your keyboard's microphone.";
  }
  if (!voice.hasVoices()) $("aloud").disabled = true;
}

async function loadCountries() {
  try {
    const known = await server.settings();
    countries = known.countries;
    countries.own = known.country;
  } catch { countries = []; }
  const own = countries.find((c) => c.code === countries.own);
  const options = [{ code: "", name: own ? `As set up (${own.name})` : "As set up" }, ...countries];
  $("country").replaceChildren(...options.map((c) => {
    const option = element("option", c.name);
    option.value = c.code;
    return option;
  }));
}

// Everything together

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, select, textarea")) return;
  const name = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (!name || !coaching || !chosen.is("keys", "1")) return;
  event.preventDefault();
  $(name).click();
}

function connect() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-say]");
    if (button) say(button.dataset.say);
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  });
  document.addEventListener("keydown", onKey);
  $("composer").addEventListener("submit", (event) => { event.preventDefault(); sendWords(); });
  $("pause").addEventListener("click", pauseOrResume);
  $("mic").addEventListener("click", toggleMicrophone);
  $("whole").addEventListener("click", () => {
    const whole = $("whole").getAttribute("aria-pressed") !== "true";
    $("whole").setAttribute("aria-pressed", String(whole));
    $("whole").textContent = whole ? "Show this position" : "Show all positions";
    showPicture($("picture").picture);
  });
  $("open-diary").addEventListener("click", openDiary);
  $("open-settings").addEventListener("click", () => $("settings").showModal());
  $("save-curve").addEventListener("click", () => saveCurve().catch(() => {}));
  $("forget").addEventListener("click", forget);
  $("open-diary").disabled = $("open-settings").disabled = false;
}

async function restore() {
  if (!server.hasKey()) return false;
  const { turns } = await server.last();
  for (const turn of turns) showTurn(turn, { plays: false });
  return turns.length > 0;
}

await loadCountries();
connectSettings();
applySettings();
connect();
try {
  $("welcome").hidden = await restore();
} catch {
  showTurn({ said: "", messages: [unreachable()] });
}
document.documentElement.dataset.ready = "yes";
