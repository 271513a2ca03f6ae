/** Properties ask for facts about places, and know none by its name; and the facts are true. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { stateGraph } from '../../checker/index.js'
import {
  type Mutant,
  mutants,
  NONE,
  PLACE_FACTS,
  PLACES,
  repairs,
  type State,
  scenarios,
  soundSystems,
  systems,
} from '../../model/index.js'
import { placesOf } from '../../model/places.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { forkMachine } from '../../runs/fork-machine/subject.js'
import { pinned } from '../model/pinned.js'

const folder = fileURLToPath(new URL('../../properties', import.meta.url))
const sources = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')])

describe('no property knows a place by its name', () => {
  test.each(sources)('%s', (_, text) => {
    const isNamed = (place: string) =>
      ["'", '"', '`'].some((quote) => text.includes(`${quote}${place}${quote}`))
    expect(PLACES.filter(isNamed)).toEqual([])
  })
})

test('every fact is true somewhere, and asked for, or a lock that is looked at below', () => {
  const asked = new Set(
    sources.flatMap(([, text]) => [...text.matchAll(/\.places\.(\w+)/g)].map(([, fact]) => fact)),
  )
  const tables = [
    ...systems.map(placesOf),
    ...[...mutants, ...repairs].map(({ places = {} }) => places),
  ]
  const stated = new Set(tables.flatMap((places) => Object.values(places).flat()))
  // A mutant from outside may need that one: its thread may drop the spinlock for a while.
  expect(PLACE_FACTS.filter((fact) => !stated.has(fact))).toEqual(['maySpinOwn'])
  expect(PLACE_FACTS.filter((fact) => !asked.has(fact))).toEqual([
    'mayHoldVma',
    'locksFrame',
    'walksRmap',
    'changesRmap',
  ])
})

/** Where a thread is; while it waits for a flush or is on a detour, where it goes on. */
function standing(s: State, t: number): string {
  const { pc, back, after } = s.thread[t]
  if (back !== 'user') return back
  return pc === 'flush.wait' ? after : pc
}

describe('locks that no property looks at are held where places say so', () => {
  const small = soundSystems.flatMap((system) =>
    scenarios
      .filter(({ kernel, options }) => kernel.length > 0 || options.faultLock === 'vma')
      .filter(({ name }) => pinned()[`${system.name} ${name}`].states <= 600)
      .map((scenario) => [system.name, scenario.name, system, scenario] as const),
  )
  test.each(small)('%s, %s', (_, __, system, scenario) => {
    const wrong = new Set<string>()
    const places = placesOf(system)
    const graph = stateGraph(snapshotModel({ system, scenario }))
    for (let id = 0; id < graph.size; id++) {
      const s = graph.state(id)
      for (const [t, { pc, frame }] of s.thread.entries()) {
        const place = standing(s, t)
        const facts = places[place]
        const held = {
          locksFrame: s.frame[frame]?.lock === t,
          walksRmap: s.rmap.readers[t],
          changesRmap: s.rmap.writer === t,
        }
        if (!s.uses.swap && !s.uses.migration) held.changesRmap = facts.includes('changesRmap')
        if (s.thread[t].held !== NONE && !facts.includes('mayHoldVma'))
          wrong.add(`${place} (${pc}): holds the lock of a VMA`)
        for (const [fact, is] of Object.entries(held))
          if (is !== facts.includes(fact as never)) wrong.add(`${place} (${pc}): ${fact} is ${is}`)
      }
    }
    expect([...wrong]).toEqual([])
  })
})

describe('places of a mutant', () => {
  const mutant: Mutant = {
    name: 'own-place',
    system: 'linux',
    scenario: 'save',
    says: 'fork drops mmap_lock before its last steps, and says so',
    breaks: [],
    origin: 'synthetic',
    source: 'a test',
    places: { 'own.unlocked': ['unlocked'], 'own.locked': ['writes'] },
  }

  test('their facts are asked for by properties like those of any other', async () => {
    const inside = mutant
    const outside = await forkMachine.parseMutant(
      { system: 'linux', places: mutant.places, change: {} },
      'own-place',
    )
    for (const [one, foreign] of [
      [inside, false],
      [outside as Mutant, true],
    ] as const) {
      const scenario = scenarios[0]
      const model = snapshotModel({ scenario, system: systems[0], mutant: one, foreign })
      const holds = model.properties.find(({ name }) => name === 'mmapLockIsHeld')?.holds
      const at = (place: string) => {
        const state = structuredClone(model.init[0])
        state.thread[0].pc = place as never
        return holds?.(state)
      }
      expect([at('own.unlocked'), at('own.locked'), at('fork.vma')]).toEqual([true, false, false])
    }
  })
})
