/**
 * Why a step was taken: which variables it would have found otherwise, had an earlier step not been
 * taken. Found by trying: a variable is set back to what it was before it was last written; if the
 * step is then not possible, or does something else, it was taken because of what was written.
 */
import type { Action, Model, Property } from '../../checker/model.js'
import { Cursor, orFalse } from '../../runs/cursor.js'
import type { AnyState } from '../../runs/subject.js'
import type { History, Written } from './history.js'
import type { Topic } from './topic.js'

/** A variable as a step found it. */
export interface Reason {
  /** The variable. */
  readonly key: string
  /** Its name: `parent pmd 0`. */
  readonly name: string
  readonly value: string
  /** The step that wrote it, from 1. */
  readonly since: number
  /** Steps the actor would have taken instead at this place, had it not been written. */
  readonly instead: readonly string[]
}

export class Causes {
  private readonly cursor: Cursor<AnyState>
  /** The elements that were read since the cursor was last moved. */
  private reads = new Set<number>()

  constructor(
    private readonly model: Model<AnyState>,
    private readonly history: History,
  ) {
    this.cursor = new Cursor(model, (leaf, index) => {
      this.reads.add(history.elements.numberOf(leaf, index))
    })
  }

  /**
   * The reasons of a step (from 1) that belong to the topic.
   * @param label another step that might be taken there instead.
   */
  reasons(topic: Topic, step: number, label = this.history.trace.schedule[step - 1]): Reason[] {
    const { history } = this
    const action = this.cursor.actions.get(label)
    const before = history.packed[step - 1]
    if (!action || !before) return []
    const after = this.after(action, before)
    if (!after) return []
    return history
      .written([...this.reads].filter(topic), step)
      .filter((written) => {
        const words = history.without(written, before)
        const other = this.after(action, words)
        return !other || this.differs(topic, action, before, after, words, other)
      })
      .map((written) => this.reason(written, step - 1, this.insteadOf(action, before, written)))
  }

  /** The values in the last state because of which a property fails there. */
  reasonsFor(property: Property<AnyState>): Reason[] {
    const { history } = this
    const { last, packed } = history
    return history
      .written([...history.allWritten()].filter(this.isTold), packed.length)
      .filter((written) => this.holds(property, history.without(written, last)))
      .map((written) => this.reason(written, packed.length - 1, []))
  }

  /**
   * For a step that is not possible in a state: the values that prevent it, if a step wrote them,
   * and since when they do.
   */
  obstacles(label: string, state: number): Reason[] {
    const { history } = this
    const action = this.cursor.actions.get(label)
    const words = history.packed[state]
    if (!action || this.isPossible(action, words)) return []
    return history.written([...this.reads].filter(this.isTold), state + 1).flatMap((written) => {
      let at: Written | null = written
      while (at && !this.isPossible(action, history.without(at, words))) at = history.earlier(at)
      return at ? [this.reason(at, state, [])] : []
    })
  }

  /** Variables because of which an actor has gone one way and not another, in some steps. */
  decidedBy(steps: readonly number[]): Reason[] {
    return steps
      .flatMap((step) => this.reasons(this.isTold, step))
      .filter(({ instead }) => instead.length > 0)
  }

  /**
   * The steps that some actor, standing where it does in a state, might take there; where a model
   * has no places, all its steps.
   */
  stepsAtPlace(actor: string, state: number): string[] {
    const { history, cursor, model } = this
    const { location } = model
    this.moveTo(history.packed[state])
    const isThere = ({ rule, parameters }: Action<AnyState>) =>
      rule.at !== undefined && location?.(cursor.here, ...parameters) === rule.at
    return [...cursor.actions.values()]
      .filter((action) => action.actor === actor && (!location || isThere(action)))
      .map(({ label }) => label)
  }

  /** The state after a step; null where the step is not possible, or fails. */
  private after(action: Action<AnyState>, before: Int32Array): Int32Array | null {
    const { cursor } = this
    this.moveTo(before)
    try {
      if (!cursor.isEnabled(action)) return null
      cursor.take(action)
      return cursor.packed()
    } catch {
      return null
    }
  }

  /** Is a step possible in a state? One whose guard fails is not. */
  private isPossible(action: Action<AnyState>, words: Int32Array): boolean {
    this.moveTo(words)
    return orFalse(() => this.cursor.isEnabled(action))
  }

  /** Does a property hold in a state? One that cannot be evaluated there does not. */
  private holds({ holds }: Property<AnyState>, words: Int32Array): boolean {
    this.moveTo(words)
    return orFalse(() => holds(this.cursor.here))
  }

  private moveTo(words: Int32Array): void {
    this.cursor.moveToPacked(words)
    this.reads = new Set()
  }

  /** A story leaves out places of threads (steps show them), registers and observations. */
  private readonly isTold = (element: number): boolean => {
    const { internal, isPlace } = this.history.wordsFor(element)
    return !internal && !isPlace
  }

  /** Does a step do something else from one state than from another, to the topic or itself? */
  private differs(
    topic: Topic,
    action: Action<AnyState>,
    before: Int32Array,
    after: Int32Array,
    otherBefore: Int32Array,
    otherAfter: Int32Array,
  ): boolean {
    const { elements, narration } = this.history
    const place = narration.placeOf(action)
    const touched = new Set([
      ...elements.differing(before, after),
      ...elements.differing(otherBefore, otherAfter),
    ])
    return [...touched].some(
      (element) =>
        elements.read(element, after) !== elements.read(element, otherAfter) &&
        (topic(element) || elements.path(element) === place),
    )
  }

  /** Steps of the same actor, at the same place, that would have been possible. */
  private insteadOf(action: Action<AnyState>, words: Int32Array, written: Written): string[] {
    const other = this.history.without(written, words)
    const { rule, actor } = action
    const names = [...this.cursor.actions.values()]
      .filter((one) => one.actor === actor && one.rule.at === rule.at && one.rule !== rule)
      .filter((one) => !this.isPossible(one, words))
      .filter((one) => this.isPossible(one, other))
      .map((one) => one.rule.name)
    // A rule with parameters may have been possible in several ways.
    return [...new Set(names)]
  }

  private reason(
    { key, step, elements }: Written,
    state: number,
    instead: readonly string[],
  ): Reason {
    const { name, value } = this.history.wordsFor(elements[0])
    const now = this.history.trace.states[state]
    return { key, name: name(now, now), value: value(now), since: step, instead }
  }
}
