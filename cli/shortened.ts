/** Shortens counterexamples of `check` before they are printed. */
import type { Outcome } from '../runs/run.js'
import { switchesOf } from '../runs/schedule.js'
import type { Shrunk } from '../runs/shrink/shrink.js'
import type { Io } from './io.js'
import { type Limits, Runner } from './runner.js'

/**
 * The effort without --shrink: about two seconds. It is counted and not timed, so that equal
 * commands print equal stories.
 */
const USUAL = { replays: 150, maxStates: 50_000 }
/** At most this many violations of one command are shortened without --shrink. */
const USUAL_VIOLATIONS = 2

/**
 * The shortest violation of each outcome, made as short as can be.
 * @param asked true: without a limit; false: not at all; undefined: with the effort above.
 * @returns null for outcomes that stay as they were found.
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
