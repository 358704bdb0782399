"""Keys lent to libvirt for one call: ephemeral, so never on a disk, and private, so never told.

(https://libvirt.org/formatsecret.html) What a console that died had lent is taken back by the next
call here, by any console, once its time is over.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta

import libvirt
from lxml import etree
from lxml.builder import E

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.text import shown

LENT_FOR = timedelta(minutes=15)
"""Longer than any call with a key has, on consoles whose clocks differ by some minutes."""

_LENT = "/ticrypt-tui/lent-until/"  # a volume's path, so that libvirt takes it for a volume's key
_MOMENT = "%Y%m%dT%H%M%SZ"


def secret_document(identity: str, volume: str, until: datetime) -> str:
    """The XML of a secret that is lent until then, to open a volume.

    It is no volume's by its path: libvirt has one secret for a path, and two VMs that start with
    the same drive bring one each.
    """
    root = E.secret(
        E.uuid(identity),
        E.description(f"Lent by ticrypt-tui while the volume {shown(volume)} is opened"),
        E.usage(E.volume(f"{_LENT}{until.strftime(_MOMENT)}/{identity}"), type="volume"),
        ephemeral="yes",
        private="yes",
    )
    return etree.tostring(root, encoding="unicode")


@contextmanager
def lent(connection: libvirt.virConnect, *keys: tuple[str, bytes]) -> Iterator[tuple[str, ...]]:
    """The UUIDs of the secrets under which libvirt knows these keys meanwhile, and not after.

    Each comes with the path or name of the volume that it opens.
    """
    with ExitStack() as stack:
        if keys:
            _take_back(connection)
        yield tuple(stack.enter_context(_lent(connection, *each)) for each in keys)


@contextmanager
def _lent(connection: libvirt.virConnect, volume: str, key: bytes) -> Iterator[str]:
    identity = str(uuid.uuid4())
    document = secret_document(identity, volume, datetime.now(UTC) + LENT_FOR)
    secret = _defined(connection, document)
    try:
        secret.setValue(key, 0)
        yield identity
    finally:
        with suppress(libvirt.libvirtError):  # the connection broke: `_take_back` finds it
            secret.undefine()


def _defined(connection: libvirt.virConnect, document: str) -> libvirt.virSecret:
    try:
        return connection.secretDefineXML(document, 0)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
            raise
        remedy = "Install and start libvirt's daemon of secrets there, virtsecretd."
        raise Refused("Its libvirt keeps no secrets, so that no drive opens.", remedy) from None


def _take_back(connection: libvirt.virConnect) -> None:
    """Undefine what was lent by consoles that died since."""
    with suppress(libvirt.libvirtError):
        for secret in connection.listAllSecrets(libvirt.VIR_CONNECT_LIST_SECRETS_EPHEMERAL):
            with suppress(libvirt.libvirtError):
                if _over(secret.usageID() or ""):
                    secret.undefine()


def _over(usage: str) -> bool:
    """Whether it is one of ours whose time is over."""
    if not usage.startswith(_LENT):
        return False
    try:
        until = datetime.strptime(usage.removeprefix(_LENT).partition("/")[0], _MOMENT)
    except ValueError:
        return False
    return until.replace(tzinfo=UTC) < datetime.now(UTC)
