"""Secrets that leave no trace, as far as Python lets them: zeroed, and in no core dump."""

from __future__ import annotations

import ctypes
import resource

_PR_SET_DUMPABLE = 4


def zero(secret: bytearray) -> None:
    """Overwrite a secret in place."""
    secret[:] = bytes(len(secret))


def protect_process() -> None:
    """Keep this process's memory out of core dumps and from other processes of the same user.

    (prctl(2) `PR_SET_DUMPABLE`, setrlimit(2) `RLIMIT_CORE`.)
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
