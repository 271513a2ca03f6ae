/**
 * A lock that many may hold together, or one alone, in two words of shared memory. Whoever wants to
 * be alone waits for all others to let go, and nobody takes it up again before that one is done.
 */

const HOLDERS = 0
const WANTED = 1

export class Lock {
  /** @param words two of them, zero at first; shared, if there are several threads. */
  constructor(private readonly words: Int32Array) {}

  /** Takes the lock together with others. */
  enter(): void {
    const { words } = this
    for (;;) {
      while (Atomics.load(words, WANTED) !== 0) Atomics.wait(words, WANTED, 1)
      Atomics.add(words, HOLDERS, 1)
      if (Atomics.load(words, WANTED) === 0) return
      this.leave()
    }
  }

  leave(): void {
    Atomics.sub(this.words, HOLDERS, 1)
    Atomics.notify(this.words, HOLDERS)
  }

  /** Runs something while nobody holds the lock; for one who does not hold it either. */
  alone(change: () => void): void {
    const { words } = this
    while (Atomics.compareExchange(words, WANTED, 0, 1) !== 0) Atomics.wait(words, WANTED, 1)
    try {
      for (;;) {
        const holders = Atomics.load(words, HOLDERS)
        if (holders === 0) break
        Atomics.wait(words, HOLDERS, holders)
      }
      change()
    } finally {
      Atomics.store(words, WANTED, 0)
      Atomics.notify(words, WANTED)
    }
  }
}
