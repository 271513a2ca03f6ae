/** What a reader meets of a property: what it says, and why it fails. Plain words, no riddle. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { invariants, situations } from '../../properties/index.js'

/** Words that stopped readers, with the kinds of sentences that they stood in. */
const STOPPED =
  /\b(nobody|anybody|whoever|not at all|too many left|does not say|not so|counted are|is left: |it should hold|what who)\b|^Who |\b1 (references|mappings|pins|PTEs|threads|PMDs) /

const plain = (texts: readonly string[]) =>
  texts.filter((text) => STOPPED.test(text.replace('but it should hold', '')))

test('what each property says', () => {
  expect(plain([...invariants, ...situations].map(({ says }) => says))).toEqual([])
})

test('why it fails, in each saved counterexample', () => {
  const folder = 'counterexamples'
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const explanations = files
    .filter((name) => name.endsWith('.cex.json'))
    .map((name): string => JSON.parse(readFileSync(join(folder, name), 'utf8')).explanation)
  expect(explanations.length).toBeGreaterThan(200)
  expect(plain([...new Set(explanations)])).toEqual([])
})
