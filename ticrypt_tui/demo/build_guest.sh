#!/usr/bin/env bash
# Builds a tiny bootable Linux volume from Debian packages, without root and without mounting anything.
#   build_guest.sh OUT.qcow2
# Needs apt, busybox-static, syslinux, mtools, dosfstools, cpio, kmod, qemu-utils, e2fsprogs; an amd64
# Debian.
# In the guest: a shell on tty1 and on the serial console, virtio, DHCP, the power button, ext4 with
# what makes it and knows it, the guest agent, what tells QEMU of a kernel panic, the start-up script
# from QEMU's fw_cfg, and a stand-in for the VM controller that counts its starts on the serial
# console.
set -euo pipefail

out=$(realpath -m "$1")
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

modules="virtio_pci virtio_blk virtio_net virtio_console button evdev qemu_fw_cfg ext4"
later="pvpanic_mmio" # what need not be there before the agent

stop() {
    echo "$1" >&2
    exit 1
}

check_machine() {
    command -v apt-get >/dev/null && command -v dpkg >/dev/null ||
        stop "apt is not here: the volume is made from Debian packages"
    [ "$(dpkg --print-architecture)" = amd64 ] || stop "the volume can be made on amd64 only"
    local program
    for program in busybox syslinux mcopy mkfs.vfat cpio modprobe qemu-img mkfs.ext4 blkid; do
        command -v "$program" >/dev/null || stop "$program is not installed"
    done
}

kernel_package() {
    { apt-cache "${apt_options[@]}" depends linux-image-cloud-amd64 2>/dev/null || true; } |
        awk '/Depends: linux-image/ { print $2 }' | head -n 1
}

# apt's own lists, or a private copy where the machine has none.
find_kernel() {
    apt_options=(-o APT::Sandbox::User=root -o Acquire::Retries=2)
    kernel=$(kernel_package)
    [ -n "$kernel" ] && return
    mkdir -p state/lists/partial cache/archives/partial
    apt_options+=(-o Dir::State::Lists="$work/state/lists" -o Dir::Cache="$work/cache")
    apt-get "${apt_options[@]}" -qq update || stop "apt cannot fetch its package lists"
    kernel=$(kernel_package)
    [ -n "$kernel" ] || stop "apt knows no linux-image-cloud-amd64: is this Debian?"
}

fetch_packages() {
    mkdir debs packages
    (cd debs && apt-get "${apt_options[@]}" -qq download "$kernel" qemu-guest-agent) ||
        stop "apt cannot download $kernel and qemu-guest-agent"
    local deb
    for deb in debs/*.deb; do dpkg -x "$deb" packages; done
    # Modules live in /lib or in /usr/lib, and kmod looks in one of them.
    mkdir -p packages/lib packages/usr/lib
    if [ -d packages/lib/modules ]; then
        ln -s ../../lib/modules packages/usr/lib/modules
    else
        ln -s ../usr/lib/modules packages/lib/modules
    fi
}

make_root() {
    mkdir -p root/{bin,sbin,dev,proc,sys,etc/acpi/PWRF,modules,later,run,tmp,var/run}
    cp -r "$here/guest/." root/
    chmod +x root/init root/etc/rc root/etc/udhcpc.sh root/etc/acpi/PWRF/* root/bin/* root/sbin/*
    cp "$(command -v busybox)" root/bin/busybox
    local applet
    for applet in $(root/bin/busybox --list); do
        [ "$applet" = busybox ] || ln -sf busybox "root/bin/$applet"
    done
    ln -sf /bin/busybox root/sbin/poweroff
}

# Modules and what they need, in a folder of the root, numbered in the order in which they go in.
add_modules() {
    local folder=root/$1 version number=10 file name
    shift
    version=$(basename packages/lib/modules/*)
    depmod -b packages "$version" 2>/dev/null
    modprobe -d packages -S "$version" --show-depends -a "$@" | sed -n 's/^insmod \([^ ]*\).*/\1/p' |
        awk '!seen[$0]++' | while read -r file; do
        name=$number-$(basename "${file%.ko*}").ko
        case $file in
        *.xz) busybox unxz -c "$file" >"$folder/$name" ;;
        *) cp "$file" "$folder/$name" ;;
        esac
        number=$((number + 1))
    done
}

# A program with the libraries that it names, in the root's /bin.
add_program() {
    rm -f "root/bin/$2"
    install -D "$1" "root/bin/$2"
    local library
    ldd "root/bin/$2" | grep -q 'not found' && stop "libraries of $2 are not installed"
    ldd "root/bin/$2" | tr -s ' \t' '\n\n' | grep '^/' | sort -u | while read -r library; do
        install -D "$library" "root$library"
    done
}

make_volume() {
    (cd root && find . | cpio --quiet -o -H newc -R 0:0 | gzip -9) >initrd.gz
    truncate -s 48M disk.img
    mkfs.vfat -F 16 disk.img >/dev/null
    mcopy -i disk.img packages/boot/vmlinuz-* ::vmlinuz
    mcopy -i disk.img initrd.gz ::initrd.gz
    mcopy -i disk.img "$here/guest-boot.cfg" ::syslinux.cfg
    syslinux --install disk.img
    qemu-img convert -q -c -O qcow2 disk.img volume.qcow2
    mv volume.qcow2 "$out"
}

check_machine
find_kernel
fetch_packages
make_root
add_modules modules $modules
add_modules later $later
add_program packages/usr/sbin/qemu-ga qemu-ga
for program in mkfs.ext4 blkid; do add_program "$(command -v $program)" $program; done
make_volume
