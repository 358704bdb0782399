"""The file of a person's secret keys: an age identity file under a passphrase, 0600.

It is what age itself knows as a passphrase-protected identity file. Beside it, `.pub` has the
public halves. Everything here blocks.
"""

from __future__ import annotations

from pathlib import Path

from ticrypt_tui.backend.drives import age_passphrase
from ticrypt_tui.backend.drives.age_file import open_file, seal_file
from ticrypt_tui.backend.drives.age_header import AgeFault
from ticrypt_tui.backend.drives.identity import Identity, PublicKeys, read_identity
from ticrypt_tui.backend.drives.private_file import read_private, write_private
from ticrypt_tui.backend.drives.zeroing import zero
from ticrypt_tui.backend.errors import Failed, Refused


class NoKey(Refused):
    """The operator has no key file yet."""


class KeyRefused(Refused):
    """A key file that does not open, for whatever reason: wrong passphrase, or damaged."""


def write_new(
    path: Path,
    identity: Identity,
    passphrase: str,
    work_factor: int = age_passphrase.WORK_FACTOR,
) -> None:
    """Write a new key file; raises `Refused` where there is one, `Failed` where it cannot be.

    Blocks for about a second (scrypt).
    """
    if path.exists():
        raise _there(path)
    secret = identity.written
    plain = secret + b"\n"
    try:
        sealed = seal_file(plain, lambda key: [age_passphrase.wrap(key, passphrase, work_factor)])
        write_private(path, sealed, anew=True)
        write_private(_beside(path), f"{identity.public.written}\n".encode("ascii"))
    except OSError as error:
        if isinstance(error, FileExistsError) and path.exists():
            raise _there(path) from None
        raise Failed(f"The key file {path} cannot be written: {error.strerror}.") from error
    finally:
        zero(secret)
        zero(plain)


def read(path: Path, passphrase: str) -> Identity:
    """Open a key file; raises `NoKey`, or `KeyRefused` with no hint of what was wrong.

    Blocks for about a second (scrypt).
    """
    sealed = _read(path)
    try:
        plain = open_file(sealed, lambda stanzas: age_passphrase.unwrap(stanzas, passphrase))
    except (AgeFault, UnicodeError):
        raise _does_not_open(path) from None
    try:
        identity = read_identity(_secret_line(plain))
    except ValueError:
        raise _does_not_open(path) from None
    finally:
        zero(plain)
    _compare_public(path, identity)
    return identity


def public_of(path: Path) -> PublicKeys:
    """The public keys of a key file, without its passphrase; raises `NoKey` or `KeyRefused`."""
    if not path.exists():
        raise no_key(path)
    try:
        return PublicKeys.read(_beside(path).read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise KeyRefused(
            f"The public half of your key, {_beside(path)}, cannot be read: {reason}.",
            "Take it away, and unlock the key once: that writes it anew.",
        ) from None


def no_key(path: Path) -> NoKey:
    """What is said where there is no key file."""
    return NoKey(f"You have no key yet: there is no {path}.", "`ticrypt-tui keys new` makes it.")


def _beside(path: Path) -> Path:
    return path.with_suffix(".pub")


def _read(path: Path) -> bytes:
    try:
        return read_private(path)
    except FileNotFoundError:
        raise no_key(path) from None
    except OSError as error:
        raise KeyRefused(f"The key file {path} cannot be used: {error.strerror}.") from None


def _secret_line(plain: bytearray) -> bytearray:
    """The identity in an age identity file: its only line that is no comment."""
    lines = [each for each in plain.split(b"\n") if each.strip() and not each.startswith(b"#")]
    if len(lines) != 1:
        raise ValueError("it holds another number of identities than one")
    return lines[0]


def _compare_public(path: Path, identity: Identity) -> None:
    """The public half is believed while the key is locked, so it is checked whenever it is not."""
    beside = _beside(path)
    try:
        if not beside.exists():
            write_private(beside, f"{identity.public.written}\n".encode("ascii"))
    except OSError as error:
        raise Failed(f"{beside} cannot be written: {error.strerror}.") from error
    if public_of(path) != identity.public:
        identity.forget()
        raise KeyRefused(
            f"{beside} is not the public half of your key.", "Take it away, and unlock again."
        )


def _there(path: Path) -> Refused:
    return Refused(f"There is a key file already, {path}; it is never written over.")


def _does_not_open(path: Path) -> KeyRefused:
    return KeyRefused(
        f"{path} does not open: the passphrase is wrong, or the file is damaged.",
        "Try again, or put the file back from a backup.",
    )
