/** Flags of the JavaScript engine are only given to engines that know them. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { lateOptimisation, startFlags } from '../../cli/v8-flags.js'

test.each([
  ['11.3.244.8-node.33', '--interrupt-budget=400000'],
  ['12.4.254.21-node.57', null],
  ['13.6.233.17-node.63', null],
])('V8 %s is asked to optimise later by %s', (version, flag) => {
  expect(lateOptimisation(version)).toBe(flag)
})

test('a start has a larger budget than what goes on, and both are set where V8 has one', () => {
  expect(startFlags('11.3.244.8-node.33')).toEqual({
    first: '--interrupt-budget=2000000',
    later: '--interrupt-budget=67584',
  })
  expect(startFlags('12.4.254.21-node.57')).toBeNull()
})

test("what goes on has V8's own value", () => {
  const flags = startFlags(process.versions.v8)
  const { stdout } = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })
  const [, own] = stdout.match(/--interrupt-budget \(.*\n.*default: --interrupt-budget=(\d+)/) ?? []
  expect(flags?.later).toBe(own === undefined ? undefined : `--interrupt-budget=${own}`)
})

test('the Node.js that runs this test says nothing about the flag it is given', () => {
  const flag = lateOptimisation(process.versions.v8)
  const set = flag === null ? '' : `require('node:v8').setFlagsFromString('${flag}')`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', set], { encoding: 'utf8' })
  expect([stdout, stderr]).toEqual(['', ''])
})
