/**
 * Certificates of a proof: for each position, that the abstract model's list of states is closed
 * under its steps and that every property holds in each. They are checked by `forkcheck verify`,
 * which shares no code with searches, so that a proof does not rest on the search and its store.
 */
import { fingerprint } from '../checker/certificate/certificate.js'
import { certify } from '../checker/graph/certify.js'
import type { StateGraph } from '../checker/graph/graph.js'
import { NO_DEADLOCK } from '../checker/model.js'
import type { Mutant } from '../model/mutant.js'
import type { State } from '../model/state.js'
import type { System } from '../model/systems/system.js'
import type { Certified, Section } from '../runs/certificates.js'
import { ProofError, type Question } from './models.js'
import { OPERATIONS } from './operations.js'
import { POSITIONS, type Position } from './positions.js'

/** The certificate of one position. @param graph all states of its abstract model. */
export async function positionCertificate(
  question: Question,
  position: Position,
  graph: StateGraph<State>,
): Promise<Certified> {
  const { system, mutant, threads, pagesPerTable, operations, options, properties } = question
  const { lines, ...claim } = certify(graph, await fingerprint(graph.model), properties)
  const claimed = claim.properties.filter((property) => property !== NO_DEADLOCK)
  const section: Section = {
    system: system.name,
    scenario: `position ${position}`,
    mutant: mutant?.name ?? null,
    proof: {
      position,
      threads,
      pagesPerTable,
      operations: [...operations],
      options: { ...options },
    },
    verdict: 'holds',
    ...claim,
    // In an abstract model every state is final: no deadlock says nothing there.
    properties: claimed,
    ranked: [...claim.ranked],
    witnesses: {},
  }
  return { section, lines }
}

/** The bounds that a section speaks of. */
type Bounds = NonNullable<Section['proof']>

/** The question that a section answers. @throws ProofError on an operation that does not exist. */
export function certifiedQuestion(
  { threads, pagesPerTable, operations, options }: Bounds,
  parts: { readonly system: System; readonly mutant?: Mutant; readonly foreign?: boolean },
): Question {
  return {
    ...parts,
    threads,
    pagesPerTable,
    options,
    operations: operations.map((name) => {
      const found = OPERATIONS.find((operation) => operation === name)
      if (found) return found
      throw new ProofError(`${name} is no operation of a proof`)
    }),
  }
}

/**
 * The positions that are missing: a proof needs all four, of one system and within one set of
 * bounds.
 */
export function missingPositions(sections: readonly Section[]): readonly string[] {
  const groups = new Map<string, Set<Position>>()
  for (const { system, mutant, proof } of sections) {
    if (!proof) continue
    const { position, ...bounds } = proof
    const key = JSON.stringify([system, mutant, bounds])
    const found = groups.get(key) ?? new Set()
    groups.set(key, found.add(position))
  }
  return [...groups.values()].flatMap((found) => POSITIONS.filter((one) => !found.has(one)))
}
