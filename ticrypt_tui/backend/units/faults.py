"""What systemd, polkit and the system bus answer instead of doing it, in words."""

from __future__ import annotations

from ticrypt_tui.backend.errors import Failed, NotFound, Refused, TicryptError
from ticrypt_tui.text import shown

NO_SYSTEMD = "This machine was not started by systemd: there is no {path}."
NO_BUS = "The system bus of this machine cannot be reached: {reason}."
BUS_REMEDY = "Is dbus.service running? `systemctl status dbus` tells."
DENIED_REMEDY = "packaging/polkit of this program says how to let its group restart these units."

_DENIED = (
    "org.freedesktop.DBus.Error.AccessDenied",
    "org.freedesktop.DBus.Error.AuthFailed",
    "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
    "org.freedesktop.PolicyKit1.Error.NotAuthorized",
)
_UNKNOWN = (
    "org.freedesktop.systemd1.NoSuchUnit",
    "org.freedesktop.systemd1.LoadFailed",
    "org.freedesktop.DBus.Error.UnknownObject",
)
_SILENT = (
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.NoReply",
    "org.freedesktop.DBus.Error.Timeout",
    "org.freedesktop.DBus.Error.TimedOut",
    "org.freedesktop.DBus.Error.Disconnected",
)
_REFUSED = {
    "org.freedesktop.systemd1.UnitMasked": "It is masked: systemd does not start it.",
    "org.freedesktop.systemd1.OnlyByDependency": "It may only be started along with others.",
    "org.freedesktop.systemd1.JobTypeNotApplicable": "A unit of this type is not restarted.",
    "org.freedesktop.systemd1.TransactionIsDestructive": "Another of systemd's jobs is against it.",
    "org.freedesktop.systemd1.ShuttingDown": "The machine is shutting down.",
    "org.freedesktop.systemd1.BadUnitSetting": "Its unit file has a bad setting.",
}


class BusGone(Failed):
    """A system bus that went away before it had answered."""

    def __init__(self) -> None:
        super().__init__("The system bus of this machine went away.", BUS_REMEDY)


def worded(name: str, said: str, unit: str = "") -> TicryptError:
    """An error that came over the bus, by its D-Bus name and what it said itself."""
    if name in _DENIED:
        what = f"restart {shown(unit)}" if unit else "ask that"
        return Refused(f"polkit does not let you {what}.", DENIED_REMEDY)
    if name in _UNKNOWN:
        return NotFound(f"systemd knows no unit {shown(unit)}.", shown(said))
    if name in _SILENT:
        return Failed("systemd does not answer on the system bus.", BUS_REMEDY)
    if name in _REFUSED:
        return Refused(_REFUSED[name], f"systemd says: {shown(said)}")
    return Failed(f"systemd did not do it: {shown(said or name)}")
