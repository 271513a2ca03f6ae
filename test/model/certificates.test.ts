/** The standard suite once more, by a verifier that shares nothing with the search. */
import { describe, expect, test } from 'vitest'
import { fingerprint } from '../../checker/certificate/certificate.js'
import { verify } from '../../checker/certificate/verify.js'
import { certify } from '../../checker/graph/certify.js'
import { BUILT_IN_PROPERTIES } from '../../checker/model.js'
import { stateGraph } from '../../checker/search/search.js'
import { scenarios, soundSystems } from '../../model/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { isWhole } from '../support/part.js'
import { pinned } from './pinned.js'

/**
 * A state takes the verifier some 0.4 ms, ten times what it takes the search. CERTIFIED_STATES=100000
 * certifies all of the suite, which takes hours.
 */
const MOST_STATES = Number(process.env.CERTIFIED_STATES ?? (isWhole ? 1_000 : 200))
const chosen = soundSystems.flatMap((system) =>
  scenarios
    .filter(({ name }) => (pinned()[`${system.name} ${name}`]?.states ?? 0) <= MOST_STATES)
    .map((scenario) => [system.name, scenario.name, system, scenario] as const),
)

describe(`certificates of scenarios with up to ${MOST_STATES} states`, () => {
  test('there are some', () => {
    expect(chosen.length).toBeGreaterThan(20)
  })

  test.each(chosen)(
    '%s keeps every property in %s',
    async (_system, _scenario, system, scenario) => {
      const model = snapshotModel({ scenario, system })
      const identity = await fingerprint(model)
      const graph = stateGraph(model)
      const { lines, ...claim } = certify(graph, identity)
      const asked = [...model.properties, ...BUILT_IN_PROPERTIES].map(({ name }) => name)
      const found = verify(model, identity, claim, lines, asked)
      expect(found).toEqual({ states: graph.size, transitions: graph.targets.length })
    },
  )
})
