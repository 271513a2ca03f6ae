/** The counterexamples of the corpus, as they are written. */
import { readdirSync, readFileSync } from 'node:fs'
import type { CounterexampleFile } from '../../runs/counterexample.js'

const corpus = new URL('../../counterexamples/', import.meta.url)

export const saved: readonly CounterexampleFile[] = (
  readdirSync(corpus, { recursive: true, encoding: 'utf8' }) as string[]
)
  .filter((path) => path.endsWith('.json'))
  .sort()
  .map((path) => JSON.parse(readFileSync(new URL(path, corpus), 'utf8')))
