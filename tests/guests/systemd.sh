# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A whole Debian for the long tests: systemd, its journal, logind, udev, D-Bus, agetty, login with
# PAM, bash, and the guest agent, each as its package has it. Sourced after tests/guests/linux.sh.
#
# The packages are only unpacked: nothing of them runs here, so this needs neither root nor mounts.
# What their maintainer scripts would have written is written below.

systemd_packages='base-files
base-passwd
bash
coreutils
dash
dbus
findutils
grep
hostname
kmod
libc-bin
libpam-modules
libpam-runtime
libpam-systemd
login
mawk
mount
passwd
procps
qemu-guest-agent
sed
systemd-sysv
udev
util-linux'

# Of a package's tree; nobody reads it in the guest, and the kernel would unpack it at each boot.
systemd_unneeded='usr/share/doc usr/share/man usr/share/locale usr/share/info usr/share/lintian
usr/share/bug usr/share/perl* usr/share/zsh usr/share/bash-completion usr/share/debconf
usr/lib/udev/hwdb.d usr/lib/udev/hwdb.bin usr/lib/systemd/catalog usr/lib/systemd/boot
usr/lib/*/perl* usr/lib/*/libperl* usr/lib/*/gconv usr/bin/perl* usr/lib/locale usr/share/i18n
usr/share/pixmaps'

# They make what no test needs, which takes long where no hardware helps.
systemd_masked='systemd-hwdb-update systemd-journal-catalog-update ldconfig systemd-pcrphase
systemd-pcrphase-sysinit systemd-random-seed systemd-update-utmp systemd-update-utmp-runlevel
systemd-firstboot systemd-binfmt systemd-network-generator systemd-networkd-wait-online'

# All of them, with what they depend on, as if nothing were installed here.
fetch_systemd() {
  local names deb
  mapfile -t names <<<"$systemd_packages"
  say "Downloading systemd and its packages"
  rm -rf "$temporary/archives"
  mkdir -p "$temporary/archives" "$temporary/systemd"
  quietly apt-get -q -y -o APT::Sandbox::User=root -o Acquire::Retries=3 \
    -o Dir::State::status=/dev/null -o Debug::NoLocking=true \
    -o Dir::Cache::archives="$temporary/archives/" \
    --no-install-recommends --download-only install "${names[@]}" || return
  # Where a package still has files in /bin.
  mkdir -p "$temporary"/systemd/usr/{bin,sbin,lib,lib64}
  ln -s usr/bin usr/sbin usr/lib usr/lib64 "$temporary/systemd"
  for deb in "$temporary"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" |
      tar -x --keep-directory-symlink --no-same-owner -C "$temporary/systemd" || return
  done
  # Each is a pattern.
  # shellcheck disable=SC2086
  (cd "$temporary/systemd" && rm -rf $systemd_unneeded)
  rm -rf "$temporary/archives"
  printf '%s\n' "$systemd_packages" "$systemd_unneeded" >"$temporary/systemd/made-of"
}

# What base-passwd, libc-bin, libpam-runtime and dbus write when they are installed.
configure_accounts() {
  local etc=$1/etc master=$1/usr/share/base-passwd
  cp "$master/passwd.master" "$etc/passwd"
  cp "$master/group.master" "$etc/group"
  sed -i 's,^root:.*,root:x:0:0:root:/root:/bin/bash,' "$etc/passwd"
  echo 'messagebus:x:990:990:System Message Bus:/nonexistent:/usr/sbin/nologin' >>"$etc/passwd"
  echo 'messagebus:x:990:' >>"$etc/group"
  # The password is "secret".
  echo 'root:$1$salt$ez2vlPGdaLYkJam5pWs/Y1:20000::::::' >"$etc/shadow"
  chmod 600 "$etc/shadow"
  printf '%s\n' 'passwd: files systemd' 'group: files systemd' 'shadow: files' \
    'hosts: files' >"$etc/nsswitch.conf"
  echo 'auth required pam_unix.so nullok' >"$etc/pam.d/common-auth"
  echo 'account required pam_unix.so' >"$etc/pam.d/common-account"
  echo 'password required pam_unix.so' >"$etc/pam.d/common-password"
  printf 'session required pam_unix.so\nsession optional pam_systemd.so\n' |
    tee "$etc/pam.d/common-session" >"$etc/pam.d/common-session-noninteractive"
}

# What a person would see and set: colours, a greeting, a prompt that tells the title of a window.
configure_shell() {
  local etc=$1/etc
  printf '\033[1;32mWelcome\033[0m to the \033[4mguest\033[0m.\nlogin: # $ > \n\n' >"$etc/motd"
  mkdir -p "$1/root"
  cat >"$1/root/.bashrc" <<'END'
PS1='\[\e]0;\u@\h: \w\a\]\[\033[01;32m\]\u@\h\[\033[00m\]:\[\033[01;34m\]\w\[\033[00m\]\$ '
alias ls='ls --color=auto'
END
  echo '[ -z "$BASH" ] || . ~/.bashrc' >"$1/root/.profile"
}

# make_systemd_guest: $cache/systemd.gz, an initramfs that stays the root. Needs the package kmod,
# and what make_test_guest has made.
make_systemd_guest() {
  local root=$temporary/whole release unit
  # One of other packages is of an older version of this file.
  printf '%s\n' "$systemd_packages" "$systemd_unneeded" |
    cmp -s - "$cache/systemd/made-of" || rm -rf "$cache/systemd"
  cached systemd
  cp -a "$cache/systemd" "$root"
  rm "$root/made-of"
  mkdir -p "$root"/{dev,proc,sys,run,tmp,root,var/log/journal,etc/systemd/system/getty.target.wants}
  rm -rf "$root/var/log/journal"

  release=$(modinfo -F vermagic "$(find "$cache/kernel" -name '*.ko' | head -n 1)" | cut -d' ' -f1)
  install -D -m 644 -t "$root/usr/lib/modules/$release" "$cache"/kernel/*.ko
  quietly depmod -b "$root" "$release"
  quietly ldconfig -r "$root"

  configure_accounts "$root"
  configure_shell "$root"
  echo guest >"$root/etc/hostname"
  echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
  for unit in $systemd_masked; do
    ln -s /dev/null "$root/etc/systemd/system/$unit.service"
  done
  # The first one's, and those of others that the kernel's command line names, are made by systemd.
  ln -s /lib/systemd/system/serial-getty@.service \
    "$root/etc/systemd/system/getty.target.wants/serial-getty@ttyS1.service"
  ln -s usr/lib/systemd/systemd "$root/init"
  pack_initramfs "$root" systemd.gz
}
