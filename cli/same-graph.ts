/** A mutant that changes nothing that can be reached is no mutant there: that is said. */
import type { Outcome } from '../runs/run.js'
import { soundTwinOf, subjectOf } from '../runs/setup-model.js'
import type { ScenarioInfo, Setup } from '../runs/subject.js'
import { type Io, isStopped } from './io.js'
import { Runner } from './runner.js'

/** Other scenarios that are looked at, some two seconds: no clock, so equal commands say the same. */
const LOOK_SCENARIOS = 30
/** A mutant with more states is not searched again for its digest: that would take too long. */
const MOST_STATES = 200_000
/** Scenarios with more states are passed over in that look. */
const LOOK_STATES = 3000
/** At most this many other scenarios are named. */
const NAMED = 4

/**
 * The outcome, with a remark where its mutant changes nothing: the state graph is that of the sound
 * system, seen by their digests. The remark names scenarios in which it does change something.
 */
export async function withSameGraphRemark<T extends Setup>(
  io: Io,
  outcome: Outcome<T>,
): Promise<Outcome<T>> {
  const { setup, run } = outcome
  if (!setup.mutant || run.verdict !== 'holds' || run.states > MOST_STATES) return outcome
  const digest = run.digest ?? (await digestOf(io, setup, run.states + 1))
  const sound = await digestOf(io, soundTwinOf(setup), run.states + 1)
  if (digest === null || digest !== sound) return outcome
  const others = await differingIn(io, setup)
  const where = others.length > 0 ? `; it differs in: ${others.join(', ')}` : ''
  const remark = `same state graph as the sound system${where}`
  return { ...outcome, run: { ...run, remarks: [...run.remarks, remark] } }
}

/** Small scenarios in which the mutant changes the state graph, as many as are found soon. */
async function differingIn(io: Io, setup: Setup): Promise<string[]> {
  const found: string[] = []
  // Its own scenario first: there it is known to change something.
  const isOwn = ({ name }: ScenarioInfo) => name === setup.mutant?.scenario
  const { scenarios } = subjectOf(setup)
  const others = scenarios.filter(({ name }) => name !== setup.scenario.name)
  const ownFirst = others.toSorted((a, b) => Number(isOwn(b)) - Number(isOwn(a)))
  for (const scenario of ownFirst.slice(0, LOOK_SCENARIOS)) {
    if (found.length === NAMED || (await isStopped(io))) break
    const sound = await digestOf(io, soundTwinOf({ ...setup, scenario }), LOOK_STATES)
    if (sound === null) continue
    const changed = await digestOf(io, { ...setup, scenario }, LOOK_STATES)
    if (changed !== sound) found.push(scenario.name)
  }
  return found
}

/** The digest of the whole state graph; null where it was not seen whole. */
async function digestOf(io: Io, setup: Setup, maxStates: number): Promise<string | null> {
  const runner = new Runner(io, { quiet: true, digest: true, continue: true, maxStates })
  return (await runner.run({ setup })).run.digest
}
