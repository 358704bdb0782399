"""Making, changing and deleting teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.checks import proper_name
from ticrypt_tui.backend.services.editing import VERSION, as_read
from ticrypt_tui.backend.services.people.membership import MEMBERS_OF_TEAM, put_members
from ticrypt_tui.backend.services.people.teams import TeamRow, TeamUse, beyond, read_team_use
from ticrypt_tui.backend.services.people.user_rules import refuse_another
from ticrypt_tui.backend.services.people.uses import NOTHING, read_uses, still_used
from ticrypt_tui.backend.store.tables.people import Team
from ticrypt_tui.text import shown

_MOST = 2**31 - 1
_MIB_A_GIB = 1024
_CORES = "how many cores its VMs may have in all; empty: unlimited"
_MEMORY = "MiB, or with a unit, such as 64 GiB; empty: unlimited"
_SPACE = "a size with its unit, such as 2 TiB; empty: unlimited"
_MEMBERS = "logins or IDs, separated by commas"


def proper_quota(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A quota is above zero, and no more than the store holds; drive space is whole GiB."""
    for name in ("cores", "memory", "drive_space"):
        amount = arguments.get(name)
        if amount is None:
            continue
        if name == "drive_space" and amount % _MIB_A_GIB:
            return f"Drive space is counted in whole GiB, as in 512 GiB; {amount} MiB is not."
        if not 1 <= amount <= _MOST * (_MIB_A_GIB if name == "drive_space" else 1):
            what = name.replace("_", " ")
            return f"The quota of {what} is 1 to {_MOST}, or empty for unlimited; not {amount}."
    return ""


def not_used(caller: Caller, thing: TeamRow, arguments: Mapping[str, Any]) -> str:
    """A team goes only when nothing refers to it."""
    return still_used(thing.uses)


_PROPER = (proper_name, proper_quota)


@operation(
    "team.create",
    Argument("name"),
    Argument("cores", "number", required=False, says=_CORES),
    Argument("memory", "memory", required=False, says=_MEMORY),
    Argument("drive_space", "memory", required=False, says=_SPACE),
    Argument("members", "list", required=False, says=_MEMBERS),
    says="Make a team.",
    preconditions=_PROPER,
)
async def create(call: Call, *, name: str, members: Sequence[str] = (), **quota: Any) -> str:
    """Make a team; returns its ID. A quota that is left out is no limit."""
    async with call.change() as session:
        await refuse_another(session, Team, "a team", name=name)
        team = Team(name=name, **_stored(quota))
        session.add(team)
        await session.flush()
        await put_members(session, call.caller, MEMBERS_OF_TEAM, team, members)
        call.made(team.id)
    return team.id


@operation(
    "team.edit",
    Argument("team", "object", says="a team's ID or name"),
    Argument("name", required=False),
    Argument("cores", "number", required=False, clears=True, says=_CORES),
    Argument("memory", "memory", required=False, clears=True, says=_MEMORY),
    Argument("drive_space", "memory", required=False, clears=True, says=_SPACE),
    Argument("members", "list", required=False, clears=True, says=f"{_MEMBERS}; empty: none"),
    VERSION,
    on="team",
    says="Change a team's name, quotas and members.",
    preconditions=_PROPER,
)
async def edit(call: Call, team: TeamRow, *, version: int = 0, **changes: Any) -> str | None:
    """Change the team's fields that are given; says where it now uses more than it may.

    Nothing is stopped then, and nothing new starts. Raises `Changed` where somebody else was
    quicker.
    """
    async with call.change() as session:
        found = await as_read(session, Team, team.id, team.name, version or team.version)
        if "name" in changes:
            await refuse_another(session, Team, "a team", found.id, name=changes["name"])
        if "members" in changes:
            wanted = changes.pop("members") or ()
            await put_members(session, call.caller, MEMBERS_OF_TEAM, found, wanted)
        found.sqlmodel_update(_stored(changes))
        session.add(found)
        used = (await read_team_use(session)).get(found.id, TeamUse())
    over = beyond(used, found.cores, found.memory_mib, found.drive_space_gib)
    return f"{shown(found.name)}: {'; '.join(over)}. Nothing new starts." if over else None


@operation(
    "team.delete",
    Argument("team", "object", says="a team's ID or name"),
    on="team",
    says="Delete a team that nothing refers to.",
    preconditions=(not_used,),
)
async def delete(call: Call, team: TeamRow) -> str:
    """Delete a team. Raises `Refused` with the names of what refers to it by now."""
    async with call.change() as session:
        found = await as_read(session, Team, team.id, team.name, team.version)
        uses = await read_uses(session, "team_id")
        if reason := still_used(uses.get(team.id, NOTHING)):
            raise Refused(reason)
        await session.delete(found)
    return f"{shown(team.name)} is deleted"


def _stored(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as the columns hold them: memory in MiB, drive space in GiB."""
    named = {"memory": "memory_mib", "drive_space": "drive_space_gib"}
    stored = {named.get(name, name): value for name, value in changes.items()}
    if stored.get("drive_space_gib") is not None:
        stored["drive_space_gib"] //= _MIB_A_GIB
    return stored
