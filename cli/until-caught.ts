/** `mutants --until-caught`: the scenarios beside a mutant's own, until one of them catches it. */
import type { Outcome } from '../runs/run.js'
import { fits } from '../runs/setup-model.js'
import type { MutantInfo, Subject } from '../runs/subject.js'
import type { Runner } from './runner.js'

/** A mutant and its sound twin in a scenario, both checked. */
export interface CheckedPair {
  readonly outcome: Outcome
  readonly twin: Outcome
}

/** @returns the first scenario that catches it; null where none does, or the time is up. */
export async function caughtElsewhere(
  runner: Runner,
  subject: Subject,
  mutant: MutantInfo,
  propertyFiles: readonly string[] | undefined,
): Promise<CheckedPair | null> {
  const { broken, sound } = subject.pairOf(mutant)
  for (const scenario of subject.scenarios) {
    const setup = { ...broken, scenario }
    if (scenario === broken.scenario || !fits(setup)) continue
    if (runner.over !== null) return null
    const outcome = await runner.run({ setup, propertyFiles })
    const property = outcome.run.counterexample?.property
    if (property === undefined || !mutant.breaks.includes(property)) continue
    return { outcome, twin: await runner.run({ setup: { ...sound, scenario }, propertyFiles }) }
  }
  return null
}
