"""Text to speech over Wyoming for the tests: one server a voice, in one process.

    python speech_voices.py <port>=<voice> ...

A voice is `<program>:<name>`, as `flite:slt` or `espeak-ng:en-us`.
"""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import Any

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import async_read_event, async_write_event
from wyoming.info import Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.tts import Synthesize

MADE_BY = Attribution("tests", "")
CALM_WORDS_A_MINUTE = "150"


def spoken(voice: str, text: str) -> tuple[bytes, int]:
    """Return a text as it is spoken: samples of 16 bits, and their rate."""
    program, name = voice.split(":")
    if program == "espeak-ng":
        command = [program, "-v", name, "-s", CALM_WORDS_A_MINUTE, "--stdout", "--stdin"]
        sound = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
        with wave.open(io.BytesIO(sound)) as file:
            # espeak-ng writes to a pipe before it knows the length, so the header's is wrong.
            return file.readframes(len(sound)), file.getframerate()
    with tempfile.TemporaryDirectory() as folder:
        words, path = Path(folder) / "said.txt", Path(folder) / "said.wav"
        words.write_text(text, encoding="utf-8")
        command = [program, "-voice", name, "-f", str(words), "-o", str(path)]
        subprocess.run(command, capture_output=True, check=True)
        with wave.open(str(path)) as file:
            return file.readframes(file.getnframes()), file.getframerate()


def info(voice: str) -> Info:
    program, name = voice.split(":")
    speaker = TtsVoice(name, MADE_BY, True, None, None, ["en"])
    return Info(tts=[TtsProgram(program, MADE_BY, True, None, None, [speaker])])


def server_of(voice: str) -> Any:
    """Return what serves one connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (event := await async_read_event(reader)) is not None:
            if Describe.is_type(event.type):
                await async_write_event(info(voice).event(), writer)
            elif Synthesize.is_type(event.type):
                sound, rate = spoken(voice, Synthesize.from_event(event).text)
                form = {"rate": rate, "width": 2, "channels": 1}
                await async_write_event(AudioStart(**form).event(), writer)
                for at in range(0, len(sound), 8192):
                    await async_write_event(AudioChunk(audio=sound[at : at + 8192], **form).event(), writer)
                await async_write_event(AudioStop().event(), writer)
        writer.close()

    return serve


async def main(given: list[str]) -> None:
    pairs = [pair.split("=") for pair in given]
    servers = [await asyncio.start_server(server_of(v), "127.0.0.1", int(port)) for port, v in pairs]
    print("ready", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
