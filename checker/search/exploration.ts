/** The interface of every search and every simulation. */

/**
 * Work on a state graph that is done in slices. It has no clock of its own: its caller decides
 * after each slice whether it goes on.
 * @typeParam P how far it is. @typeParam R what it found.
 */
export interface Exploration<P, R> {
  /**
   * Does about as much work as `count` says: states, nodes or walks.
   * @returns true when it has ended: everything seen, the goal found, or a limit reached.
   */
  advance(count: number): boolean
  /** Ends it before it has seen everything; `why` names the limit in the result. */
  stop(why: string): void
  /** How far it is. */
  progress(): P
  /** The result so far; may be asked at any time. */
  result(): R
}

/** Units of work between two checks whether an exploration has ended. */
const SLICE = 100_000

/** Does all of the work. */
export function runToEnd<P, R>(exploration: Exploration<P, R>): R {
  while (!exploration.advance(SLICE));
  return exploration.result()
}
