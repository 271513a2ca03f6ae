/** Replaying runs that go on for ever: what makes a loop a violation, and what does not. */
import { describe, expect, test } from 'vitest'
import type { Model } from '../../checker/model.js'
import { check } from '../../checker/search/search.js'
import { flag, Layout, range, record } from '../../checker/state/layout.js'
import { replay } from '../../runs/replay.js'
import { storyText } from '../../story/render/text.js'
import { storyOf } from '../../story/story.js'
import { noFlush } from '../support/counterexamples.js'

interface Lift {
  floor: number
  called: boolean
  stuck: boolean
}

/** A lift between three floors: somebody calls it to the top, it may be stuck. */
const lift: Model<Lift> = {
  name: 'lift',
  layout: new Layout<Lift>(record<Lift>({ floor: range(0, 2), called: flag(), stuck: flag() })),
  init: [{ floor: 0, called: false, stuck: false }],
  rules: [
    {
      name: 'person.call',
      guard: (s) => !s.called && !s.stuck,
      effect: (s) => {
        s.called = true
      },
    },
    {
      name: 'lift.up',
      guard: (s) => s.floor < 2 && !s.stuck,
      effect: (s) => {
        s.floor++
      },
    },
    {
      name: 'lift.down',
      guard: (s) => s.floor > 0 && !s.stuck,
      effect: (s) => {
        s.floor--
      },
    },
    {
      name: 'chance.break',
      guard: (s) => s.floor === 1 && !s.stuck,
      effect: (s) => {
        s.stuck = true
      },
    },
  ],
  fairness: ({ label }) => (label.startsWith('lift') ? 'lift' : null),
  properties: [
    {
      name: 'comes',
      kind: 'eventually',
      says: 'Whoever calls the lift sees it come.',
      from: (s) => s.called,
      holds: (s) => s.floor === 2,
      explain: (s) => `the lift is at floor ${s.floor}`,
    },
    {
      name: 'works',
      kind: 'always',
      says: 'It is not stuck at the top.',
      holds: (s) => !(s.stuck && s.floor === 2),
    },
  ],
  final: () => true,
}

const [call, up, down] = ['person.call', 'lift.up', 'lift.down']
const ending = (schedule: string[], loopStart?: number, model = lift) => {
  const { status, message } = replay(model, { property: 'comes', schedule, loopStart })
  return `${status}: ${message}`
}

describe('reproduces', () => {
  test('what the search finds', () => {
    const [{ trace, explanation }] = check(lift).counterexamples
    expect(trace.loopStart).toBe(1)
    expect(trace.schedule).toEqual([call, up, down])
    const { status, violation, trace: again } = replay(lift, { property: 'comes', ...trace })
    expect(status).toBe('reproduces')
    expect(violation).toEqual({ property: 'comes', step: 3, explanation })
    expect(again).toEqual(trace)
  })
  test('a loop', () => {
    expect(ending([up, call, down, up], 2)).toBe(
      'reproduces: the loop is repeated, and comes never holds',
    )
    expect(ending([up, down, call, up, down], 3)).toMatch(/^reproduces/)
  })
  test('a run after which nothing happens', () => {
    const end = 'reproduces: nothing happens any more, and comes never holds'
    expect(ending([call, up, 'chance.break'], 3)).toBe(end)
    expect(ending([call, up, 'chance.break'])).toBe(end)
  })
})

describe('fixed: the steps run, but they are no violation', () => {
  test('when the loop does not close', () => {
    expect(ending([call, up, down, up], 1)).toBe(
      'fixed: all 4 steps run, but the loop does not lead back to the state after step 1',
    )
  })
  test('when it holds in the loop, or after it was last asked for', () => {
    expect(ending([call, up, up, down, down], 1)).toBe(
      'fixed: all 5 steps run, but it holds in the loop, after step 3',
    )
    expect(ending([up, up, down, up, down], 3)).toMatch('it holds in the loop, after step 4')
    const once = {
      ...lift,
      properties: [{ ...lift.properties[0], from: (s: Lift) => s.floor === 0 && !s.called }],
    }
    expect(ending([up, up, down, call, 'chance.break'], 5, once)).toBe(
      'fixed: all 5 steps run, but it holds after step 2',
    )
  })
  test('when nothing asks for it', () => {
    expect(ending([up, down], 0)).toBe('fixed: all 2 steps run, but nothing asks for it')
  })
  test('when the loop is not fair', () => {
    expect(ending([call], 1)).toBe(
      'fixed: all 1 steps run, but the loop is not fair: lift is put off for ever',
    )
    // By default every actor is a group, and here each step is an actor of its own: down may be
    // put off, as it is not possible on the ground; up, which always is, is taken.
    const { fairness, ...everybody } = lift
    expect(ending([call, up, down], 1, everybody)).toMatch(/^reproduces/)
    expect(ending([up, call], 2, everybody)).toMatch('lift is put off for ever')
  })
})

test('stale and different as without a loop', () => {
  expect(ending([call, call], 1)).toMatch(/^stale: step 2: person.call is not enabled/)
  const broken = {
    ...lift,
    properties: [lift.properties[0], { ...lift.properties[1], holds: (s: Lift) => !s.called }],
  }
  expect(ending([call, up, down], 1, broken)).toBe('different: works fails at step 1')
})

test('a story marks where the loop begins', () => {
  const { setup, model, trace } = noFlush
  const textOf = (loopStart: number) => {
    const schedule = trace.schedule.slice(0, 3)
    const short = { schedule, states: trace.states.slice(0, 4), loopStart }
    return storyText(storyOf(setup, model, short, noFlush), { full: true }).split('\n')
  }
  const looping = textOf(2)
  const mark = looping.indexOf('from here on, again and again:')
  expect(looping[mark - 1]).toMatch(/^ +2 +parent +takeWriteLock/)
  expect(looping[mark + 1]).toMatch(/^ +3 +parent +forkLockVma/)
  const over = textOf(3)
  expect(over[over.indexOf('nothing happens any more') - 1]).toMatch(/^ +3 /)
  expect(storyOf(setup, model, trace, noFlush)).not.toHaveProperty('loopStart')
})
