"""What the kernel of this machine can do, built in, loaded, or as a module that it could load."""

from __future__ import annotations

import platform
import re
from pathlib import Path

_PROC = Path("/proc")
_MODULES = Path("/lib/modules")


def mounts_nfs() -> bool:
    """Whether it knows NFS as a file system."""
    return _listed("filesystems", r"\bnfs4?$") or _loadable("nfs")


def maps_devices() -> bool:
    """Whether it has the device mapper, without which no logical volume can be made."""
    return _listed("misc", r"\bdevice-mapper$") or _loadable("dm-mod")


def _listed(page: str, pattern: str) -> bool:
    return re.search(pattern, _text(_PROC / page), re.MULTILINE) is not None


def _loadable(module: str) -> bool:
    known = _text(_MODULES / platform.release() / "modules.dep")
    return re.search(rf"/{re.escape(module)}\.ko\S*:", known) is not None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
