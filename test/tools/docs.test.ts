/**
 * The README tells the truth: its story and its table are what the commands print. So does the
 * index of the corpus. After a change
 * of the model, `UPDATE_README=1 npx vitest run test/tools/docs.test.ts` writes them anew.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { mutants, parseScenario, scenarios, soundSystems as systems } from '../../model/index.js'
import { corpusIndex, type Saved } from '../../runs/corpus-index.js'
import { parseCounterexample } from '../../runs/counterexample.js'
import { forkcheck } from '../cli/command.js'
import { places } from '../model/hook-table.js'
import { pinned } from '../model/pinned.js'
import { isWhole } from '../support/part.js'

const path = new URL('../../README.md', import.meta.url)

const design = new URL('../../docs/design.md', import.meta.url)

const corpus = new URL('../../counterexamples/', import.meta.url)

function savedCorpus(): Saved[] {
  return (readdirSync(corpus, { recursive: true, encoding: 'utf8' }) as string[])
    .filter((path) => path.endsWith('.json'))
    .map((path) => ({
      path,
      file: parseCounterexample(readFileSync(new URL(path, corpus), 'utf8'), path),
    }))
}

/** Compares, or writes, what stands between two marker comments. */
function expectBlock(begin: RegExp, end: string, content: string, file = path): void {
  const readme = readFileSync(file, 'utf8')
  const opening = begin.exec(readme)
  if (!opening) throw new Error(`${file} has no ${begin}`)
  const from = opening.index + opening[0].length
  const to = readme.indexOf(end, from)
  if (process.env.UPDATE_README)
    writeFileSync(file, `${readme.slice(0, from)}\n${content}\n${readme.slice(to)}`)
  expect(readFileSync(file, 'utf8')).toContain(`${opening[0]}\n${content}\n${end}`)
}

test('the story is what the command prints', async () => {
  const readme = readFileSync(path, 'utf8')
  const [, line] = /<!-- story: forkcheck (.+) -->/.exec(readme) ?? []
  const { code, out } = await forkcheck(line.split(' '))
  expect(code).toBe(1)
  const story = out.slice(out.indexOf('\nviolated  ') + 1).trimEnd()
  const block = `\`\`\`\n${story}\n\`\`\``
  expectBlock(/<!-- story: .+ -->/, '<!-- end of story -->', block)
})

test('the table is what the standard suite gives', () => {
  // That they hold, and with these states, is what test/model/suite.test.ts sees to.
  const runs = pinned()
  const cell = (scenario: string, system: string): string =>
    `holds, ${runs[`${system} ${scenario}`].states.toLocaleString('en')} states`
  const names = systems.map((system) => system.name)
  const rows = scenarios.map(({ name, says }) =>
    ['', `\`${name}\``, says, ...names.map((system) => cell(name, system)), ''].join(' | ').trim(),
  )
  const head = ['', 'scenario', 'what happens', ...names.map((n) => `\`${n}\``), '']
    .join(' | ')
    .trim()
  const rule = `|${'---|'.repeat(2 + names.length)}`
  expectBlock(
    /<!-- table: standard suite -->/,
    '<!-- end of table -->',
    [head, rule, ...rows].join('\n'),
  )
})

/** ALL_SCENARIOS=1: the comparison too, which takes ten times as long as all else here. */
const takesAll = isWhole || process.env.UPDATE_README !== undefined

test.each(takesAll ? ['command'] : [])('the comparison is what the %s prints', async () => {
  const [, line] = /<!-- block: forkcheck (.+) -->/.exec(readFileSync(path, 'utf8')) ?? []
  const argv = [...line.matchAll(/"([^"]+)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain)
  const { code, out } = await forkcheck(argv)
  expect(code).toBe(0)
  const block = `\`\`\`\n${out.trimEnd()}\n\`\`\``
  expectBlock(/<!-- block: .+ -->/, '<!-- end of block -->', block)
})

test('the kill matrix is what the corpus shows', () => {
  // That each is caught, by this property and in as many steps, test/model/mutants.test.ts sees to.
  const saved = savedCorpus().filter(({ file }) => file.mutant !== null)
  const properties = [...new Set(saved.map(({ file }) => file.property))].sort()
  const rows = properties.map((property) => {
    const cells = systems.map(({ name }) =>
      saved
        .filter(({ file }) => file.system === name && file.property === property)
        .map(({ path, file }) => `[${file.mutant}](counterexamples/${path}) ${file.steps}`)
        .sort()
        .join(', '),
    )
    return `| \`${property}\` | ${cells.map((cell) => cell || '-').join(' | ')} |`
  })
  const head = `| property | ${systems.map(({ name }) => `in \`${name}\``).join(' | ')} |`
  const matrix = [head, `|${'---|'.repeat(1 + systems.length)}`, ...rows].join('\n')
  expectBlock(/<!-- table: kill matrix -->/, '<!-- end of matrix -->', matrix)
  expect(new Set(saved.map(({ file }) => file.mutant)).size).toBe(mutants.length)
})

test('the table of hooks in docs/design.md is what is tested', () => {
  const rows = places.map(({ what, hooks, scenario, without, because }) => {
    const named = hooks.map((hook) => `\`${hook}\``).join(', ') || 'none'
    const fails = without ? `\`${without}\`` : `nothing: ${because}`
    return `| ${what} | ${named} | \`${scenario}\` | ${fails} |`
  })
  const head = ['| what changes | hooks | scenario | without them fails |', '|---|---|---|---|']
  const table = [...head, ...rows].join('\n')
  expectBlock(/<!-- table: hooks -->/, '<!-- end of hooks -->', table, design)
})

test('the scenario in it is one, and every command in it exists', async () => {
  const readme = readFileSync(path, 'utf8')
  const [, json] = /```json\n([^`]+)```/.exec(readme) ?? []
  expect(parseScenario(JSON.parse(json)).name).toBe('mine')
  const named = new Set([...readme.matchAll(/^forkcheck (\w+)/gm)].map(([, name]) => name))
  const { out } = await forkcheck(['--help'])
  for (const name of named) expect(out, name).toMatch(new RegExp(`^ +${name}`, 'm'))
})

test('the index of the corpus names every file', () => {
  const saved = savedCorpus()
  const index = corpusIndex(saved)
  const readme = new URL('README.md', corpus)
  if (process.env.UPDATE_README) writeFileSync(readme, index)
  expect(saved.length).toBeGreaterThan(40)
  expect(readFileSync(readme, 'utf8')).toBe(index)
})
