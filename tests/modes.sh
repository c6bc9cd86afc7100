# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The builds in which tests/run runs the tests, one function each: it says in which directory,
# builds, and sets what the tests need. `options` go to `meson test`, `names` are the tests (empty
# for all), `launcher` is put in front.

# Enabled, not auto: a tool that is missing is an error and not a test less.
everything=(-Dintrospection=enabled -Dvapi=enabled -Ddocs=enabled)
# g-ir-scanner cannot run what a sanitizer is linked into, and another compiler or a slower
# machine has nothing new to tell about bindings.
only_c=(-Dintrospection=disabled -Dvapi=disabled -Ddocs=disabled)

# One compiler to a build directory, whatever the caller's environment says.
compile() {
  local compiler=$1
  shift
  say "Building $1 with $compiler"
  CC=$compiler CFLAGS='' LDFLAGS='' build "$@" -Dwerror=true -Dtests=enabled
}

mode_default() {
  dir=build
  compile gcc build "${everything[@]}"
}

# A service that is installed here is for these tests alone, and not to be started by its package.
need_service_packages() {
  local policy=/usr/sbin/policy-rc.d ours=
  if [ ! -e $policy ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod 755 $policy
  fi
  need_packages "$@"
  [ -z "$ours" ] || as_root rm -f $policy
}

mode_hosts() {
  dir=build
  need_service_packages openssh-client openssh-server munge slurm-wlm podman runc
  suites=()
  names=(--suite hosts)
  options+=(--verbose)
  compile gcc build "${everything[@]}"
}

mode_clang() {
  dir=build-clang
  compile clang build-clang "${only_c[@]}"
}

mode_sanitize() {
  dir=build-sanitize
  # GLib's slice allocator would hide what it holds from the leak checker.
  export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
  export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
  export G_SLICE=always-malloc
  options+=(--timeout-multiplier 4)
  compile gcc build-sanitize "${only_c[@]}" -Db_sanitize=address,undefined -Db_lundef=false
}

mode_tsan() {
  dir=build-tsan
  TSAN_OPTIONS="suppressions=$PWD/tests/sanitizers/tsan.supp"
  TSAN_OPTIONS+=" halt_on_error=1 second_deadlock_stack=1 history_size=5"
  export TSAN_OPTIONS
  # Memory that goes round inside of GLib would look like memory that threads fight for.
  export G_SLICE=always-malloc
  options+=(--timeout-multiplier 10)
  # The sanitizer of these compilers cannot place its shadow where addresses are more random.
  if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)" -gt 28 ]; then
    launcher=(setarch --addr-no-randomize)
  fi
  compile gcc build-tsan "${only_c[@]}" -Db_sanitize=thread -Db_lundef=false
}

mode_valgrind() {
  dir=build-valgrind
  need_packages valgrind libc6-dbg
  local supp=/usr/share/glib-2.0/valgrind/glib.supp
  export G_SLICE=always-malloc
  options+=(--timeout-multiplier 20 --wrapper "valgrind --quiet --error-exitcode=99 \
    --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
    --num-callers=30 --suppressions=$supp")
  compile gcc build-valgrind "${only_c[@]}" || return
  # All that needs no QEMU, but for what floods to measure memory, and what takes another process's
  # descriptors, for which valgrind lacks the call; and of the rest one test each of the ways to run
  # it.
  mapfile -t names < <(
    meson test -C "$dir" --list --suite unit --suite fuzz --suite session 2>/dev/null |
      sed -n 's,^.* / ,,p' | grep -vx -e test-bounds -e test-end
    printf '%s\n' test-fd-passing test-human-monitor test-settings test-whole-replies \
      test-wrapper test-qtest test-storage
  )
  [ ${#names[@]} -gt 7 ]
}

mode_coverage() {
  dir=build-coverage
  need_packages gcovr
  # Counters of several threads.
  compile gcc build-coverage "${only_c[@]}" -Db_coverage=true \
    -Dc_args=-fprofile-update=atomic || return
  find "$dir" -name '*.gcda' -delete
  # The counters are symbols of the library too.
  suites+=(--no-suite style)
  after=report_coverage
}

# Which lines no test reached, by file, and the sum of it.
report_coverage() {
  quietly gcovr --root . "$dir" --filter qmachine/ --exclude-unreachable-branches \
    --txt "$dir/coverage.txt" --json "$dir/coverage.json" || return
  /usr/bin/python3 - "$dir" <<'EOF2'
import json, sys
from pathlib import Path
directory = Path(sys.argv[1])
n_lines = n_covered = 0
with open(directory / 'uncovered.txt', 'w') as out:
    for file in json.loads((directory / 'coverage.json').read_text())['files']:
        lines = [line for line in file['lines'] if not line['gcovr/noncode']]
        missed = [line['line_number'] for line in lines if line['count'] == 0]
        n_lines += len(lines)
        n_covered += len(lines) - len(missed)
        source = Path(file['file']).read_text().splitlines()
        for number in missed:
            print(f"{file['file']}:{number}: {source[number - 1].strip()}", file=out)
print(f'Line coverage of qmachine/: {100 * n_covered / n_lines:.1f} % ({n_covered} of {n_lines});'
      f' the others are in {directory}/uncovered.txt')
EOF2
}

mode_fuzz() {
  dir=build-fuzz
  need_packages libclang-rt-dev
  names=(--suite fuzz)
  # One at a time: the figures of one are not to depend on another.
  options+=(--num-processes 1)
  if [ -n "${FUZZ_SECONDS-}" ]; then
    options+=(--timeout-multiplier 0)
  fi
  compile clang build-fuzz "${only_c[@]}" -Dfuzz=enabled -Db_sanitize=address,undefined \
    -Db_lundef=false
}

# No tests here: each analyser is one.
mode_analyze() {
  dir=build-analyze
  need_packages clang-tools
  local passed=0 failed=0
  local what=("${only_c[@]}" -Dtests=disabled -Dwerror=true)
  # This one takes what is set through a pointer, and freed by a cleanup, for never set.
  local flags='-fanalyzer -Wno-analyzer-use-of-uninitialized-value'
  # Clang's does not know that a variable may have a cleanup: to it, what g_autofree frees leaks,
  # and what g_autoptr holds is never read.
  local scan=(scan-build --status-bugs -o build-analyze-clang/reports
    -disable-checker unix.Malloc -disable-checker deadcode.DeadStores)
  rm -rf build-analyze build-analyze-clang
  say "Analysing build-analyze with gcc"
  if CC=gcc CFLAGS=$flags LDFLAGS='' build build-analyze "${what[@]}"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
  say "Analysing build-analyze-clang with clang's scan-build"
  if CC=clang CFLAGS='' LDFLAGS='' quietly "${scan[@]}" \
    meson setup build-analyze-clang "${what[@]}" &&
    quietly "${scan[@]}" ninja -C build-analyze-clang; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
  finish "$passed" "$failed" 0
}

# No tests of meson's: a tool of npm's has to find no mistake in some files, and each in another.
mode_types() {
  dir=build-types
  local passed=0 failed=0 skipped=0 output
  local types=qmachine/bindings/gjs/types/QMachine-1.d.ts
  need_program npm npm
  say "Building $dir with gcc"
  CC=gcc CFLAGS='' LDFLAGS='' build "$dir" -Dintrospection=enabled -Dvapi=disabled \
    -Ddocs=disabled -Dtests=disabled -Dwerror=true || return
  say "Installing npm's packages in $dir/npm"
  mkdir -p "$dir/npm" "$dir/generator"
  cp tests/types/package.json "$dir/npm"
  install_from_npm "$dir/npm" || return

  # Debian 12 has Node.js 18.
  if ! node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)'; then
    say "skipped - the generator needs Node.js 20"
    skipped=1
  elif generate_types "$dir" && compare_types "$dir/generated.d.ts" $types "$@"; then
    say "ok - what the generator makes is checked in"
    passed=1
  else
    say "not ok - what the generator makes is checked in"
    failed=1
  fi

  if GI_TYPELIB_PATH=$PWD/$dir/qmachine LD_LIBRARY_PATH=$PWD/$dir/qmachine \
    GJS_PATH=$PWD/qmachine/bindings/gjs gjs -m tests/types/check-members.js $types; then
    say "ok - the types have each name, and no other"
    passed=$((passed + 1))
  else
    say "not ok - the types have each name, and no other"
    failed=$((failed + 1))
  fi

  output=$(/usr/bin/python3 tests/types/check-types.py . "$dir/npm") || true
  say "$output"
  passed=$((passed + $(grep -c '^ok' <<<"$output" || true)))
  failed=$((failed + $(grep -c '^not ok' <<<"$output" || true)))
  grep -q '^\(not \)\?ok' <<<"$output" || failed=$((failed + 1))
  finish "$passed" "$failed" "$skipped"
}

# install_from_npm DIRECTORY [PACKAGE...]
install_from_npm() {
  quietly npm --prefix "$1" install --no-audit --no-fund --no-package-lock --no-save "${@:2}"
}

# Comments are not compared: another g-ir-scanner may hand them on in another way.
compare_types() {
  if [ "${3-}" = --write ]; then
    cp "$1" "$2"
  else
    diff <(grep -v '^ *\(/\*\*\|\*\)' "$2") <(grep -v '^ *\(/\*\*\|\*\)' "$1") >&2
  fi
}

generate_types() {
  rm -rf "$1/generated"
  install_from_npm "$1/generator" @ts-for-gir/cli@4.7.0 &&
    quietly node "$1/generator/node_modules/.bin/ts-for-gir" generate QMachine-1 \
      --girDirectories "$1/qmachine" /usr/share/gir-1.0 --outdir "$1/generated" \
      --externalDeps --ignoreVersionConflicts &&
    /usr/bin/python3 tests/types/make-types.py "$1/generated/qmachine-1.d.ts" \
      tests/types/overlay.d.ts >"$1/generated.d.ts"
}

# Every mode after the other, each in a run of its own.
mode_all() {
  local total_passed=0 total_failed=0 total_skipped=0
  mkdir -p build/logs
  run_mode 'default'
  # What is no longer in the long form was run just now.
  run_mode 'long' --quick --long --suite session --suite live --suite long
  run_mode 'sanitize' --sanitize
  run_mode 'tsan' --tsan
  run_mode 'valgrind' --valgrind
  run_mode 'fuzz' --fuzz
  finish "$total_passed" "$total_failed" "$total_skipped"
}

run_mode() {
  local name=$1 begin=$SECONDS last passed failed skipped
  local output=build/logs/$name.log
  shift
  "$0" "$@" >"$output" 2>&1 </dev/null || true
  last=$(tail -n 1 "$output")
  if ! [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
    last="broken off"
    passed=0 failed=1 skipped=0
  else
    passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]} skipped=${BASH_REMATCH[3]}
  fi
  say "$name: $last, in $(((SECONDS - begin + 59) / 60)) min; see $output"
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  total_skipped=$((total_skipped + skipped))
}
