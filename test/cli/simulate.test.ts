/** `forkcheck simulate`: seeds that reproduce, coverage, exit codes. */
import { describe, expect, test } from 'vitest'
import { forkcheck, lines, temporaryFolder } from './command.js'

const folder = temporaryFolder()
const simulate = (...argv: string[]) => forkcheck(['simulate', ...argv], { cwd: folder })

/** A document without what depends on the clock. */
function timeless(text: string): { simulations: Record<string, unknown>[]; settings: object } {
  const document = JSON.parse(text)
  for (const simulation of document.simulations) delete simulation.seconds
  return document
}

describe('what is seen', () => {
  test('is told when nothing is found: a table, what never happened, and no proof', async () => {
    const { code, out, err } = await simulate('fork-fails', '--seed', '7', '--runs', '200')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(lines(out)[0]).toBe('linux   random walks, seed 0x7')
    expect(lines(out)[2]).toMatch(
      /^fork-fails {2}nothing found {2,}200 +\d+ +~\d+ +\d+\/\d+ +\d+\/\d+ +\d+\.\d\d$/,
    )
    expect(out).toContain('\nstates: estimate (HyperLogLog, standard error 0.8 %)\n')
    expect(out).toContain('nothing is proved')
    expect(out).not.toContain('holds')
  })
  test('names what the scenario asks for and the walks have not met', async () => {
    const { out } = await simulate('bgsave', '--system', 'async-fork', '--seed=1', '--runs=1')
    expect(out).toMatch(/\nnot reached {2}\w+.* \(async-fork, scenario bgsave\)\n/)
    expect(out).toMatch(/\nnever taken {2}\d+ rules, named by --json\n/)
  })
  test('as one document, the same for the same seed', async () => {
    const argv = ['two-writers', '--seed', '0x2f10', '--runs', '50', '--strategy', 'pct', '--json']
    const { code, out } = await simulate(...argv)
    const document = timeless(out)
    expect(code).toBe(0)
    expect(document.settings).toEqual({
      strategy: 'pct',
      depth: 3,
      seed: '0x2f10',
      runs: 50,
      firstRun: 1,
      maxSteps: 10_000,
    })
    expect(document.simulations).toHaveLength(2)
    expect(document.simulations[0]).toMatchObject({
      system: 'linux',
      scenario: 'two-writers',
      mutant: null,
      verdict: 'passed',
      everything: false,
      runs: 50,
      limit: null,
      counterexample: null,
    })
    expect(timeless((await simulate(...argv)).out)).toEqual(document)
    const seed = document.settings as { seed: string }
    const unseeded = JSON.parse((await simulate('protect', '--runs=1', '--json')).out).settings
    expect(unseeded.seed).not.toBe(seed.seed)
    expect(unseeded.seed).toMatch(/^0x[0-9a-f]+$/)
  })
})

describe('a violation', () => {
  test('is told as a story, with the command that finds it again', async () => {
    const { code, out } = await simulate('--mutant', 'no-copy-lock', '--seed', '5')
    expect(code).toBe(1)
    expect(out).toContain('\nviolated  copyLockIsHeld ')
    const [, again] = /\nagain +forkcheck simulate (.+)\n/.exec(out) ?? []
    expect(again).toMatch(
      /^bgsave --system async-fork --mutant no-copy-lock --strategy random --seed 0x5 --run \d+/,
    )
    const once = await simulate(...again.split(' '))
    expect(once.code).toBe(1)
    expect(once.out.slice(once.out.indexOf('\nviolated'))).toBe(
      out.slice(out.indexOf('\nviolated')),
    )
  })
  test('with the fewest preemptions', async () => {
    const argv = ['--mutant=no-copy-lock', '--strategy=fewest-preemptions', '--json']
    const { code, out } = await simulate(...argv)
    const [{ counterexample, excludedBelow, runs }] = JSON.parse(out).simulations
    expect({ code, excludedBelow, runs }).toEqual({ code: 1, excludedBelow: 1, runs: null })
    expect(counterexample).toMatchObject({ property: 'copyLockIsHeld', switches: 1 })
  })
})

describe('limits', () => {
  test('fewest-preemptions says how far it has seen everything', async () => {
    const argv = ['protect', '--system=linux', '--strategy=fewest-preemptions']
    const all = await simulate(...argv)
    expect(all.code).toBe(0)
    expect(lines(all.out)[2]).toMatch(/^protect +nothing found +all +/)
    expect(all.out).not.toContain('nothing is proved')
    const some = await simulate(...argv, '--preemptions', '0')
    expect(some.code).toBe(0)
    expect(lines(some.out)[2]).toMatch(/^protect +nothing found +below 1 +/)
    expect(some.out).toContain('nothing is proved')
    const few = await simulate(...argv, '--max-states', '50')
    expect(few.code).toBe(3)
    expect(few.out).toContain('incomplete (50 nodes)')
  })
  test('3 when the time is up', async () => {
    const { code, out } = await simulate('protect', '--time', '50ms', '--json')
    const { simulations } = JSON.parse(out)
    expect(code).toBe(3)
    expect(simulations[1]).toMatchObject({ verdict: 'incomplete', limit: '--time 0.05s' })
  })
  test('130 when interrupted', async () => {
    const stop = new AbortController()
    stop.abort()
    const { code, err } = await forkcheck(['simulate', 'bgsave'], { signal: stop.signal })
    expect(code).toBe(130)
    expect(err).toBe('forkcheck: interrupted, 2 checks not started\n')
  })
})
