/**
 * Where a mutant departs from its system: the steps of a trace that the sound system cannot take,
 * or takes differently. That is where a reader of a counterexample wants to look.
 */
import { actorOf, type Model } from '../checker/model.js'
import { messageOf } from '../checker/thrown.js'
import { Cursor } from '../runs/cursor.js'
import { modelOf, soundSetup, subjectOf } from '../runs/setup-model.js'
import type { AnyState, Narration, Setup } from '../runs/subject.js'
import { changesBetween, changesSentence } from './changes.js'

/** More than this is not listed in one line. */
const LISTED = 3

/** Compares single steps with those of the sound system. */
export class SoundTwin {
  readonly model: Model<AnyState>
  private readonly cursor: Cursor<AnyState>

  private readonly narration: Narration

  /** @param setup one with a mutant: it is left out here. */
  constructor(private readonly setup: Setup) {
    const { unmodified = soundSetup, narration } = subjectOf(setup)
    this.model = modelOf(unmodified(setup))
    this.narration = narration(this.model)
    this.cursor = new Cursor(this.model)
  }

  /** The steps that an actor can take in a state, in the sound system. */
  possible(state: AnyState, actor: string): string[] {
    this.cursor.moveTo(state)
    return this.cursor.enabledLabels().filter((label) => actorOf(label) === actor)
  }

  /**
   * How the step `label` from `before` to `after` differs from what the sound system does, in
   * words; null when it does not. `after` is undefined where the step failed.
   */
  deviation(label: string, before: AnyState, after: AnyState | undefined): string | null {
    let differs: string | null
    try {
      differs = this.difference(label, before, after)
    } catch (error) {
      // A rule of the sound system may fail in a state that only the mutant reaches.
      differs = `a rule fails here (${messageOf(error)})`
    }
    return differs === null ? null : `unmodified ${this.setup.system.name}: ${differs}`
  }

  private difference(label: string, before: AnyState, after: AnyState | undefined): string | null {
    const { cursor, narration } = this
    cursor.moveTo(before)
    const action = cursor.actions.get(label)
    if (!action || !cursor.isEnabled(action)) return this.instead(before, actorOf(label))
    if (after === undefined) return 'the step does not fail'
    cursor.take(action)
    const sound = cursor.state()
    const differing = new Set(changesBetween(narration, after, sound).map((change) => change.name))
    if (differing.size === 0) return null
    const all = changesBetween(narration, before, sound).filter((change) =>
      differing.has(change.name),
    )
    const telling = all.filter((change) => !change.internal)
    const should = telling.length > 0 ? telling : all
    return should.length > 0
      ? changesSentence(should, LISTED)
      : `${[...differing].join(' and ')} ${differing.size === 1 ? 'does' : 'do'} not change`
  }

  /** A sentence about the steps that an actor can take in the sound system. */
  private instead(state: AnyState, actor: string): string {
    const calls = this.possible(state, actor)
    if (calls.length === 0) return `${actor} waits`
    return `${actor} takes ${list(calls.map((label) => label.slice(actor.length + 1)))} instead`
  }
}

function list(texts: readonly string[]): string {
  const shown = texts.slice(0, LISTED).join(', ')
  return texts.length > LISTED ? `${shown}, ...` : shown
}
