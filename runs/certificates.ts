/**
 * Certificates as a file holds them: a head with the number of runs, and for each run a line that
 * says what is claimed, followed by the list of its states, a line each.
 */
import * as v from 'valibot'
import type { Claim, Refutation } from '../checker/certificate/certificate.js'
import { certify } from '../checker/graph/certify.js'
import type { StateGraph } from '../checker/graph/graph.js'
import { isStandard } from './counterexample.js'
import type { Outcome } from './run.js'
import { subjectOf } from './setup-model.js'
import type { AnyState } from './subject.js'

/** The certificate file format this version reads and writes. */
export const CERTIFICATE_FORMAT = 1

const name = v.pipe(v.string(), v.minLength(1, 'must not be empty'))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const identity = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'))

export const headSchema = v.strictObject({
  certificate: v.literal(CERTIFICATE_FORMAT),
  version: name,
  runs: count,
})

/** The bounds of a proof for any number of page tables, in one position of the table it keeps. */
const proof = v.strictObject({
  position: v.picklist(['only', 'first', 'middle', 'last']),
  threads: count,
  pagesPerTable: count,
  operations: v.array(name),
  options: v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])),
})

/** The part that every run has: the model that it is of. */
const setup = {
  system: name,
  scenario: name,
  /** The whole scenario, unless it is a standard one. */
  scenarioData: v.optional(v.record(v.string(), v.unknown())),
  mutant: v.nullable(name),
  /** The model's file, if it is not the fork machine. */
  model: v.optional(name),
  /** Situations that were asked for beside those that the scenario must reach. */
  situations: v.optional(v.array(name)),
  /** It is the abstract model of a proof; there is no scenario then. */
  proof: v.optional(proof),
}

export const sectionSchema = v.variant('verdict', [
  v.strictObject({
    ...setup,
    verdict: v.literal('holds'),
    identity,
    properties: v.array(name),
    ranked: v.array(name),
    witnesses: v.record(v.string(), v.array(name)),
    states: count,
  }),
  v.strictObject({
    ...setup,
    verdict: v.literal('violated'),
    identity,
    property: name,
    schedule: v.array(name),
    loopStart: v.optional(count),
  }),
  /** It has no certificate. */
  v.strictObject({ ...setup, verdict: v.literal('incomplete'), reason: name }),
])

/** The claims about one run. */
export type Section = v.InferOutput<typeof sectionSchema>

/** The claims of a run, with its list of states. */
export interface Certified {
  readonly section: Section
  readonly lines: readonly string[]
}

/**
 * The certificate of a run.
 * @param graph all its states; null where not all were seen.
 * @param identity the model's `fingerprint`.
 * @param asked the properties and situations that were asked for by name; default: all.
 */
export function certificateOf(
  { setup, run, counterexamples }: Outcome,
  graph: StateGraph<AnyState> | null,
  identity: string,
  asked: readonly string[] | undefined,
): Certified {
  const { file: model } = subjectOf(setup)
  const about = {
    system: run.system,
    scenario: run.scenario,
    ...(isStandard(setup) ? {} : { scenarioData: { ...setup.scenario } }),
    mutant: run.mutant,
    ...(model ? { model: model.file } : {}),
    ...(asked ? { situations: [...asked] } : {}),
  }
  const none = (reason: string) => ({
    section: { ...about, verdict: 'incomplete' as const, reason },
    lines: [],
  })
  const [found] = counterexamples
  if (found) {
    const refutation: Refutation = { identity, property: found.property, ...steps(found.trace) }
    return { section: { ...about, verdict: 'violated', ...refutation } as Section, lines: [] }
  }
  if (run.reductions.length > 0) return none(`reductions were used: ${run.reductions.join(', ')}`)
  if (run.verdict === 'violated') return none('a situation was not reached')
  if (run.verdict === 'incomplete' || !graph) return none(run.limit ?? 'not everything was seen')
  const { lines, ...rest } = certify(graph, identity, asked)
  const claim: Claim = rest
  return { section: { ...about, verdict: 'holds', ...claim } as Section, lines }
}

function steps({ schedule, loopStart }: Pick<Refutation, 'schedule' | 'loopStart'>) {
  return loopStart === undefined ? { schedule } : { schedule, loopStart }
}

/** A line of a certificate as data. @returns the data, or why it is none. */
export function parsedLine<T extends v.GenericSchema>(
  schema: T,
  line: string,
): { data: v.InferOutput<T> } | { wrong: string } {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    return { wrong: 'not a line of a certificate' }
  }
  const result = v.safeParse(schema, json, { abortEarly: true })
  if (result.success) return { data: result.output }
  const [issue] = result.issues
  return { wrong: `${v.getDotPath(issue) ?? 'it'}: ${issue.message}` }
}
