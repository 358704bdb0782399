"""What the catalogue promises of modules that it has not imported is so."""

from __future__ import annotations

import threading
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest

from ticrypt_tui.backend import operations, services
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.services import catalogue
from ticrypt_tui.backend.services.catalogue import (
    CHOICES,
    OPERATIONS,
    SERVICES,
    TABS,
    every_operation,
)


async def test_each_tab_has_the_service_that_says_so(enclave: Enclave) -> None:
    for tab, service in enclave.services.items():
        assert service.tab == tab
    assert enclave.tabs == tuple(SERVICES)
    assert not SERVICES.keys() & CHOICES.keys()


async def test_each_object_is_found_on_the_tab_of_its_kind(enclave: Enclave) -> None:
    assert {kind: enclave.services[tab].kind for kind, tab in TABS.items()} == {
        kind: kind for kind in TABS
    }
    every = {each.on for each in every_operation().values()}
    assert every - {"", "guest"} <= TABS.keys()  # a guest is a VM or a service VM


async def test_what_is_not_imported_yet_holds_up_nothing(
    enclave: Enclave, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported: dict[str, threading.Thread] = {}

    def noted(module: str) -> Any:
        imported.setdefault(module, threading.current_thread())
        return import_module(f"{services.__name__}.{module}")

    monkeypatch.setattr(catalogue, "_imported", noted)
    catalogue._register.cache_clear()
    await enclave.count("images")
    assert imported.keys() == {"images.images"}
    await enclave.listing("images")
    assert enclave.why_not("image.create") == ""
    await enclave.run("profile.create", {"realm": "lab", "name": "p", "cores": 1, "memory": 64})
    assert imported.keys() == {"images.images", "images.changes", "profiles.changes"}
    assert threading.main_thread() not in imported.values()


def test_every_module_that_registers_an_operation_is_known_by_the_operations_first_word() -> None:
    every_operation()
    for module in iter_modules(services.__path__, f"{services.__name__}."):
        import_module(module.name)
    registering = {
        (name.partition(".")[0], each.work.__module__)
        for name, each in operations.REGISTRY.items()
        if each.work.__module__.startswith(services.__name__)
    }
    assert registering == {
        (word, f"{services.__name__}.{module}")
        for word, modules in OPERATIONS.items()
        for module in modules
    }
