"""Trying a host's URI before it is saved: what libvirt answers there."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ticrypt_tui.backend.drivers.base import HostFacts
from ticrypt_tui.backend.errors import Failed, Unanswered
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.hosts.rules import proper_uri
from ticrypt_tui.config.realm import RealmSettings

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


@dataclass(frozen=True, slots=True)
class Answer:
    """What libvirt said at a URI, and how long that took."""

    facts: HostFacts
    domains: int
    simulated: bool
    seconds: float

    @property
    def sentence(self) -> str:
        """One line: which machine that is, and what it has."""
        facts = self.facts
        software = f"libvirt {facts.libvirt_version}, {facts.hypervisor} {facts.hypervisor_version}"
        parts = (
            f"{facts.hostname} answered in {self.seconds:.1f} s",
            software.strip(),
            f"{facts.cores} cores",
            f"{facts.memory_mib / 1024:.0f} GiB",
            f"{self.domains} VMs running" if self.domains != 1 else "1 VM running",
            "simulated" if self.simulated else "",
        )
        return " · ".join(part for part in parts if part)


async def asked(enclave: Enclave, realm: RealmSettings, uri: str) -> Answer:
    """What libvirt answers at a URI, on a connection of its own that is closed again.

    Raises `WrongUse` for a URI that the realm's driver cannot take, `Refused` where the driver
    cannot be used, `Unanswered` with the reason where nothing answers within the driver's deadline.
    """
    host = enclave.drivers.at(realm.id, uri)
    began = time.monotonic()
    try:
        await host.connect()
        facts = await host.facts()
        domains = await host.domains()
    except Failed as error:
        raise Unanswered(error.sentence, error.remedy, "uri") from error
    finally:
        await host.close()
    return Answer(facts, len(domains), host.simulated, time.monotonic() - began)


@operation(
    "host.test",
    Argument("realm", "object", says="a realm's ID or name"),
    Argument("uri", says="such as qemu+ssh://root@node03/system"),
    says="Ask what libvirt answers at a URI; nothing is saved.",
    changes=False,
    preconditions=(proper_uri,),
)
async def test(call: Call, *, realm: str, uri: str) -> Answer:
    """What libvirt answers there; raises as `asked` does."""
    answer = await asked(call.enclave, call.enclave.realm(realm), uri)
    call.detail["answer"] = answer.sentence
    return answer
