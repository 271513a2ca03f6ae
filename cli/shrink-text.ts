/** Output about a shrunk violation. */

import { switchesOf } from '../runs/schedule.js'
import { subjectOf } from '../runs/setup-model.js'
import type { Shrunk } from '../runs/shrink/shrink.js'
import type { ScenarioInfo } from '../runs/subject.js'

/** The violation as it was before. */
export interface Raw {
  readonly scenario: ScenarioInfo
  readonly schedule: readonly string[]
}

/** Is there less to read than before? */
export function isShorter(raw: Raw, shrunk: Shrunk): boolean {
  const { steps, switches } = shrinkNumbers(raw, shrunk)
  return steps.after < steps.before || switches.after < switches.before
}

/** Lines for the end of a story, by what stands before them. */
export function shrinkFooter(raw: Raw, shrunk: Shrunk): [string, string][] {
  const { steps, switches, fewestSwitches, replays } = shrinkNumbers(raw, shrunk)
  const { limit, stopped } = shrunk
  const was = (before: number, after: number, what: string) => `${before} -> ${after} ${what}`
  const parts = [
    was(steps.before, steps.after, 'steps'),
    was(switches.before, switches.after, 'switches'),
    `${replays} replays`,
  ]
  const { partsOf } = subjectOf(shrunk.setup)
  const [before, after] = [raw.scenario, shrunk.setup.scenario].map(partsOf)
  const fewer = Object.keys(before)
    .filter((part) => before[part] !== after[part])
    .map((part) => was(before[part], after[part], part))
  const proof = limit.steps
    ? `stopped at ${limit.steps}: a shorter schedule may exist`
    : 'no shorter schedule of this scenario does it: all were tried'
  const lines: [string, string][] = [['shrunk', parts.join(', ')]]
  if (fewer.length > 0) lines.push(['', fewer.join(', ')])
  lines.push(['', proof])
  if (stopped && !limit.steps) lines.push(['', `stopped at ${stopped}: a smaller scenario may do`])
  if (shrunk.fewestSteps.trace.loopStart !== undefined) return lines
  if (limit.switches) lines.push(['', `stopped at ${limit.switches}: fewer switches may do`])
  else if (fewestSwitches.switches < switches.after)
    lines.push(['', `${fewestSwitches.switches} switches do, in ${fewestSwitches.steps} steps`])
  return lines
}

/** The numbers of it, as data. */
export function shrinkNumbers({ schedule }: Raw, shrunk: Shrunk) {
  const { fewestSteps, fewestSwitches, replays, limit, stopped } = shrunk
  const least = fewestSwitches.trace.schedule
  return {
    steps: { before: schedule.length, after: fewestSteps.trace.schedule.length },
    switches: { before: switchesOf(schedule), after: switchesOf(fewestSteps.trace.schedule) },
    fewestSwitches: { steps: least.length, switches: switchesOf(least), schedule: least },
    replays,
    stopped,
    limit,
  }
}
