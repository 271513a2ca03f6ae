/** The matchers: what passes, what fails, and that a failure tells its story. */
import '../../testing/vitest.js'
import { describe, expect, test } from 'vitest'
import type { ScenarioInput } from '../../model/index.js'
import { printCounterexample } from '../../runs/counterexample.js'
import { Interleaving } from '../../testing/fast-check.js'
import { counterexampleFile, exampleOf, noFlush } from '../support/counterexamples.js'
import { complaint } from './complaint.js'

const small: ScenarioInput = {
  format: 1,
  name: 'small',
  pages: 2,
  vmas: [{ from: 0, to: 2 }],
  parent: [[{ do: 'fork' }, { do: 'write', page: 0 }]],
  failures: { budget: 1 },
}
const wrong = { system: 'linux', scenario: small, mutant: 'linux-failed-fork-says-done' }

describe('toHold', () => {
  test('a system in a scenario, by name or as it is', () => {
    expect({ system: 'linux', scenario: 'protect' }).toHold()
    expect({ system: 'async-fork', scenario: small }).toHold()
    expect(wrong).not.toHold()
    expect(wrong).toHold({ properties: ['framesAreCounted'] })
  })
  test('a violation is told as a story, with the command that finds it again', () => {
    const standard = { system: 'linux', scenario: 'bgsave', mutant: 'linux-no-reference' }
    const text = complaint(() => expect(standard).toHold())
    expect(text).toMatch(/\nviolated {2}childSeesForkTimeMemory {3}\d+ steps, 0 switches\n/)
    expect(text).toMatch(/\nalso {6}framesAreCounted, since step \d+\n/)
    expect(text).toContain(
      '\nagain     forkcheck check bgsave --system linux --mutant linux-no-reference\n',
    )
    const asked = complaint(() => expect(standard).toHold({ properties: ['framesAreCounted'] }))
    expect(asked).toMatch(/\nviolated {2}framesAreCounted {3}\d+ steps, 0 switches\n/)
    expect(asked).not.toContain('\nalso ')
    const own = complaint(() => expect(wrong).toHold())
    expect(own).toMatch(/\nreplay {4}echo '.*"scenarioData".*' > (\S+); forkcheck replay \1\n/)
  })
  test('a run that goes on for ever is told with its loop, whatever the scenario', () => {
    const name = 'sync-leaves-vma-tied'
    const { scenario, system } = exampleOf(name).setup
    const subject = { system, mutant: name, scenario: { ...scenario, name: 'mine' } }
    const text = complaint(() => expect(subject).toHold({ properties: ['parentGoesOn'] }))
    expect(text).toContain('\nviolated  parentGoesOn ')
    expect(text).toContain('\nfrom here on, again and again:\n')
    expect(text).toMatch(/\nreplay {4}echo '.*"loopStart":.*' > (\S+); forkcheck replay \1\n/)
  })
  test('a situation that is never reached is a failure', () => {
    const scenario = { ...small, failures: { budget: 0 }, reaches: ['phase1Fails'] }
    const text = complaint(() => expect({ system: 'linux', scenario }).toHold())
    expect(text).toMatch(
      /unreached phase1Fails: the scenario asks for it, and it never happened: [a-zA-Z].*\.\n/,
    )
  })
  test('what was not searched to its end neither holds nor does not', () => {
    const subject = { system: 'linux', scenario: 'bgsave' }
    const few = { maxStates: 10 }
    expect(complaint(() => expect(subject).toHold(few))).toContain('nothing is known')
    expect(complaint(() => expect(subject).not.toHold(few))).toContain('nothing is known')
  })
  test('a violation that was expected and is not there', () => {
    const text = complaint(() => expect({ system: 'linux', scenario: 'protect' }).not.toHold())
    expect(text).toMatch(/^linux\/protect: a violation was expected, but all \d+ states/)
  })
  test('names that name nothing', () => {
    const unknown = { system: 'lnux', scenario: 'bgsave' }
    expect(complaint(() => expect(unknown).toHold())).toContain('unknown system lnux')
  })
})

describe('toBeSnapshotConsistent', () => {
  const lost = exampleOf('phase-2-survives')
  const run = new Interleaving(lost.setup, lost.trace.schedule)

  test('looks at what the snapshot promises only', () => {
    expect(wrong).toBeSnapshotConsistent()
    expect({ ...lost.setup }).not.toBeSnapshotConsistent()
  })
  test('one interleaving', () => {
    expect(run).not.toBeSnapshotConsistent()
    const text = complaint(() => expect(run).toBeSnapshotConsistent())
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'Page 0: the child finds zeros, but at fork it held the first content of page 0.',
    )
    const half = new Interleaving(lost.setup, lost.trace.schedule.slice(0, 9))
    expect(half).toBeSnapshotConsistent()
    expect(half).toHold()
    expect(complaint(() => expect(half).not.toHold())).toContain('nothing is violated by\n')
    const leak = new Interleaving(noFlush.setup, noFlush.trace.schedule)
    expect(leak).toBeSnapshotConsistent()
    expect(leak).not.toHold()
  })
})

describe('toReproduce', () => {
  const file = counterexampleFile(noFlush)

  test('a counterexample, as an object or as text', () => {
    expect(file).toReproduce()
    expect(printCounterexample(file)).toReproduce()
  })
  test('one that is fixed, stale or different says so, and tells how far it goes', () => {
    const fixed = complaint(() => expect({ ...file, mutant: null }).toReproduce())
    const all = `all ${file.steps} steps run, and noStaleTranslation holds`
    expect(fixed).toContain(`fixed\n\nfixed     noStaleTranslation   ${file.steps} steps, `)
    expect(fixed).toContain(`\nfixed     ${all}\n`)
    expect(fixed).toMatch(/\nreplay {4}forkcheck replay linux\/noStaleTranslation-[0-9a-f]{8}\.cex/)
    const schedule = file.schedule.with(4, 'parent2.write(0)')
    const stale = complaint(() => expect({ ...file, schedule }).toReproduce())
    expect(stale).toContain('\nstale     step 5: parent2.write(0) is not enabled')
    expect({ ...file, schedule }).not.toReproduce()
  })
  test('a mutant from outside is given along', () => {
    const mutant = { ...noFlush.setup.mutant!, name: 'mine' }
    const mine = { ...file, mutant: 'mine', provenance: { mutantFile: 'mine.mjs' } }
    expect(mine).toReproduce({ mutants: [mutant] })
    expect(complaint(() => expect(mine).toReproduce())).toContain('comes from a file, mine.mjs')
  })
  test('what is no counterexample', () => {
    expect(complaint(() => expect('{').toReproduce())).toContain('the counterexample: not JSON')
  })
})
