/** What the command line draws: into the file that is named, and nothing of it onto stdout. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { forkcheck, temporaryFolder } from './command.js'

const cwd = temporaryFolder()
const written = (name: string) => readFileSync(join(cwd, name), 'utf8')
const small = ['check', 'huge-pages-reused', '--system', 'linux', '--quiet']
const file = join(process.cwd(), 'counterexamples/linux/noStaleTranslation-171d2058.cex.json')

test('check: levels, the state graph, a page of results', async () => {
  const plain = await forkcheck([...small, '--digest'], { cwd })
  const drawing = ['--svg', 'levels.svg', '--graph', 'graph.svg', '--html', 'results.html']
  const { code, out } = await forkcheck([...small, '--digest', ...drawing], { cwd })
  const timeless = (text: string) => text.replaceAll(/\d+\.\d\d/g, 'T')
  expect({ code, out: timeless(out) }).toEqual({ code: 0, out: timeless(plain.out) })
  expect(written('levels.svg')).toMatch(/^<svg [\s\S]*42 states, depth 22/)
  expect(written('graph.svg')).toMatch(/^<svg [\s\S]*all 42 states shown, 51 steps/)
  expect(written('results.html')).toContain('"says":"1 holds"')
})

test('mutants and compare: pages of results', async () => {
  expect(
    (await forkcheck(['mutants', 'linux-no-flush', '--html', 'kill.html'], { cwd })).code,
  ).toBe(0)
  expect(written('kill.html')).toContain('1 of 1 mutants caught, 1 of 1 sound twins hold')
  const compare = ['compare', '--system', 'linux', '--operation', 'fork', '--pmds', '1']
  expect((await forkcheck([...compare, '--html', 'compare.html'], { cwd })).code).toBe(0)
  expect(written('compare.html')).toContain('"title":"PTE tables the parent copies"')
})

describe('explain', () => {
  test('as SVG, one step or two beside the run', async () => {
    const near = await forkcheck(['explain', file, '--format', 'svg'])
    const far = await forkcheck(['explain', file, '--format', 'svg', '--around', '2'])
    expect([near.code, far.code]).toEqual([0, 0])
    expect(near.out).toMatch(/^<svg [\s\S]*one step beside it[\s\S]*<\/svg>\n$/)
    expect(far.out).toContain('two steps beside it')
    expect(far.out.length).toBeGreaterThan(near.out.length)
  })
  test('no further than that', async () => {
    const { code, err } = await forkcheck(['explain', file, '--format', 'svg', '--around', '3'])
    expect({ code, err }).toEqual({ code: 2, err: 'forkcheck: --around 3: 1 or 2 is allowed\n' })
  })
})
