/**
 * Interpreted functions may be nondeterministic: they may use a clock, a random number or a
 * variable of their own. Then verdicts are meaningless. So the first calls of each function, and a
 * sample of the later ones, are made twice and compared. Compiled rules need no such check, because
 * their text is restricted to deterministic code.
 */
import { NondeterminismError } from '../model.js'

/** Calls of each function that are all made twice: those of a run's first states. */
const FIRST_CALLS = 1000
/** Later, one call out of this many is made twice. */
const SAMPLE = 1000

/** An interpreted function, for the packed state at `a[o]`. */
export type Hosted = (a: Int32Array, o: number) => unknown

export class Determinism {
  private differing: string | null = null

  /** @param words the length of a packed state. */
  constructor(private readonly words: number) {}

  /**
   * The same function, some calls of which are made twice. A difference is kept and not thrown: an
   * error in a rule is something that searches look for.
   * @param name what is called nondeterministic.
   */
  checked(name: string, fn: Hosted): Hosted {
    const { words } = this
    const before = new Int32Array(words)
    const after = new Int32Array(words)
    let calls = 0
    return (a, o) => {
      calls++
      if (calls > FIRST_CALLS && calls % SAMPLE !== 0) return fn(a, o)
      for (let i = 0; i < words; i++) before[i] = a[o + i]
      const result = fn(a, o)
      for (let i = 0; i < words; i++) {
        after[i] = a[o + i]
        a[o + i] = before[i]
      }
      let isSame = false
      try {
        isSame = fn(a, o) === result
      } finally {
        for (let i = 0; i < words; i++) {
          if (a[o + i] !== after[i]) isSame = false
          a[o + i] = after[i]
        }
        if (!isSame) this.differing ??= name
      }
      return result
    }
  }

  /** @throws NondeterminismError when some function has answered otherwise the second time. */
  confirm(): void {
    if (this.differing === null) return
    throw new NondeterminismError(
      `${this.differing} is not deterministic: called twice in one state, it has two results`,
    )
  }
}
