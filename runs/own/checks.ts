/** A declaration is looked at when it is loaded: what is unknown or twice there is refused. */
import { closestName } from '../../checker/closest-name.js'
import type { Model } from '../../checker/model.js'
import type { AnyState, MutantInfo, ScenarioInfo, Setup, Subject, SystemInfo } from '../subject.js'
import { SubjectError } from './declaration.js'

/** @throws SubjectError when two have the same name. */
export function checkNames(what: string, things: readonly { readonly name: string }[]): void {
  const twice = things.find(({ name }, i) => things.some((one, j) => j < i && one.name === name))
  if (twice) throw new SubjectError(`two ${what}s are called ${twice.name}`)
}

/** @throws SubjectError when a scenario has what cannot be in a file. */
export function checkData(scenario: ScenarioInfo): void {
  const wrong = Object.entries(scenario).find(([, value]) => !isJson(value))
  if (wrong)
    throw new SubjectError(
      `scenario ${scenario.name}: ${wrong[0]} must be JSON: numbers, texts, true, false, null, lists, objects`,
    )
}

function isJson(value: unknown): boolean {
  if (value === null || ['string', 'boolean'].includes(typeof value)) return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isJson)
  const isPlain = typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
  return isPlain && Object.values(value as object).every((one) => one === undefined || isJson(one))
}

/** @throws SubjectError when words are given for what no model has. */
export function checkVariables(
  names: readonly string[],
  systems: readonly SystemInfo[],
  scenarios: readonly ScenarioInfo[],
  model: (setup: Setup) => Model<AnyState>,
): void {
  const known = systems.flatMap((system) =>
    scenarios.flatMap((scenario) =>
      model({ system, scenario }).layout.leaves.map(({ path }) => path),
    ),
  )
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return
  const close = closestName(unknown, known)
  const hint = close ? `; did you mean ${close}?` : `: there are ${[...new Set(known)].join(', ')}`
  throw new SubjectError(`variables: ${unknown} is not a variable${hint}`)
}

/** @throws SubjectError when a mutant must be caught by what is no property. */
export function checkBreaks({ properties }: Subject, { name, breaks }: MutantInfo): void {
  for (const property of breaks)
    if (!properties.some((one) => one.name === property))
      throw new SubjectError(`mutant ${name}: breaks names ${property}, which is no property`)
}
