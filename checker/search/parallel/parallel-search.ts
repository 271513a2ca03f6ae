/** A search among many states, seen from the thread that began it; others may help. */

import { NO_DEADLOCK } from '../../model.js'
import type { CompiledModel } from '../../rules/compile.js'
import type { Layout } from '../../state/layout.js'
import { PairSet, type SavedPairs } from '../../visited/pair-set.js'
import type { Pairing } from '../../visited/pairing.js'
import { PairBatch, PairTable } from '../../visited/pairs.js'
import type { StateStore } from '../../visited/store.js'
import { MANY_SUCCESSORS } from '../batch.js'
import type { Tally } from '../counters.js'
import type { Notes } from '../traced-search.js'
import { Explorer, type Orders } from './explorer.js'
import {
  type Board,
  DEADLOCKS,
  DONE,
  EXPANDED,
  FEWEST,
  FIRED,
  FULL,
  GO_ON,
  innerMemory,
  isNearlyFull,
  LEVEL,
  MOST_STEPS,
  NEXT,
  newBoard,
  ORDER,
  ROUND,
  SIDE,
  STOP,
  setMemory,
  TAKEN,
  TELL,
  TRANSITIONS,
} from './shared-memory.js'
import type { Team } from './workers.js'

/** A search among many states as data. */
export interface SavedMany {
  readonly pairing: Pairing
  readonly inner: Int32Array
  readonly set: SavedPairs
  /** Root pairs of what is left of the level, and of what is known of the next one. */
  readonly level: Int32Array
  readonly next: Int32Array
}

/** How it is to go about it. */
export interface Manner {
  readonly digest: boolean
  readonly team: Team | null
  /** Should no more than one batch be expanded at once? */
  readonly carefully: boolean
}

/** Thrown where there is something to tell that only a search with numbers can tell. */
export const NUMBERS_ARE_GONE = Symbol('numbers are gone')

/** So many states are expanded at once, but for the last batch, and if there are so many. */
const SOME = 2048

/** How long to wait for others before looking whether there is something to tell, in ms. */
const PATIENCE = 20

export class ManySearch<S> {
  private readonly board: Board
  private readonly explorer: Explorer
  private readonly inner: PairTable
  private readonly set: PairSet
  private readonly pairing: Pairing
  /** What had been counted before. */
  private readonly before: Tally

  /** @param notes of the search; what is counted here is added to them. */
  constructor(
    private readonly compiled: CompiledModel<S>,
    from: StateStore | SavedMany,
    private readonly notes: Notes<S>,
    private readonly manner: Manner,
  ) {
    const { model, actions } = compiled
    const { tally, watched, findings } = notes
    const { digest, team } = manner
    const helpers = compiled.interpreted.length === 0 && team ? team.size : 0
    this.board = newBoard(1 + helpers, actions.length, watched.length)
    this.before = tally.copy()
    this.set = new PairSet(setMemory(this.board))
    ;[this.pairing, this.inner] = 'set' in from ? this.restore(from) : this.takeOver(from)
    const { leaves, words } = model.layout as Layout<never>
    const orders: Orders = {
      words,
      pairing: this.pairing,
      watched,
      always: Uint8Array.from(model.properties, ({ kind }) => (kind === 'always' ? 1 : 0)),
      tellsDeadlocks: findings.selects(NO_DEADLOCK) && !findings.wasViolated(NO_DEADLOCK),
      digest: digest ? { leaves, labels: actions.map(({ label }) => label) } : null,
    }
    this.explorer = new Explorer(compiled, this.board, orders, 0)
    const errand = { program: compiled.program, board: this.board, orders }
    for (let thread = 1; thread <= helpers; thread++)
      team?.send({ ...errand, slots: this.board.slots.buffer, thread })
  }

  get hashLoad(): number {
    return this.set.hashLoad
  }

  get bytes(): number {
    const { inner, set, board } = this
    return inner.bytes + set.bytes + 8 * (board.control[LEVEL] + board.control[NEXT])
  }

  /** The bytes there will be after one more batch. */
  get bytesNext(): number {
    const { bytes, set } = this
    return bytes - set.bytes + set.bytesFor(MANY_SUCCESSORS) + 8 * MANY_SUCCESSORS
  }

  get isNearlyFull(): boolean {
    return this.isBroken || isNearlyFull(this.board)
  }

  /** Has what was found been left lying, for want of room? Then the search cannot go on. */
  get isBroken(): boolean {
    return this.board.control[ORDER] === FULL
  }

  /** Sums of digests, one for each thread. */
  get digests(): readonly (readonly number[])[] {
    return this.board.digests.map((lanes) => [...lanes])
  }

  /**
   * Expands some states of the level, `most` or a few more; where none are left, waits for the
   * others to be done with theirs.
   * @returns how many, with those of others that have come to light.
   * @throws NUMBERS_ARE_GONE
   */
  expand(most: number): number {
    const { explorer, manner, notes } = this
    const before = notes.tally.expanded
    for (let left = manner.carefully ? 1 : Math.min(most, SOME); left > 0; ) {
      const expanded = explorer.work()
      if (expanded === 0) this.awaitOthers()
      left = expanded === 0 ? 0 : left - expanded
    }
    this.collect()
    if (this.hasNews) throw NUMBERS_ARE_GONE
    this.reach()
    return notes.tally.expanded - before
  }

  /** The next level becomes the level. All of the level must have been expanded. */
  startLevel(): void {
    const { board, explorer } = this
    const { control } = board
    explorer.lock.alone(() => {
      control[LEVEL] = control[NEXT]
      control[NEXT] = 0
      control[TAKEN] = 0
      control[DONE] = 0
      control[SIDE] = 1 - control[SIDE]
    })
    Atomics.add(control, ROUND, 1)
    Atomics.notify(control, ROUND)
  }

  /** Sends the others home, and waits until they have let go of everything. */
  stop(): void {
    const { control } = this.board
    Atomics.compareExchange(control, ORDER, GO_ON, STOP)
    this.explorer.lock.alone(() => {})
    Atomics.add(control, ROUND, 1)
    Atomics.notify(control, ROUND)
    this.collect()
  }

  /** What is known, between two batches. It is still in use. */
  save(): SavedMany {
    const { board, inner, set, pairing, explorer } = this
    const { control, sides } = board
    let saved: SavedMany | null = null
    explorer.lock.alone(() => {
      const [level, next] = [sides[control[SIDE]], sides[1 - control[SIDE]]]
      const taken = Math.min(control[TAKEN], control[LEVEL])
      this.collect()
      saved = {
        pairing,
        inner: inner.pairs(),
        set: set.save(),
        level: level.slice(2 * taken, 2 * control[LEVEL]),
        next: next.slice(0, 2 * control[NEXT]),
      }
    })
    return saved as unknown as SavedMany
  }

  private get hasNews(): boolean {
    return this.board.control[ORDER] === TELL
  }

  /** Notes which `sometimes` properties somebody has come upon. */
  private reach(): void {
    const { findings, watched } = this.notes
    for (const [i, property] of this.compiled.model.properties.entries()) {
      if (this.board.reached[i] === 0 || watched[i] === 0) continue
      watched[i] = 0
      findings.reach(property, () => {
        throw NUMBERS_ARE_GONE
      })
    }
  }

  private awaitOthers(): void {
    const { control } = this.board
    if (this.board.tallies.length === 1) return
    for (;;) {
      const done = Atomics.load(control, DONE)
      if (done === control[LEVEL] || control[ORDER] !== GO_ON) return
      Atomics.wait(control, DONE, done, PATIENCE)
    }
  }

  /** Adds up what all threads have counted. */
  private collect(): void {
    const { before, board, set } = this
    const { tally } = this.notes
    const sum = (word: number) => board.tallies.reduce((all, row) => all + row[word], 0)
    tally.states = set.size
    tally.expanded = before.expanded + sum(EXPANDED)
    tally.transitions = before.transitions + sum(TRANSITIONS)
    tally.deadlocks = before.deadlocks + sum(DEADLOCKS)
    for (const row of board.tallies) {
      tally.fewest = Math.min(tally.fewest, row[FEWEST])
      tally.most = Math.max(tally.most, row[MOST_STEPS])
    }
    for (let i = 0; i < tally.fired.length; i++) tally.fired[i] = before.fired[i] + sum(FIRED + i)
  }

  /** Begins with what a store knows, whose states have been expanded up to a level. */
  private takeOver(store: StateStore): [Pairing, PairTable] {
    const { board, set } = this
    const { control, sides } = board
    const { pairing, inner } = store.trees
    const from = this.before.expanded
    const batch = new PairBatch()
    batch.reserve(store.size)
    for (let id = 0; id < store.size; id++) {
      store.rootOf(id, batch, id)
      if (id < from) continue
      sides[0][2 * (id - from)] = batch.left[id]
      sides[0][2 * (id - from) + 1] = batch.right[id]
    }
    set.begin(batch, store.size)
    control[LEVEL] = store.size - from
    return [pairing, inner.copyTo(innerMemory(board))]
  }

  private restore({ pairing, inner, set, level, next }: SavedMany): [Pairing, PairTable] {
    const { board } = this
    const { control, sides } = board
    this.set.restore(set)
    sides[0].set(level)
    sides[1].set(next)
    control[LEVEL] = level.length / 2
    control[NEXT] = next.length / 2
    const pairs = new PairTable(innerMemory(board))
    for (let i = 0; i < inner.length; i += 2) pairs.intern(inner[i], inner[i + 1])
    return [pairing, pairs]
  }
}
