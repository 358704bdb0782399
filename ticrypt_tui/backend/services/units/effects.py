"""What a restart cuts, of the services that the enclave is made of (domain.md 7)."""

from __future__ import annotations

EFFECTS = {
    "ticrypt-auth": "Everyone's session ends: all must log in again.",
    "ticrypt-rest": "Every web console loses its connection for a moment.",
    "ticrypt-file-manager": "Nobody reaches a file in a vault until it is up again.",
    "ticrypt-storage": "What vaults hold is out of reach until it is up again.",
    "ticrypt-vm": "No VM starts until it is up again; VMs that run go on.",
    "ticrypt-proxy": "Users are cut off from their VMs; the VMs go on.",
    "ticrypt-logger": "What happens until it is up again may be missing from tiCrypt's audit log.",
    "ticrypt-stats": "Figures of use have a gap.",
    "ticrypt-notifications": "Nobody gets a notice until it is up again.",
    "ticrypt-maintenance": "Periodic jobs come late.",
    "ticrypt-backup": "A backup that runs now is broken off.",
    "ticrypt-allowedlist": "Changes of licensing servers reach the firewall late.",
    "libvirtd": "Every console loses this host for a moment; VMs go on.",
    "virtqemud": "Every console loses this host for a moment; VMs go on.",
    "dbus": "Much of this machine hangs on the system bus: it may have to be started anew.",
    "ssh": "New logins wait for a moment; those that are open stay.",
    "sshd": "New logins wait for a moment; those that are open stay.",
    "postgresql": "Every console loses the store until it is up again.",
    "nginx": "Web consoles, and new VMs that fetch their controller, wait for a moment.",
    "firewalld": "Rules for VMs that were not saved are gone: libvirt writes its own anew.",
}


def effect(name: str) -> str:
    """What the restart of a unit cuts, in a sentence; '' where nothing is known of it."""
    return EFFECTS.get(name.rpartition(".")[0].partition("@")[0], "")
