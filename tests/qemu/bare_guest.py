"""A guest without libvirt: QEMU's picture of its screen, and what the guest itself says of it."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class BareGuest:
    """A guest that runs; its agent is spoken to, and QEMU is, by sockets in the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._monitor = _Line(folder / "monitor")
        self._agent = _Line(folder / "agent")
        self._monitor.ask("qmp_capabilities")

    def close(self) -> None:
        """Hang up, on both lines."""
        self._monitor.close()
        self._agent.close()

    def wait_for_agent(self) -> None:
        """Until it answers; the boot takes about 15 s."""
        for _ in range(600):
            try:
                self._agent.ask("guest-ping", seconds=1)
            except TimeoutError:
                continue
            time.sleep(1.5)  # the answers to what was asked too early come one after another
            self._agent.drain()
            return
        raise TimeoutError("the guest's agent does not answer")

    def picture(self) -> NDArray[np.uint32]:
        """The screen as it is now, 0x00RRGGBB."""
        file = self._folder / "screen.ppm"
        self._monitor.ask("screendump", filename=str(file))
        head, size, _, pixels = file.read_bytes().split(b"\n", 3)
        assert head == b"P6"
        width, height = map(int, size.split())
        parts = np.frombuffer(pixels, np.uint8).reshape(height, width, 3).astype(np.uint32)
        red, green, blue = (parts[:, :, each] for each in range(3))
        return (red << np.uint32(16)) | (green << np.uint32(8)) | blue

    def run(self, words: str, given: bytes = b"") -> bytes:
        """What a shell command in the guest says that is given this input."""
        sent = base64.b64encode(given).decode()
        path, arg = "/bin/sh", ["-c", words]
        asked: dict[str, Any] = {
            "path": path, "arg": arg, "capture-output": True, "input-data": sent,
        }  # fmt: skip
        pid = self._agent.ask("guest-exec", **asked)["pid"]
        for _ in range(600):
            told = self._agent.ask("guest-exec-status", pid=pid)
            if told["exited"]:
                assert told["exitcode"] == 0, base64.b64decode(told.get("err-data", ""))
                return base64.b64decode(told.get("out-data", ""))
            time.sleep(0.1)
        raise TimeoutError(words)


class _Line:
    """QEMU's monitor or the guest's agent: one JSON object a line, both ways."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        for _ in range(300):
            try:
                self._socket.connect(str(path))
                break
            except OSError:
                time.sleep(0.1)
        self._rest = b""

    def ask(self, command: str, seconds: float = 60, **arguments: Any) -> Any:
        """What it returns. Raises TimeoutError if that takes longer."""
        asked = {"execute": command, "arguments": arguments}
        self._socket.sendall(json.dumps(asked).encode() + b"\n")
        self._socket.settimeout(seconds)
        while True:
            told = json.loads(self._line())
            assert "error" not in told, told
            if "return" in told:
                return told["return"]

    def close(self) -> None:
        self._socket.close()

    def drain(self) -> None:
        """Forget all that was said so far."""
        self._socket.settimeout(0.1)
        try:
            while self._socket.recv(1 << 16):
                pass
        except TimeoutError:
            self._rest = b""

    def _line(self) -> bytes:
        while b"\n" not in self._rest:
            self._rest += self._socket.recv(1 << 16)
        line, _, self._rest = self._rest.partition(b"\n")
        return line


@contextmanager
def bare_guest(folder: Path, options: Sequence[str | Path]) -> Iterator[BareGuest]:
    """A guest that is there from when QEMU runs until the end of the block."""
    agent = f"socket,id=agent,server=on,wait=off,path={folder}/agent"
    common = ["-machine", "pc,accel=tcg", "-m", "320", "-display", "none", "-nodefaults"]
    common += ["-qmp", f"unix:{folder}/monitor,server=on,wait=off", "-chardev", agent]
    common += ["-device", "virtio-serial", "-device"]
    common += ["virtserialport,chardev=agent,name=org.qemu.guest_agent.0"]
    with subprocess.Popen(["qemu-system-x86_64", *common, *options]) as process:
        try:
            with closing(BareGuest(folder)) as guest:
                yield guest
        finally:
            process.kill()
