"""Fix VMs and Fix drives: a plan, then what is safe, then what was given a yes (domain.md 2.1).

Nothing is adopted, and no VM is destroyed and no volume deleted, whatever is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.fixing import sync_turns
from ticrypt_tui.backend.services.fixing.sync_turns import turn
from ticrypt_tui.backend.services.realms.realms import KINDS, RealmRow

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.fixing.result import FixResult

VMS, DRIVES = KINDS


def in_use(caller: Caller, thing: RealmRow | None, arguments: Mapping[str, Any]) -> str:
    """A realm that is disabled, or has no driver, is compared with nothing."""
    if thing is None:
        return ""
    if thing.disabled:
        return "The realm is disabled in the configuration file: its hosts are not contacted."
    return thing.fault


_REALM = Argument("realm", "object", says="a realm's ID or name")
_DRY_RUN = Argument("dry_run", "flag", required=False, says="show the plan, and change nothing")
_ACCEPT = Argument("accept", "list", required=False, says="IDs of differences that need a yes")


@operation(
    "realm.fix_vms", _REALM, _DRY_RUN, _ACCEPT,
    on="realm",
    says="Compare a realm's VMs with what its hosts run, and put the store right.",
    preconditions=(in_use,),
)  # fmt: skip
async def fix_vms(
    call: Call, realm: RealmRow, *, dry_run: bool = False, accept: Sequence[str] = ()
) -> FixResult:
    """Apply what is safe and what is accepted; `Refused` while another console does."""
    return await _called(call, realm, VMS, dry_run, accept)


@operation(
    "realm.fix_drives", _REALM, _DRY_RUN, _ACCEPT,
    on="realm",
    says="Compare a realm's drives with the volumes of its hosts, and put the store right.",
    preconditions=(in_use,),
)  # fmt: skip
async def fix_drives(
    call: Call, realm: RealmRow, *, dry_run: bool = False, accept: Sequence[str] = ()
) -> FixResult:
    """Apply what is safe and what is accepted; `Refused` while another console does."""
    return await _called(call, realm, DRIVES, dry_run, accept)


async def _called(
    call: Call, realm: RealmRow, kind: str, dry_run: bool, accept: Sequence[str]
) -> FixResult:
    from ticrypt_tui.backend.services.fixing.dealing import Wanted
    from ticrypt_tui.backend.services.fixing.round import counts, fix

    wanted = Wanted(call.enclave.realm(realm.id), kind, call.caller, dry_run, accept)
    if dry_run:
        result = await fix(call.enclave, wanted)
    else:
        async with turn(call.enclave, realm.id, sync_turns.PATIENCE):
            result = await fix(call.enclave, wanted)
    call.detail.update(counts(result))
    return result
