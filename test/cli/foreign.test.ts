/** What comes from a file is text, and its functions end. */
import { expect, test } from 'vitest'
import { printable } from '../../cli/printable.js'
import { forkcheck, lines, temporaryFolder, write } from './command.js'

const folder = temporaryFolder()
const run = (...argv: string[]) => forkcheck(argv, { cwd: folder })

test('control characters are escaped, colours are left where there are some', () => {
  const text = 'a\u001b[31mb\u001b[0m\u001b[2J\u0007\u009b\r\n\tc'
  expect(printable(text, true)).toBe('a\u001b[31mb\u001b[0m\\u001b[2J\\u0007\\u009b\\u000d\n\tc')
  expect(printable(text, false)).not.toContain('\u001b')
  expect(JSON.parse(`"${printable('\u009b', false)}"`)).toBe('\u009b')
})

test('a name in a file does not reach the terminal as it stands', async () => {
  const name = 'x\u001b]0;title\u0007\u001b[2J'
  write(folder, 'name.json', JSON.stringify({ format: 1, name, pages: -1 }))
  const { code, out, err } = await run('check', '--scenario', 'name.json')
  expect(code).toBe(2)
  expect(out + err).not.toContain('\u001b')
  write(folder, 'escape.cex.json', JSON.stringify({ format: 1, system: name }))
  const replayed = await run('replay', 'escape.cex.json')
  expect(replayed.code).toBe(2)
  expect(replayed.out + replayed.err).not.toContain('\u001b')
})

test.each([
  [
    'never.mjs',
    'export default () => new Promise(() => {})',
    'has not made its mutant within 10 s',
  ],
  ['null.mjs', 'throw null', 'cannot be loaded: null'],
  ['undefined.mjs', 'export default () => { throw undefined }', 'cannot be loaded: undefined'],
])('%s is bad input', async (name, text, message) => {
  write(folder, name, text)
  const { code, out, err } = await run('check', '--mutant', `./${name}`)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(message)
  expect(lines(err)).toHaveLength(1)
})

test('a rule of a file that fails is named with its line', async () => {
  const effect = "(s, t) => {\n      s.thread[t].pc = 'fork.unlok'\n    }"
  const change = `{\n    forkFlush: { effect: ${effect} },\n  }`
  write(folder, 'fails.mjs', `export default {\n  system: 'linux',\n  change: ${change},\n}\n`)
  const argv = ['check', 'read-only-and-exit', '--mutant', './fails.mjs', '--no-shrink', '--json']
  const { code, out } = await run(...argv)
  expect(code).toBe(1)
  expect(out).toContain('pc cannot hold fork.unlok: did you mean fork.unlock? (fails.mjs:5)')
})

test('an import of a file that is not there is named with its line', async () => {
  write(folder, 'imports.mjs', "// first\nimport './nothing.mjs'\nexport default {}\n")
  const { code, err } = await run('check', '--mutant', './imports.mjs')
  expect(code).toBe(2)
  expect(err).toMatch(/^forkcheck: \.\/imports\.mjs:2: cannot be loaded: Cannot find module /)
})
