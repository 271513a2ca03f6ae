/** What of a system is assumed is counted beside a verdict, listed, and left out by name. */
import { expect, test } from 'vitest'
import { assumedIn, systems, withoutAssumed } from '../../model/index.js'
import { mutantNamed } from '../../runs/fork-machine/names.js'
import { forkcheck } from './command.js'

test('each assumed part says why, and has a mutant that leaves it out', () => {
  const all = systems.flatMap((system) =>
    assumedIn(system).map(({ name }) => `${system.name}-without-${name}`),
  )
  expect(withoutAssumed.map(({ name }) => name)).toEqual(all)
  for (const name of all) expect(mutantNamed(name).name).toBe(name)
  for (const system of systems)
    for (const { why, source } of assumedIn(system)) expect([why, source]).not.toContain('')
  expect(assumedIn(systems[0])).toEqual([])
  for (const system of systems)
    for (const part of [...system.rules, ...system.hooks])
      if (part.source?.startsWith('assumed'))
        expect(assumedIn(system).map(({ name }) => name)).toContain(part.name)
})

test('list systems counts them, and names them as data', async () => {
  const { out } = await forkcheck(['list', 'systems', '--json'])
  const rows = JSON.parse(out).systems as { name: string; assumed: number; assumptions: [] }[]
  expect(rows.map(({ assumed, assumptions }) => assumed - assumptions.length)).toEqual(
    rows.map(() => 0),
  )
  const counts = Object.fromEntries(rows.map(({ name, assumed }) => [name, assumed]))
  expect(counts).toEqual(
    Object.fromEntries(systems.map((system) => [system.name, assumedIn(system).length])),
  )
  expect(counts['async-fork']).toBeGreaterThan(counts['async-fork-anolis'])
  expect((await forkcheck(['list', 'systems'])).out).toMatch(/name +says +kernel +assumed/)
})

test('the end line of check says on how many holds rests', async () => {
  const { out } = await forkcheck(['check', 'bgsave', '--quiet'])
  expect(out).toMatch(/async-fork holds with \d+ parts of it that are assumed/)
  expect(out).not.toContain('linux holds with')
})

test('one that is left out shows what rests on it', async () => {
  const name = 'async-fork-without-syncBeforeCollapse'
  const { code, out } = await forkcheck(['check', 'collapse', '--mutant', name, '--quiet'])
  expect(code).toBe(1)
  expect(out).toContain('markersTellTheTruth')
})

test('a repaired system is known by its name', async () => {
  const { code, out } = await forkcheck([
    'check',
    'read-only-and-exit',
    '--mutant',
    'odf-repaired',
    '--quiet',
  ])
  expect([code, out]).toEqual([0, expect.stringContaining('1 holds')])
})
