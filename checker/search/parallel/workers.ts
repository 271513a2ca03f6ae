/** Other threads that help with a search among many states, and what they are told. */
import { expansionOf, type ProgramText } from '../../rules/compile.js'
import { Explorer, type Orders } from './explorer.js'
import { type Board, GO_ON, ORDER, ROUND } from './shared-memory.js'

/** All that another thread needs to help; data. */
export interface Errand {
  readonly program: ProgramText
  readonly board: Board
  /** Those of the board: a view of so many bytes loses its length on the way to a thread. */
  readonly slots: ArrayBufferLike
  readonly orders: Orders
  readonly thread: number
}

/** Other threads that a search may ask for help. */
export interface Team {
  /** How many there are. */
  readonly size: number
  /** Has one of them run an errand (`help`). It need not begin at once. */
  send(errand: Errand): void
}

/** Helps with a search until it is over; for a thread of its own. */
export function help({ program, slots, orders, thread, ...errand }: Errand): void {
  const board = { ...errand.board, slots: new Int32Array(slots) }
  const { control } = board
  const explorer = new Explorer(expansionOf(program, orders.words), board, orders, thread)
  while (Atomics.load(control, ORDER) === GO_ON) {
    const round = Atomics.load(control, ROUND)
    while (explorer.work() > 0);
    if (Atomics.load(control, ORDER) === GO_ON) Atomics.wait(control, ROUND, round)
  }
}
