"""The demo's fleet: hosts that libvirt's own `test` driver plays, and VMs that only seem to run.

A big enclave to look at without hardware: nothing of it is real, and all of it says so.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import NAMESPACE_DNS, uuid5

from lxml import etree
from lxml.builder import E

from ticrypt_tui.demo.places import Places

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

REALM = "fleet"
_KIB = 2**20  # in a GiB; libvirt's own unit
_WORDS = (
    "genome", "exome", "mri", "pathology", "cohort", "sepsis", "proteome", "imaging", "claims",
    "survey", "census", "registry", "notebook", "trial", "speech", "retina",
)  # fmt: skip
_SHAPES = ((1, 4), (2, 8), (2, 16), (4, 16), (4, 32), (8, 32), (8, 64), (16, 64), (16, 128))


@dataclass(frozen=True, slots=True)
class Model:
    """A kind of server; hosts of it are named by prefix and number, and have so many VMs each."""

    profile: str
    prefix: str
    hosts: int
    cores: int
    memory_gib: int
    vms: int
    gpus: int = 0

    @property
    def devices(self) -> list[str]:
        return [f"A100@{address}" for address in self.addresses]

    @property
    def addresses(self) -> list[str]:
        return [f"0000:{0x41 + 0x20 * number:02x}:00.0" for number in range(self.gpus)]


_NODE = Model("node-64", "node", 12, 64, 256, 12)
MODELS = (
    _NODE,
    Model("memory-128", "mem", 4, 128, 2048, 18),
    Model("gpu-96", "gpu", 6, 96, 768, 11, gpus=4),
    Model("legacy-32", "old", 2, 32, 128, 9),
)
SET_ASIDE = {"no scheduler": "node13", "disabled": "node14"}


@dataclass(frozen=True, slots=True)
class Simulated:
    """A host of the fleet; without VMs where it is set aside."""

    name: str
    model: Model
    state: str = "enabled"

    def uri(self, places: Places) -> str:
        return f"test://{quote(str(self.file(places)))}"

    def file(self, places: Places) -> Path:
        return places.fleet / f"{self.name}.xml"


def hosts() -> list[Simulated]:
    """Every host of the fleet: 24 with VMs, and those that are set aside."""
    working = [
        Simulated(f"{model.prefix}{number:02}", model)
        for model in MODELS
        for number in range(1, model.hosts + 1)
    ]
    aside = [Simulated(name, _NODE, state) for state, name in SET_ASIDE.items()]
    return [*working, *aside]


async def ensure(enclave: Enclave, places: Places, say: Callable[[str], None]) -> None:
    """Register what is missing of the fleet, whatever it was renamed to meanwhile."""
    there = {(row.realm_id, row.uri) for row in await _rows(enclave, "hosts")}
    missing = [host for host in hosts() if (REALM, host.uri(places)) not in there]
    if not missing:
        return
    say(f"Making the simulated fleet: {len(missing)} hosts")
    profiles = {row.name for row in await _rows(enclave, "profiles") if row.realm_id == REALM}
    for model in {host.model.profile: host.model for host in missing}.values():
        if model.profile not in profiles:
            await _profile(enclave, model)
    for host in missing:
        what = {"name": host.name, "uri": host.uri(places), "state": host.state}
        profile = {"profile": host.model.profile}
        await enclave.run("host.create", {"realm": REALM, **what, **profile})


async def _rows(enclave: Enclave, tab: str) -> list[Any]:
    return list((await enclave.listing(tab)).rows)


async def _profile(enclave: Enclave, model: Model) -> None:
    what = {"name": model.profile, "cores": model.cores, "devices": model.devices}
    memory = f"{model.memory_gib} GiB"
    await enclave.run("profile.create", {"realm": REALM, **what, "memory": memory})


def write(places: Places) -> None:
    """Write the world of each host, as it is at every start; the same every time."""
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    note = places.fleet / "recipe"
    every = hosts()
    known = note.exists() and note.read_text(encoding="ascii") == recipe
    if known and all(host.file(places).exists() for host in every):
        return
    places.fleet.mkdir(parents=True, exist_ok=True)
    names = _names()
    for host in every:
        host.file(places).write_text(document(host, names), encoding="utf-8")
    note.write_text(recipe, encoding="ascii")


def document(host: Simulated, names: Iterator[str]) -> str:
    """The XML that libvirt's `test` driver makes a host of; its VMs take the next names."""
    model = host.model
    node = E.node(
        E.cpu(
            E.mhz("2900"), E.model("EPYC"), E.active(str(model.cores)), E.nodes("2"),
            E.sockets("1"), E.cores(str(model.cores // 4)), E.threads("2"),
        ),
        E.memory(str(model.memory_gib * _KIB)),
        *(_domains(host, names) if host.state == "enabled" else ()),
    )  # fmt: skip
    return etree.tostring(node, encoding="unicode", pretty_print=True)


def _names() -> Iterator[str]:
    """Names that no two VMs share."""
    for number in range(1, 1000):
        for word in _WORDS:
            yield f"{word}-{number}"


def _domains(host: Simulated, names: Iterator[str]) -> Iterator[etree._Element]:
    """A host's VMs, each of a size that leaves room for those that follow."""
    chosen = random.Random(host.name)
    model = host.model
    cores, memory = model.cores, model.memory_gib
    gpus = iter(model.addresses[: chosen.randint(1, 4)])
    for left in reversed(range(model.vms)):
        fitting = [
            (own, gib) for own, gib in _SHAPES if own <= cores - left and gib <= memory - 4 * left
        ]
        own, gib = chosen.choice(fitting)
        cores, memory = cores - own, memory - gib
        yield _domain(next(names), own, gib, next(gpus, None))


def _domain(name: str, cores: int, gib: int, gpu: str | None) -> etree._Element:
    uuid = uuid5(NAMESPACE_DNS, f"{name}.{REALM}")
    mac = ":".join(f"{byte:02x}" for byte in (0x52, 0x54, 0x00, *uuid.bytes[:3]))
    devices = E.devices(
        E.interface(E.mac(address=mac), E.source(network="default"), type="network")
    )
    if gpu:
        devices.append(_passed_through(gpu))
    return E.domain(
        E.name(name), E.uuid(str(uuid)), E.title(name), E.memory(str(gib), unit="GiB"),
        E.vcpu(str(cores)), E.os(E.type("hvm")), devices, type="test",
    )  # fmt: skip


def _passed_through(address: str) -> etree._Element:
    domain, bus, rest = address.split(":")
    slot, function = rest.split(".")
    place = {"domain": domain, "bus": bus, "slot": slot, "function": function}
    numbers = {part: f"0x{digits}" for part, digits in place.items()}
    return E.hostdev(E.source(E.address(**numbers)), mode="subsystem", type="pci", managed="yes")
