"""The domain XML that the console gives to libvirt (https://libvirt.org/formatdomain.html)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from itertools import islice, product
from string import ascii_lowercase

from lxml import etree
from lxml.builder import E, ElementMaker

from ticrypt_tui.backend.drivers.base import DomainWanted, DriveWanted
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.config.devices import pci_address

LARGEST_SCRIPT = 64 * 1024
"""How large a start-up script may be, in bytes: QEMU gets it as one argument of 128 KiB at most."""

NAMESPACE = "https://ticrypt-tui.invalid/xmlns/1"
_OURS = ElementMaker(namespace=NAMESPACE, nsmap={"ticrypt": NAMESPACE})
_AGENT = "org.qemu.guest_agent.0"
_SCRIPT = "opt/ticrypt/startup-script"


def domain_document(
    wanted: DomainWanted,
    *,
    session: bool,
    serial_log: str | None,
    secrets: Sequence[str] = (),
    dhcp_server: str = "",
) -> str:
    """The XML of a transient domain that runs the wanted VM from its volume.

    `secrets` are the UUIDs under which libvirt finds what opens its drives, one for each;
    `dhcp_server` is the only one that its filter listens to, where it is known.
    A `session` hypervisor has no networks of the machine: the VM then gets QEMU's user network,
    which nothing filters. Raises `Failed` for a start-up script that is too large.
    """
    root = E.domain(
        E.name(wanted.vm_id),
        E.uuid(uuid_of(wanted.vm_id)),
        *_title(wanted.title),
        E.metadata(_OURS.vm(wanted.vm_id)),
        E.memory(str(wanted.memory_mib * 1024), unit="KiB"),
        E.vcpu(str(wanted.cores)),
        *_handed_over(wanted.startup_script),
        E.os(E.type("hvm", arch="x86_64"), E.boot(dev="hd")),
        E.features(E.acpi(), E.apic()),
        *_cpu(wanted.virt_type),
        E.on_poweroff("destroy"),
        E.on_reboot("restart"),
        E.on_crash("destroy"),
        E.devices(
            _disk(wanted.disk_path, wanted.disk_format),
            *_drives(wanted.drives, secrets),
            _interface("" if session else wanted.network, wanted.network_filter, dhcp_server),
            _serial(serial_log),
            E.channel(E.target(type="virtio", name=_AGENT), type="unix"),
            E.rng(E.backend("/dev/urandom", model="random"), model="virtio"),
            E.memballoon(model="virtio"),
            E.panic(model="isa"),
            *_screen(wanted.debug),
            *map(_held, wanted.devices),
        ),
        type=wanted.virt_type,
    )
    return etree.tostring(root, encoding="unicode", pretty_print=True)


def uuid_of(vm_id: str) -> str:
    """The UUID in a VM's ID: `vm-7f3a…` is the domain 7f3a…."""
    return vm_id.partition("-")[2]


def _title(title: str) -> list[etree._Element]:
    """Libvirt refuses a line break in a title, and XML the control characters."""
    words = "".join(letter if letter.isprintable() else " " for letter in title)
    words = " ".join(words.split())
    return [E.title(words)] if words else []


def _cpu(virt_type: str) -> list[etree._Element]:
    return [E.cpu(mode="host-passthrough")] if virt_type == "kvm" else []


def _disk(path: str, form: str) -> etree._Element:
    """A volume is a file, or a block device, which is always below /dev."""
    return E.disk(
        E.driver(name="qemu", type=form, discard="unmap"),
        _source(path),
        E.target(dev="vda", bus="virtio"),
        type=_kind(path),
        device="disk",
    )


def _source(path: str, *inside: etree._Element) -> etree._Element:
    return E.source(*inside, **{"dev" if _kind(path) == "block" else "file": path})


def _kind(path: str) -> str:
    return "block" if path.startswith("/dev/") else "file"


def _drives(drives: Sequence[DriveWanted], secrets: Sequence[str]) -> list[etree._Element]:
    pairs = zip(drives, secrets, strict=True)
    return [
        drive_disk(name, *pair)
        for name, pair in zip(islice(_names(), 1, None), pairs, strict=False)
    ]


def _names() -> Iterator[str]:
    """`vdb` to `vdz`, then `vdaa` and so on, as Linux counts its disks."""
    for length in (1, 2):
        for letters in product(ascii_lowercase, repeat=length):
            yield f"vd{''.join(letters)}"


def drive_disk(target: str, drive: DriveWanted, secret: str) -> etree._Element:
    """A drive as the guest's disk, which QEMU decrypts.

    QEMU's own locks keep a writer and others apart, and let readers share: `<shareable/>` would
    weaken them. No `discard`: it would show which parts of an encrypted disk are in use.
    """
    return E.disk(
        E.driver(name="qemu", type="raw"),
        _source(drive.path, encryption(secret)),
        E.target(dev=target, bus="virtio"),
        *([E.readonly()] if drive.read_only else []),
        *([E.serial(drive.serial)] if drive.serial else []),
        type=_kind(drive.path),
        device="disk",
    )


def encryption(secret: str) -> etree._Element:
    """That a volume is LUKS, and under which UUID libvirt finds what opens it."""
    return E.encryption(E.secret(type="passphrase", uuid=secret), format="luks")


def _interface(network: str, network_filter: str, dhcp_server: str) -> etree._Element:
    if not network:
        return E.interface(E.model(type="virtio"), type="user")
    filtered = [_filtered(network_filter, dhcp_server)] if network_filter else []
    return E.interface(E.source(network=network), E.model(type="virtio"), *filtered, type="network")


def _filtered(network_filter: str, dhcp_server: str) -> etree._Element:
    """A filter that gets the VM's address from what DHCP gives it, and until then lets only DHCP
    through. Libvirt's other way, the first packet that it sees, lets all IPv4 pass until then.

    Until then libvirt lets a VM ask anybody by UDP from port 68 to 67: only answers of the known
    server come back.
    """
    known = {"CTRL_IP_LEARNING": "dhcp"} | ({"DHCPSERVER": dhcp_server} if dhcp_server else {})
    said = (E.parameter(name=name, value=value) for name, value in known.items())
    return E.filterref(*said, filter=network_filter)


def dhcp_server_of(network: str) -> str:
    """The address by which libvirt itself serves DHCP on a network, by its XML; else ''."""
    found = etree.fromstring(network).iterfind("ip[dhcp]")
    own = (each.get("address", "") for each in found if each.get("family", "ipv4") == "ipv4")
    return next(own, "")


def _held(address: str) -> etree._Element:
    """A PCI device of the host, which libvirt takes from its driver there and gives back."""
    domain, bus, rest = pci_address(address).split(":")
    slot, function = rest.split(".")
    numbers = {"domain": domain, "bus": bus, "slot": slot, "function": function}
    where = {name: f"0x{number}" for name, number in numbers.items()}
    return E.hostdev(E.source(E.address(**where)), mode="subsystem", type="pci", managed="yes")


def _handed_over(script: str) -> list[etree._Element]:
    """The start-up script as a file of QEMU's fw_cfg, which the guest's kernel shows.

    Libvirt hands the text to QEMU without escaping commas, behind which anybody could put options
    of QEMU's own: base64 has none.
    """
    if not script:
        return []
    content = script.encode(errors="replace")
    if len(content) > LARGEST_SCRIPT:
        size = f"{len(content)} bytes of at most {LARGEST_SCRIPT}"
        raise Failed(f"The start-up script is too large to be handed to a guest: {size}.")
    return [E.sysinfo(E.entry(b64encode(content).decode(), name=_SCRIPT), type="fwcfg")]


def _serial(log: str | None) -> etree._Element:
    kept = [E.log(file=log, append="off")] if log else []
    return E.serial(*kept, E.target(port="0"), type="pty")


def _screen(debug: bool) -> list[etree._Element]:
    """A VNC server on a unix socket that libvirt places: no port, no password, root's alone."""
    if not debug:
        return []
    graphics = E.graphics(E.listen(type="socket"), type="vnc")
    return [graphics, E.video(E.model(type="vga", vram="16384", heads="1", primary="yes"))]
