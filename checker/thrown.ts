/** The message of a thrown value: functions of the user may throw any value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : `throws ${shown(thrown)}`
}

/** A value as text, whatever it is. */
export function shown(value: unknown): string {
  try {
    return String(value)
  } catch {
    return 'what cannot be shown'
  }
}
