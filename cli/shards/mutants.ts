/** The lines of the kill matrix of several shards, as of one process. */
import * as v from 'valibot'
import type { Verdict } from '../../checker/model.js'
import type { MutantInfo } from '../../runs/subject.js'
import { EXIT } from '../errors.js'
import type { PartOf } from './part.js'

/** One line of the kill matrix, as `mutants --json` prints it. */
export interface Killed {
  readonly name: string
  readonly system: string
  readonly origin: MutantInfo['origin']
  readonly source: string
  readonly breaks: readonly string[]
  readonly scenario: string
  /** It was violated, by a property the mutant names. */
  readonly caught: boolean
  /** The property that failed, whether it is the right one or not; null if none did. */
  readonly property: string | null
  readonly steps: number | null
  readonly switches: number | null
  readonly seconds: number
  readonly soundTwinHolds: boolean
}

const VERDICTS = ['holds', 'violated', 'incomplete'] as const

const number = v.nullable(v.pipe(v.number(), v.minValue(0)))

const killed = v.looseObject({
  name: v.string(),
  system: v.string(),
  breaks: v.array(v.string()),
  scenario: v.string(),
  caught: v.boolean(),
  property: v.nullable(v.string()),
  steps: number,
  switches: number,
  seconds: v.pipe(v.number(), v.minValue(0)),
  soundTwinHolds: v.boolean(),
})

/** The document of one shard of the kill matrix. */
export const mutantsPart = v.looseObject({
  mutants: v.array(killed),
  notDone: v.optional(v.array(v.string())),
  shard: v.looseObject({
    question: v.looseObject({ mutants: v.array(v.string()) }),
    verdicts: v.array(v.picklist(VERDICTS)),
  }),
})

/** One document of all shards, and its exit code. */
export function mergedMutants(parts: readonly PartOf<typeof mutantsPart>[]) {
  const [{ document: first }] = parts
  const order = new Map(first.shard.question.mutants.map((name, at) => [name, at]))
  const place = (name: string) => order.get(name) ?? order.size
  const mutants = parts
    .flatMap(({ document }) => document.mutants)
    .sort((x, y) => place(x.name) - place(y.name))
  const notDone = parts
    .flatMap(({ document }) => document.notDone ?? [])
    .sort((x, y) => place(x) - place(y))
  const verdicts = parts.flatMap(({ document }) => document.shard.verdicts)
  const document = { ...first, mutants, notDone: notDone.length > 0 ? notDone : undefined }
  return { document, code: codeOfMutants(verdicts, notDone.length) }
}

/** @param left how many mutants were not looked at. */
export function codeOfMutants(verdicts: readonly Verdict[], left: number): number {
  if (verdicts.includes('violated')) return EXIT.violated
  return left > 0 || verdicts.includes('incomplete') ? EXIT.incomplete : EXIT.ok
}

/** The lines in a document that was joined, and so has been read. */
export function killedIn(document: object) {
  const { mutants, notDone } = document as { mutants: Killed[]; notDone?: string[] }
  return { lines: mutants, notDone: notDone ?? [] }
}
