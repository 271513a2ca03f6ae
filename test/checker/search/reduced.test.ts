/**
 * What a reduced search says is what a full one says: of every safety property, of deadlocks, of the
 * states that end a run. Reductions that are broken on purpose are all found out.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flag, Layout, list, type Model, oneOf, record } from '../../../checker/index.js'
import { ReducedSearch } from '../../../checker/search/reduced/reduced-search.js'
import { mutants, scenarios, soundSystems, systems } from '../../../model/index.js'
import { snapshotModel } from '../../../runs/model.js'
import { pinned } from '../../model/pinned.js'
import { broken } from '../../support/broken-reductions.js'
import { modelOf, modelTexts } from '../../support/random-models.js'
import { compare } from '../../support/reduced.js'

const RUNS = Number(process.env.RANDOM_MODELS ?? 40)

it(`${RUNS} random models`, () => {
  const property = fc.property(modelTexts, (text) => {
    expect(compare(modelOf(text)).differences).toEqual([])
  })
  fc.assert(property, { numRuns: RUNS })
}, 120_000)

/** The model of a mutant in the scenario in which it is to be caught. */
function mutantModel(name: string) {
  const mutant = mutants.find((one) => one.name === name)
  const scenario = scenarios.find((one) => one.name === mutant?.scenario)
  const system = systems.find((one) => one.name === mutant?.system)
  if (!mutant || !scenario || !system) throw new Error(`no mutant ${name} of a standard scenario`)
  return snapshotModel({ scenario, system, mutant })
}

/** The first thread may take a door that the second one opens, or pass by. */
const twoDoors: Model<{ at: string[]; open: boolean }> = {
  name: 'two doors',
  layout: new Layout(record({ at: list(2, oneOf('before', 'inside', 'past')), open: flag() })),
  init: [{ at: ['before', 'before'], open: false }],
  ranges: { thread: { values: [0, 1], actor: true } },
  location: (s, t) => s.at[t],
  rules: [
    {
      name: 'pass',
      for: ['thread'],
      at: 'before',
      guard: (_, t) => t === 0,
      effect: (s, t) => {
        s.at[t] = 'past'
      },
    },
    {
      name: 'enter',
      for: ['thread'],
      at: 'before',
      guard: (s, t) => t === 0 && s.open,
      effect: (s, t) => {
        s.at[t] = 'inside'
      },
    },
    {
      name: 'open',
      for: ['thread'],
      at: 'before',
      guard: (_, t) => t === 1,
      effect: (s, t) => {
        s.open = true
        s.at[t] = 'past'
      },
    },
  ],
  properties: [],
  final: () => true,
}

describe('a broken reduction is found out', () => {
  const by: Readonly<Record<string, string>> = {
    'who waits, waits for ever': 'linux-reuse-by-mapcount',
    'only what the others do next counts': 'linux-install-no-flush',
    'contents and entries are left out': 'linux-install-no-flush',
    'two steps may read what each other writes': 'linux-install-no-flush',
    'who looks at what the group changes is not tried out': 'linux-collapse-ignores-holders',
    'properties are asked about no other state': 'odf-parent-stays-writable',
    'no step is seen by a property': 'odf-parent-stays-writable',
    'what is learnt late changes nothing': 'linux-shares-pinned-pages',
    'going round and round counts as going on': 'marks-device-memory',
  }
  it.each(Object.entries(by))('%s: by %s', (name, mutant) => {
    expect(compare(mutantModel(mutant), broken[name]).differences).not.toEqual([])
  })

  it('what waits in the group cannot be woken: by two doors, one of which is shut at first', () => {
    const kind = broken['what waits in the group cannot be woken']
    expect(compare(twoDoors, kind).differences).toEqual(['1 ends missing'])
    expect(compare(twoDoors).differences).toEqual([])
  })

  it('each of them', () => {
    const found = [...Object.keys(by), 'what waits in the group cannot be woken']
    expect(found.sort()).toEqual(Object.keys(broken).sort())
  })

  it.each([...new Set(Object.values(by))])('and %s is no false alarm', (mutant) => {
    const { full, reduced, differences } = compare(mutantModel(mutant))
    expect(differences).toEqual([])
    expect(reduced).toBeLessThan(full)
  })
})

it('merging alone stores only what more than one step leads away from', () => {
  const model = mutantModel('linux-install-no-flush')
  expect(compare(model, ReducedSearch, ['merging']).differences).toEqual([])
  expect(compare(model, ReducedSearch, ['partial order']).differences).toEqual([])
})

it('liveness needs every step', () => {
  expect(() => new ReducedSearch(mutantModel('linux-install-no-flush'))).toThrow(/eventually/)
})

/** With ALL_SCENARIOS=1, as in `.ci/run`, all mutants and scenarios that are small enough, else two. */
describe('with and without', () => {
  const sizes = pinned()
  const MOST = 4000
  const sound = soundSystems.flatMap((system) =>
    scenarios
      .filter(({ name }) => sizes[`${system.name} ${name}`].states <= MOST)
      .map((scenario) => [`${system.name} ${scenario.name}`, { scenario, system }] as const),
  )
  const changed = mutants.flatMap((mutant) => {
    const scenario = scenarios.find(({ name }) => name === mutant.scenario)
    const system = systems.find(({ name }) => name === mutant.system)
    if (!scenario || !system) return []
    return [[`${mutant.name}, ${scenario.name}`, { scenario, system, mutant }] as const]
  })
  const all = [...sound, ...changed]
  const few = all.filter(([name]) => name === 'linux merge' || name === 'async-fork map-apart')
  it.each(process.env.ALL_SCENARIOS ? all : few)(
    '%s',
    (_, setup) => {
      const model = snapshotModel(setup)
      const compared = compare(model, ReducedSearch, undefined, MOST)
      if (compared.full < MOST) expect(compared.differences).toEqual([])
    },
    300_000,
  )
})
