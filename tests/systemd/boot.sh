# Becomes the first process of a machine: a systemd that has the units and polkit's rules of the
# folder $1. Its system bus listens in the folder $2. What would set up the kernel, which is shared,
# or this machine's disks is masked.
set -e
mount --make-rprivate /
mount -t proc proc /proc
given=$(mktemp -d)
cp "$1"/* "$given"
for folder in /run /var/tmp /var/lib/systemd /var/log /etc/systemd/system /etc/polkit-1/rules.d; do
    mount -t tmpfs -o mode=755 tmpfs "$folder"
done
for wanted in /lib/systemd/system/sysinit.target.wants/* /lib/systemd/system/local-fs.target.wants/*; do
    case $wanted in
        */systemd-journald.*) ;;
        *) ln -sf /dev/null "/etc/systemd/system/${wanted##*/}" ;;
    esac
done
mv "$given"/*.rules /etc/polkit-1/rules.d
cp "$given"/* /etc/systemd/system
rm -r "$given"
mkdir /var/log/journal /run/dbus
mount --bind "$2" /run/dbus
mount -t tmpfs tmpfs /tmp
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin container=docker \
    /lib/systemd/systemd --system --unit=ready.target
