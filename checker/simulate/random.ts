/** Numbers that look random and depend on nothing but a seed. */

/**
 * A small generator with 128 bits of state: sfc32 of Chris Doty-Humphrey's PractRand. It uses
 * 32-bit integer arithmetic only, so equal seeds give equal numbers on every machine.
 */
export class Random {
  private a: number
  private b: number
  private c: number
  private counter = 1

  /**
   * @param seed 0 to 2^64 - 1; further bits are cut off.
   * @param stream 0 to 2^32 - 1: streams of one seed are independent of each other.
   */
  constructor(seed: bigint, stream = 0) {
    this.a = Number(BigInt.asIntN(32, seed))
    this.b = Number(BigInt.asIntN(32, seed >> 32n))
    this.c = stream | 0
    for (let i = 0; i < 15; i++) this.next()
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    const { b, c } = this
    const sum = (this.a + b + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = b ^ (b >>> 9)
    this.b = (c + (c << 3)) | 0
    this.c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** An integer from 0 to `count` - 1; `count` is 1 to 2^20. All are as likely, to 0.03 %. */
  below(count: number): number {
    return Math.floor((this.next() * count) / 2 ** 32)
  }

  /** Puts a list in an arbitrary order, in place. */
  shuffle(list: number[]): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const moved = list[i]
      list[i] = list[j]
      list[j] = moved
    }
  }
}
