#!/bin/sh
# Notes that an event happened. An agent's question comes on stdin.
cat > /dev/null
. "$(dirname "$0")/../lib/log.sh"
log "$1"
