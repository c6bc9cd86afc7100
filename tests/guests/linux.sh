# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Debian's kernel and busybox for a guest: what docs/quickstart and the tests have in common. Sourced
# after tests/lib.sh.

# Of an earlier run, too; all names below it are whole.
cache=$PWD/build-guests

# Those that a kernel has built in are not there. The power
# button reaches user space through the first two.
guest_modules='button
evdev
failover
net_failover
virtio
virtio_ring
virtio_pci_legacy_dev
virtio_pci_modern_dev
virtio_pci
virtio_net
virtio_blk
virtio_console
virtio_input
rng-core
virtio-rng
fuse
virtiofs
overlay
crc16
crc32c_generic
mbcache
jbd2
ext4'

# fetch PACKAGE...: downloads Debian packages and unpacks them into a directory, so that
# nothing of them is installed and no boot file of this machine changes.
fetch() {
  local deb
  rm -rf "$temporary/deb" "$temporary/tree"
  mkdir "$temporary/deb"
  # The sandbox user of apt may not write to a directory of ours.
  (cd "$temporary/deb" &&
    quietly apt-get -q -o APT::Sandbox::User=root -o Acquire::Retries=3 download "$@") || return
  for deb in "$temporary"/deb/*.deb; do
    quietly dpkg-deb -x "$deb" "$temporary/tree" || return
  done
}

# depends PACKAGE PATTERN: those that it depends on and whose names match, a line each.
depends() {
  apt-cache show --no-all-versions "$1" 2>/dev/null |
    sed -n 's/^Depends: //p' | tr -d ' ' | tr ',' '\n' | sed 's/(.*//' | grep -E "$2"
}

fetch_kernel() {
  local package parts
  # The metapackage names the kernel of the day, which is in several packages since Debian 14.
  package=$(depends linux-image-cloud-amd64 '^linux-image-' | head -n 1)
  [ -n "$package" ] || return 1
  mapfile -t parts < <(depends "$package" '^linux-(binary|modules)-')
  say "Downloading $package"
  fetch "$package" "${parts[@]}" &&
    mkdir "$temporary/kernel" &&
    find "$temporary/tree" \( -path '*/boot/vmlinuz-*' -o -path '*/modules/*/vmlinuz' \) \
      -exec cp {} "$temporary/kernel/vmlinuz" \; &&
    [ -s "$temporary/kernel/vmlinuz" ] &&
    while read -r module; do
      find "$temporary/tree" -name "$module.ko*" -exec cp -t "$temporary/kernel" {} + || return
    done <<<"$guest_modules" &&
    # Compressed since Debian 13; the guest's insmod takes them plain.
    find "$temporary/kernel" -name '*.ko.xz' -exec xz -d {} + &&
    printf '%s\n' "$guest_modules" >"$temporary/kernel/order"
}

fetch_busybox() {
  say "Downloading busybox-static"
  fetch busybox-static &&
    mkdir "$temporary/busybox" &&
    # In bin/ up to Debian 12, in usr/bin/ since.
    find "$temporary/tree" -path '*/bin/busybox' -exec cp -t "$temporary/busybox" {} + &&
    [ -x "$temporary/busybox/busybox" ]
}

# cached NAME: makes $cache/NAME with fetch_NAME unless it is there. It appears by a
# rename when it is complete, so an interrupted run leaves nothing half done behind.
cached() {
  [ ! -d "$cache/$1" ] || return 0
  "fetch_$1" || {
    # No package lists yet, or older than the archive.
    quietly apt_get update
    rm -rf "${temporary:?}/$1"
    "fetch_$1"
  }
  # Another run may have been faster.
  mv -T "$temporary/$1" "$cache/$1" 2>/dev/null || [ -d "$cache/$1" ]
}

# begin_guests: to be called before the others; they work in $temporary.
begin_guests() {
  mkdir -p "$cache"
  # Of runs that were killed.
  find "$cache" -maxdepth 1 -name "tmp.*" -mmin +60 -exec rm -rf {} +
  temporary=$(mktemp -d "$cache/tmp.XXXXXX")
  leftovers+=("$temporary")
}

# pack_initramfs DIRECTORY NAME: makes $cache/NAME of all that is in it.
pack_initramfs() {
  (cd "$1" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$temporary/packed"
  mv "$temporary/packed" "$cache/$2"
}

# make_test_guest: a kernel and an initramfs for the tests, $cache/kernel/vmlinuz and
# $cache/tests.gz; tests/guests/init is its first process. Needs the package qemu-guest-agent.
make_test_guest() {
  local root=$temporary/tests library
  # One with other modules is of an older version of this file.
  [ "$(cat "$cache/kernel/order" 2>/dev/null)" = "$guest_modules" ] || rm -rf "$cache/kernel"
  cached kernel
  cached busybox
  mkdir -p "$root"/{bin,dev,proc,sys,modules,etc,usr/sbin,www}
  cp "$cache/busybox/busybox" "$root/bin"
  find "$cache/kernel" -name '*.ko' -exec cp -t "$root/modules" {} +
  cp "$cache/kernel/order" "$root/modules"
  install -m 755 tests/guests/init "$root/init"
  cc -O1 -static -o "$root/bin/udp-answer" tests/guests/udp-answer.c
  cp "$(command -v qemu-ga)" "$root/usr/sbin"
  ldd "$(command -v qemu-ga)" | grep -o '/[^ ]*' | while read -r library; do
    install -D "$library" "$root$library"
  done
  # The password is "secret".
  echo 'root:$1$salt$ez2vlPGdaLYkJam5pWs/Y1:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
  echo 'root:x:0:' >"$root/etc/group"
  echo 'guest' >"$root/etc/hostname"
  echo 'this is the web server of the guest' >"$root/www/index.html"
  pack_initramfs "$root" tests.gz
}
