#!/usr/bin/env bash
# Installs Go where there is none, or none that can build bindings/go: with the package manager, and where its Go is too old (that of
# Debian 12 is), has that one fetch a newer toolchain, which comes as a module and is checked against Go's public log of checksums.
set -euo pipefail

needed=22
toolchain=go1.24.13

new_enough() {
  [[ "$("$1" env GOVERSION 2> /dev/null)" =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= needed))
}

if new_enough go; then
  exit
fi
if ! command -v go > /dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq golang-go
fi
if ! new_enough go; then
  version="v0.0.1-$toolchain.linux-$(go env GOARCH)"
  folder=$(cd / && go mod download -json "golang.org/toolchain@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  # What is in the module cache may not be run.
  rm -rf "/usr/local/lib/$toolchain"
  cp -r "$folder" "/usr/local/lib/$toolchain"
  chmod -R u+w,a+rX "/usr/local/lib/$toolchain"
  chmod a+x "/usr/local/lib/$toolchain"/bin/* "/usr/local/lib/$toolchain"/pkg/tool/*/*
  ln -sf "/usr/local/lib/$toolchain"/bin/* /usr/local/bin/
fi
hash -r
new_enough go || {
  echo "install_go: there is still no Go 1.$needed or newer: $(command -v go) says $(go env GOVERSION)" >&2
  exit 1
}
