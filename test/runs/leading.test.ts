/** What a story leads with: a broken promise before a broken discipline, and both are named. */
import { expect, test } from 'vitest'
import type { Counterexample } from '../../checker/model.js'
import { check } from '../../checker/search/search.js'
import { mutantNamed, pairOf } from '../../runs/fork-machine/names.js'
import { leadingOf, leadingReplay } from '../../runs/leading.js'
import { replay } from '../../runs/replay.js'
import { modelOf } from '../../runs/setup-model.js'
import type { AnyState } from '../../runs/subject.js'
import { storyText } from '../../story/render/text.js'
import { storyOf, storyOfReplay } from '../../story/story.js'

function caught(mutant: string) {
  const { broken } = pairOf(mutantNamed(mutant))
  const model = modelOf(broken)
  const found = check(model).counterexamples as Counterexample<AnyState>[]
  return { setup: broken, model, found }
}

test('a discipline leads on to the promise that it breaks', () => {
  const { setup, model, found } = caught('linux-no-flush')
  expect(found.map(({ property }) => property)).toEqual(['noStaleTranslation'])
  const lead = leadingOf(model, found)
  expect(lead.property).toBe('childSeesForkTimeMemory')
  expect(lead.earlier?.property).toBe('noStaleTranslation')
  expect(lead.earlier?.step).toBe(found[0].trace.schedule.length)
  expect(lead.trace.schedule.slice(0, lead.earlier?.step ?? 0)).toEqual(found[0].trace.schedule)
  expect(lead.outlook).toBeNull()
  const text = storyText(storyOf(setup, model, lead.trace, lead))
  expect(text).toMatch(/^violated {2}childSeesForkTimeMemory/)
  expect(text).toContain('also      noStaleTranslation, since step 19\n')
  expect(text.replace(/\s+/g, ' ')).toContain('Now noStaleTranslation is violated: the CPU of')
})

test('when both are violated at once the promise is told, and the discipline is named', () => {
  const { model, found } = caught('phase-1-keeps-pointers')
  const lead = leadingOf(model, found)
  expect(found[0].property).toBe('boundVmasArePairs')
  expect([lead.property, lead.earlier?.property]).toEqual([
    'snapshotLeavesNoTrace',
    'boundVmasArePairs',
  ])
  expect(lead.trace.schedule).toEqual(found[0].trace.schedule)
})

test('a promise that breaks in another order of steps is found too', () => {
  const { model, found } = caught('linux-move-locks-one-table')
  const lead = leadingOf(model, found)
  expect([found[0].property, lead.property]).toEqual(['spinlocksAreHeld', 'parentKeepsItsWrites'])
})

test('where no promise breaks, the story says how far was looked', () => {
  const { setup, model, found } = caught('linux-failed-fork-leaks')
  const lead = leadingOf(model, found)
  expect(lead.property).toBe(found[0].property)
  expect(lead.outlook).toMatch(/^no promise .* in this scenario: all \d+ states were searched$/)
  expect(storyText(storyOf(setup, model, lead.trace, lead))).toContain(`outlook   ${lead.outlook}`)
  const cut = leadingOf(model, found, 3)
  expect(cut.outlook).toMatch(/in the first \d+ states that can follow, nor in the first \d+ of/)
})

test('a rule that fails is no broken promise, but it is told', () => {
  const { model, found } = caught('no-drain')
  const lead = leadingOf(model, found)
  expect(lead.property).toBe(found[0].property)
  expect(lead.outlook).toMatch(/^\d+ steps later noRuleError fails: parent\.tableLockChild: /)
})

test('a promise that was found is told as it was found', () => {
  const { model, found } = caught('linux-loses-swap-entries')
  const lead = leadingOf(model, found)
  expect(lead).toEqual({ ...found[0], earlier: null, outlook: null })
})

test('a replay leads with the promise too, and its claim stays what it was', () => {
  const { setup, model, found } = caught('linux-no-flush')
  const { property, trace } = found[0]
  const claim = { property, schedule: trace.schedule }
  const replayed = replay(model, claim)
  const story = storyOfReplay(setup, model, claim, leadingReplay(model, replayed))
  expect(story.property).toBe('childSeesForkTimeMemory')
  expect(story.earlier?.property).toBe(property)
  expect(replayed.violation?.property).toBe(property)
})
