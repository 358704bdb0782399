"""`qemu-img` with keys that nobody else sees: they reach it through pipes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ticrypt_tui.backend.errors import DeadlineMissed, Failed, Refused
from ticrypt_tui.text import decoded, shown

SECONDS = 60.0
_TOO_QUICK = "Unable to get accurate CPU usage"  # QEMU's clock showed no time between two looks
_TRIES = 20


async def run(folder: Path, keys: Sequence[bytes], *words: str) -> str:
    """Run `qemu-img WORDS` in a folder, with these keys as its secrets `key0`, `key1` and so on.

    Returns what it complains about, empty where it succeeded. Raises `Refused` where it is not
    installed, `DeadlineMissed` where it does not end.
    """
    for _ in range(_TRIES):
        complaint = await _once(folder, keys, words)
        if _TOO_QUICK not in complaint:
            return complaint
    raise Failed(f"qemu-img gave up {_TRIES} times: {_TOO_QUICK}.", "Try again.")


async def _once(folder: Path, keys: Sequence[bytes], words: Sequence[str]) -> str:
    with ExitStack() as stack:
        ends = [stack.enter_context(_pipe(key)) for key in keys]
        secrets = [f"secret,id=key{n},file=/proc/self/fd/{end}" for n, end in enumerate(ends)]
        objects = [word for each in secrets for word in ("--object", each)]
        process = await _begun(folder, ends, [words[0], *objects, *words[1:]])
    try:
        _, complaint = await asyncio.wait_for(process.communicate(), SECONDS)
    except TimeoutError:
        raise DeadlineMissed(f"qemu-img did not end in {SECONDS:g} s.") from None
    finally:
        await _ended(process)
    return (shown(decoded(complaint).strip()) or "it failed") if process.returncode else ""


async def _begun(
    folder: Path, ends: Sequence[int], words: Sequence[str]
) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            "qemu-img",
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            pass_fds=ends,
            start_new_session=True,
        )
    except OSError as error:
        said = f"qemu-img cannot be run here: {error.strerror}."
        raise Refused(said, "Install qemu-utils on the machine of this console.") from None


@contextmanager
def _pipe(key: bytes) -> Iterator[int]:
    """The end of a pipe from which a key can be read, once; a key is shorter than a pipe."""
    read, write = os.pipe()
    try:
        try:
            os.write(write, key)
        finally:
            os.close(write)
        yield read
    finally:
        os.close(read)


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
