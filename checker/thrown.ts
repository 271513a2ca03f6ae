/** The message of a thrown value: functions of the user may throw any value. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  try {
    return `throws ${String(thrown)}`
  } catch {
    return 'throws what cannot be shown'
  }
}
