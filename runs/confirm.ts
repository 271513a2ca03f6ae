/** Finding a violation twice: by search, and by replay of the counterexample. */
import { type Counterexample, type Model, NondeterminismError } from '../checker/model.js'
import { type Claim, replay } from './replay.js'
import type { Outcome } from './run.js'

/**
 * Replays every violation of an outcome with interpreted rules: they must confirm what compiled
 * rules found.
 * @throws NondeterminismError when a replay ends differently.
 */
export function confirm({ model, counterexamples }: Outcome): void {
  for (const { property, trace } of counterexamples) confirmed(model, { property, ...trace })
}

/**
 * The violation that a schedule ends in, found by replaying it.
 * @throws NondeterminismError when the replay ends differently.
 */
export function confirmed<S>(
  model: Model<S>,
  { property, schedule, loopStart }: Pick<Claim, 'property' | 'schedule' | 'loopStart'>,
): Counterexample<S> {
  // Others may fail on the way, if they were not watched.
  const others = model.properties.map(({ name }) => name).filter((name) => name !== property)
  const claim = { property, schedule, loopStart, alsoViolated: others }
  const { status, message, trace, violation } = replay(model, claim)
  if (status !== 'reproduces' || !violation)
    throw new NondeterminismError(
      `${model.name}: ${property} does not replay (${message}): the model is not deterministic`,
    )
  return { property, explanation: violation.explanation, trace }
}
