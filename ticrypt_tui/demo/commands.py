"""Programs that the demo runs: with a deadline, their output captured, never on the terminal."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ticrypt_tui.backend.errors import DeadlineMissed, Failed
from ticrypt_tui.text import decoded, shown

_SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin"


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended, and what it wrote."""

    code: int
    output: str
    error: str

    @property
    def reason(self) -> str:
        """The last line of what it complained about, safe to show."""
        lines = (self.error.strip() or self.output.strip()).splitlines()
        return (
            shown(lines[-1].removeprefix("error:").strip()) if lines else f"exit code {self.code}"
        )


async def run(*command: str | Path, seconds: float, folder: Path | None = None) -> Finished:
    """Run a program to its end. Raises `Failed` where it is not there, `DeadlineMissed` after
    `seconds`; it and what it started are then killed."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            env=_environment(),
            start_new_session=True,  # no terminal to ask a password on
        )
    except OSError as error:
        raise Failed(f"{command[0]} cannot be run: {error.strerror}.") from error
    try:
        output, complaint = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        raise DeadlineMissed(f"{command[0]} did not end in {seconds:.0f} s.") from None
    finally:
        await _ended(process)
    return Finished(process.returncode or 0, decoded(output), decoded(complaint))


def _environment() -> dict[str, str]:
    path = f"{os.environ.get('PATH', '/usr/bin:/bin')}:{_SYSTEM_PATH}"
    return {**os.environ, "LC_ALL": "C.UTF-8", "PATH": path}


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Kill what still runs, with everything that it started."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()
