/** A difference made small: parts are left out as long as kernel and model still differ. */
import type { SequenceResult } from './run.js'
import type { Sequence } from './sequence.js'

type RunSequence = (sequence: Sequence) => Promise<SequenceResult>

/** The smallest sequence that differs in the same kind of thing; it cannot be made smaller. */
export async function shrinkSequence(
  found: SequenceResult,
  run: RunSequence,
): Promise<SequenceResult> {
  let best = found
  for (let again = true; again; ) {
    again = false
    for (const smaller of smallerThan(best)) {
      const result = await tried(smaller, run)
      if (!result || kindOf(result) !== kindOf(found)) continue
      best = result
      again = true
      break
    }
  }
  return best
}

async function tried(sequence: Sequence, run: RunSequence): Promise<SequenceResult | null> {
  if (!sequence.steps.some(({ op }) => op.do === 'fork')) return null
  return run(sequence)
}

/** What differs, without numbers: pages and contents may change while it gets smaller. */
const kindOf = ({ differences }: SequenceResult) =>
  (differences[0] ?? '')
    .split(':')[0]
    .replace(/\d+/g, '')
    .replace(/^(parent|child)/, '')

/** Sequences that are smaller by one part, biggest cuts first. */
function* smallerThan({ sequence, at }: SequenceResult): Generator<Sequence> {
  const { steps, vmas } = sequence
  // What follows the difference does not matter, but a fork there must be.
  const before = steps.filter((step, i) => i <= at || step.op.do === 'fork')
  if (before.length < steps.length) yield { ...sequence, steps: before }
  for (let i = 0; i < steps.length; i++)
    yield { ...sequence, steps: steps.filter((_, j) => j !== i) }
  if (vmas.length > 1)
    for (let i = 0; i < vmas.length; i++)
      yield { ...sequence, vmas: vmas.filter((_, j) => j !== i) }
  for (const [i, vma] of vmas.entries())
    for (const page of vma.populated) {
      const populated = vma.populated.filter((p) => p !== page)
      yield { ...sequence, vmas: vmas.map((v, j) => (j === i ? { ...v, populated } : v)) }
    }
}
