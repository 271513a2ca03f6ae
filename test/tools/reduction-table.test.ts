/**
 * How the number of states grows with memory, with and without reductions, as README.md has it.
 * `UPDATE_README=1 npx vitest run test/tools/reduction-table.test.ts` writes it anew.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { check, NO_DEADLOCK, NO_RULE_ERROR } from '../../checker/index.js'
import { ReducedSearch } from '../../checker/search/reduced/reduced-search.js'
import { parseScenario, type System, systems } from '../../model/index.js'
import { snapshotModel } from '../../runs/model.js'

const readme = new URL('../../README.md', import.meta.url)
const isWhole = process.env.ALL_SCENARIOS !== undefined || process.env.UPDATE_README !== undefined
const BUILT_IN = [NO_DEADLOCK, NO_RULE_ERROR]

/** One write and one read after fork, on a heap of so many page tables. */
function modelWith(pmds: number) {
  const input = {
    format: 1,
    name: 'heap',
    says: 'The parent writes to one page while the child copies a heap of some page tables.',
    pages: 2 * pmds,
    vmas: [{ from: 0, to: 2 * pmds }],
    parent: [[{ do: 'fork' }, { do: 'write', page: 0 }]],
    child: [{ do: 'read', page: 0 }],
  }
  const system = systems.find(({ name }) => name === 'async-fork') as System
  return snapshotModel({ scenario: parseScenario(input, 'heap'), system })
}

function row(pmds: number): number[] {
  const model = modelWith(pmds)
  const safety = model.properties.filter((p) => p.kind !== 'eventually').map(({ name }) => name)
  const full = check(model, { properties: [...safety, ...BUILT_IN] })
  const counts = [
    [...safety, ...BUILT_IN],
    ['childSeesForkTimeMemory', ...BUILT_IN],
  ].map((properties) => {
    const search = new ReducedSearch(model, { properties })
    while (!search.advance(10_000));
    expect(search.result().verdict).toBe('holds')
    return search.result().states
  })
  expect(full.verdict).toBe('holds')
  return [pmds, full.states, ...counts]
}

it('states grow with memory as README.md says', () => {
  const head = [
    'PMDs',
    'every interleaving',
    '`--reduction`',
    'and `--property childSeesForkTimeMemory`',
  ]
  const rows = (isWhole ? [1, 2, 3, 4, 5, 6] : [1, 2]).map(row)
  const lines = rows.map((cells) => `| ${cells.join(' | ')} |`)
  const begin = '<!-- table: reductions -->\n'
  const end = '\n<!-- end of reductions -->'
  const text = readFileSync(readme, 'utf8')
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)]
  expect(from).toBeGreaterThan(begin.length)
  const title = `| ${head.join(' | ')} |\n|${' --- |'.repeat(head.length)}`
  if (process.env.UPDATE_README)
    writeFileSync(readme, text.slice(0, from) + [title, ...lines].join('\n') + text.slice(to))
  const shown = readFileSync(readme, 'utf8').slice(from)
  expect(shown.startsWith(`${title}\n`)).toBe(true)
  for (const line of lines) expect(shown).toContain(line)
  // One property alone: each page table more costs a few states, not its part of every interleaving.
  const [first, , , alone] = rows[rows.length - 1].map(
    (count, i) => count - rows[rows.length - 2][i],
  )
  expect(first).toBe(1)
  expect(alone).toBeLessThan((rows[1][1] - rows[0][1]) / 20)
}, 120_000)
