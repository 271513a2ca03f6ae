/** What the command line draws: into the file that is named, and nothing of it onto stdout. */
import { readdirSync, readFileSync } from 'node:fs'
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

  test('the machine after a step, as SVG, the last step first', async () => {
    const last = await forkcheck(['explain', file, '--format', 'picture'])
    const twelfth = await forkcheck(['explain', file, '--format', 'picture', '--step', '12'])
    expect([last.code, twelfth.code]).toEqual([0, 0])
    expect(last.out).toMatch(
      /^<svg [\s\S]*the machine after 22 steps[\s\S]*class="flaw"[\s\S]*<\/svg>\n$/,
    )
    expect(twelfth.out).toContain('the machine after 12 steps')
    expect(twelfth.out).not.toContain('class="flaw"')
    // Other programs know neither variables nor attributes without a value.
    expect(last.out).not.toMatch(/var\(|light-dark|<[^>]* class[ >]/)
  })

  test('as PNG, if the name of the file says so', async () => {
    const machine = ['--format', 'picture', '--step', '12', '--out', 'machine.png']
    const graph = ['--format', 'svg', '--out', 'graph.PNG']
    for (const options of [machine, graph])
      expect((await forkcheck(['explain', file, ...options], { cwd })).code).toBe(0)
    expect(pngSize('machine.png')).toEqual({ width: 1200, height: 1280 })
    expect(pngSize('graph.PNG').width).toBeGreaterThan(1000)
  })

  test('a step that the run does not have', async () => {
    const { code, err } = await forkcheck(['explain', file, '--format', 'picture', '--step', '23'])
    const told = 'forkcheck: --step 23: 0 to 22 are allowed, as the run has 22 steps\n'
    expect({ code, err }).toEqual({ code: 2, err: told })
  })

  test('a model without a drawing: the table of its variables', async () => {
    expect((await forkcheck(['init', 'own'], { cwd })).code).toBe(0)
    const check = [
      'check',
      '--model',
      'own/model.ts',
      '--mutant',
      'tests-then-sets',
      '--out',
      'found',
    ]
    expect((await forkcheck(check, { cwd })).code).toBe(1)
    const [found] = cexFiles('found')
    const drawn = ['--model', 'own/model.ts', '--format', 'picture']
    const { code, out } = await forkcheck(['explain', found, ...drawn], { cwd })
    expect(code).toBe(0)
    expect(out).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
    expect(out.match(/<svg /g)).toHaveLength(1)
  })
})

/** The size that stands in the head of a PNG file. */
function pngSize(name: string) {
  const bytes = readFileSync(join(cwd, name))
  expect(bytes.toString('latin1', 0, 8)).toBe('\x89PNG\r\n\x1a\n')
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

function cexFiles(folder: string): string[] {
  const names = readdirSync(join(cwd, folder), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.cex.json')).map((name) => join(folder, name))
}
