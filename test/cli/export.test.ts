/** `forkcheck export`: what the files say is tested in test/checker. */
import { expect, test } from 'vitest'
import { forkcheck } from './command.js'

const exported = (...argv: string[]) => forkcheck(['export', 'huge-pages-reused', ...argv])

test('for TLC, a module and its configuration', async () => {
  const module = await exported('--to', 'tla', '--system', 'linux')
  const config = await exported('--to', 'tla-config', '--system', 'linux')
  expect([module.code, config.code]).toEqual([0, 0])
  expect(module.out).toMatch(/^-+ MODULE linux_huge_pages_reused -+\n/)
  expect(module.out).toContain(
    'java -Xss64m -cp tla2tools.jar tlc2.TLC linux_huge_pages_reused.tla\n',
  )
  for (const name of config.out.match(/(?<=^ {2}| INVARIANT )\w+/gm) ?? [])
    expect(module.out).toMatch(new RegExp(`^${name} ==`, 'm'))
  expect(config.out).toContain('SPECIFICATION Spec\n')
  expect(config.out).toMatch(/^INVARIANTS\n {2}NoDeadlock\n(.*\n)+PROPERTIES\n/m)
})

test('of a mutant', async () => {
  const { code, out } = await forkcheck(['export', '--to', 'tla', '--mutant', 'linux-no-flush'])
  expect(code).toBe(0)
  expect(out).toContain('MODULE linux_')
})

test('2 for another language, or no or two scenarios', async () => {
  const another = await exported('--to', 'alloy')
  expect([another.code, another.out]).toEqual([2, ''])
  expect(another.err).toContain('promela, tla, tla-config')
  const none = await forkcheck(['export', 'nowhere', '--to', 'tla'])
  expect([none.code, none.out]).toEqual([2, ''])
  const two = await exported('--to', 'tla', '--scenario', 'mine.json')
  expect([two.code, two.err.trim()]).toEqual([
    2,
    expect.stringContaining(
      'export takes one scenario: huge-pages-reused and --scenario mine.json',
    ),
  ])
})
