#!/usr/bin/env bash
# Chromium and a Chinese font for the browser tests, from Debian's packages.
set -euo pipefail
if ! command -v apt-get >/dev/null; then
  echo "The browser tests need Chromium: install it so that 'which chromium' finds it, then run make test again." >&2
  exit 1
fi
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
echo "Fetching Chromium and a Chinese font (about 150 MB) with apt-get"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null
