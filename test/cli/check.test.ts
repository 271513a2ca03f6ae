/** `forkcheck check`: verdicts, exit codes, the JSON that people script against. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageVersion } from '../../cli/package.js'
import { forkcheck, lines, temporaryFolder, write } from './command.js'

const folder = temporaryFolder()

const small = {
  format: 1,
  name: 'small',
  pages: 2,
  vmas: [{ from: 0, to: 2 }],
  parent: [[{ do: 'fork' }, { do: 'write', page: 0 }]],
  child: [{ do: 'read', page: 0 }],
}
const scenarioFile = write(folder, 'small.json', JSON.stringify(small))
const mutantFile = write(
  folder,
  'mine.mjs',
  `export default ({ helpers: { expectSnapshot } }) => ({
    name: 'mine',
    system: 'linux',
    change: { forkFlush: { effect: (s, t) => { expectSnapshot(s, 1); s.thread[t].pc = 'fork.unlock' } } },
  })`,
)

test('a mutant of your own that names no scenario is looked for until it is caught', async () => {
  const argv = ['check', '--mutant', 'anywhere.mjs', '--quiet']
  write(
    folder,
    'anywhere.mjs',
    "export default { name: 'anywhere', system: 'linux', change: { forkPage: { effect: (s, t) => { s.thread[t].pc = 'fork.pages' } } } }",
  )
  const { code, out } = await forkcheck([...argv, '--no-shrink'], { cwd: folder })
  expect(code).toBe(1)
  expect(lines(out).filter((line) => / violated {2,}/.test(line))).toHaveLength(1)
  expect(lines(out).at(-1)).toMatch(
    /^(\d+ holds?, )?1 violated, \d+ not started: .* a mutant of your own is caught once, --continue goes on/,
  )
})

test('--digest prints a number for each reachable graph, the same for the same graph', async () => {
  const digest = async (...more: string[]) => {
    const argv = ['check', 'protect', '--system', 'linux', '--digest', '--json', ...more]
    const { out } = await forkcheck(argv)
    return JSON.parse(out).runs[0].digest
  }
  const whole = await digest()
  expect(whole).toMatch(/^[0-9a-f]{32}$/)
  expect(await digest('--property', 'noDeadlock')).toBe(whole)
  const mutant = (name: string) => digest('--mutant', name, '--continue')
  // With a single thread there is no other CPU, and the faulting one has dropped its own entry.
  expect(await mutant('linux-install-no-flush')).toBe(whole)
  expect(await mutant('linux-no-reference')).not.toBe(whole)
  expect(await digest('--max-states', '50')).toBeNull()
  const { out } = await forkcheck(['check', 'protect', '--system', 'linux', '--digest'])
  expect(lines(out)).toContain(`digest    ${whole}  linux protect`)
  const without = await forkcheck(['check', 'protect', '--system', 'linux', '--json'])
  expect(JSON.parse(without.out).runs[0].digest).toBeNull()
})

describe('exit codes', () => {
  test('0 when everything was seen and nothing violated', async () => {
    const { code, out, err } = await forkcheck(['check', 'protect', '--system', 'linux'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(lines(out)[0]).toBe('linux')
    expect(lines(out)[2]).toMatch(/^protect +holds +\d+ +\d+ +\d+ +\d+\.\d\d$/)
  })
  test('1 when something is violated, and a violation counts more than an early end', async () => {
    const { code, out } = await forkcheck(['check', '--mutant', 'linux-no-flush'])
    expect(code).toBe(1)
    expect(out).toContain('\nviolated  childSeesForkTimeMemory   15 steps, 2 switches\n')
    expect(out).toContain(
      '\nagain     forkcheck check two-writers --system linux --mutant linux-no-flush\n',
    )
    const both = ['check', 'two-writers', 'bgsave', '--mutant', 'linux-no-flush']
    expect((await forkcheck([...both, '--max-states', '200'])).code).toBe(1)
  })
  test.each([
    ['--max-states', '50'],
    ['--max-depth', '5'],
  ])('3 when %s ends the search', async (...limit) => {
    const { code, out } = await forkcheck(['check', 'protect', ...limit])
    expect(code).toBe(3)
    expect(out).toContain(`incomplete (${limit[0]} `)
    expect(out).not.toContain('holds')
  })
  test('3 when the time is up, for what has not begun as well', async () => {
    const { code, out } = await forkcheck(['check', 'protect', 'bgsave', '--time', '1ms'])
    expect(code).toBe(3)
    expect(lines(out).at(-3)).toMatch(/^bgsave +incomplete \(--time 0.001s\) +0 /)
    // A fast machine may be done with the first one in that time.
    expect(lines(out).at(-1)).toMatch(
      /^(1 holds, 3|4) incomplete: \d+ states in .* NOT everything was seen$/,
    )
  })
  test('130 when interrupted, with what was found', async () => {
    const stop = new AbortController()
    stop.abort()
    const { code, out, err } = await forkcheck(['check', 'bgsave'], { signal: stop.signal })
    expect({ code, out, err }).toEqual({
      code: 130,
      out: '\n2 not started: 0 states in 0.00 s, NOT everything was seen\n',
      err: 'forkcheck: interrupted, 2 checks not started\n',
    })
  })
})

describe('a violation is told short', () => {
  const broken = ['check', '--mutant', 'linux-no-flush']

  test('unasked, with what it was before; or as it was found', async () => {
    const { out } = await forkcheck(broken)
    expect(out).toMatch(/^violated {2}childSeesForkTimeMemory {3}15 steps, 2 switches$/m)
    expect(out).toMatch(/^shrunk {4}22 -> 15 steps, 3 -> 2 switches, \d+ replays$/m)
    const found = (await forkcheck([...broken, '--no-shrink'])).out
    expect(found).toMatch(/^violated {2}childSeesForkTimeMemory {3}22 steps, 3 switches$/m)
    expect(found).not.toContain('shrunk')
  })

  test('data and files hold what was found, unless asked', async () => {
    const runOf = async (...more: string[]) =>
      JSON.parse((await forkcheck([...broken, '--json', ...more], { cwd: folder })).out).runs[0]
    const found = await runOf('--out', 'found')
    expect(found.counterexample.steps).toBe(19)
    expect(found).not.toHaveProperty('shrunk')
    const asked = await runOf('--shrink', '--out', 'short')
    expect(asked.counterexample.steps).toBe(19)
    expect(asked.shrunk).toMatchObject({ steps: 12, switches: 1 })
    const stepsIn = (name: string) =>
      readdirSync(join(folder, name, 'linux')).map(
        (file) => JSON.parse(readFileSync(join(folder, name, 'linux', file), 'utf8')).steps,
      )
    expect([stepsIn('found'), stepsIn('short')]).toEqual([[19], [12]])
  })
})

describe('the end line says what was not looked at', () => {
  const endOf = async (...argv: string[]) => lines((await forkcheck(argv)).out).at(-1)
  const protect = ['check', 'protect', '--system', 'linux']

  test('properties that were not asked for', async () => {
    expect(await endOf(...protect)).toMatch(/every reachable state was seen, no reductions$/)
    expect(await endOf(...protect, '--property', 'noDeadlock')).toMatch(
      /was seen, no reductions; \d+ properties not looked at \(not asked for\)$/,
    )
    const { out } = await forkcheck([...protect, '--property', 'noDeadlock', '--json'])
    const [{ remarks }] = JSON.parse(out).runs
    expect(remarks).toEqual([expect.stringMatching(/^\d+ properties not looked at/)])
  })

  test('an option that the system sets otherwise', async () => {
    const end = await endOf('check', 'two-copiers', '--system', 'async-fork-bytedance')
    expect(end).toMatch(/; option copiers is 1 in async-fork-bytedance, not 2/)
  })

  test('a mutant that changes nothing that can be reached', async () => {
    const end = await endOf('check', 'protect', '--mutant', 'linux-install-no-flush')
    expect(end).toMatch(/^1 holds: .*; same state graph as the sound system; it differs in: two-/)
  })

  test('a situation that never comes about has a word of its own, and catches no mutant', async () => {
    write(folder, 'never.json', JSON.stringify(NEVER))
    const argv = ['check', '--scenario', 'never.json', '--system', 'linux']
    const { code, out } = await forkcheck(argv, { cwd: folder })
    expect(code).toBe(1)
    expect(out).toMatch(/^never +unreached /m)
    expect(lines(out).at(-1)).toMatch(/^1 unreached: /)
  })
})

/** Nothing in it can fail. */
const NEVER = {
  format: 1,
  name: 'never',
  pages: 2,
  vmas: [{ from: 0, to: 2 }],
  parent: [[{ do: 'fork' }]],
  child: [{ do: 'read', page: 0 }],
  reaches: ['frameIsCopied'],
}

describe('--json', () => {
  test('is one document of the agreed shape', async () => {
    const { code, out } = await forkcheck(['check', 'protect', '--system=linux', '--json'])
    const { runs, ...rest } = JSON.parse(out)
    expect({ code, rest }).toEqual({ code: 0, rest: { format: 1, version: packageVersion() } })
    expect(runs).toHaveLength(1)
    expect(runs[0]).toMatchObject({
      system: 'linux',
      scenario: 'protect',
      mutant: null,
      verdict: 'holds',
      deadlocks: 0,
      storage: 'exact',
      reductions: [],
      counterexample: null,
      limit: null,
      witnesses: [],
    })
    for (const field of [
      'states',
      'transitions',
      'depth',
      'statesPerSecond',
      'bytesPerState',
      'hashLoad',
    ])
      expect(runs[0][field]).toBeGreaterThan(0)
    for (const { name, kind, verdict } of runs[0].properties) {
      expect(name).toBeTypeOf('string')
      expect(['always', 'eventually', 'sometimes']).toContain(kind)
      expect(['holds', 'unreached']).toContain(verdict)
    }
  })
  test('holds the schedule of a violation, and the story goes away', async () => {
    const { code, out } = await forkcheck(['check', '--mutant', 'linux-no-flush', '--json'])
    const [{ counterexample, mutant, verdict, properties }] = JSON.parse(out).runs
    expect({ code, mutant, verdict }).toEqual({
      code: 1,
      mutant: 'linux-no-flush',
      verdict: 'violated',
    })
    expect(counterexample).toMatchObject({ property: 'noStaleTranslation', steps: 19, switches: 2 })
    expect(counterexample.schedule).toHaveLength(19)
    expect(counterexample.schedule).toContain('parent2.walk(0)')
    const broken = properties.filter((p: { verdict: string }) => p.verdict === 'violated')
    expect(broken).toHaveLength(1)
    expect(broken[0].explanation).toContain('parent2')
  })
})

test('--junit writes a report beside what is printed, also of what was not run', async () => {
  const argv = ['check', '--mutant', 'linux-no-flush', '--junit', 'junit.xml']
  const { code, out } = await forkcheck(argv, { cwd: folder })
  const report = readFileSync(join(folder, 'junit.xml'), 'utf8')
  expect(code).toBe(1)
  expect(report).toContain('<testsuite name="linux/two-writers/linux-no-flush"')
  expect(report).toMatch(/<failure message="the CPU of parent2 [^"]*">violated +childSees/)
  expect(out).toMatch(/^linux, mutant linux-no-flush\n/)
  const stop = new AbortController()
  stop.abort()
  const again = await forkcheck(argv, { cwd: folder, signal: stop.signal })
  expect(again.code).toBe(130)
  expect(readFileSync(join(folder, 'junit.xml'), 'utf8')).toContain(' errors="1" ')
})

describe('choices', () => {
  test('an outside scenario, and systems by comma', async () => {
    const argv = ['check', '--scenario', scenarioFile, '--system', 'linux,async-fork', '--json']
    const { code, out } = await forkcheck(argv, { cwd: folder })
    const runs = JSON.parse(out).runs as { system: string; scenario: string }[]
    expect(code).toBe(0)
    expect(runs.map((r) => [r.system, r.scenario])).toEqual([
      ['linux', 'small'],
      ['async-fork', 'small'],
    ])
  })
  test('an outside mutant, given the vocabulary, saved with the name of its file', async () => {
    const argv = ['check', 'two-writers', '--mutant', `./${mutantFile}`, '--out', 'mine']
    const { code, out } = await forkcheck(argv, { cwd: folder })
    expect(code).toBe(1)
    const [file] = readdirSync(join(folder, 'mine/linux'))
    expect(out).toContain(
      `\nreplay    forkcheck replay mine/linux/${file} --mutant ./${mutantFile}\n`,
    )
    const saved = JSON.parse(readFileSync(join(folder, 'mine/linux', file), 'utf8'))
    expect(saved).toMatchObject({ mutant: 'mine', provenance: { mutantFile } })
    const replay = ['replay', `mine/linux/${file}`]
    expect(await forkcheck(replay, { cwd: folder })).toMatchObject({
      code: 2,
      err: `forkcheck: mine/linux/${file}: mutant mine comes from a file, mine.mjs: name it with --mutant FILE.mjs\n`,
    })
    const named = await forkcheck([...replay, '--mutant', mutantFile], { cwd: folder })
    expect(named.code).toBe(0)
  })
  test('--property watches nothing else', async () => {
    const argv = ['check', 'bgsave', '--mutant', 'no-copy-lock', '--json', '--property']
    const { out } = await forkcheck([...argv, 'childSeesForkTimeMemory,noDeadlock'])
    const watched = JSON.parse(out).runs[0].properties.filter(
      (p: { verdict: string }) => p.verdict !== 'unchecked',
    )
    expect(watched.map((p: { name: string }) => p.name)).toEqual([
      'childSeesForkTimeMemory',
      'noDeadlock',
    ])
  })
  test('--witness shows the way to a situation', async () => {
    const { code, out } = await forkcheck([
      'check',
      'bgsave-log-line',
      '--witness=vmaCallWaitsForCopier',
    ])
    expect(code).toBe(0)
    expect(out).toMatch(/\nreached +vmaCallWaitsForCopier {3}\d+ steps/)
    expect(out).toContain('--witness vmaCallWaitsForCopier\n')
  })
})

test('--out writes each counterexample once, whole, and again the same', async () => {
  const argv = ['check', '--mutant', 'linux-no-flush', '--out', 'found', '--quiet']
  await forkcheck(argv, { cwd: folder })
  const [file, ...others] = readdirSync(join(folder, 'found/linux'))
  expect(others).toEqual([])
  expect(file).toMatch(/^noStaleTranslation-[0-9a-f]{8}\.cex\.json$/)
  const text = readFileSync(join(folder, 'found/linux', file), 'utf8')
  await forkcheck(argv, { cwd: folder })
  expect(readdirSync(join(folder, 'found/linux'))).toEqual([file])
  expect(readFileSync(join(folder, 'found/linux', file), 'utf8')).toBe(text)
  expect(Object.keys(JSON.parse(text))).toEqual([...Object.keys(JSON.parse(text))].sort())
  expect(statSync(join(folder, 'found')).isDirectory() && existsSync(folder)).toBe(true)
})
