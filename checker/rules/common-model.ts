/** The functions of a model, as those that it shares with other models (print/common.ts). */
import { outOfRange } from '../state/layout.js'
import type { Test } from './actions.js'
import type { PackedCondition, PackedEffect } from './expansion.js'
import type { ModelReader } from './model-reader.js'
import type { CommonFunctions, ModelInUse } from './print/common.js'
import {
  BOOL,
  type Call,
  type Expression,
  fixedIndex,
  isConstant,
  type Operation,
  type RuleFunction,
} from './tree.js'

/** A function that is run while its model is in use. */
export type Run = (a: Int32Array, o: number) => unknown

/** A part of a guard: the guard holds where all its parts have the values they should have. */
export interface Conjunct {
  readonly run: Run
  readonly is: boolean
}

export class CommonModel<S> {
  private readonly common: CommonFunctions
  private readonly inUse: ModelInUse

  constructor(private readonly reader: ModelReader<S>) {
    const { leaves } = reader.model.layout
    this.common = reader.library.common
    this.inUse = {
      positions: leaves.map((leaf) => [reader.declarationOf(leaf).id, leaf.position]),
      bad: (id, value) => {
        const leaf = leaves.find((one) => reader.declarationOf(one).id === id)
        throw outOfRange(leaf ?? leaves[0], value)
      },
    }
  }

  /** From now on common functions run for this model. */
  use(): void {
    this.common.use(this.inUse)
  }

  /** Compiles functions together: faster than one by one when they are first run. */
  add(functions: Iterable<RuleFunction>): void {
    this.common.add(functions)
  }

  run(fn: RuleFunction): Run {
    const hosted = this.reader.hosted.get(fn)
    if (hosted) return hosted
    this.common.add([fn])
    return this.common.get(fn)
  }

  /** A function as a condition that can be asked at any time. */
  condition(fn: RuleFunction): PackedCondition {
    const run = this.run(fn)
    return (a, o) => {
      this.use()
      return run(a, o) !== 0
    }
  }

  /** A guard that can be asked at any time. */
  guard(node: Expression): PackedCondition {
    const conjuncts = this.conjuncts(node)
    return (a, o) => {
      this.use()
      return holdIn(conjuncts, a, o)
    }
  }

  /** An effect that can be run at any time. */
  effect(fn: RuleFunction): PackedEffect {
    const run = this.run(fn)
    return (a, o) => {
      this.use()
      run(a, o)
    }
  }

  /** @param known a test that is true wherever the guard is asked. */
  conjuncts(node: Expression, known: Test | null = null): readonly Conjunct[] {
    if (isConstant(node) && node.value === 1) return []
    if (isPlainCall(node)) return [{ run: this.run(node.callee), is: true }]
    if (node.kind === 'operation') {
      const [first] = node.operands
      if (node.operator === '&&') return node.operands.flatMap((one) => this.conjuncts(one, known))
      if (node.operator === '!' && isPlainCall(first))
        return [{ run: this.run(first.callee), is: false }]
      if (known && this.isTest(node, known)) return []
    }
    return [{ run: this.run(this.functionFor(node)), is: true }]
  }

  private isTest({ operator, operands }: Operation, { leaf, index, value }: Test): boolean {
    const [left, right] = operands
    if (operator !== '===' || left.kind !== 'load' || !isConstant(right)) return false
    const { variable, indices } = left
    const isSamePlace = this.reader.leafOf(variable) === leaf
    return isSamePlace && fixedIndex(variable, indices) === index && right.value === value
  }

  /** A function that has the value of an expression. */
  private functionFor(node: Expression): RuleFunction {
    const { effect } = node
    const body = [{ kind: 'return', value: node, effect } as const]
    const { library } = this.reader
    return library.function({ called: 'guard', parameters: [], body, type: BOOL, effect })
  }
}

export function holdIn(guard: readonly Conjunct[], a: Int32Array, o: number): boolean {
  for (const { run, is } of guard) if ((run(a, o) !== 0) !== is) return false
  return true
}

function isPlainCall(node: Expression): node is Call {
  return node.kind === 'call' && node.args.length === 0
}
