/**
 * Why steps are not possible: of an actor's steps at the place where it stands, which part of the
 * guard is false there, and what that part looks at.
 */
import type { Action, Condition, Model } from '../checker/model.js'
import { type Meanings, meaningsIn } from '../checker/rules/scopes.js'
import { forEachPart, functionSource } from '../checker/rules/source.js'
import { Cursor, orFalse } from '../runs/cursor.js'
import type { AnyState, Narration } from '../runs/subject.js'
import { Elements } from './argument/elements.js'

/** A step that stands at its actor's place and is not possible. */
export interface Blocked {
  readonly label: string
  readonly actor: string
  /** The text of the condition that is not met; or the hook that is due first. */
  readonly because: string
  /** The variables that it reads, with their values. */
  readonly found: readonly { readonly name: string; readonly value: string }[]
}

/** A part of a guard; null for one that cannot be asked alone. */
interface Conjunct {
  readonly text: string
  readonly holds: Condition<AnyState> | null
}

/** The steps a model can explain. */
export class Blockage {
  private readonly elements: Elements<AnyState>
  private readonly cursor: Cursor<AnyState>
  private readonly cut = new Map<Condition<AnyState>, readonly Conjunct[]>()
  private readonly meanings: Meanings
  private reads = new Set<number>()

  constructor(
    private readonly model: Model<AnyState>,
    private readonly narration: Narration,
  ) {
    this.meanings = meaningsIn(model)
    this.elements = new Elements(model.layout)
    this.cursor = new Cursor(model, (leaf, index) => {
      this.reads.add(this.elements.numberOf(leaf, index))
    })
  }

  /** Steps that are not possible though their actor stands where they are taken, if anywhere. */
  at(state: AnyState): Blocked[] {
    this.cursor.moveTo(state)
    return [...this.cursor.actions.values()].flatMap((action) => {
      const { rule, label, actor, parameters } = action
      const isThere =
        rule.at === undefined || this.model.location?.(state, ...parameters) === rule.at
      if (!isThere) return []
      const why = this.obstacle(action)
      return why === null ? [] : [{ label, actor, because: why, found: this.found(state) }]
    })
  }

  /** The first condition that stands in the way of a step; null where none does. */
  private obstacle({ rule, parameters }: Action<AnyState>): string | null {
    if (rule.guard && !this.test(rule.guard, parameters)) {
      // Text from outside is not read: its names may mean something else.
      const parts = rule.foreign?.includes(rule.guard) ? [] : this.conjuncts(rule.guard)
      for (const { text, holds } of parts) if (holds && !this.test(holds, parameters)) return text
      return textOf(rule.guard)
    }
    const first = rule.unless?.find((condition) => this.test(condition, parameters))
    return first ? `${this.hookOf(first)} comes first` : null
  }

  /** A condition that fails is not met. */
  private test(condition: Condition<AnyState>, parameters: readonly number[]): boolean {
    this.reads = new Set()
    return orFalse(() => condition(this.cursor.here, ...parameters))
  }

  /** The parts of a guard that is a conjunction, each as a condition of its own where it can be. */
  private conjuncts(guard: Condition<AnyState>): readonly Conjunct[] {
    const known = this.cut.get(guard)
    if (known) return known
    const parts = this.conjunctsOf(guard)
    this.cut.set(guard, parts)
    return parts
  }

  private conjunctsOf(guard: Condition<AnyState>): Conjunct[] {
    let source: ReturnType<typeof functionSource>
    try {
      source = functionSource(guard)
    } catch {
      return []
    }
    const { text, parameters, body } = source
    if (body.type === 'BlockStatement') return []
    const parts: string[] = []
    const split = (node: { type: string; start: number; end: number }): void => {
      const { type, operator, left, right } = node as never as Record<string, never>
      if (type === 'LogicalExpression' && operator === '&&') {
        split(left)
        split(right)
      } else parts.push(text.slice(node.start, node.end))
    }
    split(body)
    const words = this.namesIn(guard, body).filter(([name]) => !parameters.includes(name))
    const names = words.map(([name]) => name)
    const values = words.map(([, value]) => value)
    return parts.map((part) => ({
      text: part,
      holds: conditionOf(part, names, values, parameters),
    }))
  }

  /** The names in a function's body that its module or the vocabulary gives a meaning. */
  private namesIn(fn: Condition<AnyState>, body: object): readonly [string, unknown][] {
    const names = new Set<string>()
    forEachPart({ body }, (part) => {
      if (part.type === 'Identifier') names.add(part.name)
    })
    return [...names].flatMap((name) => {
      const value = this.meanings.everywhere(name) ?? this.meanings.within(fn, name)
      return value === undefined ? [] : [[name, value]]
    })
  }

  private hookOf(condition: Condition<AnyState>): string {
    const rule = this.model.rules.find(({ guard }) => guard === condition)
    return rule?.name ?? textOf(condition)
  }

  private found(state: AnyState): Blocked['found'] {
    const seen = new Map<string, { name: string; value: string }>()
    for (const element of this.reads) {
      const { key, name, value, internal } = this.narration.words(this.elements.path(element))
      if (!internal) seen.set(key, { name: name(state, state), value: value(state) })
    }
    return [...seen.values()]
  }
}

/** Null where the text names something that the vocabulary has not got: then it cannot be asked. */
function conditionOf(
  text: string,
  names: readonly string[],
  values: readonly unknown[],
  parameters: readonly string[],
): Condition<AnyState> | null {
  try {
    const make = new Function(...names, `return (${parameters.join(', ')}) => (${text})`)
    return make(...values) as Condition<AnyState>
  } catch {
    return null
  }
}

function textOf(condition: Condition<AnyState>): string {
  const text = condition.toString().replace(/\s+/g, ' ')
  return text.length > 160 ? `${text.slice(0, 157)}...` : text
}
