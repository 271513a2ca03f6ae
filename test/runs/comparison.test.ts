/** What the parent can be made to wait for: the claims of README and docs/design.md, system by system. */
import { describe, expect, test } from 'vitest'
import { ALLOCATION_POINTS, type Mutant, mutants, systems } from '../../model/index.js'
import { compare, comparisonScenario, SUBJECTS } from '../../runs/compare/comparison.js'
import { worstCases } from '../../runs/compare/stall.js'
import { forkcheck } from '../cli/command.js'

const [linux, asyncFork] = systems
const sizes = [1, 2, 3]

describe('fork', () => {
  test('of linux copies every table, and allocates for each', () => {
    const found = sizes.map((n) => compare(linux, 'fork', n))
    expect(found.map((row) => row.tables)).toEqual(sizes)
    const [one, two, three] = found.map((row) => row.allocations)
    expect(two - one).toBeGreaterThan(0)
    expect(three - two).toBe(two - one)
  })
  test('of async-fork copies none, and allocates the same whatever the size', () => {
    const found = sizes.map((n) => compare(asyncFork, 'fork', n))
    expect(found.map((row) => row.tables)).toEqual([0, 0, 0])
    expect(new Set(found.map((row) => row.allocations)).size).toBe(1)
  })
})

describe('with async-fork', () => {
  test('a write copies one table at most', () => {
    expect(sizes.map((n) => compare(asyncFork, 'a write', n).tables)).toEqual([1, 1, 1])
  })
  test('a read copies none, and takes no fault', () => {
    const found = sizes.map((n) => compare(asyncFork, 'a read', n))
    expect(found.map(({ tables, faults }) => [tables, faults])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ])
  })
  test('an mmap beside the heap copies all of it, or waits until the child has', () => {
    const found = sizes.map((n) => compare(asyncFork, 'an mmap beside the heap', n))
    expect(found.map((row) => row.tables)).toEqual(sizes)
    const waits = found.map((row) => row.waits)
    expect(waits[1]).toBeGreaterThan(waits[0])
    expect(waits[2] - waits[1]).toBe(waits[1] - waits[0])
  })
  test('an mmap apart copies nothing, and waits as long', () => {
    const apart = sizes.map((n) => compare(asyncFork, 'an mmap apart', n))
    const beside = sizes.map((n) => compare(asyncFork, 'an mmap beside the heap', n))
    expect(apart.map((row) => row.tables)).toEqual([0, 0, 0])
    expect(apart.map((row) => row.waits)).toEqual(beside.map((row) => row.waits))
  })
  test('without the fault hook nothing unsafe happens, but a write faults without bound', () => {
    const mutant: Mutant = {
      ...mutants[0],
      name: 'no-fault-hook',
      system: 'async-fork',
      change: { syncBeforeFault: null },
    }
    const scenario = comparisonScenario('a write', 1)
    const [, sound] = worstCases({ system: asyncFork, scenario })
    const [, broken] = worstCases({ system: asyncFork, scenario, mutant })
    expect(sound.faults).toBe(1)
    expect(broken.faults).toBe(Number.POSITIVE_INFINITY)
  })
})

test('the costs of linux do not grow after fork', () => {
  for (const name of SUBJECTS.filter((subject) => subject !== 'fork')) {
    const [two, three] = [2, 3].map((n) => compare(linux, name, n))
    // But for the tables there are: those of the heap itself, on both sides.
    expect({ ...three, pmds: 2, inUse: two.inUse }, name).toEqual(two)
  }
})

test('every allocation point is one where memory is got, and one where there may be none', () => {
  const rules = systems.flatMap((system) => system.rules)
  const points = Object.keys(ALLOCATION_POINTS)
  const gets = rules.flatMap((rule) => ('allocates' in rule ? (rule.allocates as string[]) : []))
  expect(points.filter((point) => !gets.includes(point))).toEqual([])
  const text = [...rules, ...systems.flatMap((s) => s.vocabulary).flatMap(Object.values)]
    .map((thing) => String(typeof thing === 'function' ? thing : thing?.guard))
    .join('\n')
  expect(points.filter((point) => !text.includes(`mayFail.${point}`))).toEqual([])
})

describe('the command', () => {
  test('prints a table for each measure', async () => {
    const { code, out } = await forkcheck([
      'compare',
      '--pmds',
      '2',
      '--system',
      'linux',
      'async-fork',
    ])
    expect(code).toBe(0)
    expect(out).toMatch(/PTE tables the parent copies\n/)
    expect(out).toMatch(/\nfork +linux +1 +2\n/)
    expect(out).toMatch(/\nfork +async-fork +0 +0\n/)
  })
  test('--json is rows for plots', async () => {
    const argv = ['compare', '--pmds', '1', '--system', 'linux', '--json']
    const { out } = await forkcheck(argv)
    const { format, rows } = JSON.parse(out)
    expect(format).toBe(1)
    expect(rows).toHaveLength(SUBJECTS.length)
    expect(rows[0]).toMatchObject({ system: 'linux', operation: 'fork', pmds: 1, tables: 1 })
  })
  test('--operation leaves out the others, and an unknown one is refused', async () => {
    const { out } = await forkcheck(['compare', '--pmds', '1', '--operation', 'fork'])
    expect(out).toContain('\nfork ')
    expect(out).not.toContain('a write')
    const { code, err } = await forkcheck(['compare', '--operation', 'a dance'])
    expect(code).toBe(2)
    expect(err).toMatch(/^forkcheck: no such operation: a dance; there are fork, a write, .*\n$/)
  })
  test('--properties tells where each property fails, in the scenarios asked for', async () => {
    const argv = ['compare', '--properties', '--scenario', 'map-apart', 'half-left-out']
    const { code, out } = await forkcheck([...argv, '--system', 'linux', 'cow-pte'])
    expect(code).toBe(0)
    expect(out).toMatch(/\nproperty +linux +cow-pte\n|^property +linux +cow-pte\n/)
    expect(out).toMatch(/\npagesBelongToVmas +holds +fails in half-left-out\n/)
    expect(out).toMatch(/\ncopiesForItsOwnChild +not asked +not asked\n/)
    const json = await forkcheck([...argv, '--system', 'linux', '--max-states', '5', '--json'])
    expect(json.code).toBe(3)
    const { rows } = JSON.parse(json.out)
    expect(rows).toContainEqual({
      system: 'linux',
      property: 'noStaleTranslation',
      verdict: 'incomplete',
    })
  })
  test.each([
    ['--properties --pmds 2 --operation fork', /^forkcheck: --properties: is about all scenarios/],
    ['--scenario bgsave', 'forkcheck: --scenario: is for --properties\n'],
    ['--max-states 5', 'forkcheck: --max-states: is for --properties\n'],
  ])('compare %s is refused', async (argv, message) => {
    const { code, err } = await forkcheck(['compare', ...argv.split(' ')])
    expect(code).toBe(2)
    expect(err).toMatch(message)
  })
  test.each(['0', '9', 'x', '1.5'])('--pmds %s is refused', async (n) => {
    const { code, err } = await forkcheck(['compare', '--pmds', n])
    expect(code).toBe(2)
    expect(err).toBe(`forkcheck: --pmds ${n}: a whole number from 1 to 8 is allowed\n`)
  })
})
