/** What can never happen is not compiled, and nothing that can happen is taken for it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Model, Rule, ValueOf } from '../../../checker/index.js'
import {
  actionsOf,
  check,
  compile,
  constant,
  Layout,
  list,
  oneOf,
  range,
  record,
} from '../../../checker/index.js'
import { scenarios, soundSystems as systems } from '../../../model/index.js'
import { snapshotModel } from '../../../runs/fork-machine/model.js'
import { expectAgreement } from '../../support/agree.js'
import { isWhole } from '../../support/part.js'
import { modelOf, modelTexts } from '../../support/random-models.js'

const PLACES = ['start', 'work', 'rest', 'lost'] as const
const OPERATIONS = [
  [
    { do: 'read', page: 1 },
    { do: 'end', page: 3 },
  ],
  [{ do: 'end', page: 3 }],
]

const domain = record({
  program: constant(OPERATIONS as readonly (readonly { do: string; page: number }[])[]),
  home: constant('rest' as (typeof PLACES)[number]),
  kind: constant(['parent', 'child'] as readonly string[]),
  thread: list(
    2,
    record({ pc: oneOf(...PLACES), back: oneOf(...PLACES), next: range(0, 1), n: range(0, 3) }),
  ),
})
type State = ValueOf<typeof domain>

const thread = { pc: 'start', back: 'start', next: 0, n: 0 } as const

/** Names for what the rules below call. */
const vocabulary = {
  operation: (s: State, t: number) => s.program[t][s.thread[t].next],
  goTo: (s: State, t: number, place: (typeof PLACES)[number]) => {
    s.thread[t].pc = place
  },
  /** Sends thread 1 to work, and is it. */
  busy: (s: State) => s.thread[sent(s)],
  sent: (s: State) => {
    s.thread[1].pc = 'work'
    return 1
  },
  calls: (s: State, t: number, name: string) => vocabulary.operation(s, t).do === name,
}
const { operation, goTo, calls, busy, sent } = vocabulary

function model(rules: Partial<Rule<State>>[]): Model<State> {
  return {
    name: 'dead',
    layout: new Layout(domain),
    init: [
      {
        program: OPERATIONS,
        home: 'rest',
        kind: ['parent', 'child'],
        thread: [{ ...thread }, { ...thread }],
      },
    ],
    ranges: { thread: { values: [0, 1], actor: true }, page: { values: [0, 1, 2, 3] } },
    rules: rules.map((rule, i) => ({
      name: `rule${i}`,
      for: ['thread'],
      effect: () => {},
      ...rule,
    })),
    location: (s, t) => s.thread[t].pc,
    properties: [],
    final: () => true,
    vocabulary,
  }
}

/** The labels of dead actions, in a model that behaves the same with and without them. */
function dead(rules: Partial<Rule<State>>[], interpreted: readonly string[] = []): string[] {
  const made = model(rules)
  expect(expectAgreement(made).interpreted.map(({ rule }) => rule)).toEqual(interpreted)
  expect(compile(made, { keepDead: true }).dead).toEqual([])
  return compile(made).dead.map(({ label }) => label)
}

describe('guards', () => {
  it('that ask a program for what does not occur in it', () => {
    const read = { guard: (s: State, t: number) => s.program[t][s.thread[t].next].do === 'read' }
    const write = { guard: (s: State, t: number) => operation(s, t).do === 'write' }
    const never = { guard: (s: State, t: number) => calls(s, t, 'never') || calls(s, t, 'fork') }
    expect(dead([read, write, never])).toEqual([
      '1.rule0',
      '0.rule1',
      '1.rule1',
      '0.rule2',
      '1.rule2',
    ])
  })

  it('that ask for a number that does not occur, though others around it do', () => {
    const rule = {
      for: ['thread', 'page'],
      guard: (s: State, t: number, page: number) => operation(s, t).page === page,
    }
    expect(dead([rule])).toEqual([
      '0.rule0(0)',
      '0.rule0(2)',
      '1.rule0(0)',
      '1.rule0(1)',
      '1.rule0(2)',
    ])
  })

  it('that end early for good, and conditions that always come first', () => {
    const guard = (s: State, t: number) => {
      if (s.kind[t] !== 'child') return false
      return s.thread[t].n < 3
    }
    expect(dead([{ guard }])).toEqual(['0.rule0'])
    expect(dead([{ unless: [(s, t) => s.kind[t] === 'child'] }])).toEqual(['1.rule0'])
  })

  it('that may fail are asked, though they are never true', () => {
    const step = {
      effect: (s: State, t: number) => {
        s.thread[t].next = 1
      },
    }
    // Thread 1 has one operation only: behind it there is none.
    const guard = (s: State, t: number) => calls(s, t, 'write')
    const made = model([step, { guard }])
    const result = expectAgreement(made)
    expect(result.counterexamples.map((c) => c.trace.schedule)).toEqual([['1.rule0', '1.rule1']])
    expect(compile(made).dead.map(({ label }) => label)).toEqual(['0.rule1', '1.rule1'])
  })

  it('that may fail are asked one by one', () => {
    const step = {
      guard: (s: State, t: number) => s.kind[t] === 'child',
      effect: (s: State, t: number) => {
        s.thread[t].next = 1
      },
    }
    // Both are asked of thread 1 at its start, and may fail; only the second one does.
    const first = {
      guard: (s: State) =>
        s.thread[1].pc === 'start' && s.program[1][s.thread[0].next].do === 'write',
      for: [],
    }
    const second = { at: 'start', guard: (s: State, t: number) => calls(s, t, 'never') }
    const { counterexamples } = expectAgreement(model([step, first, second]))
    expect(counterexamples.map((c) => c.trace.schedule)).toEqual([['1.rule0', '1.rule2']])
  })
})

describe('places', () => {
  const work = { at: 'work' }
  const rest = { at: 'rest' }
  const lost = { at: 'lost' }

  it('that nobody goes to', () => {
    expect(dead([{ at: 'start' }, work])).toEqual(['0.rule1', '1.rule1'])
  })

  it('that only dead actions go to, and so on', () => {
    const toWork: Rule<State>['effect'] = (s, t) => goTo(s, t, 'work')
    const toRest: Rule<State>['effect'] = (s, t) => goTo(s, t, 'rest')
    const guard = (s: State, t: number) => calls(s, t, 'read')
    expect(dead([{ ...rest }, { ...work, effect: toRest }, { guard, effect: toWork }])).toEqual([
      '1.rule0',
      '1.rule1',
      '1.rule2',
    ])
  })

  it('given by a choice, by a constant, by a local name', () => {
    const effects: Rule<State>['effect'][] = [
      (s, t) => {
        s.thread[t].pc = s.thread[t].n > 0 ? 'work' : 'rest'
      },
      (s, t) => {
        s.thread[t].pc = s.home
      },
      (s, t) => {
        const place = s.thread[t].n > 0 ? s.thread[t].pc : 'work'
        s.thread[t].pc = place
      },
      // What a variable of a rule holds is not followed: it may be any place.
      (s, t) => {
        let place = s.thread[t].pc
        if (s.thread[t].n > 0) place = 'work'
        s.thread[t].pc = place
      },
    ]
    expect(effects.map((effect) => dead([work, rest, lost, { effect }]).join(' '))).toEqual([
      '0.rule2 1.rule2',
      '0.rule0 1.rule0 0.rule2 1.rule2',
      '0.rule1 1.rule1 0.rule2 1.rule2',
      '',
    ])
  })

  it('kept in another variable meanwhile', () => {
    const keep: Rule<State>['effect'] = (s, t) => {
      s.thread[t].back = 'work'
      s.thread[t].pc = 'rest'
    }
    const goBack: Rule<State>['effect'] = (s, t) => {
      s.thread[t].pc = s.thread[t].back
    }
    const byHelper: Rule<State>['effect'] = (s, t) => goTo(s, t, s.thread[1].back)
    expect(dead([{ effect: keep }, rest, work, lost])).toEqual([
      '0.rule2',
      '1.rule2',
      '0.rule3',
      '1.rule3',
    ])
    expect(dead([{ ...rest, effect: goBack }, { effect: keep }, work, lost])).toEqual([
      '0.rule3',
      '1.rule3',
    ])
    const guard = (s: State, t: number) => s.kind[t] === 'child'
    expect(dead([{ ...rest, effect: byHelper }, { effect: keep, guard }, work])).toEqual([
      '0.rule0',
      '0.rule1',
      '0.rule2',
    ])
  })

  it('written by a helper that is used as an index', () => {
    const effect: Rule<State>['effect'] = (s) => {
      busy(s).n = 1
    }
    expect(dead([work, { effect }])).toEqual(['0.rule0'])
  })

  it('of the threads of one kind', () => {
    const effect = (s: State) => {
      for (let t = 0; t < s.thread.length; t++) if (s.kind[t] === 'child') s.thread[t].pc = 'work'
    }
    expect(dead([work, { effect }])).toEqual(['0.rule0'])
    const all = (s: State) => {
      for (const one of s.thread) one.pc = 'work'
    }
    expect(dead([work, { effect: all }])).toEqual([])
  })

  it('that a step outside the subset may go to are all', () => {
    const effect = (s: State, t: number) => {
      s.thread[t].pc = ['work' as const][0]
    }
    expect(dead([work, rest, lost, { effect }], ['rule3'])).toEqual([])
    const foreign = { effect: () => {}, foreign: [] as unknown[] }
    foreign.foreign.push(foreign.effect)
    expect(dead([work, rest, lost, foreign], ['rule3'])).toEqual([])
  })

  it('named in a guard', () => {
    const guard = (s: State, t: number) => s.thread[t].pc === 'work' && s.thread[t].n === 0
    expect(dead([{ guard }])).toEqual(['0.rule0', '1.rule0'])
    expect(dead([{ guard }, { effect: (s, t) => goTo(s, t, 'work') }])).toEqual([])
  })
})

it('a dead action cannot be applied', () => {
  const { apply, enabled, dead: never } = compile(model([{ at: 'work' }]))
  expect(never).toHaveLength(2)
  expect(enabled[0](new Int32Array(2), 0)).toBe(false)
  expect(() => apply[0](new Int32Array(2), 0)).toThrow('no reachable state enables')
})

/**
 * Compares everything a search counts with dead actions and without.
 * @returns how many there are.
 */
function expectSameWithDead<S>(made: Model<S>, maxDepth?: number): number {
  const [without, whole] = [false, true].map((keepDead) => {
    const result = check(made, { keepDead, maxDepth, continue: true })
    const { counterexamples, bytesPerState, ...counts } = result
    return { counts, violated: counterexamples.map((c) => [c.property, c.trace.schedule.length]) }
  })
  expect(without).toEqual(whole)
  expect(Object.keys(without.counts.fired).sort()).toEqual(made.rules.map((r) => r.name).sort())
  return compile(made).dead.length
}

const RUNS = Number(process.env.RANDOM_MODELS ?? 30)

it(`${RUNS} random models`, () => {
  let [models, dropped] = [0, 0]
  fc.assert(
    fc.property(modelTexts, (text) => {
      models++
      if (expectSameWithDead(modelOf(text)) > 0) dropped++
    }),
    { numRuns: RUNS },
  )
  expect(dropped).toBeGreaterThan(models / 4)
}, 120_000)

/** All of them take minutes. */
const setups = scenarios
  .flatMap((scenario) => systems.map((system) => ({ scenario, system })))
  .filter((_, i) => isWhole || i % 64 === 3)

it(`${setups.length} standard scenarios${isWhole ? '' : ', one in 64'}`, () => {
  let [all, never] = [0, 0]
  for (const setup of setups) {
    const made = snapshotModel(setup)
    all += actionsOf(made).length
    // Most of the time goes into printing what is dead; the rest is kept short.
    never += expectSameWithDead(made, 24)
  }
  expect(never).toBeGreaterThan(all / 3)
}, 600_000)
