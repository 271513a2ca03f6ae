/** `check --certificate` and `verify`: a verdict is confirmed without the search, or rejected. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { forkcheck, lines, temporaryFolder } from './command.js'

const folder = temporaryFolder()
const run = (...argv: string[]) => forkcheck(argv, { cwd: folder })
const SMALL = ['check', 'unmap-whole', '--system', 'linux']
let good: string[]

/** Verifies the certificate with some of its lines changed. */
async function verifyChanged(change: (lines: string[]) => string[], ...options: string[]) {
  writeFileSync(join(folder, 'changed.cert'), `${change([...good]).join('\n')}\n`)
  return run('verify', 'changed.cert', ...options)
}

/** Changes the claim of the only run. */
const claim = (part: (claim: Record<string, unknown>) => object) => (all: string[]) =>
  all.with(1, JSON.stringify({ ...JSON.parse(all[1]), ...part(JSON.parse(all[1])) }))

beforeAll(async () => {
  const { code, out } = await run(...SMALL, '--certificate', 'good.cert')
  expect(code).toBe(0)
  expect(out).toContain('\ncertificate  good.cert: 1 of 1 runs\n')
  good = lines(readFileSync(join(folder, 'good.cert'), 'utf8'))
})

test('a certificate is confirmed', async () => {
  const { code, out, err } = await run('verify', 'good.cert')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(
    /^confirmed {2}linux unmap-whole: \d+ properties hold, \d+ states, \d+ steps\n/,
  )
  const { runs } = JSON.parse((await run('verify', 'good.cert', '--json')).out)
  expect(runs).toMatchObject([{ verdict: 'holds', status: 'confirmed' }])
})

describe('a certificate is rejected, with 1 and the reason', () => {
  test.each<[string, (all: string[]) => string[], RegExp]>([
    [
      'a state dropped',
      (all) => claim(({ states }) => ({ states: Number(states) - 1 }))(all).toSpliced(5, 1),
      /not in the list/,
    ],
    ['a digit changed', (all) => all.with(4, changed(all[4])), /not in |is not a state/],
    [
      'a property left out',
      claim(({ properties }) => ({ properties: (properties as string[]).slice(1) })),
      /property \w+ was asked for and is not certified/,
    ],
    [
      'a rank changed',
      (all) => all.map((line, i) => (i > 1 ? line.replace(/ \d+/, ' 7') : line)),
      /no fair group leads on from all states of rank 7/,
    ],
    ['another model', claim(() => ({ system: 'async-fork' })), /it is of another model than/],
    ['ranks left out', claim(() => ({ ranked: [] })), /has no ranks/],
  ])('%s', async (_, change, reason) => {
    const { code, out } = await verifyChanged(change)
    expect(out).toMatch(/^rejected {3}/)
    expect(out).toMatch(reason)
    expect(code).toBe(1)
  })
})

/** A line with another last digit of its state. */
function changed(line: string): string {
  return line.replace(/(\w)( |$)/, (_, digit, end) => `${digit === '0' ? '1' : '0'}${end}`)
}

describe('what is no certificate is bad input', () => {
  test.each<[string, (all: string[]) => string[], string]>([
    ['an empty file', () => [''], 'changed.cert:1: not a line of a certificate'],
    ['another file', () => ['{}'], 'changed.cert:1: certificate: '],
    ['a missing run', (all) => all.slice(0, 1), 'changed.cert: ends before its last run'],
    ['a line too many', (all) => [...all, 'x'], 'changed.cert: has more lines than its head says'],
    ['an unknown system', claim(() => ({ system: 'x' })), 'changed.cert: unknown system x: '],
    ['an unknown field', claim(() => ({ more: 1 })), 'changed.cert:2: more: '],
  ])('%s', async (_, change, message) => {
    const { code, err } = await verifyChanged(change)
    expect(err).toContain(message)
    expect(lines(err)).toHaveLength(1)
    expect(code).toBe(2)
  })

  test('a file that is not there, one that cannot be written', async () => {
    expect(await run('verify', 'none.cert')).toEqual({
      code: 2,
      out: '',
      err: 'forkcheck: none.cert: no such file\n',
    })
    writeFileSync(join(folder, 'file'), '')
    const { code, out, err } = await run(...SMALL, '--certificate', 'file/x.cert')
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^forkcheck: --certificate file\/x.cert: .*\n$/)
  })
})

test('the certificate of a violated run is its counterexample', async () => {
  const check = ['check', '--mutant', 'linux-no-flush', '--certificate', 'bad.cert']
  expect((await run(...check)).code).toBe(1)
  const { code, out } = await run('verify', 'bad.cert')
  expect(out).toMatch(/^confirmed {2}linux \S+ mutant linux-no-flush: violates \w+, \d+ steps\n/)
  expect(code).toBe(1)
  const [head, section] = lines(readFileSync(join(folder, 'bad.cert'), 'utf8'))
  const { schedule, ...others } = JSON.parse(section)
  const shorter = JSON.stringify({ ...others, schedule: schedule.slice(0, -1) })
  writeFileSync(join(folder, 'bad.cert'), `${head}\n${shorter}\n`)
  expect((await run('verify', 'bad.cert')).out).toMatch(/^rejected .*the schedule does not violate/)
})

test('a run that did not see everything has none, and says so', async () => {
  const check = [...SMALL, '--max-states', '10', '--certificate', 'part.cert']
  const { code, out } = await run(...check)
  expect(code).toBe(3)
  expect(out).toContain(
    '\ncertificate  part.cert: 0 of 1 runs, none for 1: not everything was seen\n',
  )
  const verified = await run('verify', 'part.cert')
  expect(verified.out).toMatch(/^none {7}linux unmap-whole: --max-states 10\n/)
  expect(verified.code).toBe(3)
})

test('a certificate of some properties is one of these only', async () => {
  const check = [...SMALL, '--property', 'noStaleTranslation', '--certificate', 'some.cert']
  expect((await run(...check)).code).toBe(0)
  expect((await run('verify', 'some.cert')).code).toBe(1)
  const { code, out } = await run('verify', 'some.cert', '--property', 'noStaleTranslation')
  expect(out).toMatch(/^confirmed {2}linux unmap-whole: 1 of \d+ properties hold/)
  expect(code).toBe(0)
})

describe('the certificate of a proof', () => {
  const proof: string[] = []

  beforeAll(async () => {
    const bounds = ['--operations', 'munmap', '--simulated', '100']
    const { code } = await run('prove', 'async-fork', ...bounds, '--certificate', 'proof.cert')
    expect(code).toBe(0)
    proof.push(...lines(readFileSync(join(folder, 'proof.cert'), 'utf8')))
  })

  /** Where the section of a position begins. */
  const sectionOf = (position: string) =>
    proof.findIndex((line) => line.startsWith('{') && line.includes(`"position":"${position}"`))

  test('is confirmed: every position by its list of states', async () => {
    const { code, out } = await run('verify', 'proof.cert')
    for (const position of ['only', 'first', 'middle', 'last'])
      expect(out).toMatch(
        new RegExp(`^confirmed {2}async-fork position ${position}: \\d+ prop`, 'm'),
      )
    expect(code).toBe(0)
  })

  test('is rejected without one state', async () => {
    const at = sectionOf('first')
    const section = JSON.parse(proof[at])
    const head = JSON.stringify({ ...section, states: section.states - 1 })
    const changed = proof.with(at, head).toSpliced(at + 100, 1)
    writeFileSync(join(folder, 'proof.cert'), `${changed.join('\n')}\n`)
    const { code, out } = await run('verify', 'proof.cert')
    expect(out).toMatch(/^rejected {3}async-fork position first: .* not in the list$/m)
    expect(code).toBe(1)
  })

  test('proves nothing without one position', async () => {
    const changed = [proof[0].replace('"runs":4', '"runs":3'), ...proof.slice(sectionOf('first'))]
    writeFileSync(join(folder, 'proof.cert'), `${changed.join('\n')}\n`)
    const { code, out } = await run('verify', 'proof.cert')
    expect(out).toContain('\nno proof: position only is missing\n')
    expect(code).toBe(3)
  })
})
