#!/bin/sh
# SPDX-License-Identifier: MIT
# Write the vectors that index.tsv lists into DIR: make.sh FORGER DIR (`make vectors` calls it)
set -eu
forger=$1 dir=$2
here=$(dirname "$0")
rm -f "$dir"/*.hex "$dir"/test.pub
"$forger" "$here/index.tsv" "$dir"
