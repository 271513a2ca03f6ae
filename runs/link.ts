/** A run as a link: scenario, system, mutant and schedule, never states. */
import { type Mutant, parseScenario, type Scenario } from '../model/index.js'
import { isStandard } from './counterexample.js'
import type { Setup } from './model.js'
import { mutantNamed, scenarioNamed, systemNamed } from './names.js'

export interface Linked {
  readonly setup: Setup
  readonly schedule: readonly string[]
  /** Steps taken at the place that is shown. */
  readonly position: number
}

/** Schedules that are longer do not fit into a link. */
const LONGEST = 5000

/** The part of a link behind its `#`. */
export function linkOf({
  setup: { system, scenario, mutant, foreign },
  schedule,
  position,
}: Linked): string {
  const parts = new URLSearchParams({ system: system.name, scenario: scenario.name })
  if (!isStandard(scenario)) parts.set('data', JSON.stringify(scenario))
  if (mutant) parts.set(foreign ? 'mutantFile' : 'mutant', mutant.name)
  if (schedule.length > 0) parts.set('steps', schedule.join(';'))
  if (position !== schedule.length) parts.set('at', String(position))
  return parts.toString()
}

/**
 * What a link says.
 * @param outside the mutants from files that are known here.
 * @throws UnknownNameError, ScenarioError, or Error in a sentence, for one that says nothing.
 */
export function parseLink(text: string, outside: readonly Mutant[] = []): Linked {
  const parts = new URLSearchParams(text)
  const need = (name: string) => {
    const value = parts.get(name)
    if (value) return value
    throw new Error(`the link does not say which ${name}`)
  }
  const system = systemNamed(need('system'))
  const scenario = scenarioIn(parts, need('scenario'))
  const { mutant, foreign } = mutantIn(parts, outside)
  if (mutant && mutant.system !== system.name)
    throw new Error(`mutant ${mutant.name} is one of ${mutant.system}, not of ${system.name}`)
  const schedule = parts.get('steps')?.split(';') ?? []
  if (schedule.length > LONGEST) throw new Error(`the link has more than ${LONGEST} steps`)
  const at = Number(parts.get('at') ?? schedule.length)
  const position = Number.isInteger(at) && at >= 0 ? Math.min(at, schedule.length) : schedule.length
  const setup = { system, scenario, ...(mutant ? { mutant } : {}), ...(foreign ? { foreign } : {}) }
  return { setup, schedule, position }
}

function mutantIn(parts: URLSearchParams, outside: readonly Mutant[]) {
  const [name, file] = [parts.get('mutant'), parts.get('mutantFile')]
  if (!file) return { mutant: name ? mutantNamed(name) : undefined, foreign: false }
  const mutant = outside.find((one) => one.name === file)
  if (mutant) return { mutant, foreign: true }
  throw new Error(`mutant ${file} comes from a file: forkcheck explore --mutant FILE.mjs knows it`)
}

function scenarioIn(parts: URLSearchParams, name: string): Scenario {
  const data = parts.get('data')
  return data === null ? scenarioNamed(name) : parseScenario(JSON.parse(data), 'the link')
}
