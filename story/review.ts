/** Changes of a corpus: files that are new, gone, longer or shorter, or end otherwise. */
import { diffArrays } from 'diff'
import type { CounterexampleFile } from '../runs/counterexample.js'
import type { Story } from './story.js'

/** A file of a corpus at some moment. */
export interface Version {
  /** Below the folder of the corpus. */
  readonly path: string
  /** Null if it could not be read. */
  readonly file: CounterexampleFile | null
}

/**
 * - `new`, `gone`: it was not there, or is there no more.
 * - `changed`: the same claim with another schedule or in another scenario.
 * - `reworded`: the same run with other words, or another expected result.
 * - `unexpected`: the file is what it was, but its replay does not end as it expects.
 */
type ChangeKind = 'new' | 'gone' | 'changed' | 'reworded' | 'unexpected'

/** One thing to look at. */
export interface Changed {
  readonly kind: ChangeKind
  /** Where it is now, or where it was. */
  readonly path: string
  readonly before: CounterexampleFile | null
  readonly after: CounterexampleFile | null
}

/** A change, and how it ends when it is replayed now. */
export interface Reviewed extends Changed {
  /** In a few words: `reproduces`, `stale: step 3 ...`. */
  readonly ends: string
  /** Null where nothing can be said. */
  readonly story: Story | null
}

/**
 * Compares two moments of a corpus. Files are named by content, so what changes gets another name:
 * what has gone is put together with what is new and makes the same claim.
 */
export function changesOf(before: readonly Version[], after: readonly Version[]): Changed[] {
  const old = new Map(before.map((version) => [version.path, version.file]))
  const now = new Map(after.map((version) => [version.path, version.file]))
  const gone = before.filter(({ path }) => !now.has(path))
  const reworded = after.flatMap(({ path, file }): Changed[] => {
    const was = old.get(path)
    if (was === undefined || JSON.stringify(was) === JSON.stringify(file)) return []
    return [{ kind: 'reworded', path, before: was, after: file }]
  })
  const paired = new Set<string>()
  const arrived = after
    .filter(({ path }) => !old.has(path))
    .map(({ path, file }): Changed => {
      const same = gone.find(
        (other) =>
          !paired.has(other.path) && file && other.file && claim(other.file) === claim(file),
      )
      if (!same) return { kind: 'new', path, before: null, after: file }
      paired.add(same.path)
      return { kind: 'changed', path, before: same.file, after: file }
    })
  const left = gone
    .filter(({ path }) => !paired.has(path))
    .map(({ path, file }): Changed => ({ kind: 'gone', path, before: file, after: null }))
  return [...arrived, ...reworded, ...left]
}

/** The claim of a counterexample, without its scenario and schedule. */
function claim({ system, mutant, property }: CounterexampleFile): string {
  return JSON.stringify([system, mutant, property])
}

/** A change in one line. */
export function changeTitle({ kind, path, before, after }: Changed): string {
  const file = after ?? before
  if (!file) return `${kind}  ${path} (cannot be read)`
  const { property, system, mutant, steps } = file
  const length = before && after && before.steps !== steps ? `${before.steps} -> ${steps}` : steps
  return `${kind}  ${property}, ${system}${mutant ? `, mutant ${mutant}` : ''}, ${length} steps`
}

/**
 * The steps of the old counterexample beside those of the new one, as two columns: equal steps
 * stand in one row, and a step that only one of them has stands beside nothing.
 * @returns no rows where there are not two, or they are equal.
 */
export function stepsBeside({ before, after }: Changed): [before: string, after: string][] {
  const [was, is] = [before?.schedule ?? [], after?.schedule ?? []]
  if (!before || !after || was.join('\n') === is.join('\n')) return []
  return diffArrays([...was], [...is]).flatMap(({ value, added, removed }) =>
    value.map((step): [string, string] => [added ? '' : step, removed ? '' : step]),
  )
}
