#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: run-target.sh TARGET SEEDS DICTIONARY [OPTION-OF-LIBFUZZER...]
#
# Runs a fuzz target with the same chances each time. What it finds goes into a directory of its
# own, so that the next run begins where this one did. In the environment: FUZZ_CORPUS, a directory
# where that is kept; FUZZ_CRASHES, one for the inputs that fail; FUZZ_SECONDS, how long to search
# with other chances each time, in place of a number of runs.

set -eu
target=$1 seeds=$2 dictionary=$3
name=${target##*/}
shift 3

# The allocator that the sanitizer watches, for everything.
export G_SLICE=always-malloc
export ASAN_OPTIONS="detect_stack_use_after_return=1:strict_string_checks=1:${ASAN_OPTIONS-}"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:${UBSAN_OPTIONS-}"

if [ -n "${FUZZ_CORPUS-}" ]; then
  found=$FUZZ_CORPUS/$name
else
  found=$(mktemp -d)
  trap 'rm -rf "$found"' EXIT
fi
crashes=${FUZZ_CRASHES:-.}
mkdir -p "$found" "$crashes"
[ -z "${FUZZ_SECONDS-}" ] || set -- "$@" -seed=0 -runs=-1 -max_total_time="$FUZZ_SECONDS"

# Its own status for an input that fails is what meson takes for a test that was skipped.
"$target" -error_exitcode=1 -seed=1 -timeout=25 -rss_limit_mb=4096 -print_final_stats=1 \
  -dict="$dictionary" -artifact_prefix="$crashes/$name-" "$@" "$found" "$seeds"
