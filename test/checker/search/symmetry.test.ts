/**
 * States that differ in names only are looked at once. What is declared to be such a name is
 * confirmed: on whole state graphs here, at every state it comes to by the search.
 */
import { describe, expect, it } from 'vitest'
import {
  check,
  compile,
  flag,
  Layout,
  list,
  type Model,
  oneOf,
  type Renaming,
  range,
  record,
  stateGraph,
} from '../../../checker/index.js'
import { REDUCTIONS, ReducedSearch } from '../../../checker/search/reduced/reduced-search.js'
import { keyOf, Symmetry } from '../../../checker/search/reduced/symmetry.js'
import { parseScenario, soundSystems } from '../../../model/index.js'
import { snapshotModel } from '../../../runs/model.js'
import { compare, type Kind } from '../../support/reduced.js'

interface Locked {
  holder: number
  favourite: number
  thread: { pc: string; done: boolean }[]
}

/**
 * Threads that take a lock and let it go again. A favourite, by a variable or by its program, may
 * have it twice if it comes first.
 */
function lockModel(
  threads: number,
  symmetries: Renaming[],
  { favourite = -1, special = -1 } = {},
): Model<Locked> {
  const numbers = Array.from({ length: threads }, (_, t) => t)
  const thread = record<Locked['thread'][number]>({ pc: oneOf('out', 'in', 'gone'), done: flag() })
  return {
    name: 'lock',
    layout: new Layout<Locked>(
      record({
        holder: range(-1, threads - 1),
        favourite: range(-1, threads - 1),
        thread: list(threads, thread),
      }),
    ),
    init: [{ holder: -1, favourite, thread: numbers.map(() => ({ pc: 'out', done: false })) }],
    ranges: { thread: { values: numbers, actor: true } },
    location: (s, t) => s.thread[t].pc,
    rules: [
      {
        name: 'lock',
        for: ['thread'],
        at: 'out',
        guard: (s) => s.holder === -1,
        effect: (s, t) => {
          s.holder = t
          s.thread[t].pc = 'in'
        },
      },
      {
        name: 'unlock',
        for: ['thread'],
        at: 'in',
        guard: (s, t) => s.holder === t,
        effect: (s, t) => {
          s.holder = -1
          let isFirst = t === s.favourite || t === special
          for (const { done } of s.thread) if (done) isFirst = false
          s.thread[t].pc = isFirst ? 'out' : 'gone'
          s.thread[t].done = true
        },
      },
    ],
    vocabulary: { special },
    properties: [
      {
        name: 'neverTwice',
        kind: 'always',
        says: 'Nobody who has had the lock takes it again.',
        holds: (s) => s.holder === -1 || !s.thread[s.holder].done,
      },
    ],
    final: (s) => s.holder === -1,
    symmetries,
  }
}

/** Exchanges neighbours, so that all orders come of it. */
function neighbours(
  threads: number,
  values: readonly string[] = ['holder', 'favourite'],
): Renaming[] {
  return Array.from({ length: threads - 1 }, (_, t) => {
    const lists = Array.from({ length: threads }, (_, i) => (i === t ? t + 1 : i === t + 1 ? t : i))
    const names = new Map([
      [t, t + 1],
      [t + 1, t],
    ])
    return {
      name: `${t} and ${t + 1}`,
      lists: { 'thread[]': lists },
      values: Object.fromEntries(values.map((path) => [path, names])),
    }
  })
}

/** Two threads of the parent do the same while it forks. */
function alike(operations: readonly object[]): Model<never> {
  const input = {
    format: 1,
    name: 'alike',
    says: 'Two threads of the parent do the same.',
    pages: 2,
    vmas: [{ from: 0, to: 2 }],
    parent: [[{ do: 'fork' }], operations, operations],
    child: [{ do: 'read', page: 0 }],
  }
  const system = soundSystems.find(({ name }) => name === 'linux')
  if (!system) throw new Error('no such system')
  return snapshotModel({ scenario: parseScenario(input, 'alike'), system }) as never
}

const models: Readonly<Record<string, Model<never>>> = {
  'three threads and a lock': lockModel(3, neighbours(3)) as never,
  'four threads and a lock': lockModel(4, neighbours(4)) as never,
  'two threads that write': alike([{ do: 'write', page: 0 }]),
}

function statesOf<S>(model: Model<S>): Int32Array[] {
  const graph = stateGraph(model)
  return Array.from({ length: graph.size }, (_, i) => model.layout.encode(graph.state(i)))
}

/** A search by symmetry alone. */
function reducedStates<S>(model: Model<S>): readonly Int32Array[] {
  const safety = { ...model, properties: model.properties.filter((p) => p.kind !== 'eventually') }
  const search = new ReducedSearch(safety, { continue: true, reductions: ['symmetry'] })
  while (!search.advance(1000));
  expect(search.refuted).toBeNull()
  return search.states()
}

describe.each(Object.entries(models))('%s', (_, model) => {
  const symmetry = new Symmetry(model)

  it('every renamed state has the renamed steps and the same properties', () => {
    const compiled = compile(model)
    for (const state of statesOf(model)) expect(symmetry.difference(state, compiled)).toBeNull()
  })

  it('states that are renamed into one another have one key, that of one of them', () => {
    for (const state of statesOf(model)) {
      const keys = [state, ...symmetry.orbit(state)].map((one) => symmetry.keyOf(one))
      expect(new Set(keys).size).toBe(1)
      expect([state, ...symmetry.orbit(state)].map(keyOf)).toContain(keys[0])
    }
  })

  it('all that the states that were looked at are renamed to are all states', () => {
    const few = reducedStates(model)
    const sizes = few.map((state) => new Set([state, ...symmetry.orbit(state)].map(keyOf)).size)
    const { states } = check(model, { properties: [], continue: true })
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(states)
    expect(few.length).toBeLessThan(states)
  })

  it('with the other reductions the findings are the same', () => {
    for (const reductions of [['symmetry'], ['symmetry', 'partial order'], REDUCTIONS] as const)
      expect(compare(model, ReducedSearch, reductions).differences).toEqual([])
  })
})

it('of n threads that may be exchanged n + 1 stages are left', () => {
  // So many are gone, and one of the others may be inside.
  expect(reducedStates(lockModel(4, neighbours(4))).length).toBe(5 + 4)
  expect(check(lockModel(4, [])).states).toBe(2 ** 4 + 4 * 2 ** 3)
})

/** Believes what the model declares. */
const believing = class extends ReducedSearch<never> {
  protected override newSymmetry(model: Model<never>): Symmetry<never> {
    return new (class extends Symmetry<never> {
      override difference(): null {
        return null
      }
    })(model)
  }
} as unknown as Kind

describe('a symmetry that is none', () => {
  const wrong: Readonly<Record<string, Model<Locked>>> = {
    'forgets a variable that names threads': lockModel(3, neighbours(3, ['holder']), {
      favourite: 2,
    }),
    'exchanges threads with different programs': lockModel(3, neighbours(3), { special: 2 }),
  }
  it.each(Object.entries(wrong))('%s: it is found out on the way, and not used', (_, model) => {
    const search = new ReducedSearch(model, { continue: true })
    expect(search.reductions).toContain('symmetry')
    while (!search.advance(1000));
    expect(search.refuted).not.toBeNull()
    expect(search.reductions).not.toContain('symmetry')
    expect(compare(model).differences).toEqual([])
  })

  it.each(Object.entries(wrong))('%s: who believes it finds something else', (_, model) => {
    const { differences } = compare(model as never, believing, ['symmetry'])
    expect(differences).toContain('neverTwice violated holds')
  })
})

it('a variable that names threads may tell them apart, if it is renamed with them', () => {
  const model = lockModel(3, neighbours(3), { favourite: 2 })
  expect(reducedStates(model).length).toBeLessThan(check(model, { continue: true }).states)
  expect(compare(model).differences).toEqual([])
})

it('what is no list or variable of the model is refused', () => {
  const [renaming] = neighbours(3)
  const search = (one: Renaming) => () => new ReducedSearch(lockModel(3, [one]))
  expect(search({ ...renaming, lists: { 'cpu[]': [1, 0, 2] } })).toThrow(/no list cpu/)
  expect(search({ ...renaming, values: { owner: new Map() } })).toThrow(/no variable owner/)
})
