/**
 * What `forkcheck export --to tla` writes has as many states and steps, and the same violations, as
 * the model: run by a small evaluator (support/tla.ts), and by TLC where TLA2TOOLS names its jar.
 *
 * TLA=all takes all standard scenarios of up to 300 states, each with a mutant; TLA_MODELS is the
 * number of random models.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  check,
  Layout,
  type Model,
  NO_RULE_ERROR,
  range,
  record,
  toTla,
} from '../../../checker/index.js'
import { mutants, scenarios, systems } from '../../../model/index.js'
import { snapshotModel } from '../../../runs/fork-machine/model.js'
import { toyModel } from '../../../tools/bench/toy.js'
import { pinned } from '../../model/pinned.js'
import { modelOf, modelTexts } from '../../support/random-models.js'
import { counter, diners, hanoi, mixer, twoThreads } from '../../support/small-models.js'
import { runTla } from '../../support/tla.js'
import { tla2tools, tlc } from '../../support/tlc.js'

const everything = process.env.TLA === 'all'
/** Of the standard scenarios, those with as many states. */
const mostStates = everything ? 300 : 42
const runs = Number(process.env.TLA_MODELS ?? 20)

function agree<S>(model: Model<S>): void {
  const { module, config, name } = toTla(model)
  const { states, transitions, depth, counterexamples } = check(model, { continue: true })
  const violated = counterexamples.map(({ property }) => property)
  const isAlways = (one: string) =>
    model.properties.find((p) => p.name === one)?.kind !== 'eventually'
  const invariants = violated.filter(isAlways)
  const found = runTla(module, config)
  expect(found.failed !== null, found.failed ?? '').toBe(violated.includes(NO_RULE_ERROR))
  const generated = new Set(model.init.map((state) => JSON.stringify(state))).size + transitions
  const size = { states, generated, depth: depth + 1 }
  if (found.failed === null) {
    expect(found).toMatchObject(size)
    expect([...found.violated].sort()).toEqual(invariants.map(nameInTla).sort())
  }
  if (tla2tools === null) return
  const { error, ...sizeInTlc } = tlc({ module, config, name })
  if (violated.length === 0) expect({ error, ...sizeInTlc }).toEqual({ error: null, ...size })
  else expect(error).not.toBeNull()
}

const nameInTla = (name: string) => (name === 'noDeadlock' ? 'NoDeadlock' : name)

describe('has the states and steps of the model', { timeout: 300_000 }, () => {
  const small = [toyModel(3), diners(4), hanoi(3), counter(7), twoThreads(2, 3), mixer()]
  it.each(small.map((model) => [model.name, model as unknown as Model<unknown>] as const))(
    '%s',
    (_, model) => agree(model),
  )

  it(`${runs} random models`, () => {
    fc.assert(
      fc.property(modelTexts, (text) => agree(modelOf(text))),
      { numRuns: runs, seed: 1, endOnFailure: true },
    )
  })

  const pairs = Object.entries(pinned()).filter(([, { states }]) => states <= mostStates)
  it.each(pairs.map(([pair]) => pair))('%s, and a mutant of it', (pair) => {
    const [systemName, name] = pair.split(' ')
    const scenario = scenarios.find((one) => one.name === name)!
    const system = systems.find((one) => one.name === systemName)!
    agree(snapshotModel({ scenario, system }))
    const mutant = mutants.find((one) => one.scenario === name && one.system === systemName)
    if (mutant && everything) agree(snapshotModel({ scenario, system, mutant }))
  })
})

it('a deadlock is looked for without ENABLED, which takes the release 1.7.4 of TLC for ever', () => {
  const { module } = toTla(toyModel(2))
  expect(module.split('\n').filter((line) => /^NoDeadlock ==/.test(line))).toEqual([
    expect.not.stringContaining('ENABLED'),
  ])
})

it('a negative number shifted right by 0 is the large one that it is in JavaScript', () => {
  const s = { x: range(-2, 2) }
  const unsigned = {
    name: 'unsigned',
    layout: new Layout(record(s)),
    init: [{ x: -1 }],
    rules: [
      {
        name: 'shift',
        effect: (s: { x: number }) => {
          s.x = (s.x >>> 0) % 3
        },
      },
    ],
    properties: [],
    final: () => true,
  }
  // 2^32 - 1 can be divided by 3. TLC has no such numbers and says so.
  const { module, config } = toTla(unsigned)
  expect(runTla(module, config)).toMatchObject({ states: 2, failed: null })
  expect(check(unsigned).states).toBe(2)
})

it('a model that cannot be translated is refused, with the reason', () => {
  const toy = toyModel(2)
  const [first, ...others] = toy.rules
  const foreign = { ...first, foreign: [first.guard, first.effect] }
  expect(() => toTla({ ...toy, rules: [foreign, ...others] })).toThrow(
    /childSkips cannot be translated: comes from outside the model/,
  )
})
