/** Finding a violation twice: by search, and by replay of what the search says. */
import { alsoViolatedOn, replay } from './replay.js'
import type { Outcome } from './runs.js'

/** Raised when a violation that was found cannot be found again by the same steps. */
export class NondeterminismError extends Error {
  override readonly name = 'NondeterminismError'
}

/**
 * Replays every violation of an outcome, rule by rule as they stand: what compiled rules found,
 * the rules' own text must confirm.
 * @throws NondeterminismError when a replay ends differently.
 */
export function confirm({ run, model, counterexamples }: Outcome): void {
  for (const { property, trace } of counterexamples) {
    const alsoViolated = alsoViolatedOn(model, trace, property)
    const { schedule, loopStart } = trace
    const { status, message } = replay(model, { property, schedule, loopStart, alsoViolated })
    if (status !== 'reproduces')
      throw new NondeterminismError(
        `${run.scenario} on ${run.mutant ?? run.system}: ${property} does not replay (${message}): the model is not deterministic`,
      )
  }
}
