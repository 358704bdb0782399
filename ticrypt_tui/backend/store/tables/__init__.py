"""The tables of the whole object model (domain.md 1); importing this package defines them all."""

from ticrypt_tui.backend.store.tables import data, infrastructure, machines, people, records

__all__ = ["data", "infrastructure", "machines", "people", "records"]
