"""Licensing servers as CSV: exactly what their tab shows, and nothing that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
from typing import Any

from tests.backend.services.license_play import SERVER, rows_of
from tests.screens.fake_licenses import licenses
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.services.licensing.export import csv_of
from ticrypt_tui.screens.export import csv_text
from ticrypt_tui.screens.licensing import TAB

NAMES = ('a, "b"', "=SUM(A1)", "+1", "-1", "@x", "Größe 名前", " =x".strip(), "two; three")


async def read_back(enclave: Enclave, **given: Any) -> list[dict[str, str]]:
    written = await enclave.run("license.export", given)
    return list(csv.DictReader(io.StringIO(written, newline="")))


def test_the_operation_writes_what_the_tab_writes() -> None:
    assert csv_of(licenses()) == csv_text(TAB.columns, licenses())


async def test_names_come_back_as_they_were_but_for_formulas(enclave: Enclave) -> None:
    for number, name in enumerate(NAMES, 1):
        await enclave.run("license.create", {**SERVER, "name": name, "ports": str(number)})
    there = {each["PORTS"]: each["NAME"] for each in await read_back(enclave)}
    assert [there[str(number)] for number in range(1, len(NAMES) + 1)] == [
        f"'{name}" if name[0] in "=+-@" else name for name in NAMES
    ]


async def test_only_those_that_are_named_are_written_in_their_order(enclave: Enclave) -> None:
    for name in ("a", "b", "c"):
        await enclave.run("license.create", {**SERVER, "name": name, "ports": str(ord(name))})
    ids = {row.name: row.id for row in await rows_of(enclave)}
    some = await read_back(enclave, licensing=f"{ids['c']}, license-gone, {ids['a']}")
    assert [each["NAME"] for each in some] == ["c", "a"]
