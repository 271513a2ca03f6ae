/**
 * A model whose program is known from an earlier run: its rules need not be read before the search
 * begins. They are read where the program does not say enough: for the way to a violation.
 */
import { type Action, actionsOf, type Model } from '../model.js'
import { compile } from './compile.js'
import type { CompiledModel, ProgramText } from './compiled-model.js'
import { type Buffers, newBuffers } from './expansion.js'
import { linked, type OwnProgram } from './own-program.js'

/** What is kept of a model that has been read, as data. It is good for this very model only. */
export interface KnownProgram extends ProgramText {
  /** The numbers of actions that no reachable state enables. */
  readonly dead: readonly number[]
}

/** What can be kept of a model; null where functions of it run as they stand. */
export function knownProgramOf<S>(compiled: CompiledModel<S>): KnownProgram | null {
  const { actions, dead } = compiled
  if (!compiled.isTranslated) return null
  return { ...compiled.program, dead: dead.map((action) => actions.indexOf(action)) }
}

export class KnownModel<S> implements CompiledModel<S> {
  readonly actions: readonly Action<S>[]
  readonly dead: readonly Action<S>[]
  readonly interpreted = []
  readonly isTranslated = true
  readonly expand: OwnProgram['expand']
  readonly inspect: OwnProgram['inspect']
  readonly final: OwnProgram['final']
  readonly holds: OwnProgram['holds']
  readonly from: OwnProgram['from']
  private readonly buffers: Buffers
  private whole: CompiledModel<S> | null = null

  constructor(
    readonly model: Model<S>,
    readonly program: KnownProgram,
  ) {
    this.actions = actionsOf(model)
    this.dead = program.dead.map((number) => this.actions[number])
    this.buffers = newBuffers(model.layout.words)
    const { expand, inspect, final, holds, from } = linked(program, model, this.buffers)
    this.expand = expand
    this.inspect = inspect
    this.final = final
    this.holds = holds
    this.from = from
  }

  get successors(): Int32Array {
    return this.buffers.successors
  }

  get taken(): Int32Array {
    return this.buffers.taken
  }

  get enabled(): CompiledModel<S>['enabled'] {
    return this.read.enabled
  }

  get apply(): CompiledModel<S>['apply'] {
    return this.read.apply
  }

  readonly failingAction: CompiledModel<S>['failingAction'] = (source, from) =>
    this.read.failingAction(source, from)

  /** Nothing runs as it stands. */
  readonly confirmDeterminism = () => {}

  private get read(): CompiledModel<S> {
    this.whole ??= compile(this.model)
    return this.whole
  }
}
