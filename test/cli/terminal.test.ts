/** What is different on a terminal: colours, its width, a line that says how far one is. */
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Out } from '../../cli/io.js'
import { run } from '../../cli/program.js'
import { ProgressLine, timeLeft } from '../../cli/progress.js'
import { forkcheck, lines } from './command.js'

const file = 'counterexamples/async-fork/noDeadlock-6559a4ae.cex.json'
const COLOR = '\x1b['

/** Runs a command on a terminal so wide. */
async function onTerminal(argv: readonly string[], columns: number, env = {}) {
  const written = { out: '', err: '' }
  const terminal = (to: keyof typeof written): Out => ({
    isTTY: true,
    columns,
    write: (text: string) => {
      written[to] += text
      return true
    },
  })
  const signal = new AbortController().signal
  const io = { stdout: terminal('out'), stderr: terminal('err'), env, cwd: process.cwd(), signal }
  return { code: await run(argv, io), ...written }
}

describe('a story', () => {
  test('has a colour for each lane, and none elsewhere or where none is wanted', async () => {
    const { out } = await onTerminal(['explain', file], 200)
    expect(out).toContain(`${COLOR}34mparent${COLOR}39m`)
    expect(out).toContain(`${COLOR}35mchild${COLOR}39m`)
    const plain = await forkcheck(['explain', file])
    expect(plain.out).not.toContain(COLOR)
    expect(stripVTControlCharacters(out)).toBe(plain.out)
    expect((await onTerminal(['explain', file], 200, { NO_COLOR: '1' })).out).toBe(plain.out)
  })
  test.each([120, 80, 60])('fits %i columns', async (columns) => {
    const { out } = await onTerminal(['explain', file], columns, { NO_COLOR: '1' })
    const long = lines(out).filter((line) => line.length > columns)
    // A file name is not broken.
    expect(long.filter((line) => !line.includes(file))).toEqual([])
  })
  test('is as wide as it likes in a file or a pipe', async () => {
    const { out } = await forkcheck(['explain', file, '--full'])
    expect(Math.max(...lines(out).map((line) => line.length))).toBeGreaterThan(120)
  })
})

describe('a check', () => {
  const argv = ['check', 'bgsave', '--system', 'async-fork']
  test('says how far it is, and leaves nothing of that behind', async () => {
    const { code, out, err } = await onTerminal(argv, 120)
    expect(code).toBe(0)
    expect(err).toMatch(
      /async-fork \/ bgsave {2}[\d,]+ states \([\d,]+\/s\) {2}[\d,]+ transitions {2}queue [\d,]+ {2}depth \d+ {2}\d+ MB/,
    )
    expect(out).not.toContain('queue')
    expect((await onTerminal([...argv, '--quiet'], 120)).err).toBe('')
    expect((await forkcheck(argv)).err).toBe('')
  })
  test('ends with what came of all of it', async () => {
    const small = ['protect', 'huge-pages-reused', '--system', 'linux']
    const { out } = await forkcheck(['check', ...small])
    expect(lines(out).at(-1)).toMatch(
      /^2 hold: [\d,]+ states in \d+\.\d\d s, every reachable state was seen, no reductions$/,
    )
    const cut = await forkcheck(['check', ...small, '--max-states', '60'])
    expect(cut.code).toBe(3)
    expect(lines(cut.out).at(-1)).toMatch(/^1 holds, 1 incomplete: .*, NOT everything was seen$/)
  })
})

test('a line about several checks says how much time is left, once that can be known', () => {
  expect(timeLeft(10, 5, 20)).toBe('  about 30 s left')
  expect(timeLeft(10, 0, 20)).toBe('')
  expect(timeLeft(0.5, 3, 20)).toBe('')
})

test('a line about several checks has a bar', () => {
  let err = ''
  const write = (text: string) => {
    err += text
  }
  const stderr: Out = { isTTY: true, columns: 120, write }
  const io = { stdout: stderr, stderr, env: {}, cwd: '.', signal: new AbortController().signal }
  let now = 0
  const line = new ProgressLine(io, false, () => now)
  line.part(0, 4)
  now = 10
  line.begin('2 threads')
  line.part(1, 4)
  now = 12
  line.show({ count: 500, text: (rate) => `500 states (${rate})` })
  line.end()
  const shown = '[#####---------------] 1 of 4  about 36 s left  2 threads  500 states (250/s)'
  expect(stripVTControlCharacters(err)).toContain(shown)
})
