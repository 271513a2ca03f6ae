/**
 * The comparison in README.md is what is found, and each of its cells names a command that exists.
 * `UPDATE_README=1 npx vitest run test/tools/side-by-side.test.ts` writes it anew. The verdicts on
 * properties need every scenario of every system, some minutes: they are kept in verdicts.json, which
 * `UPDATE_VERDICTS=1` writes anew, ALL_SCENARIOS=1 compares as a whole and the other runs in part.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import { scenarios, systems } from '../../model/index.js'
import { type Line, propertyLines, sideBySide } from '../../runs/compare/side-by-side.js'
import { type Verdict, Verdicts } from '../../runs/compare/verdicts.js'
import { snapshotModel } from '../../runs/model.js'
import { scenarioNamed, systemNamed } from '../../runs/names.js'

const readme = new URL('../../README.md', import.meta.url)
const page = new URL('../../docs/comparison.md', import.meta.url)
const kept = new URL('verdicts.json', import.meta.url)
const lines = sideBySide(systems)

const MOST_STATES = 500_000

/** The verdicts on all properties, looked at in some scenarios. */
function judged(among: typeof scenarios): Verdict[] {
  return systems.flatMap((system) => {
    const verdicts = new Verdicts(system)
    for (const scenario of among) verdicts.look(scenario, MOST_STATES)
    return verdicts.rows()
  })
}

const whole = process.env.UPDATE_VERDICTS !== undefined || process.env.ALL_SCENARIOS !== undefined
const fresh = whole ? judged(scenarios) : null
if (process.env.UPDATE_VERDICTS !== undefined)
  writeFileSync(kept, `[\n${fresh?.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`)
const verdicts: readonly Verdict[] = JSON.parse(readFileSync(kept, 'utf8'))
const properties = propertyLines(verdicts)

/** Every command once, with its number on the page. */
const commandsOf = (some: readonly Line[]) =>
  some.flatMap(({ cells }) => cells.map(({ command }) => command))
const commands = [...new Set([...commandsOf(lines), ...commandsOf(properties)])]

/** A table, its cells linked to the commands on a page. */
function table(target: string, some = lines, about = 'at worst, with 1, 2, 3 PMDs'): string {
  const head = [about, ...systems.map(({ name }) => `\`${name}\``)]
  const rows = some.map(({ question, cells }) => [
    question,
    ...cells.map(({ text, command }) => `[${text}](${target}#c${commands.indexOf(command) + 1})`),
  ])
  const rule = head.map(() => '---')
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

const commandPage = `# The commands behind the comparison

Each cell of the table says what one of these commands shows. Numbers separated by commas are the worst cases
with 1, 2 and 3 PMDs; a single number does not grow.

${table('')}

Each property over all standard scenarios (\`forkcheck compare --properties\`): where it fails soonest, if it does. Once
something has gone wrong more follows from it; design.md 5 and the catalogue tell which flaw comes first.

${table('', properties, 'property')}

${commands.map((command, i) => `<a id="c${i + 1}"></a>${i + 1}. \`forkcheck ${command}\``).join('\n')}
`

test('the page of commands is complete', () => {
  if (process.env.UPDATE_README) writeFileSync(page, commandPage)
  expect(readFileSync(page, 'utf8')).toBe(commandPage)
})

test('the table in README.md is what is found', () => {
  const begin = '<!-- table: comparison -->\n'
  const end = '\n<!-- end of comparison -->'
  const text = readFileSync(readme, 'utf8')
  const from = text.indexOf(begin) + begin.length
  const to = text.indexOf(end)
  expect(from).toBeGreaterThan(begin.length)
  const wanted = table('docs/comparison.md')
  if (process.env.UPDATE_README)
    writeFileSync(readme, text.slice(0, from) + wanted + text.slice(to))
  expect(readFileSync(readme, 'utf8')).toContain(begin + wanted + end)
})

test('who copies what grows as it must', () => {
  const texts = (question: string) =>
    lines.find((line) => line.question.startsWith(question))?.cells.map(({ text }) => text)
  const at = (name: string) => systems.findIndex((system) => system.name === name)
  expect(texts('fork: tables')?.[at('linux')]).toBe('1, 2, 3')
  for (const name of ['async-fork', 'on-demand-fork', 'cow-pte'])
    expect(texts('fork: tables')?.[at(name)], name).toBe('0')
  expect(texts('an mmap beside the heap: tables')?.[at('async-fork')]).toBe('1, 2, 3')
  expect(texts('an mmap beside the heap: tables')?.[at('on-demand-fork')]).toBe('0')
  expect(texts('a write after fork: tables')?.[at('on-demand-fork')]).toBe('1')
})

test('the verdicts on properties are of these systems, all complete', () => {
  if (fresh) expect(fresh).toEqual(verdicts)
  expect([...new Set(verdicts.map(({ system }) => system))]).toEqual(systems.map((s) => s.name))
  expect(verdicts.filter(({ verdict }) => verdict === 'incomplete')).toEqual([])
  const failing = verdicts.filter(({ verdict }) => verdict === 'fails').map((row) => row.system)
  const flawed = systems.filter((system) => system.flawed).map(({ name }) => name)
  expect([...new Set(failing)]).toEqual(flawed)
})

/** One in three. */
const failures = verdicts.filter(({ verdict }) => verdict === 'fails').filter((_, i) => i % 3 === 0)

test.each(failures.map((row) => [row.system, row.property, row] as const))(
  '%s: %s fails where it is said to',
  (_, property, { system, scenario = '' }) => {
    const setup = { system: systemNamed(system), scenario: scenarioNamed(scenario) }
    const { counterexamples } = check(snapshotModel(setup), { properties: [property] })
    expect(counterexamples.map((found) => found.property)).toEqual([property])
  },
)

test('nothing fails that is said to hold, in small scenarios', () => {
  const small = ['bgsave-log-line', 'map-apart', 'half-left-out', 'late-first-touch', 'fork-fails']
  const holding = (row: Verdict) => row.verdict !== 'fails'
  const found = judged(small.map(scenarioNamed)).filter((row) => !holding(row))
  const known = verdicts
    .filter((row) => !holding(row))
    .map((row) => `${row.system} ${row.property}`)
  expect(found.filter((row) => !known.includes(`${row.system} ${row.property}`))).toEqual([])
})
