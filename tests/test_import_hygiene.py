"""The first frame is quick because nothing heavy is imported before it."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from types import ModuleType

import pytest

from ticrypt_tui import screens, widgets

HEAVY = {
    "asyncpg",
    "click",
    "cryptography",
    "dbus_fast",
    "libvirt",
    "lxml",
    "numpy",
    "pydantic",
    "sqlalchemy",
    "sqlmodel",
}
SELDOM = {"alembic", "asyncpg", "asyncvnc", "cryptography", "dbus_fast", "libvirt", "numpy"}
LOADED = "import json, sys, {modules}; print(json.dumps([*sys.modules]))"


def loaded_by_importing(*modules: str) -> set[str]:
    command = [sys.executable, "-c", LOADED.format(modules=", ".join(modules))]
    printed = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=180
    ).stdout
    return set(json.loads(printed))


def modules_of(package: ModuleType) -> list[str]:
    """All but what draws a VM's screen, which is loaded when one is opened."""
    every = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [module.name for module in every if ".guest_" not in module.name]


@pytest.mark.parametrize("module", ["ticrypt_tui.app", "ticrypt_tui.__main__"])
def test_a_way_in_loads_nothing_heavy(module: str) -> None:
    assert not HEAVY & loaded_by_importing(module)


@pytest.mark.parametrize("package", [screens, widgets])
def test_what_people_look_at_loads_nothing_heavy(package: ModuleType) -> None:
    assert not HEAVY & loaded_by_importing(package.__name__, *modules_of(package))


def test_the_enclave_loads_what_encrypts_and_what_speaks_with_hosts_only_when_needed() -> None:
    assert not SELDOM & loaded_by_importing("ticrypt_tui.backend.enclave")
