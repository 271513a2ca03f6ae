/** Expectations that are meant to fail. */

/** What a failed expectation says. */
export function complaint(expectation: () => void): string {
  try {
    expectation()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the expectation is met')
}
