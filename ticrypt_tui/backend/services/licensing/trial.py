"""Whether servers could be let through: what is said before they are saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.licensing.addresses import canonical, too_wide
from ticrypt_tui.backend.services.licensing.resolving import answered
from ticrypt_tui.backend.services.licensing.rules import proper_addresses
from ticrypt_tui.backend.services.wording import listed

_ADDRESS = "an IP address, a network, or a host name; several with commas between them"


@dataclass(frozen=True, slots=True)
class Answered:
    """What there is to say before it is saved; `doubt` is what takes a second yes, or ''."""

    sentence: str
    doubt: str


@operation(
    "license.test",
    Argument("address", "list", says=_ADDRESS),
    says="Say whether servers could be let through, and what would speak against it.",
    changes=False,
    preconditions=(proper_addresses,),
)
async def test(call: Call, *, address: Sequence[str]) -> Answered:
    """What each address comes to. Raises `Refused` for a name that does not resolve."""
    addresses = [canonical(each) for each in address]
    answers = await answered(addresses)
    named = [f"{name} is {listed(each.addresses)}" for name, each in answers.items()]
    doubt = " ".join(reason for each in addresses if (reason := too_wide(each)))
    return Answered(doubt or "; ".join(named) or "It can be let through.", doubt)
