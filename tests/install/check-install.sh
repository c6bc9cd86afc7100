#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs the library into a prefix of its own and uses it from there, as somebody would who has
# never seen this tree: C by pkg-config, Vala by --pkg, Python by the typelib. Then once more as a
# meson subproject.
#
#   check-install.sh SOURCE_ROOT PYTHON

set -euo pipefail
source_root=$1
python=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset LD_LIBRARY_PATH GI_TYPELIB_PATH QMACHINE_EXEC_HELPER MESON_BUILD_ROOT MESON_SOURCE_ROOT

quietly() {
  "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2 && echo "failed: $*" >&2 && return 1; }
}

expect() {
  "${@:2}" >"$work/output" 2>&1 || { cat "$work/output" >&2 && echo "failed: ${*:2}" >&2 && return 1; }
  grep -q "$1" "$work/output" || { cat "$work/output" >&2 && echo "no '$1' from: ${*:2}" >&2 && return 1; }
}

prefix=$work/prefix
quietly meson setup "$work/build" "$source_root" --prefix "$prefix" --libdir lib \
  -Dintrospection=enabled -Dvapi=enabled -Ddocs=disabled -Dtests=disabled
quietly meson install -C "$work/build"
rm -rf "$work/build"

export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export LD_LIBRARY_PATH=$prefix/lib
examples=$source_root/docs/examples

echo "installed: C, by pkg-config"
# shellcheck disable=SC2046
quietly cc -Wall -Wextra -Werror "$examples/first.c" -o "$work/first" \
  $(pkg-config --cflags --libs qmachine-1)
expect 'exit code: 0' "$work/first"

echo "installed: every public header alone, in C and in C++"
for header in "$prefix"/include/qmachine-1/qmachine/*.h; do
  echo "#include <qmachine/${header##*/}>" >"$work/header.c"
  # shellcheck disable=SC2046
  quietly cc -std=gnu11 -Wall -Wextra -Werror -fsyntax-only $(pkg-config --cflags qmachine-1) \
    "$work/header.c"
  # shellcheck disable=SC2046
  quietly c++ -x c++ -Wall -Wextra -Werror -fsyntax-only $(pkg-config --cflags qmachine-1) \
    "$work/header.c"
done
if ls "$prefix"/include/qmachine-1/qmachine/*-private.h >/dev/null 2>&1; then
  echo "a private header is installed" >&2
  exit 1
fi

echo "installed: Python, by the typelib"
GI_TYPELIB_PATH=$prefix/lib/girepository-1.0 expect 'exit code: 0' "$python" "$examples/first.py"

echo "installed: Vala, by --pkg"
cat >"$work/first.vala" <<'VALA'
async int run () throws Error {
  var machine = new QMachine.Machine ("qemu-system-x86_64");
  machine.add_args ({ "-machine", "none" });
  yield machine.launch_async ();
  string status = yield machine.command_json_async ("query-status", null);
  stdout.printf ("%s\n", status);
  yield machine.command_json_async ("stop", null);
  var event = yield machine.wait_event_async ({ "STOP" }, null, 5000);
  stdout.printf ("event: %s\n", event.name);
  yield machine.shutdown_async ();
  return machine.get_exit_code ();
}

int main () {
  var loop = new MainLoop ();
  int status = 1;
  run.begin ((source, result) => {
    try {
      status = run.end (result);
      stdout.printf ("exit code: %d\n", status);
    } catch (Error error) {
      stderr.printf ("%s\n", error.message);
    }
    loop.quit ();
  });
  loop.run ();
  return status;
}
VALA
quietly valac --vapidir "$prefix/share/vala/vapi" --pkg qmachine-1 -X -w \
  -X -I"$prefix/include/qmachine-1" -X -L"$prefix/lib" -o "$work/first-vala" "$work/first.vala"
expect 'exit code: 0' "$work/first-vala"

echo "moved to another place as a whole"
mv "$prefix" "$work/moved"
LD_LIBRARY_PATH=$work/moved/lib expect 'exit code: 0' "$work/first"

echo "as a subproject"
unset LD_LIBRARY_PATH PKG_CONFIG_PATH
mkdir -p "$work/project/subprojects"
ln -s "$source_root" "$work/project/subprojects/qmachine"
cp "$examples/first.c" "$work/project"
cat >"$work/project/meson.build" <<'MESON'
project('user', 'c')
qmachine = dependency('qmachine-1', fallback: 'qmachine')
executable('first', 'first.c', dependencies: qmachine)
MESON
quietly meson setup "$work/user" "$work/project" -Dqmachine:introspection=disabled \
  --force-fallback-for=qmachine-1
quietly meson compile -C "$work/user"
expect 'exit code: 0' "$work/user/first"
