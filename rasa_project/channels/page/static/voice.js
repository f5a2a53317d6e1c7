// The browser's own microphone and voices, both off until somebody turns them on.

const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;

/** A voice on this device: others would send the words away. */
function localVoice() {
  const voices = window.speechSynthesis?.getVoices() ?? [];
  const here = voices.filter((v) => v.localService && v.lang.toLowerCase().startsWith("en"));
  return here.find((v) => v.default) ?? here[0] ?? null;
}

export const canListen = () => Boolean(Recognition);
export const canSpeak = () => Boolean(localVoice());
export const hasVoices = () => "speechSynthesis" in window;

export function quiet() {
  window.speechSynthesis?.cancel();
}

/** Reads words aloud; resolves when that is over, also when it fails. */
export function speak(words) {
  const voice = localVoice();
  if (!voice) return Promise.resolve();
  return new Promise((resolve) => {
    const spoken = new SpeechSynthesisUtterance(words);
    spoken.voice = voice;
    spoken.lang = voice.lang;
    spoken.rate = 0.95;
    // Some browsers never say that they are done.
    const limit = setTimeout(resolve, 3000 + words.length * 120);
    spoken.onend = spoken.onerror = () => { clearTimeout(limit); resolve(); };
    speechSynthesis.speak(spoken);
  });
}

/** Listens to one sentence. `heard(words, isFinal)` may come several times; `ended(problem)` comes once. */
export function listen(heard, ended) {
  const ear = new Recognition();
  ear.lang = navigator.language?.startsWith("en") ? navigator.language : "en-US";
  ear.interimResults = true;
  ear.maxAlternatives = 1;
  let problem = "";
  ear.onresult = (event) => {
    const result = event.results[event.results.length - 1];
    heard(result[0].transcript.trim(), result.isFinal);
  };
  ear.onerror = (event) => { problem = event.error; };
  ear.onend = () => ended(problem);
  ear.start();
  return () => ear.stop();
}
