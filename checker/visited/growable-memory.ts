/**
 * Words of memory that can be many in the end. A machine gives memory when it is written to, not
 * when it is asked for: so what is no longer small asks for far more than it needs yet, and grows
 * where it is, without being copied and without being there twice for a while.
 */

/** So many words are small: 4 MB. */
const SMALL = 2 ** 20
/** No room has more words: 4 GB. */
export const MOST_WORDS = 2 ** 30

/** There is no more room for what has to be kept. */
export class NoRoomError extends RangeError {}

export class Room {
  private constructor(
    public words: Int32Array,
    private readonly isFixed: boolean,
  ) {}

  /** Room that grows, for one thread. @param first words at first, a power of two. */
  static growing(first: number): Room {
    return new Room(new Int32Array(first), false)
  }

  /** Room of a size that stays: several threads may use it together. */
  static fixed(words: Int32Array): Room {
    return new Room(words, true)
  }

  /** Makes room for `count` words; what is in it stays. @throws NoRoomError where there is none. */
  reserve(count: number): void {
    const { words, isFixed } = this
    if (count <= words.length) return
    if (isFixed || count > MOST_WORDS) throw new NoRoomError('no more room')
    let length = 2 * words.length
    while (length < count) length *= 2
    const larger = length <= SMALL ? new Int32Array(length) : asked(MOST_WORDS, length)
    larger.set(words)
    this.words = larger
  }
}

/** As many words as the machine promises: `most`, or fewer. @throws RangeError below `least`. */
export function asked(
  most: number,
  least = SMALL,
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

/** The same in memory that can be handed to other threads. */
export function askedShared(most: number): Int32Array {
  return asked(most, SMALL, (length) => new Int32Array(new SharedArrayBuffer(4 * length)))
}
