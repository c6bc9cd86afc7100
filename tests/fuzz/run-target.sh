#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: run-target.sh TARGET SEEDS DICTIONARY [OPTION-OF-LIBFUZZER...]
#
# Runs a fuzz target with the same chances each time. What it finds goes into a directory of its
# own, so that the next run begins where this one did; $FUZZ_CORPUS names one that is kept, and
# $FUZZ_CRASHES one for the inputs that fail.

set -eu
target=$1 seeds=$2 dictionary=$3
shift 3

# The allocator that the sanitizer watches, for everything.
export G_SLICE=always-malloc
export ASAN_OPTIONS="detect_stack_use_after_return=1:strict_string_checks=1:${ASAN_OPTIONS-}"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:${UBSAN_OPTIONS-}"

found=${FUZZ_CORPUS-}
if [ -z "$found" ]; then
  found=$(mktemp -d)
  trap 'rm -rf "$found"' EXIT
fi
mkdir -p "$found" "${FUZZ_CRASHES:-.}"

"$target" -seed=1 -timeout=25 -rss_limit_mb=4096 -print_final_stats=1 \
  -dict="$dictionary" -artifact_prefix="${FUZZ_CRASHES:-.}/" "$@" "$found" "$seeds"
