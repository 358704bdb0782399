"""What a storage pool must be like, and what may be done with it as it stands (domain.md 2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import WrongUse
from ticrypt_tui.backend.services.storage.pools import PoolRow
from ticrypt_tui.backend.services.wording import listed, so_many
from ticrypt_tui.backend.store.tables.infrastructure import QuotaMode
from ticrypt_tui.config.measures import size
from ticrypt_tui.text import shown

LONGEST_TIER = 40
_SETTLED = ("realm", "name", "type", "target", "source")


def quota_of(text: str) -> tuple[QuotaMode, int]:
    """The mode and the limit in bytes that a quota means; raises `WrongUse`."""
    if text in (QuotaMode.NONE, QuotaMode.IMPLICIT):
        return QuotaMode(text), 0
    try:
        return QuotaMode.EXPLICIT, size(text)
    except ValueError:
        said = f"A quota is no, yes, or a size such as 2 TiB; not {shown(repr(text))}."
        raise WrongUse(said, about="quota") from None


def proper_quota(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A quota, where one is given, is `no`, `yes` or a size."""
    try:
        quota_of(arguments.get("quota", QuotaMode.NONE))
    except WrongUse as error:
        return error.sentence
    return ""


def proper_tier(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A tier, where one is given, is a short word."""
    tier = arguments.get("tier")
    if tier is None or (tier.isprintable() and " " not in tier and 1 <= len(tier) <= LONGEST_TIER):
        return ""
    return f"A tier is a word of 1 to {LONGEST_TIER} characters, such as flash."


def proper_target(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A target, where one is given, is an absolute path."""
    target = arguments.get("target")
    if target is None or (target.startswith("/") and target.isprintable()):
        return ""
    return f"{shown(target) or 'Nothing'} is no absolute path, such as /srv/flash."


def recorded(caller: Caller, thing: PoolRow, arguments: Mapping[str, Any]) -> str:
    """Only a pool with a record can be changed."""
    if thing.recorded:
        return ""
    return "It is only named by the configuration file: create it here first, with its name."


def stays_as_it_was_made(caller: Caller, thing: PoolRow, arguments: Mapping[str, Any]) -> str:
    """Libvirt can neither move nor rename a pool, nor turn it into one of another type."""
    for name in _SETTLED:
        wanted = arguments.get(name)
        kept = (thing.realm, thing.realm_id) if name == "realm" else (getattr(thing, name),)
        if wanted is not None and wanted not in kept:
            return f"A pool keeps its {name}, {shown(kept[0])}: delete it, and make it anew."
    return ""


def empty(caller: Caller, thing: PoolRow, arguments: Mapping[str, Any]) -> str:
    """A pool goes only when no drive is on it; its hosts say whether volumes are."""
    if not thing.drive_names:
        return ""
    what = so_many(thing.drives, "drive is", "drives are")
    return f"{what} on it: {listed(thing.drive_names)}."
