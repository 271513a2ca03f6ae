/** What the tutorial (docs/tutorial.md) says of its model, and that it shows the model itself. */
import { readFileSync } from 'node:fs'
import { check, explore, type Rule } from 'forkcheck/checker'
import { expect, test } from 'vitest'
import { rules, type State, uffdSnapshot } from './uffd-snapshot.js'

const page = readFileSync(new URL('../../docs/tutorial.md', import.meta.url), 'utf8')
const text = readFileSync(new URL('uffd-snapshot.ts', import.meta.url), 'utf8')

/** The handler wakes the program before it has copied the page. */
const wakesFirst: Rule<State> = {
  ...(rules.find(({ name }) => name === 'handler.wake') as Rule<State>),
  guard: (s) => s.program.pc === 'faulting',
}

test('the page shows the model, which has fewer than 150 lines', () => {
  expect(page).toContain(`\`\`\`ts\n${text}\`\`\``)
  expect(text.split('\n').length).toBeLessThan(150)
})

test('the image is that of one instant, in every interleaving', () => {
  const { verdict, states, deadlocks, interpreted, properties } = check(uffdSnapshot())
  expect([verdict, deadlocks, interpreted]).toEqual(['holds', 0, []])
  expect(properties.find((p) => p.name === 'faultMeetsSaver')?.verdict).toBe('holds')
  expect(page).toContain(`holds, ${states} states`)
  expect(explore(uffdSnapshot()).states).toBe(states)
})

test('with two steps swapped the shortest story is told', () => {
  const { verdict, counterexamples } = check(uffdSnapshot(wakesFirst))
  expect(verdict).toBe('violated')
  const [{ property, trace }] = counterexamples
  expect(property).toBe('imageIsTheInstant')
  expect(page).toContain(`\`\`\`\n${trace.schedule.join('\n')}\n\`\`\``)
})
