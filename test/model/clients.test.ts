/** What clients see: how many pages are copied while a child lives, and more. */
import { expect, test } from 'vitest'
import { systems } from '../../model/index.js'
import { worstCases } from '../../runs/compare/stall.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'

/** The worst cases of the parent's operations after fork. */
const after = (system: string, scenario: string) =>
  worstCases({ system: systemNamed(system), scenario: scenarioNamed(scenario) }).slice(1)

/** The frames they allocate, one by one. */
const copied = (system: string, scenario: string) =>
  after(system, scenario).map(({ allocations, tables }) => allocations - tables)

test.each(systems.map(({ name }) => name))(
  'with %s, rehashing while a child lives copies every page it touches; held back, none but the served',
  (system) => {
    expect(copied(system, 'bgsave-rehash')).toEqual([1, 1, 1])
    expect(copied(system, 'bgsave-rehash-held-back')).toEqual([1])
  },
)

test('SAVE, with no child left, copies no page and takes no fault but for its first own write', () => {
  for (const { name } of systems) {
    const [, , ...save] = after(name, 'save')
    expect(
      save.slice(0, 4).map(({ allocations }) => allocations),
      name,
    ).toEqual([0, 0, 0, 0])
    expect(
      save.map(({ waits }) => waits),
      name,
    ).toEqual([0, 0, 0, 0, 0])
  }
})

test.each([
  ['SAVE', 'save'],
  ['BGSAVE', 'bgsave'],
  ['BGSAVE whose child is killed', 'save-is-killed'],
  ['two saves that overlap', 'two-saves'],
  ['BGREWRITEAOF', 'rewrite-log'],
  ['full synchronisation of a replica', 'replica-sync'],
  ['a log line after fork', 'bgsave-log-line'],
  ['a log line written by the child', 'bgsave-log-line-in-child'],
  ['rehashing', 'bgsave-rehash'],
  ['rehashing held back', 'bgsave-rehash-held-back'],
  ['KeyDB', 'many-threads'],
  ['fork and exec', 'child-execs'],
])('%s is a scenario', (_, scenario) => {
  expect(scenarioNamed(scenario).reaches).not.toEqual([])
})
