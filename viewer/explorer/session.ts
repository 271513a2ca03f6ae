/** What has been done in an explorer, so that it can be undone. */
import { counterexampleOf, printCounterexample } from '../../runs/counterexample.js'
import type { Linked } from '../../runs/link.js'
import { alsoViolatedOn } from '../../runs/replay.js'
import type { Setup } from '../../runs/subject.js'
import type { Exploration, Explored } from '../../story/exploration.js'
import type { Outside } from './start.js'

export interface Session {
  readonly now: Linked
  /** What was before, the last one last. */
  readonly past: readonly Linked[]
}

/** Something else from now on; moving along a run is not worth undoing. */
export function changed({ now, past }: Session, next: Linked): Session {
  return { now: next, past: [...past, now] }
}

export function undone({ now, past }: Session): Session {
  return { now: past.at(-1) ?? now, past: past.slice(0, -1) }
}

/** Further steps from where one stands: what came after it is left behind. */
export function withSteps({ setup, schedule, position }: Linked, steps: readonly string[]): Linked {
  const taken = [...schedule.slice(0, position), ...steps]
  return { setup, schedule: taken, position: taken.length }
}

/** With another system, scenario or mutant: from the beginning. */
export function withSetup(setup: Setup): Linked {
  return { setup, schedule: [], position: 0 }
}

/** A counterexample file of a run that ends in a violation; null for one that does not. */
export function counterexampleText(
  exploration: Exploration,
  run: Explored,
  outside: Outside | null,
): string | null {
  const { story, states } = run
  if (story.verdict !== 'violated') return null
  const schedule = story.steps.map(({ label }) => label)
  const { setup, model } = exploration
  const alsoViolated = alsoViolatedOn(model, { schedule, states }, story.property)
  const explanation = story.because ?? ''
  const provenance = { mutantFile: setup.foreign ? outside?.file : undefined }
  const found = { property: story.property, explanation, schedule, alsoViolated, provenance }
  return printCounterexample(counterexampleOf(setup, found))
}
