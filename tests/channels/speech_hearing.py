"""Speech to text over Wyoming for the tests: the recogniser moonshine, offline.

    python speech_hearing.py <port>

Run with the Python of the environment that `speech.lock` pins.
"""

from __future__ import annotations

import array
import asyncio
import sys
from pathlib import Path

import moonshine_voice
from moonshine_voice.moonshine_api import ModelArch
from moonshine_voice.transcriber import Transcriber
from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import async_read_event, async_write_event
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info

HEARING_HZ = 16_000
MADE_BY = Attribution("tests", "")
MODEL = Path(moonshine_voice.__file__).parent / "assets" / "tiny-en"
AROUND = [0.0] * (HEARING_HZ * 3 // 10)
"""Silence before and after the speech: without it a first word is heard that nobody said."""


def info() -> Info:
    model = AsrModel("tiny-en", MADE_BY, True, None, None, ["en"])
    return Info(asr=[AsrProgram("moonshine", MADE_BY, True, None, None, [model])])


def text_of(recogniser: Transcriber, pcm: bytes) -> str:
    """Return what is heard in 16-bit samples; empty when nothing is."""
    sound = [*AROUND, *(sample / 32768 for sample in array.array("h", pcm)), *AROUND]
    found = recogniser.transcribe_without_streaming(sound, HEARING_HZ)
    return " ".join(line.text.strip() for line in found.lines)


async def main(port: int) -> None:
    recogniser = Transcriber(MODEL, ModelArch.TINY)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pcm = b""
        while (event := await async_read_event(reader)) is not None:
            if Describe.is_type(event.type):
                await async_write_event(info().event(), writer)
            elif AudioStart.is_type(event.type):
                pcm = b""
            elif AudioChunk.is_type(event.type):
                chunk = AudioChunk.from_event(event)
                assert (chunk.rate, chunk.width, chunk.channels) == (HEARING_HZ, 2, 1)
                pcm += chunk.audio
            elif AudioStop.is_type(event.type):
                await async_write_event(Transcript(text_of(recogniser, pcm)).event(), writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
