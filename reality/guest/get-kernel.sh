#!/bin/sh
# Puts Debian's current kernel image into the folder where `forkcheck reality` looks for one. The
# package is unpacked, not installed.
set -eu
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/forkcheck/kernel}
package=$(apt-cache depends linux-image-amd64 | awk '/Depends:/ { print $2; exit }')
[ -n "$package" ] || { echo 'apt knows no linux-image-amd64: run apt-get update' >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get -qq download "$package" && dpkg-deb -x "$package"_*.deb unpacked)
mkdir -p "$folder"
cp -r "$work"/unpacked/boot "$work"/unpacked/lib "$folder"/
echo "$folder: $package"
