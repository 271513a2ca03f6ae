/**
 * From a model to fast functions on packed states: its actions, properties and final condition as
 * trees (model-reader.ts), run in one of two ways. The first states are expanded by functions that
 * all models share (common-program.ts); when states become many, by a program of the model's own
 * (own-program.ts).
 */
import { type Action, actionsOf, type Condition, type Model } from '../model.js'
import { validate } from '../validate.js'
import type { ReadAction } from './actions.js'
import { CommonModel } from './common-model.js'
import { CommonProgram } from './common-program.js'
import type { CompiledModel, ProgramText } from './compiled-model.js'
import {
  type Buffers,
  newBuffers,
  type PackedCondition,
  type PackedEffect,
  type Program,
} from './expansion.js'
import { type CompileOptions, ModelReader } from './model-reader.js'
import { linked, printProgram, type ReadModel } from './own-program.js'

export type { CompiledModel } from './compiled-model.js'
export type { Expansion, PackedCondition } from './expansion.js'

/**
 * States that are expanded before a model gets a program of its own, for each of its live actions:
 * the more there are, the longer the program takes to be printed and compiled.
 */
const COMMON_STATES_PER_ACTION = 32

/** Prepares a model for exploration. @throws ModelError when the model is malformed. */
export function compile<S>(model: Model<S>, options: CompileOptions = {}): CompiledModel<S> {
  validate(model)
  const actions = actionsOf(model)
  const reader = new ModelReader(model, options)
  const read = reader.actions(actions)
  const condition = (name: string, fn: Condition<S>) => reader.function(name, fn, [], 'condition')
  const holds = model.properties.map(({ name, holds }) => condition(name, holds))
  const from = model.properties.map((p) => (p.from ? condition(p.name, p.from) : null))
  const final = condition('final', model.final)
  return new Compiled({ reader, actions: read, holds, from, final }, actions, options)
}

/** A condition that is not part of a model, on its packed states. */
export function compileCondition<S>(
  model: Model<S>,
  condition: Condition<S>,
  parameters: readonly number[],
): PackedCondition {
  const reader = new ModelReader(model, {})
  return new CommonModel(reader).condition(
    reader.function('condition', condition, parameters, 'condition'),
  )
}

class Compiled<S> implements CompiledModel<S> {
  readonly dead: readonly Action<S>[]
  readonly interpreted: CompiledModel<S>['interpreted']
  readonly holds: readonly PackedCondition[]
  readonly from: readonly (PackedCondition | null)[]
  private readonly buffers: Buffers
  private readonly common: CommonModel<S>
  private readonly commonStates: number
  private running: Program
  private expanded = 0
  private enabledOf: readonly PackedCondition[] | null = null
  private applyOf: readonly PackedEffect[] | null = null
  private text: ProgramText | null = null

  constructor(
    private readonly read: ReadModel<S>,
    readonly actions: readonly Action<S>[],
    { commonStates }: CompileOptions,
  ) {
    const { reader, holds, from } = read
    this.buffers = newBuffers(reader.model.layout.words)
    const common = new CommonModel(reader)
    this.common = common
    this.running = new CommonProgram(read, common, this.buffers)
    const live = new Set(read.actions.filter(({ effect }) => effect).map(({ number }) => number))
    this.commonStates = commonStates ?? COMMON_STATES_PER_ACTION * live.size
    this.dead = actions.filter((_, number) => !live.has(number))
    this.interpreted = [...reader.reasons].map(([rule, reason]) => ({ rule, reason }))
    this.holds = holds.map((fn) => common.condition(fn))
    this.from = from.map((fn) => fn && common.condition(fn))
  }

  get model(): Model<S> {
    return this.read.reader.model
  }

  get isTranslated(): boolean {
    return this.read.reader.hosted.size === 0
  }

  get enabled(): readonly PackedCondition[] {
    this.enabledOf ??= this.byNumber(never, ({ guard }) => guard && this.common.guard(guard))
    return this.enabledOf
  }

  get apply(): readonly PackedEffect[] {
    this.applyOf ??= this.byNumber(impossible, ({ effect }) => effect && this.common.effect(effect))
    return this.applyOf
  }

  get successors(): Int32Array {
    return this.buffers.successors
  }

  get taken(): Int32Array {
    return this.buffers.taken
  }

  expand(source: Int32Array, from: number, before = 0): number {
    if (this.expanded++ === this.commonStates) {
      const hosted = [...this.read.reader.hosted.values()]
      this.running = linked(this.program, this.model, this.buffers, hosted)
    }
    return this.running.expand(source, from, before)
  }

  inspect(
    a: Int32Array,
    o: number,
    other: Int32Array,
    p: number,
    watched: Uint8Array,
    found: Int32Array,
  ): number {
    return this.running.inspect(a, o, other, p, watched, found)
  }

  /** It may be handed on by itself, as all conditions may. */
  readonly final: PackedCondition = (a, o) => this.running.final(a, o)

  readonly failingAction: CompiledModel<S>['failingAction'] = (source, from) => {
    const { words } = this.model.layout
    for (const [i, action] of this.actions.entries()) {
      const scratch = source.slice(from, from + words)
      try {
        if (this.enabled[i](scratch, 0)) this.apply[i](scratch, 0)
      } catch (error) {
        return { action, error }
      }
    }
    return null
  }

  readonly confirmDeterminism = () => this.read.reader.determinism.confirm()

  private byNumber<T>(absent: T, of: (action: ReadAction) => T | null): readonly T[] {
    const all: T[] = new Array(this.actions.length).fill(absent)
    for (const action of this.read.actions) all[action.number] = of(action) ?? absent
    return all
  }

  get program(): ProgramText {
    this.text ??= printProgram(this.read)
    return this.text
  }
}

function never(): boolean {
  return false
}

function impossible(): never {
  throw new Error('no reachable state enables this action')
}
