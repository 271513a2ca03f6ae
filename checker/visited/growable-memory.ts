/**
 * An array of words that grows. An operating system gives memory when it is written to, not when it
 * is asked for. So an array that is no longer small asks for as much as it can ever need. From then
 * on it grows in place: it is not copied, and never needs twice its memory.
 */

/** An array of more words (4 MB) asks for all it can ever need. */
const SMALL_WORDS = 2 ** 20
/** The most words of an array: 4 GB. */
export const MOST_WORDS = 2 ** 30

/** There is no memory for a state that must be kept. */
export class MemoryFullError extends RangeError {}

export class GrowableMemory {
  private constructor(
    public words: Int32Array,
    private readonly isFixed: boolean,
  ) {}

  /** An array for one thread. @param first the initial number of words, a power of two. */
  static growing(first: number): GrowableMemory {
    return new GrowableMemory(new Int32Array(first), false)
  }

  /** An array that does not grow: several threads may use it. */
  static fixed(words: Int32Array): GrowableMemory {
    return new GrowableMemory(words, true)
  }

  /** Grows to at least `count` words; the words stay. @throws MemoryFullError if it cannot. */
  reserve(count: number): void {
    const { words, isFixed } = this
    if (count <= words.length) return
    if (isFixed || count > MOST_WORDS) throw new MemoryFullError('no more room')
    let length = 2 * words.length
    while (length < count) length *= 2
    const larger = length <= SMALL_WORDS ? new Int32Array(length) : asked(MOST_WORDS, length)
    larger.set(words)
    this.words = larger
  }
}

/** As many words as the machine promises: `most`, or fewer. @throws RangeError below `least`. */
export function asked(
  most: number,
  least = SMALL_WORDS,
  make = (length: number): Int32Array => new Int32Array(length),
): Int32Array {
  for (let length = most; ; length /= 2) {
    try {
      return make(length)
    } catch (error) {
      if (!(error instanceof RangeError) || length / 2 < least) throw error
    }
  }
}

/** The same, shared with other threads. */
export function askedShared(most: number): Int32Array {
  return asked(most, SMALL_WORDS, (length) => new Int32Array(new SharedArrayBuffer(4 * length)))
}
