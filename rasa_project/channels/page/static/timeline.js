// Plays the timed segments of a step: words, and pauses that count down.

const TICK_MS = 200;
const READING_MS_A_WORD = 320;
const LONGEST_READING_MS = 6000;

/**
 * Plays segments `{say}` and `{pause_s}` in order.
 *
 * `show(words)` gets what is said; `tick(leftS, totalS)` how much of a pause is left; `voice(words)` resolves when it has
 * been read aloud, or is null; `done()` comes after the last segment.
 */
export class Timeline {
  constructor(segments, { show, tick, voice, done }) {
    Object.assign(this, { segments, show, tick, voice, done });
    this.at = -1;
    this.paused = false;
    this.over = false;
  }

  start() {
    this.#next();
  }

  pause() {
    if (this.over || this.paused) return;
    this.paused = true;
    if (this.endsAt) this.leftMs = Math.max(0, this.endsAt - Date.now());
    clearInterval(this.timer);
  }

  resume() {
    if (this.over || !this.paused) return;
    this.paused = false;
    if (this.endsAt) this.#count(this.leftMs);
    else if (this.held) { this.held = false; this.#next(); }
  }

  cancel() {
    this.over = true;
    clearInterval(this.timer);
  }

  #next() {
    if (this.over) return;
    if (this.paused) { this.held = true; return; }
    this.endsAt = null;
    const segment = this.segments[++this.at];
    if (!segment) {
      this.over = true;
      this.done();
    } else if ("pause_s" in segment) {
      // A hold with words in its middle counts down as one.
      this.totalS = segment.of_s ?? segment.pause_s;
      this.afterS = segment.after_s ?? 0;
      this.counts = true;
      this.#count(segment.pause_s * 1000);
    } else {
      this.#say(segment.say);
    }
  }

  #say(words) {
    this.show(words);
    if (this.voice) {
      this.voice(words).then(() => this.#next());
      return;
    }
    // The first words are an instruction to read and take up; later ones are shown while the time goes on.
    if (this.at > 0) return void this.#next();
    this.counts = false;
    this.#count(Math.min(LONGEST_READING_MS, words.split(" ").length * READING_MS_A_WORD));
  }

  #count(ms) {
    this.endsAt = Date.now() + ms;
    const tick = () => {
      const leftMs = Math.max(0, this.endsAt - Date.now());
      if (this.counts) this.tick(leftMs / 1000 + this.afterS, this.totalS);
      if (leftMs > 0) return;
      clearInterval(this.timer);
      this.#next();
    };
    this.timer = setInterval(tick, TICK_MS);
    tick();
  }
}
