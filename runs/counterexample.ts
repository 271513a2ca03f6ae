/**
 * Counterexample files: what one holds, what it is called, and how it is read. A file is data for
 * review: names only, sorted, the same bytes whenever the same violation is found again.
 */
import * as v from 'valibot'
import { InputError } from '../checker/input-error.js'
import type { Counterexample, Model } from '../checker/model.js'
import { messageOf } from '../checker/thrown.js'
import { canonicalJson, hash8, prettyJson } from './canonical.js'
import { alsoViolatedOn } from './replay.js'
import { switchesOf } from './schedule.js'
import { subjectOf } from './setup-model.js'
import type { AnyState, Setup } from './subject.js'

/** The counterexample file format this version reads and writes. */
export const COUNTEREXAMPLE_FORMAT = 1

const name = v.pipe(v.string(), v.minLength(1, 'must not be empty'))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** What a counterexample file may contain. */
export const counterexampleSchema = v.strictObject({
  format: v.literal(COUNTEREXAMPLE_FORMAT),
  /** The file of the model, and a digest of its text; none for the fork machine. */
  model: v.optional(v.strictObject({ file: name, digest: name })),
  system: name,
  scenario: name,
  /** The whole scenario, unless it is a standard one. */
  scenarioData: v.optional(v.record(v.string(), v.unknown())),
  mutant: v.nullable(name),
  property: name,
  /** The expected result of a replay: the violation, or (once repaired) that the property holds. */
  expect: v.picklist(['violates', 'holds']),
  schedule: v.pipe(v.array(name), v.maxLength(100_000)),
  /** For an infinite run: the index of the first step of its loop. */
  loopStart: v.optional(count),
  explanation: v.string(),
  steps: count,
  switches: count,
  /** Other properties that are known to fail on the way; a replay passes over them. */
  alsoViolated: v.optional(v.array(name)),
  /** Its origin, if known. A replay does not depend on it. */
  provenance: v.optional(
    v.strictObject({
      mutantFile: v.optional(name),
      /** The command that found it: `simulate --strategy pct --seed 0x7 --run 3`. */
      foundBy: v.optional(name),
      /** How long it was before it was shrunk. */
      rawSteps: v.optional(count),
      rawSwitches: v.optional(count),
    }),
  ),
})

/** A counterexample as its file holds it. */
export type CounterexampleFile = v.InferOutput<typeof counterexampleSchema>

/** Raised for a file that cannot be read; one line naming file, culprit and what is allowed. */
export class CounterexampleError extends InputError {
  override readonly name = 'CounterexampleError'
}

/** A violation, ready to be written. */
export interface Found {
  readonly property: string
  readonly explanation: string
  readonly schedule: readonly string[]
  readonly loopStart?: number
  readonly alsoViolated?: readonly string[]
  readonly provenance?: Provenance
}

/** Where a counterexample comes from; `mutantFile` only if the mutant is not a registered one. */
export type Provenance = NonNullable<CounterexampleFile['provenance']>

/** The file of a violation found in a setup. */
export function counterexampleOf(setup: Setup, found: Found): CounterexampleFile {
  const { scenario, system, mutant } = setup
  const { file: model } = subjectOf(setup)
  const { property, explanation, loopStart, alsoViolated = [], provenance = {} } = found
  const isKnown = Object.values(provenance).some((value) => value !== undefined)
  const schedule = [...found.schedule]
  return {
    format: COUNTEREXAMPLE_FORMAT,
    ...(model ? { model } : {}),
    system: system.name,
    scenario: scenario.name,
    ...(isStandard(setup) ? {} : { scenarioData: { ...scenario } }),
    mutant: mutant?.name ?? null,
    property,
    expect: 'violates',
    schedule,
    ...(loopStart === undefined ? {} : { loopStart }),
    explanation,
    steps: schedule.length,
    switches: switchesOf(schedule),
    ...(alsoViolated.length > 0 ? { alsoViolated: [...alsoViolated].sort() } : {}),
    ...(isKnown ? { provenance } : {}),
  }
}

/** The file of a violation of a model, with the other properties that fail on the way. */
export function fileOf(
  setup: Setup,
  model: Model<AnyState>,
  { property, explanation, trace }: Counterexample<AnyState>,
  provenance: Provenance = {},
): CounterexampleFile {
  const alsoViolated = alsoViolatedOn(model, trace, property)
  const { schedule, loopStart } = trace
  const found = { property, explanation, schedule, loopStart, alsoViolated, provenance }
  return counterexampleOf(setup, found)
}

/** A name as part of a path: no name leads to another folder. */
function fileName(name: string): string {
  return name.replaceAll(/[^\w.-]/g, '-').replace(/^\.+/, '-')
}

/** Where the file belongs: `<system>/<property>-<hash>.cex.json`. Equal violations, equal names. */
export function counterexamplePath(file: CounterexampleFile): string {
  const { system, scenario, scenarioData, mutant, property, schedule, loopStart } = file
  const run = loopStart === undefined ? [schedule] : [schedule, loopStart]
  const hash = hash8([system, scenarioData ?? scenario, mutant, property, ...run])
  return `${fileName(system)}/${fileName(property)}-${hash}.cex.json`
}

/** The text of the file. */
export function printCounterexample(file: CounterexampleFile): string {
  return prettyJson(file)
}

/**
 * Reads a counterexample file.
 * @param source its name, for messages.
 * A file may name its JSON schema as `$schema`.
 * @throws CounterexampleError naming the first mistake.
 */
export function parseCounterexample(text: string, source: string): CounterexampleFile {
  const json = parseJson(text, source)
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new CounterexampleError(`${source}: a counterexample is a JSON object`)
  const { $schema, ...content } = json as { readonly $schema?: unknown }
  const parsed = v.safeParse(counterexampleSchema, content, { abortEarly: true })
  if (!parsed.success) throw new CounterexampleError(`${source}: ${describe(parsed.issues[0])}`)
  const file = parsed.output
  if (file.steps !== file.schedule.length)
    throw new CounterexampleError(
      `${source}: steps is ${file.steps}, but the schedule has ${file.schedule.length}`,
    )
  if (file.loopStart !== undefined && file.loopStart > file.steps)
    throw new CounterexampleError(
      `${source}: loopStart is ${file.loopStart}, but the schedule has ${file.steps} steps`,
    )
  return file
}

/** Is the scenario of a setup a standard one of its subject, unchanged? */
export function isStandard(setup: Setup): boolean {
  const { scenario } = setup
  const standard = subjectOf(setup).scenarios.find((s) => s.name === scenario.name)
  return standard !== undefined && canonicalJson(standard) === canonicalJson(scenario)
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = messageOf(error).replace(/\s+/g, ' ')
    throw new CounterexampleError(`${source}: not JSON: ${why}`)
  }
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue)
  if (path === 'format') return `format is ${issue.received}: ${formatMistake(issue.input)}`
  if (issue.expected === 'never') return `${path} is not a field of a counterexample`
  if (issue.received === 'undefined') return `${path} is missing (${issue.expected})`
  return `${path}: ${issue.message}`
}

function formatMistake(format: unknown): string {
  const newer = typeof format === 'number' && format > COUNTEREXAMPLE_FORMAT
  const reads = `this version reads format ${COUNTEREXAMPLE_FORMAT}`
  return newer ? `written by a newer forkcheck, ${reads}` : reads
}
