"""Names of systemd units, as the configuration's allow-list may hold them: exact ones only."""

from __future__ import annotations

import re

KINDS = ("service", "socket", "timer")
LONGEST = 255
_NAME = re.compile(rf"[A-Za-z0-9:_.@\\-]+\.(?:{'|'.join(KINDS)})")


def unit_name(text: object) -> str:
    """The name itself; raises `ValueError` for a template, a pattern, a path, an option.

    What systemd takes for a unit's name, less what stands for several (systemd.unit(5)).
    """
    if not isinstance(text, str) or not _NAME.fullmatch(text) or len(text) > LONGEST:
        raise ValueError("is not the name of one unit")
    if text.startswith(("-", ".", "@")):
        raise ValueError("does not begin as the name of a unit does")
    if "@." in text:
        raise ValueError("is a template, not one of its instances")
    return text
