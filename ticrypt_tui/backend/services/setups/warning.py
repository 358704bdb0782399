"""Whether any host of a realm could ever hold what a setup asks for: what is said before saving."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.scheduling.model import Demand
from ticrypt_tui.backend.services.checks import at_least_one, counts_of, proper_counts
from ticrypt_tui.backend.services.setups.setups import numbers
from ticrypt_tui.backend.services.starting.placement import never_fits
from ticrypt_tui.config.devices import DeviceCount
from ticrypt_tui.config.realm import RealmSettings

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


@dataclass(frozen=True, slots=True)
class Answer:
    """What there is to say; `doubt` is why it should rather not be saved, or ''."""

    sentence: str
    doubt: str


@operation(
    "setup.test",
    Argument("realm", "object", says="a realm's ID or name"),
    Argument("cores", "number"),
    Argument("memory", "memory", says="MiB, or with a unit, such as 4 GiB"),
    Argument("devices", "list", required=False, says="kind:number, separated by commas"),
    says="Say whether any host of a realm could ever hold so much.",
    changes=False,
    preconditions=(at_least_one("cores", "memory"), proper_counts),
)
async def could_hold(
    call: Call, *, realm: str, cores: int, memory: int, devices: Sequence[str] = ()
) -> Answer:
    """Whether any host could ever hold so much, with nothing else on it."""
    where = call.enclave.realm(realm)
    said = await doubt(call.enclave, where, cores, memory, counts_of(devices))
    return Answer(said or "A host of the realm could hold it.", said)


async def doubt(
    enclave: Enclave, realm: RealmSettings, cores: int, memory: int, asked: Iterable[DeviceCount]
) -> str:
    """The warning that no host of the realm could ever hold it, or ''."""
    return await never_fits(enclave, realm.id, Demand(cores, memory, numbers(asked)))
