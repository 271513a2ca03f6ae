/** What `check` found, made short before it is told. */
import type { Outcome } from '../runs/run.js'
import { switchesOf } from '../runs/schedule.js'
import type { Shrunk } from '../runs/shrink/shrink.js'
import type { Io } from './io.js'
import { type Limits, Runner } from './runner.js'

/**
 * How much is tried where nobody asked for it: some two seconds. Counts and no clock, so that equal
 * commands print equal stories.
 */
const USUAL = { replays: 150, maxStates: 50_000 }
/** Violations of one command that are shortened unasked. */
const USUAL_VIOLATIONS = 2

/**
 * The shortest violation of each outcome, made as short as can be.
 * @param asked true: whatever it takes; false: not at all; undefined: where it takes little.
 * @returns null for those that are told as they were found.
 */
export async function shortened(
  io: Io,
  outcomes: readonly Outcome[],
  limits: Limits,
  asked: boolean | undefined,
): Promise<(Shrunk | null)[]> {
  const runner = new Runner(io, { time: limits.time, quiet: limits.quiet })
  const found: (Shrunk | null)[] = []
  let left = asked ? Number.POSITIVE_INFINITY : USUAL_VIOLATIONS
  for (const { setup, counterexamples } of outcomes) {
    const [shortest] = counterexamples
    if (!shortest || asked === false || left-- <= 0 || runner.over !== null) {
      found.push(null)
      continue
    }
    const claim = { property: shortest.property, ...shortest.trace }
    found.push(await runner.shrink(setup, claim, asked ? {} : USUAL))
  }
  return found
}

/** A run's field with the short violation, for those that read `--json`; none where there is none. */
export function shrunkData(shrunk: Shrunk | null): object {
  if (!shrunk) return {}
  const { schedule, loopStart } = shrunk.fewestSteps.trace
  const [steps, switches] = [schedule.length, switchesOf(schedule)]
  return { shrunk: { scenario: shrunk.setup.scenario, steps, switches, schedule, loopStart } }
}
