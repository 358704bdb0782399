"""Libvirt's states and reasons in words."""

from __future__ import annotations

import libvirt

from ticrypt_tui.backend.drivers.base import Power

POWERS = {
    libvirt.VIR_DOMAIN_RUNNING: Power.RUNNING,
    libvirt.VIR_DOMAIN_BLOCKED: Power.RUNNING,
    libvirt.VIR_DOMAIN_PAUSED: Power.PAUSED,
    libvirt.VIR_DOMAIN_PMSUSPENDED: Power.PAUSED,
    libvirt.VIR_DOMAIN_SHUTDOWN: Power.SHUTTING_DOWN,
    libvirt.VIR_DOMAIN_SHUTOFF: Power.STOPPED,
    libvirt.VIR_DOMAIN_CRASHED: Power.CRASHED,
}

_PAUSED = {
    libvirt.VIR_DOMAIN_PAUSED_USER: "by an admin",
    libvirt.VIR_DOMAIN_PAUSED_MIGRATION: "migrating",
    libvirt.VIR_DOMAIN_PAUSED_SAVE: "being saved to a file",
    libvirt.VIR_DOMAIN_PAUSED_DUMP: "its memory is being dumped",
    libvirt.VIR_DOMAIN_PAUSED_IOERROR: "disk error, such as a full disk",
    libvirt.VIR_DOMAIN_PAUSED_WATCHDOG: "its watchdog fired",
    libvirt.VIR_DOMAIN_PAUSED_FROM_SNAPSHOT: "restored from a snapshot",
    libvirt.VIR_DOMAIN_PAUSED_SHUTTING_DOWN: "shutting down",
    libvirt.VIR_DOMAIN_PAUSED_SNAPSHOT: "a snapshot is being made",
    libvirt.VIR_DOMAIN_PAUSED_CRASHED: "the guest crashed",
    libvirt.VIR_DOMAIN_PAUSED_STARTING_UP: "starting",
}
_REASONS = {
    libvirt.VIR_DOMAIN_PAUSED: _PAUSED,
    libvirt.VIR_DOMAIN_PMSUSPENDED: {0: "the guest sleeps"},
    libvirt.VIR_DOMAIN_SHUTDOWN: {libvirt.VIR_DOMAIN_SHUTDOWN_USER: "asked by an admin"},
    libvirt.VIR_DOMAIN_CRASHED: {
        libvirt.VIR_DOMAIN_CRASHED_PANICKED: "the guest's kernel panicked"
    },
}


def reason(state: int, number: int) -> str:
    """Libvirt's reason for a state; empty where it has none to give."""
    return _REASONS.get(state, {}).get(number, "")
