# Becomes the first process of a machine: a systemd that has the units of the folder $1.
# What would set up the kernel, which is shared, or this machine's disks is masked.
set -e
mount --make-rprivate /
mount -t proc proc /proc
units=$(mktemp -d)
cp "$1"/* "$units"
for folder in /run /var/tmp /var/lib/systemd /var/log /etc/systemd/system; do
    mount -t tmpfs tmpfs "$folder"
done
for wanted in /lib/systemd/system/sysinit.target.wants/* /lib/systemd/system/local-fs.target.wants/*; do
    case $wanted in
        */systemd-journald.*) ;;
        *) ln -sf /dev/null "/etc/systemd/system/${wanted##*/}" ;;
    esac
done
cp "$units"/* /etc/systemd/system
rm -r "$units"
mkdir /var/log/journal
mount -t tmpfs tmpfs /tmp
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin container=docker \
    /lib/systemd/systemd --system --unit=ready.target
