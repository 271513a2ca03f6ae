/** What the tutorial (docs/tutorial.md) says of its model, and that it shows the whole file. */
import { readFileSync } from 'node:fs'
import { check } from 'forkcheck/checker'
import { expect, test } from 'vitest'
import subject from '../../docs/examples/uffd-snapshot.js'
import { ownSetups } from '../../runs/own/choose.js'
import { modelOf } from '../../runs/setup-model.js'

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
const page = read('tutorial.md')

test('the page shows the file, in pieces', () => {
  const pieces = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, piece]) => piece)
  expect(pieces.join('')).toBe(read('examples/uffd-snapshot.ts'))
  expect(pieces).toHaveLength(4)
})

test('every scenario holds, with so many states, and every rule is compiled', () => {
  for (const setup of ownSetups(subject)) {
    const { verdict, states, interpreted } = check(modelOf(setup))
    expect([verdict, interpreted]).toEqual(['holds', []])
    expect(page).toContain(`${states.toLocaleString('en')} states each`)
  }
})

test('with the handler that wakes first, the shortest story is the one on the page', () => {
  const [setup] = ownSetups({ model: subject, mutant: 'wakes-first' })
  const [{ property, trace }] = check(modelOf(setup)).counterexamples
  expect(page).toContain(`\`${property}\` is violated`)
  expect(page).toContain(`\`\`\`\n${trace.schedule.join('\n')}\n\`\`\``)
})
