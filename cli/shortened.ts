/** Prepares the violations of `check` for printing: which is led with, and made short. */
import { type Leading, leadingOf } from '../runs/leading.js'
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

/** The violation of an outcome that is told; all null where there is none. */
export interface Told {
  /** The violation to lead with, as it was found. */
  readonly lead: Leading | null
  /** It, or the shortest one, made as short as can be; null: it stays as it was found. */
  readonly shrunk: Shrunk | null
  /** The violation to lead with in the shrunk scenario, if there is one. */
  readonly leading: Leading | null
}

interface Wishes {
  /** Shrink: true: without a limit; false: not at all; undefined: with the effort above. */
  readonly asked: boolean | undefined
  /** Lead with a promise that is broken, and not with the first violation. */
  readonly leads: boolean
  /** The violation is saved or printed as data: that one is shrunk, whatever is led with. */
  readonly isAsData: boolean
}

/** What is told of each outcome. */
export async function toldOf(
  io: Io,
  outcomes: readonly Outcome[],
  limits: Limits,
  { asked, leads, isAsData }: Wishes,
): Promise<Told[]> {
  const runner = new Runner(io, { time: limits.time, quiet: limits.quiet })
  const told: Told[] = []
  let left = asked ? Number.POSITIVE_INFINITY : USUAL_VIOLATIONS
  for (const { setup, model, counterexamples } of outcomes) {
    const [shortest] = counterexamples
    if (!shortest || runner.over !== null) {
      told.push({ lead: null, shrunk: null, leading: null })
      continue
    }
    const lead = leads ? leadingOf(model, counterexamples) : null
    const { property, trace } = isAsData ? shortest : (lead ?? shortest)
    const effort = asked ? {} : USUAL
    const isShrunk = asked !== false && left-- > 0
    const shrunk = isShrunk ? await runner.shrink(setup, { property, ...trace }, effort) : null
    told.push({ lead, shrunk, leading: lead && shrunk ? leadingIn(shrunk, lead) : lead })
  }
  return told
}

/** The violation to lead with in what is left of a scenario. */
function leadingIn({ model, fewestSteps }: Shrunk, lead: Leading): Leading {
  if (lead.outlook !== null) return { ...fewestSteps, earlier: null, outlook: lead.outlook }
  const leading = leadingOf(model, [fewestSteps])
  const known = lead.earlier && { ...lead.earlier, step: null }
  return { ...leading, earlier: leading.earlier ?? known }
}

/** A run's field with the short violation, for those that read `--json`; none where there is none. */
export function shrunkData(shrunk: Shrunk | null): object {
  if (!shrunk) return {}
  const { schedule, loopStart } = shrunk.fewestSteps.trace
  const [steps, switches] = [schedule.length, switchesOf(schedule)]
  return { shrunk: { scenario: shrunk.setup.scenario, steps, switches, schedule, loopStart } }
}
