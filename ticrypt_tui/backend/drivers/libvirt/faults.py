"""Libvirt's errors as sentences for people, with what would help."""

from __future__ import annotations

import re

import libvirt

from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.errors import Failed, HostUnreachable, NotFound, TicryptError

_MISSING = {
    libvirt.VIR_ERR_NO_DOMAIN,
    libvirt.VIR_ERR_NO_NETWORK,
    libvirt.VIR_ERR_NO_STORAGE_POOL,
    libvirt.VIR_ERR_NO_STORAGE_VOL,
}
_DENIED = {
    libvirt.VIR_ERR_OPERATION_DENIED,
    libvirt.VIR_ERR_ACCESS_DENIED,
    libvirt.VIR_ERR_AUTH_FAILED,
    libvirt.VIR_ERR_AUTH_UNAVAILABLE,
    libvirt.VIR_ERR_AUTH_CANCELLED,
}
_BROKEN_IN = {libvirt.VIR_FROM_RPC, libvirt.VIR_FROM_REMOTE}
_BROKEN = {
    libvirt.VIR_ERR_RPC,
    libvirt.VIR_ERR_NO_CONNECT,
    libvirt.VIR_ERR_INVALID_CONN,
    libvirt.VIR_ERR_INTERNAL_ERROR,
    libvirt.VIR_ERR_SYSTEM_ERROR,
}

_CHILD = re.compile(r"^internal error: Child process \(.*?\) unexpected exit status \d+: ")
_MOUNT_ADVICE = " dmesg(1) may have more information after failed mount system call."

# What libvirt or ssh says, what that means, and what would help; the first that fits counts.
_OPENING: tuple[tuple[str, str, str], ...] = (
    (
        r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED",
        "ssh does not know {machine}'s host key, or it has changed",
        "Log in once by `{ssh}`, compare the key and accept it.",
    ),
    (
        r"Permission denied \(|Too many authentication failures|Load key|no mutual signature",
        "ssh was refused: {machine} accepts none of this user's keys",
        "`{ssh}` must work without a question: add the public key there, or name one by ?keyfile=.",
    ),
    (
        r"Could not resolve hostname|Name or service not known|unable to resolve|resolve address",
        "the name {machine} is not known",
        "Check the name in the host's URI, and this machine's resolver.",
    ),
    (
        r"Connection refused",
        "{service} refuses connections",
        "Check that it runs there, and the port in the host's URI.",
    ),
    (
        r"timed out|No route to host|Network is unreachable",
        "{machine} cannot be reached by the network",
        "Check that the machine is up, its address, and the firewalls between.",
    ),
    (
        r"virt-ssh-helper|nc: |nc: command not found",
        "ssh works, but {machine} has no libvirt to talk to",
        "Install and start libvirt's daemon there.",
    ),
    (
        r"system bus",
        "libvirt on {machine} asks polkit who may use it, and no system bus runs there",
        'Start D-Bus and polkit there; or set unix_sock_group and auth_unix_rw = "none" in '
        "/etc/libvirt/libvirtd.conf.",
    ),
    (
        r"socket.*No such file|No such file or directory",
        "no libvirt daemon listens on {machine}",
        "Start it there: `systemctl enable --now libvirtd`, or as root `libvirtd -d`.",
    ),
    (
        r"Permission denied|authentication|polkit|access denied",
        "this user may not use libvirt on {machine}",
        "Add the user to the group libvirt there, and log in anew.",
    ),
    (
        r"certificate|TLS|CA ",
        "the TLS certificates do not fit",
        "Check /etc/pki/libvirt and /etc/pki/CA on both machines.",
    ),
    (
        r"End of file|closed|reset by peer|Broken pipe",
        "{machine} ended the connection",
        "Look at libvirt's own log there.",
    ),
)


def of_call(error: libvirt.libvirtError, host: str) -> TicryptError:
    """What a failed call means: the host is lost, the object is gone, or the work failed."""
    code, words = error.get_error_code(), said(error)
    if code == libvirt.VIR_ERR_OPERATION_TIMEOUT:
        return Failed(f"Host {host}: the VM is held by a call that does not end: {words}.")
    if code in _MISSING:
        return NotFound(f"Host {host}: {words}.")
    if code in _DENIED:
        return Failed(f"Host {host} does not allow it: {words}.")
    if code in _BROKEN and error.get_error_domain() in _BROKEN_IN:
        remedy = "What was asked may have happened all the same: look again later."
        return HostUnreachable(f"Host {host}: the connection broke: {words}.", remedy)
    return Failed(f"Host {host}: {words}.")


def of_opening(error: libvirt.libvirtError, host: str, uri: HostUri) -> HostUnreachable:
    """Why a host could not be connected to, naming it, its URI and what would help."""
    return why_unreachable(said(error), host, uri)


def why_unreachable(words: str, host: str, uri: HostUri) -> HostUnreachable:
    """What libvirt's or ssh's words on the way to a host mean, and what would help."""
    machine = uri.machine or "this machine"
    service = f"{machine}'s ssh server" if uri.by_ssh else f"libvirt on {machine}"
    for pattern, meaning, remedy in _OPENING:
        if re.search(pattern, words, re.IGNORECASE):
            known = {"machine": machine, "service": service, "ssh": ssh_words(uri)}
            sentence = f"Host {host} ({uri.text}): {meaning.format(**known)}."
            return HostUnreachable(sentence, remedy.format(**known))
    return HostUnreachable(f"Host {host} ({uri.text}): {words}.")


def ssh_words(uri: HostUri) -> str:
    """The ssh command that a person would type for the same machine."""
    port = f"-p {uri.port} " if uri.port else ""
    key = f"-i {uri.key_file} " if uri.key_file else ""
    user = f"{uri.user}@" if uri.user else ""
    return f"ssh {port}{key}{user}{uri.machine}"


def said(error: libvirt.libvirtError) -> str:
    """Libvirt's own words on one line, without its full stop; of a program it ran, that one's."""
    words = " ".join(str(error.get_error_message() or error).split())
    return _CHILD.sub("", words).removesuffix(_MOUNT_ADVICE).rstrip(".")
