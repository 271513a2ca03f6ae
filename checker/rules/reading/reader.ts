/**
 * Reads the functions of a model into trees: rules, properties, and the helpers they call.
 *
 * Reading is for one layout and for the arguments that are known. Names (`'idle'`) become numbers,
 * conditions that are settled disappear, indices that are known become places, and other indices
 * are checked where their bounds do not say that the element exists.
 *
 * The subset is written down in the design. Anything else raises OutsideSubset with the piece of
 * text that is the reason.
 */
import type { Layout } from '../../state/layout.js'
import type { Meanings } from '../scopes.js'
import { type AnyFunction, excerpt, functionSource, OutsideSubset } from '../source.js'
import { anyOf, type Binding, CHANGES, constant, local, mostOf, NO_VALUE } from '../tree.js'
import {
  type AbstractValue,
  Frame,
  readingKey,
  type StatePart,
  withDynamicParts,
} from './abstract-values.js'
import { Context } from './context.js'
import { asValue, Expressions, scopeOf } from './expressions.js'
import type { Outcome, Reading } from './library.js'
import { Statements } from './statements.js'

export class Reader {
  readonly context: Context
  private readonly expressions: Expressions
  private readonly statements: Statements
  private readonly state: StatePart
  /** Outcomes by function and parameters. */
  private readonly ofState = new Map<string, Outcome>()

  constructor(layout: Layout<unknown>, meanings: Meanings) {
    this.context = new Context(layout, meanings, (key, fn, args) => this.outcome(key, fn, args))
    this.expressions = new Expressions(this.context)
    this.statements = new Statements(this.context, this.expressions)
    this.state = { kind: 'statePart', node: layout.root, indices: [] }
  }

  /**
   * The tree of a function of the state and some known integers. A condition has a truth value and
   * leaves the state alone.
   * @throws OutsideSubset
   */
  read(fn: AnyFunction, parameters: readonly number[], as: 'condition' | 'effect'): Outcome {
    const found = this.readFor(fn, parameters)
    if (as === 'effect') return found
    if (found.fn.type.kind === 'name') throw refused(fn, 'is a name, not a truth value')
    if (found.fn.effect === CHANGES) throw refused(fn, 'changes the state')
    return found
  }

  /** The same of a function that gives back a name and leaves the state alone. */
  readName(fn: AnyFunction, parameters: readonly number[]): Outcome {
    const found = this.readFor(fn, parameters)
    if (found.fn.type.kind !== 'name') throw refused(fn, 'is not a name')
    if (found.fn.effect === CHANGES) throw refused(fn, 'changes the state')
    return found
  }

  private readFor(fn: AnyFunction, parameters: readonly number[]): Outcome {
    const taken = parameters.slice(0, functionSource(fn).parameters.length - 1)
    const key = `${this.context.library.identity(fn)} ${taken}`
    const known = this.ofState.get(key)
    if (known) return known
    const args = taken.map((value) => asValue(constant(value)))
    const all = [this.state, ...args]
    const outcome = this.outcome(readingKey(this.context.library.identity(fn), all), fn, all)
    this.ofState.set(key, outcome)
    return outcome
  }

  /** Reads a function once for arguments of one shape. */
  private outcome(key: string, fn: AnyFunction, args: readonly AbstractValue[]): Outcome {
    const { library, outcomes, answer } = this.context
    const known = outcomes.get(key)
    if (known) return known
    const reading = library.find(key, answer) ?? this.afresh(key, fn, args)
    const calleeOf = (callee: string) => (outcomes.get(callee) as Outcome).fn
    const outcome = { fn: library.linked(reading, calleeOf), result: reading.result }
    outcomes.set(key, outcome)
    return outcome
  }

  private afresh(key: string, fn: AnyFunction, args: readonly AbstractValue[]): Reading {
    const { context, expressions } = this
    const { library } = context
    const source = functionSource(fn)
    const outer = { frame: context.frame, facts: context.facts }
    const frame = new Frame(source)
    context.frame = frame
    context.facts = new Set()
    expressions.active.add(fn)
    try {
      const parameters: Binding[] = []
      const inner = args.map((arg, i) => this.parameter(arg, i, parameters))
      const body = this.statements.body(source.body, scopeOf(source, inner))
      const facts = frame.returned ?? anyOf(NO_VALUE)
      const { type } = facts
      const tree = { called: fn.name, parameters, body, type, effect: mostOf(body) }
      const reading = library.reading(tree, facts)
      library.keep(key, reading, [...context.facts])
      return reading
    } finally {
      context.frame = outer.frame
      context.facts = outer.facts
      expressions.active.delete(fn)
    }
  }

  /** The abstract value of an argument inside the called function: what is known stays known. */
  private parameter(arg: AbstractValue, i: number, parameters: Binding[]): AbstractValue {
    if (arg.kind === 'statePart') this.context.visit(arg.node)
    let j = 0
    return withDynamicParts(arg, (index) => {
      const name = `p${i}_${j++}`
      const binding: Binding = { name, init: null, role: 'parameter', type: index.type }
      parameters.push(binding)
      return local(binding, index, true)
    })
  }
}

function refused(fn: AnyFunction, why: string): OutsideSubset {
  const { text } = functionSource(fn)
  return new OutsideSubset(`\`${excerpt(text, { start: 0, end: text.length })}\` ${why}`)
}
