"""The part of a host that keeps storage: pools, their volumes, and the encrypted ones."""

from __future__ import annotations

from typing import Protocol

from ticrypt_tui.backend.drivers.stored import PoolSeen, PoolType, VolumeSeen


class Stores(Protocol):
    """What a host does with its storage; each call raises what `Host` says."""

    async def pools(self) -> tuple[PoolSeen, ...]:
        """Every storage pool by name."""

    async def pool_types(self) -> tuple[PoolType, ...]:
        """Every type of storage pool, those that can be made there first."""

    async def create_pool(
        self, name: str, kind: str, target: str, source: str = "", *, make: bool = False
    ) -> None:
        """Define, start and autostart a storage pool; one that is there already is kept.

        `source` is what `PoolType.source` asks for. With `make`, a missing folder is made, and a
        volume group on empty devices. Raises `Refused` for a type that cannot be made there, a
        target or source that is not there, and a pool of that name with another target or source;
        a pool that does not start is not left behind.
        """

    async def edit_pool(
        self, pool: str, *, autostart: bool | None = None, active: bool | None = None
    ) -> None:
        """Change what is not None: whether it starts with the host, whether it runs now."""

    async def delete_pool(self, pool: str) -> None:
        """Stop a pool and take its definition out of libvirt; no file is deleted.

        Raises `Refused` where it has volumes, naming them. A pool that cannot be started to be
        looked into is deleted.
        """

    async def pool_document(self, pool: str) -> str:
        """The pool's XML."""

    async def volumes(self, pool: str) -> tuple[VolumeSeen, ...]:
        """The volumes of a pool by name, freshly scanned. Raises `Refused` for an inactive pool."""

    async def volume_document(self, pool: str, name: str) -> str:
        """The volume's XML; `name` as `VolumeSeen` has it."""

    async def create_overlay(self, pool: str, name: str, backing: str) -> str:
        """Make a qcow2 volume on top of a volume path; returns its own path."""

    async def delete_volume(self, path: str) -> None:
        """Delete a volume; one that is gone already is no fault."""

    async def create_encrypted_volume(
        self, pool: str, name: str, size_bytes: int, passphrase: bytes
    ) -> str:
        """Make a LUKS volume with room for so many bytes; returns its path. It takes some 7 s.

        `passphrase` is text that has no NUL. Raises `Refused` for a pool that is inactive or has no
        room, a name that is taken and a size of 0; nothing is left behind by a failure.
        """

    async def reencrypt_volume(
        self, path: str, passphrase: bytes, pool: str, name: str, new_passphrase: bytes
    ) -> str:
        """Copy a LUKS volume that nobody has open into a new one under a key of its own.

        Returns the new one's path; the old one stays as it is. It takes as long as its data, and
        has an hour. Raises as `create_encrypted_volume` does, and `Refused` for a wrong passphrase.
        """

    async def read_volume(self, path: str, length: int) -> bytes:
        """The first bytes of a volume; fewer where it is shorter."""

    async def write_volume(self, path: str, data: bytes) -> None:
        """Write the first bytes of a volume, of which the rest stays as it is.

        Raises `Refused` where a VM has it open.
        """
