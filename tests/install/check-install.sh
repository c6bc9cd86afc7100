#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs the library into a prefix of its own and uses it from there, as somebody would who has
# never seen this tree: C by pkg-config, Vala by --pkg, Python and JavaScript by the typelib and the
# overrides. Then once more as a meson subproject.
#
#   check-install.sh SOURCE_ROOT PYTHON GJS

set -euo pipefail
source_root=$1
python=$2
gjs=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset LD_LIBRARY_PATH GI_TYPELIB_PATH GJS_PATH PYTHONPATH QMACHINE_EXEC_HELPER MESON_BUILD_ROOT \
  MESON_SOURCE_ROOT DESTDIR

quietly() {
  "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2 && echo "failed: $*" >&2 && return 1; }
}

expect() {
  "${@:2}" >"$work/output" 2>&1 || { cat "$work/output" >&2 && echo "failed: ${*:2}" >&2 && return 1; }
  grep -q "$1" "$work/output" || { cat "$work/output" >&2 && echo "no '$1' from: ${*:2}" >&2 && return 1; }
}

prefix=$work/prefix
quietly meson setup "$work/build" "$source_root" --prefix "$prefix" --libdir lib \
  -Dintrospection=enabled -Dvapi=enabled -Dpython=enabled -Ddocs=enabled -Dtests=disabled
sed -n 's/^export //p' "$work/log" | sort >"$work/environment"
quietly meson install -C "$work/build"
DESTDIR=$work/stage quietly meson install -C "$work/build"
rm -rf "$work/build"

echo "staged: the same files, and nothing elsewhere"
(cd "$work/stage" && find . ! -type d) | sed "s|^\.$prefix/||" | sort >"$work/staged"
(cd "$prefix" && find . ! -type d) | sed 's|^\./||' | sort >"$work/installed"
diff "$work/staged" "$work/installed"
for file in lib/libqmachine-1.so.0 lib/girepository-1.0/QMachine-1.typelib \
  lib/pkgconfig/qmachine-1.pc libexec/qmachine-1/qmachine-exec share/gir-1.0/QMachine-1.gir \
  share/gjs-1.0/overrides/QMachine.js share/qmachine-1/types/QMachine-1.d.ts \
  share/qmachine-1/python/qemu/machine/__init__.py share/qmachine-1/python/qemu/qmp/legacy.py \
  share/vala/vapi/qmachine-1.deps share/vala/vapi/qmachine-1.vapi \
  share/doc/qmachine-1/qmachine-1.devhelp2 share/doc/qmachine-1/index.html \
  share/doc/qmachine-1/examples/first.c; do
  [ -e "$work/stage$prefix/$file" ] || { echo "not installed: $file" >&2 && exit 1; }
done
if grep -rl "$work/stage" "$work/stage"; then
  echo "the staging directory is named in what is installed" >&2
  exit 1
fi
rm -rf "$work/stage"

echo "installed: README.md and meson name the same environment"
readme=$(sed -n 's/^export \([^=]*=\$prefix.*\)/\1/p' "$source_root/README.md")
(eval "printf '%s\\n' $(tr '\n' ' ' <<<"$readme")" | sort) >"$work/readme"
# Where Python's modules go is the distribution's business.
diff <(grep -v PYTHONPATH "$work/readme") <(grep -v PYTHONPATH "$work/environment")
[ "$(wc -l <"$work/environment")" = 5 ]
examples=$source_root/docs/examples
while read -r line; do
  export "${line?}"
done <"$work/environment"
python_path=$PYTHONPATH
unset PYTHONPATH

echo "installed: C, by pkg-config"
# shellcheck disable=SC2046
quietly cc -Wall -Wextra -Werror "$examples/first.c" -o "$work/first" \
  $(pkg-config --cflags --libs qmachine-1)
expect 'exit code: 0' "$work/first"

echo "installed: every public header complete, in C and in C++, and a part of qmachine.h"
find "$prefix/include/qmachine-1" -name '*.h' -printf '%P\n' >"$work/headers"
while read -r header; do
  echo "#include <$header>" >"$work/header.c"
  # shellcheck disable=SC2046
  quietly cc -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -DQMACHINE_INSIDE= \
    $(pkg-config --cflags qmachine-1) "$work/header.c"
  # shellcheck disable=SC2046
  quietly c++ -x c++ -Wall -Wextra -Werror -fsyntax-only -DQMACHINE_INSIDE= \
    $(pkg-config --cflags qmachine-1) "$work/header.c"
  # shellcheck disable=SC2046
  alone=$(cc -fsyntax-only $(pkg-config --cflags qmachine-1) "$work/header.c" 2>&1) || true
  case ${header##*/} in
    qmachine.h) [ -z "$alone" ] ;;
    *) grep -qF 'Include <qmachine/qmachine.h>' <<<"$alone" ;;
  esac
done <"$work/headers"
if ls "$prefix"/include/qmachine-1/qmachine/*-private.h >/dev/null 2>&1; then
  echo "a private header is installed" >&2
  exit 1
fi

echo "installed: Python, by the typelib alone"
cat >"$work/plain.py" <<'PYTHON'
import sys
if sys.argv[1:] == ['--plain']:  # where the override is installed already
    sys.modules['gi.overrides.QMachine'] = None
import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine
machine = QMachine.Machine(binary='qemu-system-x86_64', args=['-machine', 'none'])
machine.launch(None)
print(machine.command_json('query-status', None, -1, None))
machine.shutdown(-1, None)
print('override:', hasattr(QMachine, 'CommandFailed'), 'exit code:', machine.get_exit_code()[1])
PYTHON
expect 'override: False exit code: 0' "$python" "$work/plain.py" --plain

echo "installed: Python, with the override"
export PYTHONPATH=$python_path
python_dir=${PYTHONPATH#"$prefix"/}
expect 'exit code: 0' "$python" "$examples/first.py"
expect 'override: True exit code: 0' "$python" "$work/plain.py"
expect 'gi.overrides._qmachine_compat_machine.QEMUMachine' "$python" -c \
  'from gi.repository.QMachine import QEMUMachine; print(QEMUMachine)'

echo "installed: the types for Python"
(cd "$source_root/qmachine/bindings/python" && find gi-stubs -type f | sort) >"$work/stubs"
(cd "$PYTHONPATH" && find gi-stubs -type f | sort) | diff "$work/stubs" -
[ "$(cat "$PYTHONPATH/gi-stubs/py.typed")" = partial ]

for directory in "$source_root/qmachine/bindings/python" "$PYTHONPATH"; do
  (cd "$directory" && find pytest_qmachine -type f -not -path '*/__pycache__/*' | sort) \
    >"$work/plugin-files"
  [ ! -e "$work/plugin" ] || diff "$work/plugin" "$work/plugin-files"
  mv "$work/plugin-files" "$work/plugin"
done
cat >"$work/typed.py" <<'PYTHON'
from gi.repository import QMachine
reveal_type(QMachine.Machine().launch())
reveal_type(QMachine.QEMUMachine('qemu').exitcode())
PYTHON
if "$python" -c 'import mypy' 2>/dev/null; then
  expect 'Revealed type is "builtins.bool"' "$python" -m mypy --strict --config-file= \
    --cache-dir=/dev/null "$work/typed.py"
fi

echo "installed: Python, for the ancestor's names"
cat >"$work/ancestor.py" <<'PYTHON'
from qemu.machine import QEMUQtestMachine
from qemu.qmp.legacy import QEMUMonitorProtocol
from qemu.aqmp import QMPClient
from qemu.qtest import QEMUQtestProtocol
with QEMUQtestMachine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg']) as vm:
    vm.launch()
    print(vm.cmd('query-name'))
print('exit code:', vm.exitcode())
PYTHON
(cd "$source_root/qmachine/bindings/python/ancestor" && find qemu -name '*.py' | sort) \
  >"$work/ancestor-sources"
(cd "$prefix/share/qmachine-1/python" && find qemu -name '*.py' | sort) >"$work/ancestor-installed"
diff "$work/ancestor-sources" "$work/ancestor-installed"
PYTHONPATH=$prefix/share/qmachine-1/python:$PYTHONPATH expect 'exit code: 0' "$python" \
  "$work/ancestor.py"
expect 'not there' "$python" -c \
  'from importlib.util import find_spec; print(find_spec("qemu") is None and "not there")'

echo "installed: JavaScript, by the typelib and the override"
expect 'exit code: 0' "$gjs" -m "$examples/first.js"

echo "installed: the typelib is found, but the library is not"
cat >"$work/lost" <<'LOST'
if "$@"; then exit 1; fi
LOST
for program in "$python $examples/first.py" "$gjs -m $examples/first.js"; do
  # shellcheck disable=SC2086
  expect 'found, but not the library libqmachine-1.so.0' env -u LD_LIBRARY_PATH bash "$work/lost" \
    $program
done
unset PYTHONPATH

echo "installed: Vala, by --pkg"
quietly valac --fatal-warnings --pkg qmachine-1 -X -Wall -X -Werror -o "$work/first-vala" \
  "$examples/first.vala"
expect 'exit code: 0' "$work/first-vala"

echo "moved to another place as a whole"
mv "$prefix" "$work/moved"
export LD_LIBRARY_PATH=$work/moved/lib
export GI_TYPELIB_PATH=$work/moved/lib/girepository-1.0
export PYTHONPATH=$work/moved/$python_dir
export XDG_DATA_DIRS=$work/moved/share:/usr/share
expect 'exit code: 0' "$work/first"
expect 'exit code: 0' "$python" "$examples/first.py"
expect 'exit code: 0' "$gjs" -m "$examples/first.js"

# What meson said last holds no word of features that are going away.
undated() {
  ! grep -i deprecated "$work/log" >&2
}

echo "as a subproject"
unset LD_LIBRARY_PATH GI_TYPELIB_PATH PYTHONPATH XDG_DATA_DIRS PKG_CONFIG_PATH
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
undated
quietly meson compile -C "$work/user"
expect 'exit code: 0' "$work/user/first"

echo "as a subproject, from Vala"
mkdir -p "$work/vala/subprojects"
ln -s "$source_root" "$work/vala/subprojects/qmachine"
cp "$examples/first.vala" "$work/vala"
# As the page says it.
{
  echo "project('user', 'c', 'vala')"
  sed -n '/^```meson/,/^```/{/^```/d;p}' "$source_root/docs/vala.md"
} >"$work/vala/meson.build"
quietly meson setup "$work/vala-user" "$work/vala" -Dqmachine:python=disabled
undated
grep -q '^ *docs *: NO' "$work/log" || { echo "a subproject builds pages unasked" >&2 && exit 1; }
quietly meson compile -C "$work/vala-user"
expect 'exit code: 0' "$work/vala-user/first"

echo "a static library, and both kinds"
for kind in static both; do
  quietly meson setup "$work/$kind-build" "$source_root" --prefix "$work/$kind" --libdir lib \
    -Ddefault_library=$kind -Doptimization=0 -Dintrospection=disabled -Dtests=disabled
  quietly meson install -C "$work/$kind-build"
  [ -e "$work/$kind/lib/libqmachine-1.a" ] || { echo "$kind: no archive" >&2 && exit 1; }
done
[ -e "$work/both/lib/libqmachine-1.so.0" ] || { echo "both: no shared library" >&2 && exit 1; }
[ -z "$(find "$work/static/lib" -name '*.so*')" ] || { echo "static: a shared library" >&2 && exit 1; }
export PKG_CONFIG_PATH=$work/static/lib/pkgconfig
# shellcheck disable=SC2046
quietly cc -Wall -Wextra -Werror "$examples/first.c" -o "$work/first-static" \
  $(pkg-config --static --cflags --libs qmachine-1)
expect 'exit code: 0' "$work/first-static"
unset PKG_CONFIG_PATH

# refuse WORDS OPTION...: meson setup says them.
refuse() {
  local words=$1
  shift
  rm -rf "$work/refused"
  if meson setup "$work/refused" "$source_root" "$@" >"$work/log" 2>&1; then
    echo "not refused: $*" >&2
    exit 1
  fi
  grep -q "ERROR.*$words" "$work/log" || { tail -n 5 "$work/log" >&2 && exit 1; }
}

# off NAME OPTION...: with `auto` the part is not built, and meson's summary says so.
off() {
  local name=$1
  shift
  rm -rf "$work/off"
  quietly meson setup "$work/off" "$source_root" "$@"
  grep -q "^ *$name *: NO" "$work/log" || { echo "not switched off: $name" >&2 && exit 1; }
}

echo "parts that cannot be built"
off introspection -Ddefault_library=static
refuse 'a typelib needs the shared library' -Ddefault_library=static -Dintrospection=enabled
refuse 'introspection is off' -Dintrospection=disabled -Dvapi=enabled
refuse 'introspection is off' -Dintrospection=disabled -Ddocs=enabled
# Programs without their development packages.
mkdir "$work/pc"
IFS=: read -ra directories <<<"$(pkg-config --variable pc_path pkg-config)"
for directory in "${directories[@]}"; do
  [ ! -d "$directory" ] || find "$directory" -name '*.pc' -exec ln -sf -t "$work/pc" {} +
done
export PKG_CONFIG_LIBDIR=$work/pc
rm "$work/pc/vapigen.pc"
off vapi
refuse vapigen -Dvapi=enabled
rm "$work/pc/gobject-introspection-1.0.pc"
off introspection
refuse gobject-introspection-1.0 -Dintrospection=enabled
