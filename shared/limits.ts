/** A message may have this many bytes of UTF-8. No imports: clients check it before they send. */
export const maxMessageBytes = 4 * 1024 * 1024
