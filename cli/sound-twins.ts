/**
 * The sound systems behind a corpus. A counterexample is of a system with a flaw; when the system
 * without the flaw fails as well, that matters more than how any story has changed.
 */
import { soundTwinOf, subjectOf } from '../runs/setup-model.js'
import type { Setup } from '../runs/subject.js'
import { type Io, isStopped } from './io.js'
import type { Runner } from './runner.js'

/** A sentence about a sound twin that does not hold. */
export interface Unsound {
  /** Is it violated? Else it was not searched whole. */
  readonly isViolated: boolean
  readonly says: string
}

/**
 * Searches the sound twin of each setup, each twin once.
 * @returns those that do not hold; not all of them when the user interrupts.
 */
export async function unsoundTwins(
  io: Io,
  runner: Runner,
  setups: readonly Setup[],
): Promise<Unsound[]> {
  const twins = new Map(setups.flatMap((setup) => twinOf(setup)).map((twin) => [keyOf(twin), twin]))
  const found: Unsound[] = []
  for (const twin of twins.values()) {
    if (await isStopped(io)) break
    const { run, counterexamples } = await runner.run({ setup: twin })
    const name = twin.mutant ? `${twin.system.name} with ${twin.mutant.name}` : twin.system.name
    const where = `${name} in scenario ${twin.scenario.name}`
    const [violation] = counterexamples
    if (run.verdict === 'violated')
      found.push({
        isViolated: true,
        says: violation
          ? `${where} violates ${violation.property} after ${violation.trace.schedule.length} steps: ${violation.explanation}`
          : `${where} never reaches a situation that the scenario asks for`,
      })
    else if (run.verdict === 'incomplete')
      found.push({ isViolated: false, says: `${where} was not searched whole (${run.limit})` })
  }
  return found
}

/** The setup without its flaw; none where the system is known to be flawed without it. */
function twinOf(setup: Setup): Setup[] {
  const sound = soundTwinOf(setup)
  return sound.mutant || subjectOf(setup).soundSystems.includes(setup.system) ? [sound] : []
}

function keyOf({ system, mutant, scenario }: Setup): string {
  return JSON.stringify([system.name, mutant?.name, scenario])
}

/** A sentence on each, for the top of the output. */
export function unsoundLines(unsound: readonly Unsound[]): string[] {
  return unsound.map(({ isViolated, says }) =>
    isViolated ? `A SOUND SYSTEM FAILS: ${says}` : `not known to be sound: ${says}`,
  )
}

/** The sentences as lines of text; empty when every twin holds. */
export function unsoundText(unsound: readonly Unsound[]): string {
  const lines = unsoundLines(unsound)
  return lines.length === 0 ? '' : `${lines.join('\n')}\n\n`
}
