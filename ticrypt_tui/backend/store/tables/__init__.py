"""The tables of the whole object model (domain.md 1); importing this package defines them all."""

from ticrypt_tui.backend.store.tables import (
    columns,  # first: it says how constraints are named
    data,
    infrastructure,
    machines,
    people,
    records,
)

__all__ = ["columns", "data", "infrastructure", "machines", "people", "records"]
