/**
 * Arguments: as texts that are read and kept (`npx vitest run test/story/argument.test.ts -u` writes
 * them anew), and for the whole corpus as claims that must be true of the trace.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { check, NO_DEADLOCK } from '../../checker/index.js'
import { type Mutant, parseScenario } from '../../model/index.js'
import { parseCounterexample } from '../../runs/counterexample.js'
import { type SnapshotSetup, snapshotModel } from '../../runs/fork-machine/model.js'
import { mutantNamed, scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { wordsFor } from '../../runs/fork-machine/words.js'
import { replay } from '../../runs/replay.js'
import { setupOf } from '../../runs/setup.js'
import { modelOf } from '../../runs/setup-model.js'
import { changesBetween } from '../../story/changes.js'
import { storyText } from '../../story/render/text.js'
import { type Story, storyOf } from '../../story/story.js'
import { oneIn, partOf } from '../support/part.js'

/** The story of the shortest violation, of one property if it is named. */
function storyFor(setup: SnapshotSetup, property?: string): Story {
  const model = snapshotModel(setup)
  const [found] = check(model, { properties: property ? [property] : undefined }).counterexamples
  return storyOf(setup, model, found.trace, found)
}

function mutantSetup(name: string): SnapshotSetup {
  const mutant = mutantNamed(name)
  return { scenario: scenarioNamed(mutant.scenario), system: systemNamed(mutant.system), mutant }
}

/** The text from the reason on. */
function reason(story: Story): string {
  const text = storyText(story, { full: true })
  return text.slice(text.indexOf('\nbecause') + 1)
}

describe('texts', () => {
  test.each([
    ['linux-no-flush'],
    ['linux-free-before-flush'],
    ['linux-failed-fork-leaks'],
    ['no-sync-before-zap'],
    ['table-sync-closes-vma'],
    ['error-checked-before-only'],
    ['copy-leaves-parent-writable'],
  ])('%s', async (name) => {
    await expect(storyText(storyFor(mutantSetup(name)))).toMatchFileSnapshot(`expected/${name}.txt`)
  })
  test('a deadlock: who waits for what', async () => {
    const story = storyFor(mutantSetup('copy-lock-kept'), NO_DEADLOCK)
    await expect(reason(story)).toMatchFileSnapshot('expected/deadlock.txt')
    expect(story.argument?.waiting).not.toEqual([])
  })
  test('a run that goes on for ever: why it is fair', async () => {
    const story = storyFor(mutantSetup('sync-leaves-vma-tied'), 'parentGoesOn')
    await expect(reason(story)).toMatchFileSnapshot('expected/lasso.txt')
    expect(story.argument?.putOff.map(({ group }) => group)).toContain('child')
  })
  test('without a sound twin: the reason alone leads to the step that is wrong', () => {
    // As if the system itself were wrong: nothing is known of a mutant.
    const { scenario, system, mutant } = mutantSetup('table-sync-closes-vma')
    const model = snapshotModel({ scenario, system, mutant })
    const [found] = check(model).counterexamples
    const { argument, steps } = storyOf({ scenario, system }, model, found.trace, found)
    expect(steps.every(({ deviation }) => deviation === null)).toBe(true)
    const wrong = found.trace.schedule.indexOf('parent.tableUnlock') + 1
    const skips = argument?.chain.find(({ reasons }) => reasons.some((r) => r.since === wrong))
    expect(found.trace.schedule[(skips?.step ?? 0) - 1]).toBe('child.copierSkipsVma')
    expect(skips?.reasons.at(-1)).toMatchObject({
      name: 'child vma 0 peer',
      value: '-',
      instead: ['copierEntersVma'],
    })
  })
})

describe('the whole corpus', () => {
  const corpus = new URL('../../counterexamples/', import.meta.url)
  const files = readdirSync(corpus, { recursive: true, encoding: 'utf8' })
  const saved = files.filter((file) => file.endsWith('.cex.json'))

  test(`what an argument says is so: ${partOf(5)}`, () => {
    expect(saved.length).toBeGreaterThan(40)
    for (const name of oneIn(5, saved)) {
      const file = parseCounterexample(readFileSync(new URL(name, corpus), 'utf8'), name)
      const setup = setupOf(file, name)
      const model = modelOf(setup)
      const { trace, violation } = replay(model, file)
      const story = storyOf(setup, model, trace, violation ?? { property: file.property })
      expect([name, argumentMistakes(story, trace.states)]).toEqual([name, []])
    }
  })
})

/** Claims of an argument that its trace does not bear out. */
function argumentMistakes(
  { argument, steps }: Story,
  states: ReturnType<typeof replay>['trace']['states'],
): string[] {
  if (!argument) return ['there is none']
  const mistakes: string[] = []
  const claim = (what: string, isSo: boolean) => {
    if (!isSo) mistakes.push(what)
  }
  // A VMA's range has no field of its own.
  const value = (key: string, state: number) =>
    wordsFor(/\.vma\[\d+\]$/.test(key) ? `${key}.start` : key).value(states[state] as never)
  const { chain, matter } = argument
  claim('the last step matters', matter.includes(steps.length))
  for (const { number, deviation } of steps)
    claim(`departure ${number} matters`, !deviation || matter.includes(number))
  for (const { step, reasons, missed } of chain) {
    claim(`link ${step} matters`, matter.includes(step))
    for (const reason of [...reasons, ...missed]) {
      const { key, since } = reason
      claim(`${step}: ${key} is ${reason.value}`, value(key, step - 1) === reason.value)
      const written = changesBetween({ words: wordsFor }, states[since - 1], states[since])
      claim(`${since} writes ${key}`, since < step && written.some((one) => one.key === key))
    }
  }
  return mistakes
}

test('what is too long is told without an argument', () => {
  const { system, scenario } = mutantSetup('linux-no-flush')
  const model = snapshotModel({ scenario, system })
  const states = Array(302).fill(model.init[0])
  const schedule = Array(301).fill('parent.fork')
  const told = storyOf({ scenario, system }, model, { schedule, states }, { property: NO_DEADLOCK })
  expect(told.argument).toBeNull()
  expect(told.steps.every(({ matters }) => matters)).toBe(true)
})

test('a rule of somebody else that fails is argued about as far as it goes', () => {
  const mutant: Mutant = {
    name: 'mine',
    system: 'linux',
    says: 'A step leaves the range.',
    scenario: '',
    breaks: [],
    origin: 'synthetic',
    source: 'a test',
    change: { forkFlush: { effect: (s) => s.frame[99].refs++ } },
  }
  const scenario = parseScenario({
    format: 1,
    name: 'one-page',
    pages: 1,
    pagesPerTable: 1,
    vmas: [{ from: 0, to: 1 }],
    parent: [[{ do: 'fork' }]],
  })
  const story = storyFor({ scenario, system: systemNamed('linux'), mutant, foreign: true })
  expect(story.property).toBe('noRuleError')
  expect(story.argument?.chain.at(-1)?.step).toBe(story.steps.length)
  expect(reason(story)).toContain('unmodified linux: the step does not fail')
})
