import { describe, expect, test } from 'vitest'
import { forkcheck, temporaryFolder, write } from './command.js'

/** What a mutant from a file can do: everything that a registered one can, but for `replace`. */
const folder = temporaryFolder()

async function checked(name: string, text: string): Promise<string> {
  write(folder, `${name}.mjs`, `export default ${text}`)
  const { code, out, err } = await forkcheck(
    ['check', '--mutant', `${name}.mjs`, '--json', '--quiet'],
    { cwd: folder },
  )
  if (code > 1) return err
  const [run] = JSON.parse(out).runs
  return run.counterexample?.property ?? run.verdict
}

const NO_FLUSH = "(s, t) => { s.thread[t].pc = 'fork.unlock' }"

describe('a mutant from a file', () => {
  test.each([
    [
      'changes the effect of a rule',
      `{ system: 'linux', scenario: 'two-writers', change: { forkFlush: { effect: ${NO_FLUSH} } } }`,
      'noStaleTranslation',
    ],
    [
      'drops a hook',
      "{ system: 'async-fork', scenario: 'discard', change: { syncBeforeZap: null } }",
      'markersTellTheTruth',
    ],
    [
      'changes when a hook is due',
      `{ system: 'async-fork', scenario: 'discard', change: { syncBeforeZap: { due: () => false } } }`,
      'markersTellTheTruth',
    ],
    [
      'adds a hook, and says where the kernel goes on',
      `{ system: 'linux', scenario: 'two-writers', hooks: [{ name: 'noCopy', before: 'fault.copy',
        resume: 'fault.pte', due: () => true, effect: (s, t) => { s.thread[t].pc = 'fault.pte' } }] }`,
      'framesAreCounted',
    ],
    [
      'adds a rule at a place of its own, with what is true there',
      `{ system: 'linux', scenario: 'two-writers', places: { 'mine.rest': ['writes'] },
        change: { forkFlush: { effect: (s, t) => { s.thread[t].pc = 'mine.rest' } } },
        add: [{ name: 'goOn', at: 'mine.rest', effect: ${NO_FLUSH} }] }`,
      'noStaleTranslation',
    ],
    [
      'is made on a repaired system',
      `{ system: 'on-demand-fork', scenario: 'two-writers', on: 'odf-repaired',
        change: { faultSet: { guard: () => false } } }`,
      'noDeadlock',
    ],
  ])('%s', async (what, text, expected) => {
    expect(await checked(what.replace(/\W+/g, '-'), text)).toBe(expected)
  })

  test('that is on a repaired system changes nothing more of it', async () => {
    const text = `{ system: 'on-demand-fork', scenario: 'two-writers', on: 'odf-repaired' }`
    expect(await checked('nothing', text)).toBe('holds')
  })

  test('names the line of a hook that fails', async () => {
    const text = `{
      system: 'linux', scenario: 'two-writers',
      hooks: [{ name: 'mine', before: 'fork.vma',
        due: (s) => s.nothing.there,
        effect: () => {} }] }`
    expect(await checked('fails', text)).toBe('noRuleError')
    const { out } = await forkcheck(['check', '--mutant', 'fails.mjs', '--quiet'], { cwd: folder })
    expect(out).toContain('(fails.mjs:4)')
  })
})
