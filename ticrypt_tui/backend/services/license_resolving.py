"""What a licensing server's host name stands for: asked at save and at re-sync, never in a rule."""

from __future__ import annotations

from ticrypt_tui.backend.store.tables.data import LicensingServer


def addresses_of(server: LicensingServer) -> tuple[str, ...]:
    """The addresses and networks that an entry lets through, canonical; none where a name has none.

    Those of a host name are what it was resolved to last.
    """
    return tuple(server.resolved.split()) if server.resolved else (server.address,)
