log() {
  printf '%s\n' "$1" >> "${REVIEW_LOG:-/dev/null}"
}
