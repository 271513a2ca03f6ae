/** Violations that tests of replays and stories start from. */
import type { Model, Trace } from '../../checker/model.js'
import { check } from '../../checker/search/search.js'
import type { State } from '../../model/index.js'
import { type CounterexampleFile, counterexampleOf } from '../../runs/counterexample.js'
import { type SnapshotSetup, snapshotModel } from '../../runs/fork-machine/model.js'
import { mutantNamed, scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'

export interface Example {
  readonly setup: SnapshotSetup
  readonly model: Model<State>
  readonly trace: Trace<State>
  readonly property: string
  readonly explanation: string
}

/** The shortest violation of a registered mutant in its scenario. */
export function exampleOf(name: string): Example {
  const mutant = mutantNamed(name)
  const setup = {
    scenario: scenarioNamed(mutant.scenario),
    system: systemNamed(mutant.system),
    mutant,
  }
  const model = snapshotModel(setup)
  const [found] = check(model).counterexamples
  return { setup, model, ...found }
}

/** Its file. */
export function counterexampleFile({
  setup,
  trace,
  property,
  explanation,
}: Example): CounterexampleFile {
  return counterexampleOf(setup, { property, explanation, schedule: trace.schedule })
}

/** fork without its flush: a second thread goes on with a stale translation. */
export const noFlush = exampleOf('linux-no-flush')
