/** Strict replay, in all its four endings. */
import { describe, expect, test } from 'vitest'
import { type Model, NO_DEADLOCK, NO_RULE_ERROR } from '../../checker/model.js'
import { flag, Layout, range, record } from '../../checker/state/layout.js'
import { mutants } from '../../model/index.js'
import { alsoViolatedOn, replay } from '../../runs/replay.js'
import { exampleOf, noFlush } from '../support/counterexamples.js'

interface Toy {
  n: number
  stuck: boolean
}

/** Counts up to 3; fails beyond; can get stuck at any time. */
const toy: Model<Toy> = {
  name: 'toy',
  layout: new Layout<Toy>(record<Toy>({ n: range(0, 3), stuck: flag() })),
  init: [{ n: 0, stuck: false }],
  ranges: { by: { values: [1, 2] } },
  rules: [
    {
      name: 'add',
      for: ['by'],
      guard: (s) => !s.stuck,
      effect: (s, by) => {
        s.n += by
      },
    },
    {
      name: 'stop',
      guard: (s) => !s.stuck,
      effect: (s) => {
        s.stuck = true
      },
    },
  ],
  properties: [
    { name: 'below2', kind: 'always', says: 'n is below 2', holds: (s) => s.n < 2 },
    { name: 'below3', kind: 'always', says: 'n is below 3', holds: (s) => s.n < 3 },
    { name: 'reaches3', kind: 'sometimes', says: 'n is 3', holds: (s) => s.n === 3 },
  ],
  final: () => false,
}

const ending = (property: string, schedule: string[], alsoViolated?: string[]) => {
  const { status, message, violation } = replay(toy, { property, schedule, alsoViolated })
  return { status, message, step: violation?.step ?? null }
}

describe('reproduces', () => {
  test('when the property fails at the last state', () => {
    expect(ending('below2', ['add(1)', 'add(1)'])).toMatchObject({ status: 'reproduces', step: 2 })
  })
  test('when another fails there too', () => {
    expect(ending('below3', ['add(1)', 'add(2)'])).toMatchObject({ status: 'reproduces', step: 2 })
  })
  test('when a rule fails at the last step', () => {
    const schedule = ['add(1)', 'add(1)', 'add(2)']
    const { status, violation, trace } = replay(toy, {
      property: NO_RULE_ERROR,
      schedule,
      alsoViolated: ['below2'],
    })
    expect(status).toBe('reproduces')
    expect(violation?.explanation).toBe('add(2): n cannot hold 4: allowed are 0..3')
    expect([trace.schedule.length, trace.states.length]).toEqual([3, 3])
  })
  test('when nothing is possible at the end', () => {
    expect(ending(NO_DEADLOCK, ['add(1)', 'stop'])).toMatchObject({ status: 'reproduces', step: 2 })
  })
})

test('fixed: all steps run and the property holds', () => {
  expect(ending('below2', ['add(1)'])).toEqual({
    status: 'fixed',
    message: 'all 1 steps run, and below2 holds',
    step: null,
  })
  expect(ending(NO_DEADLOCK, ['add(1)']).status).toBe('fixed')
  expect(ending(NO_RULE_ERROR, ['add(1)']).status).toBe('fixed')
})

describe('stale', () => {
  test('names the step that is not enabled, and those that are', () => {
    const { status, stale, message, trace } = replay(noFlush.model, {
      property: noFlush.property,
      schedule: noFlush.trace.schedule.with(4, 'parent.forkFlush'),
    })
    expect(status).toBe('stale')
    expect(stale).toEqual({
      step: 5,
      label: 'parent.forkFlush',
      enabled: expect.arrayContaining(['parent.forkEnterTable', 'parent2.walk(0)']),
      suggestion: null,
    })
    expect(message).toContain('step 5: parent.forkFlush is not enabled; enabled there: ')
    expect(trace.states).toHaveLength(5)
  })
  test('suggests a label for one that never was', () => {
    expect(ending('below2', ['ad(1)'])).toMatchObject({
      status: 'stale',
      message:
        'step 1: there is no action ad(1); did you mean add(1)?; enabled there: add(1), add(2), stop',
    })
  })
  test('says when nothing at all is enabled', () => {
    expect(ending('below2', ['stop', 'add(1)']).message).toBe(
      'step 2: add(1) is not enabled; nothing is',
    )
  })
})

describe('different', () => {
  test('another property fails first', () => {
    expect(ending('below3', ['add(2)', 'add(1)'])).toEqual({
      status: 'different',
      message: 'below2 fails at step 1',
      step: 1,
    })
  })
  test('unless it is known to', () => {
    expect(ending('below3', ['add(2)', 'add(1)'], ['below2']).status).toBe('reproduces')
    const states = [0, 2, 3].map((n) => ({ n, stuck: false }))
    const trace = { schedule: ['add(2)', 'add(1)'], states }
    expect(alsoViolatedOn(toy, trace, 'below3')).toEqual(['below2'])
    expect(alsoViolatedOn(toy, trace, 'below2')).toEqual([])
  })
  test('the property fails earlier', () => {
    expect(ending('below2', ['add(2)', 'add(1)'])).toEqual({
      status: 'different',
      message: 'below2 fails at step 1 already, not at step 2',
      step: 1,
    })
  })
  test('a rule fails instead, or nothing is possible', () => {
    const schedule = ['add(1)', 'add(2)', 'add(1)']
    expect(ending('below3', schedule, ['below2'])).toMatchObject({ status: 'different', step: 2 })
    expect(ending('below2', ['stop'])).toMatchObject({
      status: 'different',
      message: 'noDeadlock fails at step 1',
    })
  })
})

test.each(mutants.slice(0, 3).map(({ name }) => [name]))(
  'what the search finds replays: %s',
  (name) => {
    const { model, property, trace } = exampleOf(name)
    const replayed = replay(model, { property, schedule: trace.schedule })
    expect(replayed).toMatchObject({ status: 'reproduces', trace })
  },
)
