/** From what a file exports to a subject: what it says, and defaults for everything else. */

import * as v from 'valibot'
import { BUILT_IN_PROPERTIES, type Model } from '../../checker/model.js'
import { messageOf } from '../../checker/thrown.js'
import { mutantSays } from '../mutant-says.js'
import { named } from '../names.js'
import { parsed } from '../parsed.js'
import type {
  AnyState,
  ModelFile,
  MutantInfo,
  PropertyInfo,
  ScenarioInfo,
  Setup,
  Smaller,
  Subject,
  SystemInfo,
} from '../subject.js'
import { checkBreaks, checkData, checkNames, checkVariables } from './checks.js'
import { type OwnScenario, type OwnSubject, SubjectError } from './declaration.js'
import { mutantSchema, mutated, type WholeMutant } from './mutants.js'
import { ownNarration } from './narration.js'
import { drawn } from './picture.js'

const text = v.pipe(v.string('must be a text'), v.minLength(1, 'must not be empty'))
const fn = v.function('must be a function')
const scenario = v.looseObject({
  name: v.pipe(text, v.regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case words joined by -')),
  says: v.optional(v.string(), ''),
  reaches: v.optional(v.array(text)),
})
const declaration = v.strictObject({
  name: text,
  says: v.optional(text),
  model: v.union([v.looseObject({ layout: v.any(), rules: v.array(v.any()) }), fn], MODEL()),
  systems: v.optional(
    v.array(v.strictObject({ name: text, says: text, flawed: v.optional(v.boolean()) })),
  ),
  scenarios: v.optional(v.pipe(v.array(scenario), v.minLength(1, 'must have one'))),
  mutants: v.optional(v.array(mutantSchema), []),
  check: v.optional(fn),
  smaller: v.optional(fn),
  picture: v.optional(fn),
  measures: v.optional(
    v.array(v.strictObject({ name: text, during: v.optional(fn), counts: v.optional(fn) })),
  ),
  variables: v.optional(
    v.record(
      v.string(),
      v.strictObject({
        name: v.optional(v.union([text, fn], 'must be a text, or a function that makes one')),
        value: v.optional(fn),
        internal: v.optional(v.boolean('must be true or false')),
      }),
    ),
    {},
  ),
})

function MODEL(): string {
  return 'must be a Model, or a function that makes one from a scenario'
}

const COMPLAINTS = {
  whole: 'the default export must be a Model, or a subject with a model',
  unknown: (field: string) => `${field} is not a field here`,
  error: SubjectError,
}

/**
 * The subject in a default export: a Model, or an OwnSubject.
 * @param file where it comes from; null: nowhere.
 * @throws SubjectError naming the first mistake.
 */
export function ownSubject(exported: unknown, file: ModelFile | null): Subject {
  const declared = declarationOf(exported)
  const { name, says = name, picture: draw } = declared
  const systems: readonly (SystemInfo & { flawed?: boolean })[] = declared.systems ?? [
    { name, says },
  ]
  const scenarios = (declared.scenarios ?? [{ name: 'default' }]).map(wholeScenario)
  const mutants = (declared.mutants ?? []).map((mutant) =>
    wholeMutant(mutant, mutant.name ?? '', systems, scenarios),
  )
  const model = (setup: Setup) => modelOfSetup(declared, setup)
  const asked = memo(() => propertiesOf(model, systems, scenarios))
  const subject: Subject = {
    name,
    file,
    systems,
    soundSystems: systems.filter(({ flawed }) => !flawed),
    scenarios,
    mutants,
    get properties() {
      return asked().all
    },
    concerns: (property, system) =>
      BUILT_IN_PROPERTIES.some((one) => one.name === property.name) ||
      (asked().bySystem.get(system.name)?.has(property.name) ?? false),
    model,
    parseScenario: (value, source) => parsedScenario(declared, scenarios, value, source),
    parseMutant: async (value, called) => ownMutant(subject, value, called),
    pairOf: (mutant) => {
      const sound = {
        subject,
        scenario: named('scenario', scenarios, mutant.scenario),
        system: named('system', systems, mutant.system),
      }
      return { broken: { ...sound, mutant }, sound }
    },
    smaller: (one) => smallerScenarios(declared, one),
    partsOf,
    measures: declared.measures ?? [],
    picture: draw ? (setup, state, before) => drawn(draw, state, setup, before) : null,
    narration: (one) => ownNarration(one, declared.variables ?? {}),
  }
  checkNames('system', systems)
  checkNames('scenario', scenarios)
  checkNames('mutant', mutants)
  for (const one of scenarios) checkData(one)
  for (const mutant of mutants) checkBreaks(subject, mutant)
  const shown = Object.keys(declared.variables ?? {})
  if (shown.length > 0) checkVariables(shown, systems, scenarios, model)
  return subject
}

/**
 * A mutant of a subject from outside its declaration.
 * @param called its name, if it does not say.
 * @throws SubjectError, UnknownNameError where it does not fit.
 */
export function ownMutant(subject: Subject, value: unknown, called = ''): MutantInfo {
  const { systems, scenarios } = subject
  const parts = parsed(mutantSchema, value, '', COMPLAINTS)
  const mutant = wholeMutant(parts as never, parts.name ?? called, systems, scenarios)
  checkBreaks(subject, mutant)
  subject.model({
    subject,
    scenario: named('scenario', scenarios, mutant.scenario),
    system: named('system', systems, mutant.system),
    mutant,
    foreign: true,
  })
  return mutant
}

function declarationOf(exported: unknown): OwnSubject {
  const isModel =
    typeof exported === 'object' && exported !== null && 'layout' in exported && 'rules' in exported
  if (!isModel) return parsed(declaration, exported, '', COMPLAINTS) as unknown as OwnSubject
  const model = exported as Model<AnyState>
  return { name: model.name, model }
}

function wholeScenario(one: OwnScenario): ScenarioInfo {
  return { ...one, says: one.says ?? '' }
}

function wholeMutant(
  mutant: Partial<WholeMutant>,
  name: string,
  systems: readonly SystemInfo[],
  scenarios: readonly ScenarioInfo[],
): WholeMutant {
  if (name === '') throw new SubjectError('a mutant has no name')
  const system = mutant.system ?? systems[0].name
  const scenario = mutant.scenario ?? scenarios[0].name
  named('system', systems, system)
  named('scenario', scenarios, scenario)
  const says = mutant.says ?? mutantSays(mutant)
  const whole = { breaks: [], origin: 'synthetic' as const, source: 'a file', ...mutant }
  return { ...whole, name, says, system, scenario }
}

/** The model of a setup, with the mutant's changes and what the scenario asks for. */
function modelOfSetup(declared: OwnSubject, setup: Setup): Model<AnyState> {
  const { scenario, system, mutant, foreign = false } = setup
  const base =
    typeof declared.model === 'function'
      ? declared.model(scenario as OwnScenario, system.name)
      : declared.model
  if (!Array.isArray(base?.rules) || !base.layout)
    throw new SubjectError(`model: makes no Model from scenario ${scenario.name}`)
  const name = `${system.name}/${scenario.name}`
  const whole = { ...base, name, properties: requiredIn(base, scenario) }
  return mutant ? mutated(whole, mutant as WholeMutant, foreign) : whole
}

/** The properties; of situations those are required that the scenario asks for, if it says. */
function requiredIn({ name, properties }: Model<AnyState>, { reaches }: ScenarioInfo) {
  if (!reaches) return properties
  const unknown = reaches.find((one) => !properties.some((p) => p.name === one))
  if (unknown !== undefined) throw new SubjectError(`${name}: reaches names ${unknown}`)
  return properties.map((property) =>
    property.kind === 'sometimes'
      ? { ...property, required: reaches.includes(property.name) }
      : property,
  )
}

/** The properties of all models, and which systems are asked for which. */
function propertiesOf(
  model: (setup: Setup) => Model<AnyState>,
  systems: readonly SystemInfo[],
  scenarios: readonly ScenarioInfo[],
) {
  const all = new Map<string, PropertyInfo>()
  const bySystem = new Map<string, Set<string>>()
  for (const system of systems) {
    const names = new Set<string>()
    for (const scenario of scenarios)
      for (const { name, kind, says } of model({ scenario, system }).properties) {
        names.add(name)
        all.set(name, { name, kind, says })
      }
    bySystem.set(system.name, names)
  }
  return { all: [...all.values(), ...BUILT_IN_PROPERTIES], bySystem }
}

function memo<T>(make: () => T): () => T {
  let made: { value: T } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** A scenario from a file: it has the fields of a declared one, of the same kinds. */
function parsedScenario(
  { check }: OwnSubject,
  scenarios: readonly ScenarioInfo[],
  value: unknown,
  source: string,
): ScenarioInfo {
  const one = parsed(scenario, value, `${source}: `, COMPLAINTS)
  const known = Object.assign({}, ...scenarios) as Record<string, unknown>
  for (const [field, data] of Object.entries(one)) {
    if (!(field in known) && !['format', 'reaches'].includes(field))
      throw new SubjectError(`${source}: ${field} is not a field of a scenario here`)
    if (field in known && known[field] !== undefined && typeof data !== typeof known[field])
      throw new SubjectError(`${source}: ${field} must be a ${typeof known[field]}`)
  }
  const whole = { ...scenarios[0], ...one } as unknown as ScenarioInfo
  try {
    check?.(whole)
  } catch (error) {
    throw new SubjectError(`${source}: ${messageOf(error)}`)
  }
  return whole
}

/** The subject's smaller scenarios, without those whose size (see below) is not smaller. */
function* smallerScenarios({ smaller }: OwnSubject, one: ScenarioInfo): Generator<Smaller> {
  const size = sizeOf(one)
  for (const candidate of smaller?.(one as OwnScenario) ?? []) {
    const scenario = wholeScenario(candidate)
    if (sizeOf(scenario) < size) yield { scenario, hasFewerParts: true }
  }
}

/** The size of a scenario: the sum of all numbers and of the lengths of all lists. */
function sizeOf(value: unknown): number {
  if (typeof value === 'number') return Math.abs(value)
  if (value === true) return 1
  if (typeof value !== 'object' || value === null) return 0
  const parts = Object.values(value).reduce((sum: number, part) => sum + sizeOf(part), 0)
  return parts + (Array.isArray(value) ? value.length : 0)
}

/** The numbers of a scenario, and the lengths of its lists. */
function partsOf(scenario: ScenarioInfo): Record<string, number> {
  const parts = Object.entries(scenario).flatMap(([name, value]) => {
    if (typeof value === 'number') return [[name, value]]
    return Array.isArray(value) ? [[name, value.length]] : []
  })
  return Object.fromEntries(parts)
}
