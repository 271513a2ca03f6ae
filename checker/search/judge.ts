/**
 * The judge of states: it says which properties of a state are news, whether a state without steps
 * is a deadlock, and why. All searches and walks use it; only the naive reference does not.
 */

import {
  BUILT_IN_PROPERTIES,
  type Model,
  ModelError,
  NO_DEADLOCK,
  NO_RULE_ERROR,
  NondeterminismError,
  type Property,
} from '../model.js'
import type { CompiledModel, Expansion } from '../rules/compile.js'
import { messageOf } from '../thrown.js'

/** Configuration of a judge of packed states. It is data, so it can be sent to another thread. */
export interface JudgeConfig {
  /** For each property: 1 if its violation, or its first `sometimes` state, would be news. */
  readonly watched: Uint8Array
  /** For each property: 1 if it must always hold. */
  readonly isAlways: Uint8Array
  /** Is a deadlock news? */
  readonly watchesDeadlocks: boolean
}

/** The part of the judge that needs no names. It runs in every thread. */
export class PackedJudge implements JudgeConfig {
  readonly watched: Uint8Array
  readonly isAlways: Uint8Array
  readonly watchesDeadlocks: boolean
  /** The numbers of the properties that were news in the state looked at last. */
  readonly found: Int32Array

  constructor(
    protected readonly expansion: Pick<Expansion, 'inspect' | 'final'>,
    { watched, isAlways, watchesDeadlocks }: JudgeConfig,
  ) {
    this.watched = watched
    this.isAlways = isAlways
    this.watchesDeadlocks = watchesDeadlocks
    this.found = new Int32Array(watched.length)
  }

  /**
   * Looks at the state at `a[o]`. Watched properties were as expected in the state at `before[p]`,
   * so only those that the step between the two can have changed are evaluated.
   * @returns how many properties are news; `found` has their numbers.
   */
  look(a: Int32Array, o: number, before: Int32Array, p: number): number {
    return this.expansion.inspect(a, o, before, p, this.watched, this.found)
  }

  /** Is a state in which no action is enabled a deadlock? */
  isDeadlock(a: Int32Array, o: number): boolean {
    return !this.expansion.final(a, o)
  }

  /** From now on the property is no news. @returns whether it must always hold: it is violated. */
  settle(property: number): boolean {
    this.watched[property] = 0
    return this.isAlways[property] === 1
  }
}

/** Which properties a judge watches. */
export interface JudgeOptions {
  /** Names of properties, built-in ones included. Default: all. */
  readonly properties?: readonly string[]
  /** Watch every `sometimes` property, also if `properties` leaves it out. Default: false. */
  readonly allSituations?: boolean
}

export class Judge<S> extends PackedJudge {
  readonly model: Model<S>
  private readonly complement: Int32Array

  /** @throws Error on an unknown property name. */
  constructor(
    private readonly compiled: CompiledModel<S>,
    private readonly options: JudgeOptions = {},
  ) {
    const { model } = compiled
    knownNames(model, options.properties ?? [])
    const isSelected = (name: string) => options.properties?.includes(name) ?? true
    super(compiled, {
      watched: new Uint8Array(model.properties.length),
      isAlways: Uint8Array.from(model.properties, ({ kind }) => (kind === 'always' ? 1 : 0)),
      watchesDeadlocks: isSelected(NO_DEADLOCK),
    })
    this.model = model
    this.complement = new Int32Array(model.layout.words)
    this.watchAll()
  }

  /** Is the property to be checked? */
  selects(name: string): boolean {
    return this.options.properties?.includes(name) ?? true
  }

  /** Everything that is selected is news again. */
  watchAll(): void {
    const { allSituations = false } = this.options
    this.model.properties.forEach(({ name, kind }, i) => {
      const isWatched = (allSituations && kind === 'sometimes') || this.selects(name)
      this.watched[i] = isWatched ? 1 : 0
    })
  }

  /** The same. @throws ModelError when `final` cannot be evaluated in the state. */
  override isDeadlock(a: Int32Array, o: number): boolean {
    try {
      return super.isDeadlock(a, o)
    } catch (error) {
      throw new ModelError(`${this.model.name}: final cannot be evaluated (${messageOf(error)})`)
    }
  }

  /**
   * The same as `look`.
   * @param schedule how the state was reached, for the message of the error.
   * @throws ModelError when a property cannot be evaluated in the state.
   */
  inspect(
    a: Int32Array,
    o: number,
    before: Int32Array,
    p: number,
    schedule: () => readonly string[],
  ): number {
    try {
      return this.look(a, o, before, p)
    } catch (error) {
      const culprit = this.model.properties.find(
        (_, i) => this.watched[i] === 1 && !this.canEvaluate(i, a, o),
      )
      const why = `cannot be evaluated (${messageOf(error)})`
      throw new ModelError(`property ${culprit?.name} ${why} after: ${schedule().join(' ')}`)
    }
  }

  /** Looks at all watched properties of an initial state. @throws ModelError see `inspect`. */
  inspectInitial(a: Int32Array, o: number): number {
    const { complement } = this
    // A state that differs from this one in every bit: all properties are evaluated.
    for (let i = 0; i < complement.length; i++) complement[i] = ~a[o + i]
    return this.inspect(a, o, complement, 0, () => [])
  }

  /** Why a property is violated in a state, for a person. */
  explain({ explain, says }: Property<S>, state: S): string {
    return explain?.(state) ?? `not so: ${says}`
  }

  /**
   * The first action that fails in a state, and why.
   * @throws ModelError when a rule names something that does not exist.
   * @throws NondeterminismError when no action fails the second time.
   */
  failureIn(a: Int32Array, o: number): Failure & { readonly label: string } {
    const failing = this.compiled.failingAction(a, o)
    if (!failing)
      throw new NondeterminismError(
        `a rule of ${this.model.name} is not deterministic: it fails, and not the second time`,
      )
    const { label } = failing.action
    return { label, ...failureOf(label, failing.error) }
  }

  private canEvaluate(property: number, a: Int32Array, o: number): boolean {
    try {
      this.compiled.holds[property](a, o)
      return true
    } catch {
      return false
    }
  }
}

/** A violation of a built-in property. */
export interface Failure {
  readonly property: string
  readonly explanation: string
}

export const DEADLOCK: Failure = {
  property: NO_DEADLOCK,
  explanation: 'no step is enabled, and the state is not final',
}

/**
 * A violation of NO_RULE_ERROR: an action has thrown an error.
 * @throws ModelError when its rule names something that does not exist: that is no finding.
 */
export function failureOf(label: string, error: unknown): Failure {
  const explanation = `${label}: ${messageOf(error)}`
  if (error instanceof ReferenceError) throw new ModelError(explanation)
  return { property: NO_RULE_ERROR, explanation }
}

/** @throws Error on a name that no property of the model and no built-in property has. */
export function knownNames<S>({ properties }: Model<S>, names: readonly string[]): void {
  const known = [...properties, ...BUILT_IN_PROPERTIES].map(({ name }) => name)
  for (const name of names)
    if (!known.includes(name))
      throw new Error(`unknown property ${name}: known are ${known.join(', ')}`)
}
