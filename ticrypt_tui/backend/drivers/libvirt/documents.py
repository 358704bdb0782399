"""The domain XML that the console gives to libvirt (https://libvirt.org/formatdomain.html)."""

from __future__ import annotations

from base64 import b64encode

from lxml import etree
from lxml.builder import E, ElementMaker

from ticrypt_tui.backend.drivers.base import DomainWanted
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.config.devices import pci_address

LARGEST_SCRIPT = 64 * 1024
"""How large a start-up script may be, in bytes: QEMU gets it as one argument of 128 KiB at most."""

NAMESPACE = "https://ticrypt-tui.invalid/xmlns/1"
_OURS = ElementMaker(namespace=NAMESPACE, nsmap={"ticrypt": NAMESPACE})
_AGENT = "org.qemu.guest_agent.0"
_SCRIPT = "opt/ticrypt/startup-script"


def domain_document(wanted: DomainWanted, *, session: bool, serial_log: str | None) -> str:
    """The XML of a transient domain that runs the wanted VM from its volume.

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
            _interface("" if session else wanted.network, wanted.network_filter),
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
    kind, attribute = ("block", "dev") if path.startswith("/dev/") else ("file", "file")
    return E.disk(
        E.driver(name="qemu", type=form, discard="unmap"),
        E.source(**{attribute: path}),
        E.target(dev="vda", bus="virtio"),
        type=kind,
        device="disk",
    )


def _interface(network: str, network_filter: str) -> etree._Element:
    if not network:
        return E.interface(E.model(type="virtio"), type="user")
    filtered = [E.filterref(filter=network_filter)] if network_filter else []
    return E.interface(E.source(network=network), E.model(type="virtio"), *filtered, type="network")


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
