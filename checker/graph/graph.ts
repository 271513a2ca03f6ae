/**
 * The state graph as a search found it: every reachable state by its number, with all its steps.
 * Kept only when it is asked for. Edges lie in compressed rows: those of state `i` have the numbers
 * `offsets[i]` up to but not including `offsets[i + 1]`, and edge `e` is a step of the action with
 * number `labels[e]` to state `targets[e]`. About 6 bytes an edge and 4 a state beside the states.
 */

import { type Condition, ModelError, type Trace } from '../model.js'
import { type CompiledModel, compileCondition, type PackedCondition } from '../rules/compile.js'
import { messageOf } from '../thrown.js'
import type { StateStore } from '../visited/store.js'

/** Edges in compressed rows. */
export interface Edges {
  readonly offsets: Int32Array
  readonly targets: Int32Array
  /** Action numbers. */
  readonly labels: Uint16Array | Int32Array
}

/** A walk along edges: it begins at a state and goes on for ever when it has a loop. */
export interface Path {
  readonly start: number
  readonly edges: readonly number[]
  /** See Trace.loopStart. */
  readonly loopStart?: number
}

/** Takes in edges in the order of their sources. */
export class EdgeList {
  private offsets = new Int32Array(1024)
  private targets = new Int32Array(4096)
  private labels: Uint16Array | Int32Array
  private states = 0
  private edges = 0

  /** @param actions how many actions there are. */
  constructor(actions: number) {
    this.labels = actions > 2 ** 16 ? new Int32Array(4096) : new Uint16Array(4096)
  }

  /** From here on edges are those of the next state. */
  nextState(): void {
    if (this.states + 1 === this.offsets.length) this.offsets = doubled(this.offsets)
    this.offsets[++this.states] = this.edges
  }

  add(target: number, label: number): void {
    if (this.edges === this.targets.length) {
      this.targets = doubled(this.targets)
      this.labels = doubled(this.labels)
    }
    this.targets[this.edges] = target
    this.labels[this.edges++] = label
    this.offsets[this.states] = this.edges
  }

  /** Makes a new list what another one was. */
  restore({ offsets, targets, labels }: Edges): void {
    for (let state = 0; state + 1 < offsets.length; state++) {
      this.nextState()
      for (let edge = offsets[state]; edge < offsets[state + 1]; edge++)
        this.add(targets[edge], labels[edge])
    }
  }

  get bytes(): number {
    return this.offsets.byteLength + this.targets.byteLength + this.labels.byteLength
  }

  /** The bytes there will be, for a moment, when `count` edges come. */
  bytesFor(count: number): number {
    const grows =
      this.edges + count > this.targets.length || this.states + count >= this.offsets.length
    return grows ? 3 * this.bytes : this.bytes
  }

  done(): Edges {
    return {
      offsets: this.offsets.subarray(0, this.states + 1),
      targets: this.targets.subarray(0, this.edges),
      labels: this.labels.subarray(0, this.edges),
    }
  }
}

function doubled<A extends Int32Array | Uint16Array>(old: A): A {
  const larger = new (old.constructor as new (length: number) => A)(old.length * 2)
  larger.set(old)
  return larger
}

export class StateGraph<S> implements Edges {
  readonly offsets: Int32Array
  readonly targets: Int32Array
  readonly labels: Uint16Array | Int32Array

  /**
   * @param levelEnds states are numbered by their distance from the initial ones: those at
   *   distance d are `levelEnds[d - 1]` (0 at first) up to but not including `levelEnds[d]`.
   */
  constructor(
    private readonly compiled: CompiledModel<S>,
    private readonly store: StateStore,
    edges: Edges,
    readonly levelEnds: readonly number[],
  ) {
    this.offsets = edges.offsets
    this.targets = edges.targets
    this.labels = edges.labels
  }

  /** Number of states. */
  get size(): number {
    return this.offsets.length - 1
  }

  get model() {
    return this.compiled.model
  }

  /** By number, as `labels` has them. */
  get actions() {
    return this.compiled.actions
  }

  /** Writes state `id` to `into[0..words)`. */
  load(id: number, into: Int32Array): void {
    this.store.load(id, into)
  }

  /** State `id` as a plain object. */
  state(id: number): S {
    const vector = new Int32Array(this.model.layout.words)
    this.store.load(id, vector)
    return this.model.layout.decode(vector)
  }

  /**
   * In which states is a condition true? One element for each state, 1 or 0.
   * @param parameters handed to the condition after the state.
   * @throws ModelError when it cannot be evaluated in some state.
   */
  select(condition: Condition<S>, ...parameters: readonly number[]): Uint8Array {
    return this.where(compileCondition(this.model, condition, parameters), 'a condition')
  }

  /** The same for a condition on packed states. `what` it is stands in the message of an error. */
  where(isTrue: PackedCondition, what: string): Uint8Array {
    const vector = new Int32Array(this.model.layout.words)
    const found = new Uint8Array(this.size)
    let id = 0
    try {
      for (; id < found.length; id++) {
        this.store.load(id, vector)
        if (isTrue(vector, 0)) found[id] = 1
      }
    } catch (error) {
      const { schedule } = this.traceOf(this.pathTo(id))
      const why = `cannot be evaluated (${messageOf(error)})`
      throw new ModelError(`${what} ${why} after: ${schedule.join(' ')}`)
    }
    return found
  }

  /** The shortest way from an initial state to state `id`. */
  pathTo(id: number): Path {
    const edges: number[] = []
    let start = id
    for (let from = this.store.parentOf(id); from >= 0; from = this.store.parentOf(from)) {
      edges.push(this.targets.indexOf(start, this.offsets[from]))
      start = from
    }
    return { start, edges: edges.reverse() }
  }

  /** A path in words: the names of its steps, and its states as plain objects. */
  traceOf({ start, edges, loopStart }: Path): Trace<S> {
    const schedule = edges.map((edge) => this.actions[this.labels[edge]].label)
    const states = [start, ...edges.map((edge) => this.targets[edge])].map((id) => this.state(id))
    return loopStart === undefined ? { schedule, states } : { schedule, states, loopStart }
  }
}

/** The state an edge leads from. */
export function edgeSource({ offsets }: Edges, edge: number): number {
  let [low, high] = [0, offsets.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (offsets[middle] <= edge) low = middle
    else high = middle
  }
  return low
}
