#!/usr/bin/env bash
# Makes a virtual environment with the LiteLLM that litellm/requirements.lock.txt pins, unless it is
# there already. The last line of stdout is the path of its `litellm`; all other words go to stderr.
#   scripts/litellm.sh [DIRECTORY]      default: c2a/litellm in the user's cache directory
# PYTHON names an interpreter (3.11 to 3.14); otherwise the first that fits is taken from PATH.
set -euo pipefail

lock="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/litellm/requirements.lock.txt"
# Installs these 88 wheels four times faster than pip.
uv=uv==0.13.9

say() { printf 'litellm.sh: %s\n' "$*" >&2; }

fits() {
  "$1" -c 'import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' \
    >/dev/null 2>&1
}

pick_python() {
  local candidate
  for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python3.14}; do
    if fits "$candidate"; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  say "LiteLLM needs Python 3.11 to 3.14 with its venv module, and ${PYTHON:-PATH} has none" \
    "(Debian and Ubuntu: apt-get install python3-venv; macOS: brew install python)"
  return 1
}

default_directory() {
  local cache="${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}"
  if [ -n "$cache" ] && mkdir -p "$cache/c2a/litellm" 2>/dev/null && [ -w "$cache/c2a/litellm" ]; then
    printf '%s\n' "$cache/c2a/litellm"
  else
    printf '%s\n' "${TMPDIR:-/tmp}/c2a-litellm-$(id -u)"
  fi
}

install() {
  "$python" -m venv "$venv"
  local pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
  local packages=(--no-deps --requirement "$lock")
  # Compiled now, once, and not at every start, whatever the caller's environment says.
  unset PYTHONDONTWRITEBYTECODE
  # uv does not read pip's configuration: behind a mirror that only pip knows, pip has to do it.
  "${pip[@]}" "$uv" >&2 &&
    "$venv/bin/uv" pip install --quiet --no-config --python "$venv/bin/python" \
      --compile-bytecode "${packages[@]}" >&2 && return
  say "uv could not; pip takes a minute or two"
  "${pip[@]}" "${packages[@]}" >&2 && return
  say "LiteLLM could not be installed; what pip said is above"
  return 1
}

directory="${1:-$(default_directory)}"
mkdir -p "$directory"
directory="$(cd "$directory" && pwd)"
venv="$directory/venv"
stamp="$venv/c2a-lock"

python="$(pick_python)"
# One at a time. The lock belongs to this shell's open file: it goes with the shell, however that ends.
exec 9>"$directory/.lock"
"$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'

# Also another PYTHON makes another environment; a moved or removed one shows when it is run.
wanted="$(cksum <"$lock") $("$python" -c 'import sys; print(sys.version, sys.base_prefix)')"
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
  say "installing $(grep -m 1 '^litellm==' "$lock") into $venv (once; half a minute, 400 MB)"
  rm -rf "$venv"
  install
  printf '%s\n' "$wanted" >"$stamp"
fi
printf '%s\n' "$venv/bin/litellm"
