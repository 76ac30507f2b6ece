#!/usr/bin/env bash
# Makes a virtual environment with the LiteLLM that litellm/requirements.lock pins, unless it is there
# already. The last line of stdout is the path of its `litellm`; all other words go to stderr.
#   scripts/litellm.sh [DIRECTORY]      default: c2a/litellm in the user's cache directory
# PYTHON names an interpreter (3.10 to 3.14); otherwise the first that fits is taken from PATH.
source "$(dirname "${BASH_SOURCE[0]}")/venv.sh"

ensure_venv litellm "$root/litellm/requirements.lock" 'half a minute, 400 MB' "${1:-}"
printf '%s\n' "$venv/bin/litellm"
