/**
 * A readers-writer lock in two words of shared memory. Many threads may hold it together, or one
 * alone. While a thread waits to be alone, and until it is done, no other thread can take the lock.
 */

const HOLDERS = 0
/** 1 while a thread is alone or waits for that. */
const EXCLUSIVE = 1

export class Lock {
  /** @param words two words, initially zero; shared, if there are several threads. */
  constructor(private readonly words: Int32Array) {}

  /** Takes the lock. Other threads may hold it at the same time. */
  enter(): void {
    const { words } = this
    for (;;) {
      while (Atomics.load(words, EXCLUSIVE) !== 0) Atomics.wait(words, EXCLUSIVE, 1)
      Atomics.add(words, HOLDERS, 1)
      if (Atomics.load(words, EXCLUSIVE) === 0) return
      this.leave()
    }
  }

  leave(): void {
    Atomics.sub(this.words, HOLDERS, 1)
    Atomics.notify(this.words, HOLDERS)
  }

  /** Runs something while no thread holds the lock. The caller must not hold it. */
  alone(change: () => void): void {
    const { words } = this
    while (Atomics.compareExchange(words, EXCLUSIVE, 0, 1) !== 0) Atomics.wait(words, EXCLUSIVE, 1)
    try {
      for (;;) {
        const holders = Atomics.load(words, HOLDERS)
        if (holders === 0) break
        Atomics.wait(words, HOLDERS, holders)
      }
      change()
    } finally {
      Atomics.store(words, EXCLUSIVE, 0)
      Atomics.notify(words, EXCLUSIVE)
    }
  }
}
