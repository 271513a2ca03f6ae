/**
 * The rules that look at several page tables in one step, and why each does no harm. All others
 * read and write what all tables share and one table (locality.ts looks at every state). That the
 * reasons are good is shown by the simulation: it compares the steps of these rules too.
 */

export interface WideRules {
  readonly why: string
  readonly rules: readonly string[]
}

export const WIDE: readonly WideRules[] = [
  {
    why: 'It does the same to every table, to each by what that table and shared variables say.',
    rules: [
      'forkFlushed',
      'forkFailReturn',
      'munmapDetach',
      'answerFlush',
      'dies',
      'copierPuts',
      'copierDies',
    ],
  },
  {
    why: 'It looks for the next table that has work left. The abstract model sees fewer, so it goes on sooner; the steps until then are none that the spot feels.',
    rules: [
      'munmapClearsTable',
      'munmapDone',
      'forkFailUnlock',
      'forkUndoMarker',
      'forkUndoPointers',
      'lateUndoesMarker',
      'lateUndoesPointers',
      'copierUndoesMarker',
      'copierUndoesPointers',
    ],
  },
  {
    why: 'It asks the CPUs that cache a page of a range. The abstract model asks all of them if the parent has several threads; one that caches nothing may answer at once.',
    rules: ['forkFlush', 'forkFailFlush', 'changeDone', 'clearFlush', 'copierUnlock'],
  },
]

const REASONS = new Map(WIDE.flatMap(({ rules, why }) => rules.map((rule) => [rule, why] as const)))

/** Why it does no harm that a rule looks at several tables; undefined where nobody has said so. */
export const reasonOf = (rule: string) => REASONS.get(rule)

/**
 * Rules of a proof that look at several tables only with something that no proof has, by what that
 * is: it moves pages, lets two pages have one frame, or is cached for several tables.
 */
export const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  'operation free': ['write'],
  'kernel thread collapse': ['write'],
  'kernel thread mergeSame': ['faultSet'],
  'operation mremap': ['faultZero', 'faultSet'],
  'option upperCache true': ['zapPage', 'fault', 'walk', 'faultClear'],
}
