#!/usr/bin/env bash
# The same as litellm.sh for a small model and llama.cpp's server, which litellm/local-model.py starts. The
# last line of stdout is the path of the environment's `python`.
#   scripts/local-model.sh [DIRECTORY]  default: c2a/local-model in the user's cache directory
source "$(dirname "${BASH_SOURCE[0]}")/venv.sh"

ensure_venv local-model "$root/litellm/local-model.lock" '10 seconds, 250 MB' "${1:-}"
printf '%s\n' "$venv/bin/python"
