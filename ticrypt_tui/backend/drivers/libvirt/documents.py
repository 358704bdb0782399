"""The domain XML that the console gives to libvirt (https://libvirt.org/formatdomain.html)."""

from __future__ import annotations

from lxml import etree
from lxml.builder import E, ElementMaker

from ticrypt_tui.backend.drivers.base import DomainWanted

NAMESPACE = "https://ticrypt-tui.invalid/xmlns/1"
_OURS = ElementMaker(namespace=NAMESPACE, nsmap={"ticrypt": NAMESPACE})
_AGENT = "org.qemu.guest_agent.0"


def domain_document(wanted: DomainWanted, *, session: bool, serial_log: str | None) -> str:
    """The XML of a transient domain that runs the wanted VM from its qcow2 volume.

    A `session` hypervisor has no networks of the machine: the VM then gets QEMU's user network.
    """
    root = E.domain(
        E.name(wanted.vm_id),
        E.uuid(uuid_of(wanted.vm_id)),
        *_title(wanted.title),
        E.metadata(_OURS.vm(wanted.vm_id)),
        E.memory(str(wanted.memory_mib * 1024), unit="KiB"),
        E.vcpu(str(wanted.cores)),
        E.os(E.type("hvm", arch="x86_64"), E.boot(dev="hd")),
        E.features(E.acpi(), E.apic()),
        *_cpu(wanted.virt_type),
        E.on_poweroff("destroy"),
        E.on_reboot("restart"),
        E.on_crash("destroy"),
        E.devices(
            _disk(wanted.disk_path),
            _interface("" if session else wanted.network),
            _serial(serial_log),
            E.channel(E.target(type="virtio", name=_AGENT), type="unix"),
            E.rng(E.backend("/dev/urandom", model="random"), model="virtio"),
            E.memballoon(model="virtio"),
            *_screen(wanted.debug),
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


def _disk(path: str) -> etree._Element:
    return E.disk(
        E.driver(name="qemu", type="qcow2", discard="unmap"),
        E.source(file=path),
        E.target(dev="vda", bus="virtio"),
        type="file",
        device="disk",
    )


def _interface(network: str) -> etree._Element:
    if not network:
        return E.interface(E.model(type="virtio"), type="user")
    return E.interface(E.source(network=network), E.model(type="virtio"), type="network")


def _serial(log: str | None) -> etree._Element:
    kept = [E.log(file=log, append="off")] if log else []
    return E.serial(*kept, E.target(port="0"), type="pty")


def _screen(debug: bool) -> list[etree._Element]:
    """A VNC server on a unix socket that libvirt places: no port, no password, root's alone."""
    if not debug:
        return []
    graphics = E.graphics(E.listen(type="socket"), type="vnc")
    return [graphics, E.video(E.model(type="vga", vram="16384", heads="1", primary="yes"))]
