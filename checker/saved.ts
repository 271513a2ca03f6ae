/** A search as data. */
import type { SavedFindings } from './findings.js'
import type { Edges } from './graph.js'
import type { SavedStore } from './store.js'
import type { SavedTally } from './tally.js'

/** A search as data: numbers, texts and typed arrays. */
export interface SavedSearch<S> {
  readonly keepsNumbers: boolean
  readonly tally: SavedTally
  readonly watched: readonly number[]
  readonly findings: SavedFindings<S>
  readonly digest: readonly number[] | null
  readonly edges: Edges | null
  readonly store: SavedStore
}
