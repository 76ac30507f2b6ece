# shellcheck shell=bash
# Sourced by litellm.sh and local-model.sh: a virtual environment made of a file of pinned packages, kept in
# the user's cache directory, one for each such file and interpreter: what runs from one does not lose it to
# another checkout. PYTHON names an interpreter (3.10 to 3.14); otherwise the first that fits is taken from
# PATH. All words go to stderr.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# Installs LiteLLM's 88 wheels four times faster than pip.
uv=uv==0.13.9

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

fits() {
  "$1" -c 'import sys, ensurepip, venv; sys.exit(not (3, 10) <= sys.version_info < (3, 15))' \
    >/dev/null 2>&1
}

pick_python() {
  local candidate
  for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python3.14 python3.10}; do
    if fits "$candidate"; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  say "this needs Python 3.10 to 3.14 with its venv module, and ${PYTHON:-PATH} has none" \
    "(Debian and Ubuntu: apt-get install python3-venv; macOS: brew install python)"
  return 1
}

default_directory() {
  local name="$1" cache="${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}"
  if [ -n "$cache" ] && mkdir -p "$cache/c2a/$name" 2>/dev/null && [ -w "$cache/c2a/$name" ]; then
    printf '%s\n' "$cache/c2a/$name"
  else
    printf '%s\n' "${TMPDIR:-/tmp}/c2a-$name-$(id -u)"
  fi
}

# install PYTHON VENV LOCK
install() {
  local venv="$2" packages=(--no-deps --requirement "$3")
  "$1" -m venv "$venv"
  local pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
  # Compiled now, once, and not at every start, whatever the caller's environment says.
  unset PYTHONDONTWRITEBYTECODE
  # uv does not read pip's configuration: behind a mirror that only pip knows, pip has to do it.
  "${pip[@]}" "$uv" >&2 &&
    "$venv/bin/uv" pip install --quiet --no-config --python "$venv/bin/python" \
      --compile-bytecode "${packages[@]}" >&2 && return
  say "uv could not; pip takes a minute or two"
  "${pip[@]}" "${packages[@]}" >&2 && return
  say "$(basename "$3") could not be installed; what pip said is above"
  return 1
}

# ensure_venv NAME LOCK COST [DIRECTORY]: leaves the path in $venv. COST is what a user is told beforehand.
ensure_venv() {
  local lock="$2" directory="${4:-$(default_directory "$1")}" python wanted
  mkdir -p "$directory"
  directory="$(cd "$directory" && pwd)"

  python="$(pick_python)"
  # One at a time. The lock belongs to this shell's open file: it goes with the shell, however that ends.
  exec 9>"$directory/.lock"
  "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'

  wanted="$(grep -v '^#' "$lock" | cksum) $("$python" -c 'import sys; print(sys.version, sys.base_prefix)')"
  venv="$directory/venv-$(printf '%s' "$wanted" | cksum | cut -d ' ' -f 1)"
  # The stamp comes last, so what has one is whole; an interpreter that was moved or removed shows when run.
  local stamp="$venv/c2a-lock"
  if [ -f "$stamp" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    touch "$venv"
    return
  fi
  find "$directory" -maxdepth 1 -name 'venv*' -mtime +90 -exec rm -rf {} +
  say "installing ${lock#"$root/"} into $venv (once; $3)"
  rm -rf "$venv"
  install "$python" "$venv" "$lock"
  printf '%s\n' "$wanted" >"$stamp"
}
