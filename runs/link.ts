/** A run as a link: scenario, system, mutant and schedule, never states. */
import { isStandard } from './counterexample.js'
import { forkMachine } from './fork-machine/subject.js'
import { mutantNamedIn, named } from './names.js'
import type { MutantInfo, ScenarioInfo, Setup, Subject } from './subject.js'

export interface Linked {
  readonly setup: Setup
  readonly schedule: readonly string[]
  /** Steps taken at the place that is shown. */
  readonly position: number
}

/** Schedules that are longer do not fit into a link. */
const LONGEST = 5000

/** The part of a link behind its `#`. */
export function linkOf({ setup, schedule, position }: Linked): string {
  const { system, scenario, mutant, foreign } = setup
  const parts = new URLSearchParams({ system: system.name, scenario: scenario.name })
  if (!isStandard(setup)) parts.set('data', JSON.stringify(scenario))
  if (mutant) parts.set(foreign ? 'mutantFile' : 'mutant', mutant.name)
  if (schedule.length > 0) parts.set('steps', schedule.join(';'))
  if (position !== schedule.length) parts.set('at', String(position))
  return parts.toString()
}

/**
 * Reads a link.
 * @param outside the mutants from files that are known here.
 * @param subject the family that is explored.
 * @throws UnknownNameError, ScenarioError, or Error in a sentence, for one that says nothing.
 */
export function parseLink(
  text: string,
  outside: readonly MutantInfo[] = [],
  subject: Subject = forkMachine,
): Linked {
  const parts = new URLSearchParams(text)
  const need = (name: string) => {
    const value = parts.get(name)
    if (value) return value
    throw new Error(`the link does not say which ${name}`)
  }
  const system = named('system', subject.systems, need('system'))
  const scenario = scenarioIn(parts, need('scenario'), subject)
  const { mutant, foreign } = mutantIn(parts, outside, subject)
  if (mutant && mutant.system !== system.name)
    throw new Error(`mutant ${mutant.name} is one of ${mutant.system}, not of ${system.name}`)
  const schedule = parts.get('steps')?.split(';') ?? []
  if (schedule.length > LONGEST) throw new Error(`the link has more than ${LONGEST} steps`)
  const at = Number(parts.get('at') ?? schedule.length)
  const position = Number.isInteger(at) && at >= 0 ? Math.min(at, schedule.length) : schedule.length
  const family = subject === forkMachine ? {} : { subject }
  const plain = { ...family, system, scenario }
  const setup = { ...plain, ...(mutant ? { mutant } : {}), ...(foreign ? { foreign } : {}) }
  return { setup, schedule, position }
}

function mutantIn(parts: URLSearchParams, outside: readonly MutantInfo[], subject: Subject) {
  const [name, file] = [parts.get('mutant'), parts.get('mutantFile')]
  if (!file) return { mutant: name ? mutantNamedIn(subject, name) : undefined, foreign: false }
  const mutant = outside.find((one) => one.name === file)
  if (mutant) return { mutant, foreign: true }
  throw new Error(`mutant ${file} comes from a file: forkcheck explore --mutant FILE.mjs knows it`)
}

function scenarioIn(parts: URLSearchParams, name: string, subject: Subject): ScenarioInfo {
  const data = parts.get('data')
  if (data === null) return named('scenario', subject.scenarios, name)
  return subject.parseScenario(JSON.parse(data), 'the link')
}
