"""Asks systemd for something as the user `nobody`, and prints what it answers.

It runs in the machine's process namespace, where polkit can tell who asks.
"""

from __future__ import annotations

import asyncio
import os
import sys

import dbus_fast.aio  # before the files that it is in are out of reach

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.units.bus import SystemBus

NOBODY = 65534


async def ask(address: str, member: str, unit: str) -> str:
    bus = SystemBus(address)
    try:
        await bus.manager(member, "ss", unit, "replace", unit=unit)
    except TicryptError as error:
        return str(error)
    finally:
        await bus.close()
    return "done"


if __name__ == "__main__":
    assert dbus_fast.aio
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    sys.stdout.write(asyncio.run(ask(*sys.argv[1:])))
