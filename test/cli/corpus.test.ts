/** The corpus from the command line: taking in, setting right, reviewing. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CounterexampleFile } from '../../runs/counterexample.js'
import { counterexamplePath, printCounterexample } from '../../runs/counterexample.js'
import { counterexampleFile, exampleOf, noFlush } from '../support/counterexamples.js'
import { forkcheck, lines, temporaryFolder } from './command.js'

const folder = temporaryFolder()
const run = (...argv: string[]) => forkcheck(argv, { cwd: folder })
const read = (path: string) => readFileSync(join(folder, path), 'utf8')
const put = (path: string, text: string) => writeFileSync(join(folder, path), text)

const first = counterexampleFile(noFlush)
const second = counterexampleFile(exampleOf('linux-no-reference'))
const pathOf = (file: CounterexampleFile) => `counterexamples/${counterexamplePath(file)}`

/** The counterexamples there are, by their paths. */
function saved(): string[] {
  const files = readdirSync(join(folder, 'counterexamples'), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.json')).sort()
}

beforeEach(async () => {
  rmSync(join(folder, 'counterexamples'), { recursive: true, force: true })
  put('first.json', printCounterexample(first))
  put('second.json', printCounterexample(second))
  await run('corpus', 'add', 'first.json', 'second.json')
})

describe('add', () => {
  test('takes files in under the names of their content, with an index', async () => {
    expect(saved()).toEqual([counterexamplePath(first), counterexamplePath(second)].sort())
    expect(read(pathOf(first))).toBe(printCounterexample(first))
    expect(read('counterexamples/README.md')).toContain(`](${counterexamplePath(second)}) | `)
    expect((await run('corpus', 'check')).code).toBe(0)
    const again = await run('corpus', 'add', 'second.json')
    expect(again).toMatchObject({ code: 0, out: `known  ${pathOf(second)}\n` })
    expect(saved()).toHaveLength(2)
  })
  test('refuses what does not reproduce', async () => {
    put('fixed.json', printCounterexample({ ...first, mutant: null }))
    const { code, out } = await run('corpus', 'add', 'fixed.json')
    expect(code).toBe(1)
    expect(out).toBe(
      `refused  fixed.json: all ${first.steps} steps run, and noStaleTranslation holds\n`,
    )
    expect(saved()).toHaveLength(2)
  })
  test('from what check and simulate have printed', async () => {
    const check = await run('check', '--mutant', 'linux-failed-fork-leaks', '--json')
    put('check.json', check.out)
    const simulate = ['simulate', '--mutant', 'linux-reuses-shared-frame', '--seed', '1', '--json']
    put('simulate.json', (await run(...simulate)).out)
    const { code, out } = await run('corpus', 'add', 'check.json', 'simulate.json')
    expect(code).toBe(0)
    expect(lines(out).map((line) => line.replace(/-[0-9a-f]{8}/, ''))).toEqual([
      'added  counterexamples/linux/deadChildLeavesNothing.cex.json',
      expect.stringMatching(/^added {2}counterexamples\/linux\/\w+\.cex\.json$/),
    ])
    expect((await run('corpus', 'check')).code).toBe(0)
    const other = JSON.parse(check.out)
    other.runs[0].scenario = 'mine'
    put('check.json', JSON.stringify(other))
    expect((await run('corpus', 'add', 'check.json')).err).toContain(
      'scenario mine is not a standard',
    )
  })
  test('--shrink makes them small first', async () => {
    const { out } = await run('corpus', 'add', 'first.json', '--shrink', '--to', 'small')
    const [, path] = /added {2}(\S+)/.exec(out) ?? []
    expect(JSON.parse(read(path)).steps).toBeLessThan(first.steps)
  })
})

describe('update', () => {
  const update = (...argv: string[]) => run('corpus', 'update', ...argv)

  /** Shows first, then does it; afterwards there is nothing left to do. */
  async function expectUpdate(said: RegExp, ...argv: string[]): Promise<void> {
    expect((await run('corpus', 'check')).code).toBe(1)
    const before = saved().map((path) => [path, read(`counterexamples/${path}`)])
    const shown = await update(...argv)
    expect(shown.code).toBe(1)
    expect(shown.out).toMatch(said)
    expect(saved().map((path) => [path, read(`counterexamples/${path}`)])).toEqual(before)
    expect(await update('--accept', ...argv)).toMatchObject({ code: 0 })
    expect((await run('corpus', 'check')).code).toBe(0)
    expect(await update()).toMatchObject({ code: 0, out: 'every file is as it should be\n' })
  }

  test('what is fixed becomes a promise', async () => {
    const fixed = { ...first, mutant: null }
    rmSync(join(folder, pathOf(first)))
    put(pathOf(fixed), printCounterexample(fixed))
    await expectUpdate(/^rewrite {2}\S+: all \d+ steps run, and noStaleTranslation holds\n/)
    expect(JSON.parse(read(pathOf(fixed)))).toMatchObject({ expect: 'holds' })
    expect(read('counterexamples/README.md')).toContain(' holds again ')
  })
  test('what has another name gets its own', async () => {
    renameSync(join(folder, pathOf(first)), join(folder, 'counterexamples/linux/mine.cex.json'))
    await expectUpdate(/^rewrite {2}\S+mine\.cex\.json: now linux\/noStaleTranslation-/)
    expect(saved()).toContain(counterexamplePath(first))
  })
  test('what is stale is searched for again', async () => {
    const schedule = first.schedule.with(3, 'parent.forkFlush')
    rmSync(join(folder, pathOf(first)))
    const stale = { ...first, schedule }
    put(pathOf(stale), printCounterexample(stale))
    await expectUpdate(/^replace {2}\S+: step 4: .* is not enabled.*; found again in \d+ steps/)
    expect(saved()).toContain(counterexamplePath(first))
  })
  test('what is stale and cannot be found again goes', async () => {
    const schedule = first.schedule.with(3, 'parent.forkFlush')
    rmSync(join(folder, pathOf(first)))
    const stale = { ...first, schedule, mutant: null }
    put(pathOf(stale), printCounterexample(stale))
    await expectUpdate(/^remove {3}\S+: .*; nothing violates noStaleTranslation there any more\n/)
    expect(saved()).toEqual([counterexamplePath(second)])
  })
  test('renamed rules are renamed', async () => {
    const schedule = first.schedule.map((label) => label.replace(/\.fork$/, '.clone'))
    rmSync(join(folder, pathOf(first)))
    const renamed = { ...first, schedule }
    put(pathOf(renamed), printCounterexample(renamed))
    const { out } = await run('corpus', 'check')
    expect(out).toContain('stale')
    expect(out).toContain('there is no action parent.clone')
    await expectUpdate(/^rewrite {2}\S+: now linux\/noStaleTranslation-/, '--rename', 'clone=fork')
    expect(read(pathOf(first))).toBe(printCounterexample(first))
  })
  test('what cannot be read is left, and fails', async () => {
    put('counterexamples/linux/broken.cex.json', '{')
    const { code, out } = await update('--accept')
    expect(code).toBe(1)
    expect(out).toMatch(/^left {5}counterexamples\/linux\/broken\.cex\.json: not JSON: /)
    const { files } = JSON.parse((await update('--json')).out)
    expect(files).toMatchObject([{ what: 'left', instead: null }])
  })
  test('a README of somebody else stays', async () => {
    put('counterexamples/README.md', 'Mine.\n')
    await update('--accept')
    expect(read('counterexamples/README.md')).toBe('Mine.\n')
  })
})

describe('what a file says of its run is compared with the replay', () => {
  test.each([
    ['switches', { switches: 1 }, / its schedule has \d+ switches, not 1/],
    [
      'explanation',
      { explanation: 'it is nothing' },
      / its explanation is not that of the replay, "/,
    ],
  ])('%s', async (_, change, message) => {
    put(pathOf(first), printCounterexample({ ...first, ...change }))
    const checked = await run('corpus', 'check')
    expect(checked.code).toBe(1)
    expect(checked.out).toMatch(message)
    expect((await run('replay', pathOf(first))).out).toMatch(/^the file is not true: its /m)
    expect((await run('corpus', 'update', '--accept')).code).toBe(0)
    expect(read(pathOf(first))).toBe(printCounterexample(first))
  })
})

describe('review', () => {
  const git = (...argv: string[]) => {
    const who = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.org']
    return execFileSync('git', [...who, ...argv], { cwd: folder, encoding: 'utf8' })
  }
  const review = (...argv: string[]) => run('corpus', 'review', ...argv)
  const third = counterexampleFile(exampleOf('linux-failed-fork-leaks'))
  const longer: CounterexampleFile = {
    ...first,
    schedule: ['parent2.fault(0)', ...first.schedule],
    steps: first.steps + 1,
    explanation: 'as it was',
  }

  beforeAll(() => {
    git('init', '--quiet')
  })
  beforeEach(() => {
    put(pathOf(longer), printCounterexample(longer))
    rmSync(join(folder, pathOf(first)))
    git('add', '--all', '--force')
    git('commit', '--quiet', '--allow-empty', '--message', 'before')
    rmSync(join(folder, pathOf(longer)))
    rmSync(join(folder, pathOf(second)))
    put(pathOf(first), printCounterexample(first))
    put(pathOf(third), printCounterexample(third))
  })

  test('tells what is new, gone, and shorter, with every story', async () => {
    const { code, out } = await review()
    expect(code).toBe(0)
    const length = `${longer.steps} -> ${first.steps} steps`
    expect(lines(out).slice(0, 3)).toEqual([
      `new  deadChildLeavesNothing, linux, mutant linux-failed-fork-leaks, ${third.steps} steps, as expected`,
      `changed  noStaleTranslation, linux, mutant linux-no-flush, ${length}, as expected`,
      `gone  framesAreCounted, linux, mutant linux-no-reference, ${second.steps} steps, not there any more`,
    ])
    expect(out.match(/^violated {2}/gm)).toHaveLength(2)
    expect(out).toContain(`\nreplay    forkcheck replay ${pathOf(first)}\n`)
  })
  test('as one page for a pull request', async () => {
    const { code } = await review('--format', 'markdown', '--out', 'review.md')
    const text = read('review.md')
    expect(code).toBe(0)
    expect(text).toMatch(/^# Counterexamples\n\nChanges since `HEAD`\.\n\n\| what \|/)
    expect(text.match(/^```mermaid\nsequenceDiagram\n/gm)).toHaveLength(2)
    expect(text.match(/^## \d+\. /gm)).toHaveLength(3)
    expect(text.match(/<details><summary>step by step/g)).toHaveLength(2)
    expect(text.match(/<details><summary>old steps beside new ones/g)).toHaveLength(1)
  })
  test('what ends otherwise than expected is looked at, changed or not', async () => {
    git('add', '--all', '--force')
    git('commit', '--quiet', '--message', 'after')
    expect(await review()).toMatchObject({ code: 0, out: 'nothing has changed since HEAD\n' })
    const fixed = { ...first, mutant: null }
    put(pathOf(fixed), printCounterexample(fixed))
    git('add', '--all', '--force')
    git('commit', '--quiet', '--message', 'worse')
    const { code, out } = await review('--format', 'json')
    expect(code).toBe(1)
    expect(JSON.parse(out).changes).toMatchObject([
      { kind: 'unexpected', path: pathOf(fixed), ends: expect.stringMatching(/^fixed: all/) },
    ])
    expect((await review('--since', 'HEAD~2', '--format', 'json')).code).toBe(1)
  })
  test('with keys, step by step', async () => {
    const pressed = ['space', 'down', 'up', 'x', 'end', 'n', 'left', 'home', 'q', 'n']
    async function* keys() {
      yield* pressed
    }
    const { code, out } = await forkcheck(['corpus', 'review'], { cwd: folder, keys })
    expect(code).toBe(0)
    const screens = out.split('\x1b[2J\x1b[H').slice(1)
    // One at first, then one for each key that means something, up to the q.
    expect(screens).toHaveLength(8)
    const shown = screens.map((screen) => [
      /^(\d) of 3/.exec(screen)?.[1],
      screen.match(/^ +\*?\d+ +parent {2}/gm)?.length ?? 0,
      screen.includes('\nbecause '),
    ])
    expect(shown).toEqual([
      ['1', 0, false],
      ['1', 1, false],
      ['1', 2, false],
      ['1', 1, false],
      ['1', third.steps, true],
      ['2', 0, false],
      ['1', 0, false],
      ['1', 0, false],
    ])
  })
  test('a revision that is none, or looks like an option', async () => {
    for (const since of ['nosuch', '--output=x']) {
      const { code, err } = await review(`--since=${since}`)
      expect(code).toBe(2)
      expect(err).toContain('forkcheck: --since: git says: ')
    }
  })
})

test('a folder that cannot be read is bad input: what is in it would go unseen', async () => {
  const locked = join(folder, 'counterexamples/locked')
  mkdirSync(locked, { recursive: true })
  chmodSync(locked, 0)
  chmodSync(folder, 0o755)
  await run('corpus', 'check')
  // Root can read every folder.
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  const { code, err } = await run('corpus', 'check', 'counterexamples').finally(() => {
    if (isRoot) process.seteuid?.(0)
    chmodSync(locked, 0o755)
  })
  expect(err).toBe('forkcheck: counterexamples/locked: permission denied\n')
  expect(code).toBe(2)
})
