/** The sweep covers what it says it covers, and sound systems hold in a part of it. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { soundSystems, systems } from '../../model/index.js'
import { operations } from '../../model/kernel/index.js'
import { parseScenario } from '../../model/parse-scenario.js'
import { ALLOCATION_POINTS } from '../../model/state.js'
import { systemNamed } from '../../runs/fork-machine/names.js'
import { coveringRows, type Row } from '../../runs/sweep/cover.js'
import { geometries } from '../../runs/sweep/geometries.js'
import { sweepOne, sweepScenarios } from '../../runs/sweep/sweep.js'

const rowsOf = (factors: number[], strength: 2 | 3, allows = (_: Row) => true) => [
  ...coveringRows({ factors, strength, most: strength + 1, allows }),
]

/** The combinations of values that stand together in some row. */
function together(rows: readonly Row[], factors: readonly number[]): number {
  const met = new Set(rows.map((row) => factors.map((factor) => row[factor]).join()))
  return [...met].filter((values) => !values.split(',').includes('0')).length
}

describe('covering rows', () => {
  test('put every two values together', () => {
    const factors = [3, 4, 2, 5]
    const rows = rowsOf(factors, 2)
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
      [2, 3],
    ])
      expect([i, j, together(rows, [i, j])]).toEqual([i, j, factors[i] * factors[j]])
    expect(rows.length).toBeLessThan(12 + 6 + 15 + 8 + 20 + 10)
    expect(Math.max(...rows.map((row) => row.filter((value) => value > 0).length))).toBe(3)
  })

  test('put every three values together', () => {
    const rows = rowsOf([3, 2, 4, 2], 3)
    expect(together(rows, [0, 1, 2])).toBe(24)
    expect(together(rows, [0, 1, 3])).toBe(12)
    expect(together(rows, [0, 2, 3])).toBe(24)
    expect(together(rows, [1, 2, 3])).toBe(16)
  })

  test('leave out what cannot be, and nothing else', () => {
    const rows = rowsOf([3, 3, 3], 2, (row) => !(row[0] === 1 && row[1] === 1))
    expect(together(rows, [0, 1])).toBe(8)
    expect(together(rows, [0, 2])).toBe(9)
    expect(rows.some((row) => row[0] === 1 && row[1] === 1)).toBe(false)
  })
})

describe('its scenarios', () => {
  const all = [...sweepScenarios(geometries[3], { strength: 2, few: true })]
  const scenarios = all.map((input) => parseScenario(input))
  const names = (programs: readonly (readonly { do: string }[])[]) =>
    new Set(programs.flat().map((op) => op.do))

  test('are valid, and have names of their own', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
    expect(all.length).toBeGreaterThan(1000)
  })

  test('are the same each time', () => {
    expect([...sweepScenarios(geometries[3], { strength: 2, few: true })]).toEqual(all)
  })

  test('hold every operation wherever it can stand, and every failure', () => {
    const by = (doer: string) =>
      operations.filter((record) => record.by.includes(doer as never)).map(({ name }) => name)
    const found = {
      parent: names(scenarios.flatMap(({ parent }) => parent.slice(0, 1))),
      sibling: names(scenarios.flatMap(({ parent }) => parent.slice(1))),
      child: names(scenarios.map(({ child }) => child)),
      kernel: names(scenarios.flatMap(({ kernel }) => kernel)),
    }
    for (const [doer, met] of Object.entries(found))
      expect([...met].sort()).toEqual(by(doer).sort())
    const points = new Set(scenarios.flatMap(({ failures }) => failures.at ?? []))
    expect([...points].sort()).toEqual(Object.keys(ALLOCATION_POINTS).sort())
  })

  test('put every operation of the parent beside every operation of the kernel', () => {
    const pairs = new Set(
      scenarios.flatMap(({ parent, kernel }) =>
        parent[0].flatMap((op) => kernel.flat().map((other) => `${op.do} ${other.do}`)),
      ),
    )
    for (const parent of operations.filter(({ by }) => by.includes('parent')))
      for (const kernel of operations.filter(({ by }) => by.includes('kernel')))
        expect(pairs).toContain(`${parent.name} ${kernel.name}`)
  })
})

const LIMITS = { maxStates: 300_000 }

describe('a part of it', () => {
  const part = geometries.flatMap((geometry) => {
    const all = [...sweepScenarios(geometry, { strength: 2, few: true })]
    return [1, 2].map((i) => all[Math.floor((i * all.length) / 3)])
  })

  test.each(soundSystems.map(({ name }) => name))('%s holds, and all is seen', async (name) => {
    for (const input of part) {
      const { verdict, violation } = await sweepOne({ system: systemNamed(name) }, input, LIMITS)
      expect([verdict, violation]).toEqual(['holds', null])
    }
  })

  test('a violation of a system with flaws is one that is registered', async () => {
    const flawed = systems.filter((system) => system.flawed)
    const withOneChild = part.find((input) => input.secondChild === undefined)
    if (!withOneChild) throw new Error('every scenario of the part has two children')
    const input = {
      ...withOneChild,
      parent: [[{ do: 'fork' as const }, { do: 'write' as const, page: 0 }]],
      child: [{ do: 'read' as const, page: 0 }],
    }
    for (const system of flawed) {
      const { verdict, violation } = await sweepOne({ system }, input, LIMITS)
      expect(verdict === 'holds' || violation?.registered).toBe(true)
    }
    expect(flawed.length).toBeGreaterThan(1)
  })
})

test('the scenarios do not depend on how the code is loaded: here, and as it is built', () => {
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
  const argv = ['sweep', '--system', 'linux', '--geometry', 'one-table', '--few', '--sample', '1']
  const printed = execFileSync(process.execPath, [main, ...argv, '--json'], { encoding: 'utf8' })
  const here = [...sweepScenarios(geometries[0], { strength: 2, few: true })]
  expect(JSON.parse(printed).sweeps[0].all).toBe(here.length)
})
