/**
 * `forkcheck bench`, as it is built: it measures in processes of their own. SPIN=all: beside SPIN,
 * whose models take a C compiler long; otherwise as where there is no SPIN.
 */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import { toyModel } from '../../tools/bench/toy.js'
import { forkcheck } from './command.js'

const besideSpin = process.env.SPIN === 'all'

test('measures four models, beside SPIN or without it', { timeout: 300_000 }, () => {
  const sizes = ['--slots', '3', '--writes', '1', '--managers', '2', '--highest', '1']
  const args = [...sizes, '--runs', '1', '--json']
  const { status, stdout } = spawnSync(process.execPath, ['dist/cli/main.js', 'bench', ...args], {
    encoding: 'utf8',
    env: besideSpin ? process.env : { ...process.env, PATH: '' },
  })
  expect(status).toBe(0)
  const { toy, asyncFork, twoPhase, bakery } = JSON.parse(stdout)
  const { states, transitions } = check(toyModel(3))
  expect(toy).toMatchObject({ n: 3, states, transitions })
  expect(asyncFork).toMatchObject({ n: 1 })
  const measured = [toy, asyncFork, twoPhase, bakery]
  for (const { forkcheckSeconds1, spinSeconds, ratioOneThread, memoryRatio } of measured) {
    expect(forkcheckSeconds1).toBeGreaterThan(0)
    if (!besideSpin) expect([spinSeconds, ratioOneThread]).toEqual([null, null])
    else {
      expect(ratioOneThread).toBeCloseTo(spinSeconds / forkcheckSeconds1)
      expect(memoryRatio).toBeGreaterThan(0)
    }
  }
})

test('a size that is none is refused', async () => {
  const { code, err } = await forkcheck(['bench', '--writes', '0'])
  expect(code).toBe(2)
  expect(err).toBe('forkcheck: --writes 0: must be a whole number of 1 or more\n')
})
