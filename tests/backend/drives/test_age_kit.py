"""C2SP's kit of age files (npm `cctv-age`): each opens, or is refused, as the kit says.

Left out is what is not read here at all: armour, and the wrapping to plain X25519 keys. Files with
such a stanza still are checked in all else, with the file key that the kit tells.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from tests.backend.drives import node
from ticrypt_tui.backend.drives import age_passphrase
from ticrypt_tui.backend.drives.age_file import open_file
from ticrypt_tui.backend.drives.age_header import HeaderFault, MacFault, NoMatch, Stanza
from ticrypt_tui.backend.drives.age_payload import PayloadFault
from ticrypt_tui.backend.drives.identity import read_identity

pytestmark = node.needs_node

DUMPED = """
import * as kit from 'cctv-age';
const files = Object.entries(kit);
const dumped = files.map(([name, file]) => [name, Buffer.from(file).toString('base64')]);
console.log(JSON.stringify(Object.fromEntries(dumped)));
"""
OUTCOMES = {
    HeaderFault: "header failure",
    NoMatch: "no match",
    MacFault: "HMAC failure",
    PayloadFault: "payload failure",
}


@dataclass
class Case:
    """One file of the kit, and what it says of itself."""

    file: bytes
    says: dict[str, str] = field(default_factory=dict)
    identities: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, whole: bytes) -> Case:
        about, _, file = whole.partition(b"\n\n")
        case = cls(file)
        for line in about.decode().splitlines():
            name, value = line.split(": ", 1)
            case.says[name] = value
            if name == "identity":
                case.identities.append(value)
        if case.says.get("compressed") == "zlib":
            case.file = zlib.decompress(file)
        return case

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytearray | None:
        if "passphrase" in self.says and (
            key := age_passphrase.unwrap(stanzas, self.says["passphrase"])
        ):
            return key
        for identity in self.identities:
            if identity.startswith("AGE-SECRET-KEY-PQ-1"):
                if key := read_identity(identity.encode()).unwrap(stanzas):
                    return key
            elif any(each.kind == "X25519" for each in stanzas):
                return bytearray.fromhex(self.says["file key"])
        return None

    def outcome(self) -> str:
        try:
            plain = open_file(self.file, self.unwrap)
        except tuple(OUTCOMES) as error:
            return OUTCOMES[type(error)]
        return f"success {hashlib.sha256(plain).hexdigest()}"

    @property
    def expected(self) -> str:
        expected = self.says["expect"]
        return f"success {self.says['payload']}" if expected == "success" else expected


@pytest.fixture(scope="module")
def kit() -> dict[str, Case]:
    files = node.run(DUMPED)
    return {name: Case.read(base64.b64decode(file)) for name, file in files.items()}


def applies(name: str, case: Case) -> bool:
    plain_x25519 = name.startswith("x25519") or name == "hybrid_x25519_arg"
    return "armored" not in case.says and not plain_x25519


def test_every_file_that_applies_opens_or_is_refused_as_the_kit_says(kit: dict[str, Case]) -> None:
    checked = {name: case for name, case in kit.items() if applies(name, case)}

    differing = {
        name: (case.outcome(), case.expected)
        for name, case in checked.items()
        if case.outcome() != case.expected
    }

    assert differing == {}


def test_the_kit_is_the_one_that_was_meant(kit: dict[str, Case]) -> None:
    applying = [name for name, case in kit.items() if applies(name, case)]

    assert (len(kit), len(applying)) == (143, 95)
