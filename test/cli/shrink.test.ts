/** `forkcheck shrink`, and shrinking after `simulate`: what is said, what is saved. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { counterexampleFile, exampleOf } from '../support/counterexamples.js'
import { forkcheck, lines, temporaryFolder } from './command.js'

const folder = temporaryFolder()
const run = (...argv: string[]) => forkcheck(argv, { cwd: folder })
const read = (path: string) => readFileSync(join(folder, path), 'utf8')
const good = counterexampleFile(exampleOf('linux-no-flush'))

beforeAll(() => {
  writeFileSync(join(folder, 'good.cex.json'), JSON.stringify(good))
  writeFileSync(join(folder, 'fixed.cex.json'), JSON.stringify({ ...good, mutant: null }))
})

describe('shrink', () => {
  test('tells the smaller story and by how much it is smaller', async () => {
    const { code, out } = await run('shrink', 'good.cex.json', '--out', 'smaller')
    expect(code).toBe(0)
    expect(out).toContain('\nsystem    linux, scenario two-writers-shrunk\n')
    expect(out).toMatch(/\nshrunk {4}\d+ -> \d+ steps, 2 -> 1 switches, \d+ replays\n/)
    expect(out).toContain(' 2 -> 1 page tables, 3 -> 2 threads, 5 -> 2 operations, 4 -> 1 pages\n')
    expect(out).toContain(' no shorter schedule of this scenario does it: all were tried\n')
    const [, path] = /\nreplay +forkcheck replay (\S+)\n/.exec(out) ?? []
    expect((await run('replay', path)).code).toBe(0)
    const saved = JSON.parse(read(path))
    expect(saved.provenance).toEqual({ rawSteps: good.steps, rawSwitches: good.switches })
    expect(saved.steps).toBeLessThan(good.steps)
    // Again: the same file, with the same bytes.
    const text = read(path)
    const again = await run('shrink', path, '--out', 'smaller')
    expect(again.code).toBe(0)
    expect(again.out).toContain(`${path} is already minimal\n`)
    expect(read(path)).toBe(text)
    expect(readdirSync(join(folder, 'smaller/linux'))).toHaveLength(1)
  })
  test('--json says the same', async () => {
    const { code, out } = await run('shrink', 'good.cex.json', '--json')
    const { counterexample, fewestSwitches, replays, ...rest } = JSON.parse(out)
    expect(code).toBe(0)
    expect(replays).toBeGreaterThan(5)
    expect(rest).toEqual({
      format: 1,
      file: 'good.cex.json',
      isMinimal: false,
      saved: null,
      steps: { before: good.steps, after: counterexample.steps },
      switches: { before: 2, after: 1 },
      stopped: null,
      limit: { steps: null, switches: null },
    })
    expect(counterexample).toMatchObject({ format: 1, scenario: 'two-writers-shrunk' })
    expect(fewestSwitches).toMatchObject({ steps: counterexample.steps, switches: 1 })
  })
  test('3 when a limit came first, and it says so', async () => {
    const { code, out } = await run('shrink', 'good.cex.json', '--max-states', '5')
    expect(code).toBe(3)
    expect(out).toContain('stopped at 5 nodes: a shorter schedule may exist')
    expect((await run('shrink', 'good.cex.json', '--time', '1ms')).code).toBe(3)
  })
  test('2 when there is nothing to shrink', async () => {
    const { code, err } = await run('shrink', 'fixed.cex.json')
    expect(code).toBe(2)
    expect(lines(err)).toEqual([
      `forkcheck: fixed.cex.json: there is nothing to shrink: all ${good.steps} steps run, and noStaleTranslation holds`,
    ])
  })
  test('130 when interrupted', async () => {
    const stop = new AbortController()
    stop.abort()
    const argv = ['shrink', 'good.cex.json']
    const { code, out } = await forkcheck(argv, { cwd: folder, signal: stop.signal })
    expect(code).toBe(130)
    expect(out).toContain('stopped at interrupted')
  })
})

describe('simulate', () => {
  const argv = ['simulate', '--mutant=no-copy-lock', '--seed=5', '--out=found']

  test('shrinks what it finds, and the file says where it was found', async () => {
    const { code, out } = await run(...argv)
    expect(code).toBe(1)
    expect(out).toMatch(/\nshrunk {4}\d+ -> \d+ steps, \d+ -> 1 switches, \d+ replays\n/)
    const [, path] = /\nreplay +forkcheck replay (\S+)\n/.exec(out) ?? []
    expect(JSON.parse(read(path)).provenance).toEqual({
      foundBy: expect.stringMatching(/^simulate --strategy random --seed 0x5 --run \d+$/),
      rawSteps: expect.any(Number),
      rawSwitches: expect.any(Number),
    })
    expect((await run('corpus', 'check', 'found')).code).toBe(0)
  })
  test('found again with another seed it is the same file, unchanged', async () => {
    const [name] = readdirSync(join(folder, 'found/async-fork'))
    const before = read(`found/async-fork/${name}`)
    await run(...argv.with(2, '--seed=6'))
    expect(readdirSync(join(folder, 'found/async-fork'))).toEqual([name])
    expect(read(`found/async-fork/${name}`)).toBe(before)
  })
  test('--no-shrink shows it as it was', async () => {
    const { out } = await run(...argv.slice(0, 3), '--no-shrink', '--json')
    const [{ counterexample, raw, shrunk, file, saved }] = JSON.parse(out).simulations
    expect(counterexample).toEqual(raw)
    expect({ shrunk, saved }).toEqual({ shrunk: null, saved: null })
    expect(file).toMatchObject({ format: 1, steps: raw.steps, mutant: 'no-copy-lock' })
  })
})
