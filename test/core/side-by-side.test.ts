/**
 * The comparison in README.md is what is found, and each of its cells names a command that exists.
 * `UPDATE_README=1 npx vitest run test/core/side-by-side.test.ts` writes it anew.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sideBySide } from '../../core/side-by-side.js'
import { systems } from '../../model/index.js'

const readme = new URL('../../README.md', import.meta.url)
const page = new URL('../../comparison/README.md', import.meta.url)
const lines = sideBySide(systems)

/** Every command once, with its number on the page. */
const commands = [...new Set(lines.flatMap(({ cells }) => cells.map(({ command }) => command)))]

/** The table, its cells linked to the commands on a page. */
function table(target: string): string {
  const head = ['at worst, with 1, 2, 3 PMDs', ...systems.map(({ name }) => `\`${name}\``)]
  const rows = lines.map(({ question, cells }) => [
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
  const wanted = table('comparison/README.md')
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
