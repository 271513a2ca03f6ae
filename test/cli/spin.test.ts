/** `check --engine spin`: SPIN searches, forkcheck replays and tells. */
import { describe, expect, it } from 'vitest'
import type { Run } from '../../runs/run.js'
import { compiler, missingTools } from '../support/spin.js'
import { forkcheck, temporaryFolder } from './command.js'

const cwd = temporaryFolder()
const missing = missingTools()
const check = (...argv: string[]) =>
  // SPIN's search on several cores uses what only gcc and clang have.
  forkcheck(['check', ...argv], {
    cwd,
    env: { CC: argv.includes('--workers=2') ? 'gcc' : compiler[0] },
  })

async function runsOf(...argv: string[]): Promise<readonly Run[]> {
  return JSON.parse((await check(...argv, '--json')).out).runs
}

/** What both engines must agree on. Of a violated run SPIN may have seen more or fewer states. */
function comparable({ system, scenario, mutant, verdict, counterexample, ...run }: Run) {
  const { states, transitions, depth, deadlocks } = run
  const size = verdict === 'holds' ? { states, transitions, depth, deadlocks } : {}
  const parts = { system, scenario, mutant, verdict, limit: run.limit, storage: run.storage }
  return { ...parts, ...size, steps: counterexample?.steps ?? null }
}

describe('SPIN', { timeout: 600_000 }, () => {
  if (missing !== null) {
    // Not a skipped test: those are errors in CI, and Node alone must be enough for `npm test`.
    it(`is not run: ${missing}`, () => {
      expect(missing).toMatch(/^not installed: /)
    })
    return
  }

  it.each([
    ['protect', '--system=linux,async-fork'],
    ['fork-fails', '--system=async-fork'],
    ['move-fails', '--system=async-fork-bytedance,on-demand-fork'],
    ['--mutant=no-copy-lock'],
    ['--mutant=linux-no-flush'],
    ['--mutant=kill-goes-unnoticed'],
    ['protect', '--system=linux', '--property=childSeesForkTimeMemory'],
  ])('agrees on %s %s', async (...argv) => {
    const given = argv.filter((word) => word !== undefined)
    const ours = await runsOf(...given)
    const theirs = await runsOf(...given, '--engine=spin')
    expect(theirs.map(comparable)).toEqual(ours.map(comparable))
    for (const run of ours) expect(run.engine).toBe('forkcheck')
    for (const run of theirs) expect(run.engine).toBe('spin')
  })

  it('says what it has not looked at', async () => {
    const { code, out } = await check('protect', '--system=linux', '--engine=spin')
    expect(code).toBe(0)
    const end = out.trimEnd().split('\n').at(-1)
    expect(end).toMatch(/^1 holds: \d+ states in .* every reachable state was seen/)
    expect(end).toMatch(/; searched by SPIN \d+\.\d+/)
    expect(end).toMatch(/; SPIN did not look at what must come about in the end \(\d+\)/)
    expect(end).toMatch(/; SPIN did not look for situations \(\d+\)/)
    const [{ properties }] = await runsOf('protect', '--system=linux', '--engine=spin')
    for (const { kind, verdict } of properties)
      expect(verdict).toBe(kind === 'always' ? 'holds' : 'unchecked')
  })

  it('finds a violation that is told and replayed as ours', async () => {
    const argv = ['--mutant=no-copy-lock', '--engine=spin', '--out=found']
    const { code, out } = await check(...argv)
    expect(code).toBe(1)
    expect(out).toContain('\nviolated  copyLockIsHeld ')
    const [, file] = /\nreplay +forkcheck replay (\S+)/.exec(out) ?? []
    const replayed = await forkcheck(['replay', file], { cwd })
    expect(replayed.out).toContain('reproduces')
  })

  it.each([
    ['on several cores', '--workers=2', 'fingerprints', 'that has a fingerprint of its own'],
    ['bitstate', '--bitstate', 'bitstate', 'NOT everything was seen'],
    ['as a swarm', '--bitstate', 'bitstate', 'in each of 2 searches others', '--workers=2'],
  ])('searches %s, and says what that means', async (_, option, storage, words, ...more) => {
    const argv = ['two-writers', '--system=linux', '--engine=spin', option, ...more]
    const [ours] = await runsOf('two-writers', '--system=linux')
    const isProof = storage === 'fingerprints'
    const [run] = await runsOf(...argv)
    expect(run).toMatchObject({
      ...{ storage, verdict: isProof ? 'holds' : 'incomplete', limit: isProof ? null : 'bitstate' },
      ...{ states: ours.states, transitions: ours.transitions },
    })
    expect((await check(...argv)).out).toContain(words)
    const [violated] = await runsOf('--mutant=linux-no-flush', '--engine=spin', option, ...more)
    expect(violated).toMatchObject({ verdict: 'violated', limit: null })
    expect(violated.counterexample?.property).toBe('noStaleTranslation')
  })

  it('ends when the time is up, and says so', async () => {
    const { code, out } = await check('protect', '--system=linux', '--engine=spin', '--time=1ms')
    expect(code).toBe(3)
    expect(out).toContain('NOT everything was seen')
  })

  it('ends when the memory is used up, and says so', async () => {
    const argv = ['protect', '--system=linux', '--engine=spin', '--max-memory=1MB']
    const [{ verdict, limit }] = await runsOf(...argv)
    expect({ verdict, limit }).toEqual({ verdict: 'incomplete', limit: '--max-memory' })
  })

  it('ends when the user interrupts', async () => {
    const stop = new AbortController()
    const argv = ['check', 'protect', '--system=linux,async-fork', '--engine=spin', '--json']
    setTimeout(() => stop.abort(), 50)
    const { code, out } = await forkcheck(argv, { cwd, signal: stop.signal, env: { CC: 'gcc' } })
    expect(code).toBe(130)
    for (const run of JSON.parse(out).runs) expect(run.verdict).toBe('incomplete')
  })

  it('needs a C compiler', async () => {
    const argv = ['check', 'protect', '--system=linux', '--engine=spin']
    const { code, err } = await forkcheck(argv, { cwd, env: { CC: 'no-such-compiler' } })
    const why = 'a C compiler (CC names another one): no program no-such-compiler'
    expect([code, err]).toEqual([2, `forkcheck: --engine spin needs ${why}\n`])
  })
})

describe('refused in one line:', () => {
  it('no SPIN', async () => {
    const { PATH } = process.env
    try {
      process.env.PATH = cwd
      const { code, err } = await check('protect', '--system=linux', '--engine=spin')
      const why = '--engine spin needs SPIN (https://spinroot.com): no program spin'
      expect([code, err]).toEqual([2, `forkcheck: ${why}\n`])
    } finally {
      process.env.PATH = PATH
    }
  })
  it.each([
    [['--engine=spin', '--digest'], '--digest: not with --engine spin, which has no such thing'],
    [
      ['--engine=spin', '--max-states=9'],
      '--max-states: not with --engine spin, which has no such thing',
    ],
    [
      ['--engine=spin', '--property=parentGoesOn'],
      '--engine spin: parentGoesOn is not about single states that may never be; leave --engine out',
    ],
    [['--bitstate'], '--bitstate: only with --engine spin'],
    [['--engine=tlc', '--bitstate'], '--bitstate: only with --engine spin'],
  ])('%s', async (argv, why) => {
    const { code, err } = await check('protect', '--system=linux', ...argv)
    expect([code, err]).toEqual([2, `forkcheck: ${why}\n`])
  })
})
