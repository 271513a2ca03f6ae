/** `forkcheck simulate --workers`: what is seen is the same for any number of threads. */
import { describe, expect, test } from 'vitest'
import type { Seen } from '../../runs/simulation.js'
import { seenTogether } from '../../runs/simulation-parts.js'
import { forkcheck, temporaryFolder } from './command.js'

const folder = temporaryFolder()

/** The document on so many threads, without what depends on the clock. */
async function simulated(
  workers: number,
  ...argv: string[]
): Promise<{ code: number; document: object }> {
  const options = [...argv, '--workers', String(workers), '--json', '--no-shrink']
  const { code, out, err } = await forkcheck(['simulate', ...options], { cwd: folder })
  expect(err).toBe('')
  const document = JSON.parse(out)
  for (const simulation of document.simulations) delete simulation.seconds
  return { code, document }
}

describe('on one thread and on three', { timeout: 120_000 }, () => {
  // More walks than a part has (cli/simulate-workers.ts).
  test.each([
    ['one plan, in parts', ['fork-fails', '--system', 'linux', '--seed', '3', '--runs', '1100']],
    [
      'by priorities, and not from the first walk on',
      ['two-writers', '--system', 'linux', '--seed', '3', '--run', '700', '--strategy', 'pct'],
    ],
    ['a violation', ['no-fork-flush', '--seed', '3', '--runs', '1100']],
    ['several plans', ['fork-fails', 'two-writers', '--seed', '3', '--runs', '60']],
    ['by preemptions', ['fork-fails', '--strategy', 'fewest-preemptions', '--max-states', '2000']],
  ])('%s', async (_, argv) => {
    const given = argv[0] === 'no-fork-flush' ? ['--mutant', ...argv] : argv
    const one = await simulated(1, ...given)
    expect(one.code).toBe(argv[0] === 'no-fork-flush' ? 1 : argv.includes('2000') ? 3 : 0)
    expect(await simulated(3, ...given)).toEqual(one)
  })
})

test('what an earlier part has not found and a later one has', () => {
  const part = (runs: number, found: Seen['found'], limit: string | null = null): Seen => ({
    found,
    limit,
    runs,
    steps: 10 * runs,
    longest: runs,
    cut: 1,
    fired: { step: runs },
    reached: { goal: 1 },
    foundInRun: found ? 3 : null,
    excludedBelow: null,
    everything: false,
    distinctStates: { count: 0, method: '' },
    sketch: null,
    interpreted: [],
  })
  const found = { property: 'p', schedule: ['step'] }
  const later = part(7, { property: 'q', schedule: [] })
  const all = [part(5, null), part(2, found), part(1, null, 'not needed'), later]
  expect(seenTogether(all)).toMatchObject({
    found,
    foundInRun: 3,
    limit: null,
    runs: 7,
    steps: 70,
    longest: 5,
    cut: 2,
    fired: { step: 7 },
    reached: { goal: 2 },
  })
  expect(seenTogether([part(5, null), part(1, null, '--time 1s')])).toMatchObject({
    found: null,
    limit: '--time 1s',
    runs: 6,
  })
})
