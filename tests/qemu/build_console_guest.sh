#!/usr/bin/env bash
# Makes of the tiny Linux one with Debian's generic kernel, whose consoles are framebuffers.
#   build_console_guest.sh TINY.qcow2 FOLDER
# Into the folder go the kernel, an initial root with setfont, console fonts (/fonts) and the driver of
# QEMU's display (/display, loaded by whoever wants it), and all of Debian's fonts by themselves.
# Needs what the tiny Linux is built with.
set -euo pipefail

tiny=$(realpath "$1")
out=$(realpath -m "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fonts="Lat15-VGA8 Lat15-VGA14 Lat15-VGA16 Lat15-Fixed16 Lat15-Terminus16 Lat15-Terminus32x16"

# apt's own lists, or a private copy where the machine has none.
apt_options=(-o APT::Sandbox::User=root -o Acquire::Retries=2)
generic() {
    { apt-cache "${apt_options[@]}" depends linux-image-amd64 2>/dev/null || true; } |
        awk '/Depends: linux-image/ { print $2 }' | head -n 1
}
if [ -z "$(generic)" ]; then
    mkdir -p state/lists/partial cache/archives/partial
    apt_options+=(-o Dir::State::Lists="$work/state/lists" -o Dir::Cache="$work/cache")
    apt-get "${apt_options[@]}" -qq update
fi
mkdir -p debs packages root "$out"
(cd debs && apt-get "${apt_options[@]}" -qq download "$(generic)" console-setup-linux kbd)
for deb in debs/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C packages --wildcards \
        './boot/vmlinuz-*' './lib/modules/*/modules.*' './lib/modules/*/drivers/char' \
        './lib/modules/*/drivers/virtio' './lib/modules/*/drivers/gpu/drm' \
        './lib/modules/*/drivers/video' './lib/modules/*/drivers/i2c' './usr/share/consolefonts' \
        './bin/setfont' \
        2>/dev/null || true # a package has some of these
done

qemu-img convert -O raw "$tiny" disk.img
mcopy -i disk.img ::initrd.gz initrd.gz
(cd root && gzip -dc ../initrd.gz | cpio --quiet -i -m)
rm -f root/modules/* root/later/*
mkdir root/display root/fonts
version=$(basename packages/lib/modules/*)
depmod -b packages "$version" 2>/dev/null
add_modules() {
    local number=10 file
    modprobe -d packages -S "$version" --show-depends -a "${@:2}" | sed -n 's/^insmod \([^ ]*\).*/\1/p' |
        awk '!seen[$0]++' | while read -r file; do
        cp "$file" "root/$1/$number-$(basename "$file")"
        number=$((number + 1))
    done
}
add_modules modules virtio_pci virtio_console
add_modules display bochs
for font in $fonts; do
    gzip -dc "packages/usr/share/consolefonts/$font.psf.gz" | tee "$out/$font.psf" >"root/fonts/$font.psf"
done
rm -f root/bin/setfont
for file in packages/bin/setfont $(ldd packages/bin/setfont | tr -s ' \t' '\n\n' | grep '^/'); do
    install -D "$file" "root/${file#packages/}"
done
(cd root && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$out/initrd.gz"
cp -r packages/usr "$out"
cp packages/boot/vmlinuz-* "$out/kernel"
