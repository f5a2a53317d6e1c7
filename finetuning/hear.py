"""Says training sentences aloud and writes down what a recogniser hears.

    python -m finetuning.hear examples.jsonl data/heard/moonshine_tiny.jsonl [--each 65] [--part 1/2]

RHVoice, Pico, flite and espeak-ng speak (Debian packages), Moonshine tiny listens (Apache-2.0
code and MIT model, inside the package `moonshine-voice` up to 0.1.0), a quarter of the time
through room noise: a stress test of what a small speaker in a house hears. Half a second each on
one core; `--part` leaves the rest to runs beside it. A run that was stopped goes on where it was.
Appends one {"said", "heard", "voice", "snr"} a line; `snr` in dB, null for a silent room. Of each
intent and flag as many as `--each`, in a fixed random order. What has lost too much of its sound
to be told by anybody is left out.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import tempfile
import wave
from collections import Counter
from pathlib import Path
from typing import Iterator

import moonshine_voice
import numpy as np
from jellyfish import levenshtein_distance
from moonshine_voice.moonshine_api import ModelArch
from moonshine_voice.transcriber import Transcriber

SEED = 5
SPEAKERS = {
    "rhvoice": (6, ("slt", "bdl", "clb", "alan", "evgeniy-eng", "lyubov")),
    "pico": (2, ("en-US", "en-GB")),
    "flite": (2, ("slt", "rms", "awb")),
    "espeak": (1, ("en-us+f3", "en-gb+m3", "en-gb-scotland", "en-us", "en-gb-x-rp+f2")),
}
"""Program -> how often of eleven times it speaks, and its voices."""

WORDS_A_MINUTE = (130, 145, 160)
"""How fast espeak-ng speaks; the others have a pace of their own."""

SNR_DB = (None, None, None, None, None, None, 25, 20)
QUIET_S = 0.3
"""Around the speech; without it the recogniser puts a stray word before the first."""

LONGEST_S = 14.0
MOST_WORDS = 30
LIKENESS = 0.5
"""Least share of the letters that stayed, 0 to 1."""


def voice_of(chance: random.Random) -> str:
    """Return a program and one of its voices, "flite:slt"."""
    program = chance.choices(list(SPEAKERS), [often for often, _ in SPEAKERS.values()])[0]
    return f"{program}:{chance.choice(SPEAKERS[program][1])}"


def speak(text: str, voice: str, chance: random.Random) -> tuple[np.ndarray, int]:
    """Return samples, -1 to 1, and their rate in Hz."""
    program, _, name = voice.partition(":")
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        pace = str(chance.choice(WORDS_A_MINUTE))
        command = {
            "rhvoice": ["RHVoice-test", "-p", name, "-o", file.name],
            "pico": ["pico2wave", "-l", name, "-w", file.name, "--", text],
            "flite": ["flite", "-voice", name, "-t", text, "-o", file.name],
            "espeak": ["espeak-ng", "-v", name, "-s", pace, "-w", file.name, text],
        }[program]
        subprocess.run(command, check=True, input=text.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with wave.open(file.name) as spoken:
            pcm = np.frombuffer(spoken.readframes(spoken.getnframes()), np.int16)
            return pcm.astype(np.float64) / 32768, spoken.getframerate()


def in_a_room(samples: np.ndarray, rate: int, snr: float | None, seed: int) -> np.ndarray:
    """Return the samples with silence around them and dull noise over them."""
    quiet = np.zeros(int(QUIET_S * rate))
    samples = np.concatenate([quiet, samples, quiet])
    if snr is None:
        return samples
    noise = np.convolve(np.random.default_rng(seed).standard_normal(len(samples)), np.ones(6) / 6, "same")
    loud = samples[np.abs(samples) > 1e-3]
    power = float(np.mean(loud**2)) if len(loud) else 1e-4
    return samples + noise * np.sqrt(power / 10 ** (snr / 10) / np.mean(noise**2))


def without_stray_word(heard: str, said: str) -> str:
    """Return what was heard without the "You" that the recogniser makes of the first breath."""
    stray = heard.startswith("You ") and not said.lower().startswith("you")
    return heard[len("You ") :] if stray else heard


def likeness(said: str, heard: str) -> float:
    """Return the share of the letters that stayed, 0 to 1."""
    one, other = (
        "".join(letter for letter in text.lower() if letter.isalnum()) for text in (said, heard)
    )
    return 1 - levenshtein_distance(one, other) / max(len(one), len(other), 1)


def chosen(examples: Path, each: int) -> Iterator[str]:
    """Yield what to say, in a fixed random order."""
    lines = [json.loads(line) for line in examples.read_text(encoding="utf-8").splitlines()]
    random.Random(SEED).shuffle(lines)
    taken: Counter = Counter()
    seen = set()
    for line in lines:
        kind = line["intent"] or next(iter(line["flags"]), "calm")
        said = line["said"]
        if line["kept_back"] or said in seen or not 1 <= len(said.split()) <= MOST_WORDS:
            continue
        if taken[kind] < each:
            taken[kind] += 1
            seen.add(said)
            yield said


def main() -> None:
    """Speak, listen, append."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--each", type=int, default=65)
    parser.add_argument("--part", default="1/1", help="1/2 and 2/2 share the work")
    options = parser.parse_args()
    model = Path(moonshine_voice.__file__).parent / "assets" / "tiny-en"
    listener = Transcriber(model, ModelArch.TINY)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    done = set()
    if options.out.exists():
        done = {json.loads(line)["said"] for line in options.out.read_text(encoding="utf-8").splitlines()}
    part, parts = map(int, options.part.split("/"))
    with options.out.open("a", encoding="utf-8") as file:
        for number, said in enumerate(chosen(options.examples, options.each)):
            if said in done or number % parts != part - 1:
                continue
            chance = random.Random(f"{SEED} {said}")
            voice = voice_of(chance)
            samples, rate = speak(said, voice, chance)
            if not len(samples) or len(samples) > LONGEST_S * rate:
                continue
            snr = chance.choice(SNR_DB)
            samples = in_a_room(samples, rate, snr, chance.randrange(2**32))
            lines = listener.transcribe_without_streaming(samples.tolist(), rate).lines
            heard = without_stray_word(" ".join(line.text for line in lines).strip(), said)
            if likeness(said, heard) >= LIKENESS:
                pair = {"said": said, "heard": heard, "voice": voice, "snr": snr}
                file.write(json.dumps(pair, ensure_ascii=False) + "\n")
                file.flush()


if __name__ == "__main__":
    main()
