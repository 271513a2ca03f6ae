/** Saved counterexamples through the command line: replay, explain, and the corpus as a whole. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { counterexampleFile, noFlush } from '../support/counterexamples.js'
import { forkcheck, lines, temporaryFolder } from './command.js'

const folder = temporaryFolder()
const good = counterexampleFile(noFlush)

function put(name: string, content: unknown): void {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), text)
}

const run = (...argv: string[]) => forkcheck(argv, { cwd: folder })

describe('replay', () => {
  beforeAll(() => {
    put('good.cex.json', good)
    put('fixed.cex.json', { ...good, mutant: null })
    put('mended.cex.json', { ...good, mutant: null, expect: 'holds' })
    put('stale.cex.json', { ...good, schedule: good.schedule.with(4, 'parent2.write(0)') })
  })
  test('0 when it does what the file expects', async () => {
    const { code, out, err } = await run('replay', 'good.cex.json')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('  19  parent.forkFlush  <- noStaleTranslation fails\n')
    expect(out).toContain('\nreproduces: noStaleTranslation fails at step 19, the last one\n')
    expect((await run('replay', 'mended.cex.json')).code).toBe(0)
  })
  test('1 when it does not', async () => {
    const fixed = await run('replay', 'fixed.cex.json')
    expect(fixed.code).toBe(1)
    expect(lines(fixed.out).slice(-2)).toEqual([
      'fixed: all 19 steps run, and noStaleTranslation holds',
      'expected: reproduces',
    ])
    const stale = await run('replay', 'stale.cex.json')
    expect(stale.code).toBe(1)
    expect(stale.out).toContain('   5  parent2.write(0)  <- not possible\n')
    expect(stale.out).toContain('enabled there: parent2.walk(0), parent.forkEnterTable\n')
  })
  test('--json says the same', async () => {
    const { code, out } = await run('replay', 'stale.cex.json', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      status: 'stale',
      asExpected: false,
      stepsRun: 4,
      stale: { step: 5, label: 'parent2.write(0)', suggestion: null },
    })
  })
})

describe('explain', () => {
  test('tells the story, as text and as data', async () => {
    const text = await run('explain', 'good.cex.json')
    expect(text.code).toBe(0)
    expect(lines(text.out).at(-1)).toBe('replay    forkcheck replay good.cex.json')
    const json = await run('explain', 'good.cex.json', '--format', 'json')
    expect(JSON.parse(json.out)).toMatchObject({ format: 1, property: 'noStaleTranslation' })
    expect(JSON.parse(json.out).steps).toHaveLength(19)
    expect((await run('explain', 'good.cex.json', '--json')).out).toBe(json.out)
  })
  test('--all shows registers and sources', async () => {
    const { out } = await run('explain', 'good.cex.json', '--all')
    expect(out).toMatch(/\n +slot +0 +-> 1\n/)
    expect(out).toContain('(dup_mmap: mmap_write_lock_killable')
  })
  test('as a trace that can be replayed, unless somebody has changed a state', async () => {
    const { out } = await run('explain', 'good.cex.json', '--format', 'itf')
    put('good.itf.json', out)
    expect(await run('replay', 'good.itf.json')).toEqual(await run('replay', 'good.cex.json'))
    const itf = JSON.parse(out)
    itf.states[9].mm['#map'][1][1].users = 2
    put('changed.itf.json', itf)
    const changed = await run('replay', 'changed.itf.json')
    expect(changed.code).toBe(1)
    expect(changed.out).toContain('different: state 9 of the file has another mm than the replay\n')
  })
  test('writes into a file what it would print', async () => {
    const printed = await run('explain', 'good.cex.json', '--format', 'dot')
    expect(printed.out).toMatch(/^digraph "linux\/two-writers: noStaleTranslation" \{\n/)
    const argv = ['explain', 'good.cex.json', '--format', 'dot', '--out', 'out/good.dot']
    expect(await run(...argv)).toEqual({ code: 0, out: '', err: '' })
    expect(readFileSync(join(folder, 'out/good.dot'), 'utf8')).toBe(printed.out)
  })
  test('tells a stale one as far as it goes', async () => {
    const { code, out } = await run('explain', 'stale.cex.json')
    expect(code).toBe(1)
    expect(out).toContain('\nstale     step 5: parent2.write(0) is not enabled')
  })
})

describe('corpus', () => {
  const proper = 'linux/noStaleTranslation-'
  let name = ''
  beforeAll(async () => {
    await run('check', '--mutant', 'linux-no-flush', '--out', 'corpus')
    name = JSON.parse((await run('corpus', 'list', 'corpus', '--json')).out).files[0].file
  })
  test('check: every file does what it expects', async () => {
    expect(name).toContain(`corpus/${proper}`)
    const { code, out } = await run('corpus', 'check', 'corpus')
    expect(code).toBe(0)
    expect(lines(out)).toEqual([`reproduces  ${name}`, '', '1 of 1 as expected'])
  })
  test('check: a renamed file is a surprise, and its proper name is said', async () => {
    renameSync(join(folder, name), join(folder, 'corpus/mine.cex.json'))
    const { code, out } = await run('corpus', 'check', 'corpus')
    expect(code).toBe(1)
    expect(out).toContain('reproduces  corpus/mine.cex.json: by what it says it is linux/noStale')
    renameSync(join(folder, 'corpus/mine.cex.json'), join(folder, name))
  })
  test('check: 1 for each file that is corrupt, stale, fixed, or not a counterexample', async () => {
    put('corpus/a-corrupt.cex.json', '{"format": 1')
    put('corpus/b-newer.cex.json', { format: 2 })
    put('corpus/c-stale.cex.json', { ...good, schedule: good.schedule.with(0, 'parent.forkFlsh') })
    put('corpus/d-fixed.cex.json', { ...good, mutant: null })
    put('corpus/e-other.json', {})
    put('corpus/f-mutant.cex.json', { ...good, mutant: 'nosuch' })
    put('corpus/README.md', 'not looked at')
    const { code, out } = await run('corpus', 'check', 'corpus', '--json')
    const { files } = JSON.parse(out)
    expect(code).toBe(1)
    const statuses = files.map((f: { file: string; status: string; asExpected: boolean }) => [
      f.file.replace(/^corpus\/|-[0-9a-f]{8}/g, ''),
      f.status,
      f.asExpected,
    ])
    expect(statuses).toEqual([
      ['a-corrupt.cex.json', 'unreadable', false],
      ['b-newer.cex.json', 'unreadable', false],
      ['c-stale.cex.json', 'stale', false],
      ['d-fixed.cex.json', 'fixed', false],
      ['e-other.json', 'unreadable', false],
      ['f-mutant.cex.json', 'unreadable', false],
      ['linux/noStaleTranslation.cex.json', 'reproduces', true],
    ])
    expect(files[2].message).toContain(
      'there is no action parent.forkFlsh; did you mean parent.forkFlush?',
    )
    const text = await run('corpus', 'check', 'corpus')
    expect(text.out).toContain(
      'unreadable  corpus/b-newer.cex.json: format is 2: written by a newer',
    )
    expect(text.out).toContain('\n1 of 7 as expected\n')
    expect((await run('corpus', 'list', 'corpus')).code).toBe(1)
  })
})
