/** `check --reduction` and `--reduce-by`: which reductions were used, and what was left unchecked. */
import { describe, expect, test } from 'vitest'
import { forkcheck, temporaryFolder, write } from './command.js'

const folder = temporaryFolder()
const read = [{ do: 'read', page: 0 }]
const scenario = write(
  folder,
  'alike.json',
  JSON.stringify({
    format: 1,
    name: 'alike',
    says: 'Two threads of the parent read while it forks.',
    pages: 2,
    vmas: [{ from: 0, to: 2 }],
    parent: [[{ do: 'fork' }], read, read],
    child: read,
  }),
)
const check = (...more: string[]) =>
  forkcheck(['check', '--scenario', scenario, '--system', 'linux', '--quiet', ...more], {
    cwd: folder,
  })

async function runOf(...more: string[]) {
  const { code, out } = await check('--json', ...more)
  expect(code).toBe(0)
  return JSON.parse(out).runs[0]
}

describe('which reductions', () => {
  test('none without the option, all with it, those that are named', async () => {
    const full = await runOf()
    expect(full.reductions).toEqual([])
    const all = await runOf('--reduction')
    expect(all.reductions).toEqual(['partial order', 'merging', 'symmetry'])
    expect(all.states).toBeLessThan(full.states / 10)
    const renamed = await runOf('--reduce-by', 'symmetry')
    expect(renamed.reductions).toEqual(['symmetry'])
    expect(renamed.states).toBeLessThan(full.states / 1.5)
    const two = await runOf('--reduce-by', 'partial-order,merging')
    expect(two.reductions).toEqual(['partial order', 'merging'])
    expect(two.states).toBeGreaterThan(all.states)
    expect((await runOf('--no-reduction')).states).toBe(full.states)
  })

  test('what is left unchecked is said; a property that needs every step turns them off', async () => {
    const { out } = await check('--reduction')
    expect(out).toMatch(/\nreductions {2}partial order, merging, symmetry; unchecked: parentGoesOn/)
    const live = await check('--reduction', '--property', 'parentGoesOn')
    expect(live.out).toMatch(/\nreductions {2}none: a property that was asked for needs every step/)
    const { properties } = await runOf('--reduction', '--property', 'parentGoesOn')
    expect(properties.find((p: { name: string }) => p.name === 'parentGoesOn').verdict).toBe(
      'holds',
    )
  })

  test('where nothing may be renamed, symmetry alone is no reduction', async () => {
    const argv = ['check', 'two-readers', '--system', 'linux', '--quiet', '--reduce-by', 'symmetry']
    expect((await forkcheck(argv)).out).toMatch(
      /\nreductions {2}none: nothing in this scenario may/,
    )
  })

  test('other names are refused', async () => {
    const wrong = await check('--reduce-by', 'symmetry,luck')
    expect(wrong.code).toBe(2)
    expect(wrong.err).toMatch(/some of partial-order, merging, symmetry/)
    const both = await check('--no-reduction', '--reduce-by', 'symmetry')
    expect(both.code).toBe(2)
    expect(both.err).toMatch(/--no-reduction and --reduce-by/)
  })
})
