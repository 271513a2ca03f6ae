/** What was thrown, in words: functions of the user's own may throw anything. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  try {
    return `throws ${String(thrown)}`
  } catch {
    return 'throws what cannot be shown'
  }
}
