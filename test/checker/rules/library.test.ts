/** What was translated for other models is used where, and only where, it would come out the same. */
import { describe, expect, test } from 'vitest'
import { check, constant, Layout, type Model, range, record } from '../../../checker/index.js'
import { compile } from '../../../checker/rules/compile.js'
import { Library } from '../../../checker/rules/reading/library.js'
import { scenarios, systems } from '../../../model/index.js'
import { snapshotModel } from '../../../runs/fork-machine/model.js'
import { isWhole } from '../../support/part.js'

/** The functions of a program, whatever they are called in it. */
function functionsOf(code: string): string[] {
  const texts = new Map(
    code.split(/^(?=function )/m).map((text) => [/^function (\w+)/.exec(text)?.[1] ?? '', text]),
  )
  const known = new Map<string, string>()
  const nameless = (name: string): string => {
    const text = texts.get(name) ?? ''
    const found = known.get(name) ?? text.replace(/\b([tv])\d+/g, '$1').replace(/\bf\d+/g, called)
    known.set(name, found)
    return found
    function called(other: string): string {
      return other === name ? 'f' : `<${hash(nameless(other))}>`
    }
  }
  return [...texts.keys()]
    .filter((name) => /^f\d+$/.test(name))
    .map(nameless)
    .sort()
}

function hash(text: string): number {
  return [...text].reduce((h, c) => (Math.imul(h, 31) + c.charCodeAt(0)) | 0, 0)
}

describe('a program is the same whatever has been translated before', () => {
  const apart = isWhole ? 48 : 96
  const some = scenarios.filter((_, i) => i % apart === 0)
  test.each(some.map((scenario) => [scenario.name, scenario] as const))(
    `one in ${apart}: %s`,
    (_, scenario) => {
      for (const system of systems) {
        const model = snapshotModel({ scenario, system })
        Library.inUse(true)
        const afresh = functionsOf(compile(model).program.code)
        Library.inUse(true)
        for (const other of some.filter((one) => one !== scenario))
          compile(snapshotModel({ scenario: other, system }))
        const before = Library.inUse().functions.size
        expect(functionsOf(compile(model).program.code)).toEqual(afresh)
        expect(Library.inUse().functions.size - before).toBeLessThan(afresh.length)
      }
    },
  )
})

/** One function, in models that differ in one thing it looks at. */
const increase = (s: { x: number; step: number }) => {
  s.x += s.step
}
const mayIncrease = (s: { x: number; step: number }) => s.x + s.step <= 6

function counter(top: number, step: number): Model<{ x: number; step: number }> {
  return {
    name: 'counter',
    layout: new Layout(record({ x: range(0, top), step: constant<number>(step) })),
    init: [{ x: 0, step }],
    rules: [{ name: 'increase', guard: mayIncrease, effect: increase }],
    properties: [],
    final: () => true,
  }
}

test('a constant or a range that is another makes another translation', () => {
  const ways = [
    [6, 1, 7],
    [6, 2, 4],
    [7, 2, 4],
    [6, 3, 3],
    [6, 1, 7],
  ]
  for (const [top, step, states] of ways) expect(check(counter(top, step)).states).toBe(states)
  expect(check(counter(4, 1)).counterexamples[0].property).toBe('noRuleError')
})
