# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What docs/quickstart and tests/run have in common: Debian packages and the meson build.
# They source it from the top of the tree.

# Debian's meson, Python and GObject modules belong together; another python3 earlier on
# PATH (pyenv, a virtual environment) has no `gi` and would be picked up by the build.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C.UTF-8

log=$(mktemp)
leftovers=("$log")
trap 'rm -rf "${leftovers[@]}"' EXIT
# Without these a signal would end bash before the EXIT trap has cleaned up.
trap 'exit 130' INT
trap 'exit 143' TERM

say() {
  printf '%s\n' "$*"
}

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Runs a command without its output, unless it fails.
quietly() {
  "$@" >"$log" 2>&1 </dev/null || {
    local status=$?
    cat "$log" >&2
    printf '%s: this failed with status %d: %s\n' "${0##*/}" "$status" "$*" >&2
    return "$status"
  }
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@"
}

# Installs those of the named packages that are missing; no output when none is.
need_packages() {
  local missing
  command -v dpkg-query >/dev/null || die "this script needs Debian; elsewhere, see 'Install' in README.md"
  missing=$(comm -23 \
    <(printf '%s\n' "$@" | sort -u) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | sort -u))
  [ -n "$missing" ] || return 0
  # One name to a word from here on.
  # shellcheck disable=SC2086
  set -- $missing
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    die "not root and no sudo; install these packages first: $*"
  fi
  say "Installing $*"
  quietly apt_get update
  quietly apt_get install --no-install-recommends "$@"
}

# need_program PROGRAM PACKAGE...: installs the first of the packages that this system knows, unless the
# program is there: in which package it is depends on the system.
need_program() {
  local program=$1 package
  shift
  ! command -v "$program" >/dev/null || return 0
  [ -n "$(apt-cache pkgnames 2>/dev/null | head -n 1)" ] || quietly apt_get update
  for package in "$@"; do
    if [ -n "$(apt-cache madison "$package" 2>/dev/null)" ]; then
      need_packages "$package"
      break
    fi
  done
  command -v "$program" >/dev/null ||
    die "$program is not there, and none of these packages brings it: $*"
}

# need_qemu_display NAME PACKAGE...: likewise, for a display of QEMU's, which is a module.
need_qemu_display() {
  local display=$1 package
  shift
  for package in "$@"; do
    ! qemu-system-x86_64 -display help 2>/dev/null | grep -qx "$display" || return 0
    if [ -n "$(apt-cache madison "$package" 2>/dev/null)" ]; then
      need_packages "$package"
    fi
  done
}

# build DIRECTORY [OPTION...]: configures (again, when it is there) and compiles.
build() {
  local dir=$1 again=
  shift
  # What meson leaves behind when it is interrupted counts as "there" too.
  [ ! -e "$dir/meson-private/coredata.dat" ] || again=--reconfigure
  quietly meson setup $again "$@" "$dir" &&
    quietly meson compile -C "$dir"
}
