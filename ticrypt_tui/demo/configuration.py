"""The demo's configuration file: an ordinary one, which its user may add to."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from ticrypt_tui.demo import fleet
from ticrypt_tui.demo.places import PASSPHRASE, REALM, TIERS, VOLUMES, Places

_TEXT = """\
# The configuration of the embedded enclave. `ticrypt-tui demo` keeps networks and virt_type in it
# up to date, adds the realm "fleet" where it is missing, and leaves the rest;
# `ticrypt-tui demo --reset` writes it anew.
# Your key here, which opens the demo's drives, has the passphrase: {passphrase}

[database]
url = {database}

[audit]
file = {audit}
checkpoint_key = {checkpoint_key}   # here its user reads it, too, and so could forge checkpoints
follow = ["/var/log/libvirt/libvirtd.log"]   # beside the audit tail, by `l`

[services]   # libvirt's own; without systemd, their log files are what can be seen of them
units = ["libvirtd.service", "virtlogd.service"]

[services.logs]
"libvirtd.service" = "/var/log/libvirt/libvirtd.log"
"virtlogd.service" = "/var/log/libvirt/virtlogd.log"

[[realms]]
id = {realm}
name = {realm}
volumes_pool = {volumes}
drives_pools = {{ {drives} }}
network = {network}
service_network = {network}
network_filter = {network_filter}
virt_type = {virt_type}
volume_os = [ {{ match = "tiny-*", os = "linux" }} ]
controller_restart = {{ linux = ["/bin/controller", "restart"] }}
"""
_FLEET = f"""
[[realms]]   # hosts that libvirt plays; nothing real is behind them
id = "{fleet.REALM}"
name = "{fleet.REALM} (simulated)"
"""


def write(places: Places, network: str, virt_type: str) -> Path:
    """Write the file, or bring the network, the kind of QEMU and the realms in it up to date."""
    file = places.configuration
    if file.exists():
        text = _with(file.read_text(encoding="utf-8"), network=network, virt_type=virt_type)
        text = _with(text, service_network=network)
    else:
        text = _text(places, network, virt_type)
    text = _with_fleet(text)
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(file)
    return file


def _text(places: Places, network: str, virt_type: str) -> str:
    drives = ", ".join(f"{tier} = {_quoted(places.pool(tier))}" for tier in TIERS)
    return _TEXT.format(
        database=_quoted(f"sqlite+aiosqlite:///{places.database}"),
        audit=_quoted(str(places.audit_file)),
        checkpoint_key=_quoted(str(places.checkpoint_key)),
        realm=_quoted(REALM),
        volumes=_quoted(places.pool(VOLUMES)),
        drives=drives,
        passphrase=PASSPHRASE,
        network=_quoted(network),
        network_filter=_quoted(places.network),
        virt_type=_quoted(virt_type),
    )


def _with_fleet(text: str) -> str:
    """The text with the simulated realm, which demos that were made earlier lack."""
    try:
        realms = tomllib.loads(text).get("realms", [])
    except tomllib.TOMLDecodeError:  # told when it is read
        return text
    has_it = any(realm.get("id") == fleet.REALM for realm in realms)
    return text if has_it else f"{text.rstrip()}\n{_FLEET}"


def _with(text: str, **values: str) -> str:
    """The text with the values of these keys replaced, wherever a line begins with one."""
    for key, value in values.items():
        line = f"{key} = {_quoted(value)}".replace("\\", "\\\\")
        text = re.sub(rf"(?m)^{key} = .*$", line, text)
    return text


def _quoted(text: str) -> str:
    """A TOML basic string; its escapes are JSON's."""
    return json.dumps(text, ensure_ascii=False)
