"""Real speech over Wyoming for the tests: pocketsphinx listens, espeak-ng speaks.

    python speech_servers.py <port for hearing> <port for speaking> <language model>
"""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import wave
from pathlib import Path

from pocketsphinx import Decoder
from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import async_read_event, async_write_event
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.tts import Synthesize

HEARING_HZ = 16_000
MADE_BY = Attribution("tests", "")


def voice(text: str, speaker: str = "en-us") -> tuple[bytes, int]:
    """Return a text as espeak-ng speaks it: samples of 16 bits, and their rate."""
    command = ["espeak-ng", "-v", speaker, "-s", "130", "--stdout", "--stdin"]
    spoken = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
    with wave.open(io.BytesIO(spoken)) as file:
        # espeak-ng writes to a pipe before it knows the length, so the header's is wrong.
        return file.readframes(len(spoken)), file.getframerate()


class Hearing:
    """pocketsphinx with the acoustic model of its package."""

    def __init__(self, language_model: Path) -> None:
        self._decoder = Decoder(samprate=float(HEARING_HZ), lm=str(language_model), loglevel="FATAL")

    def text_of(self, pcm: bytes) -> str:
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return found.hypstr if found else ""


def info() -> Info:
    model = AsrModel("en-us", MADE_BY, True, None, None, ["en"])
    speaker = TtsVoice("en-us", MADE_BY, True, None, None, ["en"])
    return Info(
        asr=[AsrProgram("pocketsphinx", MADE_BY, True, None, None, [model])],
        tts=[TtsProgram("espeak-ng", MADE_BY, True, None, None, [speaker])],
    )


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hearing: Hearing) -> None:
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
            await async_write_event(Transcript(hearing.text_of(pcm)).event(), writer)
        elif Synthesize.is_type(event.type):
            spoken, rate = voice(Synthesize.from_event(event).text)
            form = {"rate": rate, "width": 2, "channels": 1}
            await async_write_event(AudioStart(**form).event(), writer)
            for at in range(0, len(spoken), 8192):
                await async_write_event(AudioChunk(audio=spoken[at : at + 8192], **form).event(), writer)
            await async_write_event(AudioStop().event(), writer)
    writer.close()


async def main(hearing_port: int, speaking_port: int, language_model: Path) -> None:
    hearing = Hearing(language_model)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer, hearing)

    servers = [await asyncio.start_server(connected, "127.0.0.1", p) for p in (hearing_port, speaking_port)]
    print("ready", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
