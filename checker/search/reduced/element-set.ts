/** Sets of elements of a state, as bits. */
export class ElementSet {
  readonly words: Uint32Array

  /** @param size elements are 0 up to but not including this. */
  constructor(readonly size: number) {
    this.words = new Uint32Array((size + 31) >> 5)
  }

  add(element: number): void {
    this.words[element >> 5] |= 1 << (element & 31)
  }

  has(element: number): boolean {
    return ((this.words[element >> 5] >>> (element & 31)) & 1) === 1
  }

  clear(): void {
    this.words.fill(0)
  }

  /** @returns whether anything was new. */
  include(other: ElementSet): boolean {
    const { words } = this
    let isNew = false
    for (let i = 0; i < words.length; i++) {
      const both = (words[i] | other.words[i]) >>> 0
      if (both !== words[i]) {
        words[i] = both
        isNew = true
      }
    }
    return isNew
  }

  equals(other: ElementSet): boolean {
    return this.words.every((word, i) => word === other.words[i])
  }

  meets(other: ElementSet): boolean {
    const { words } = this
    for (let i = 0; i < words.length; i++) if ((words[i] & other.words[i]) !== 0) return true
    return false
  }

  /** Is there an element in both that is not in a third set? */
  meetsOutside(other: ElementSet, third: ElementSet): boolean {
    const { words } = this
    for (let i = 0; i < words.length; i++)
      if ((words[i] & other.words[i] & ~third.words[i]) !== 0) return true
    return false
  }

  /** The elements that are in both, one by one until one is found that will do. */
  some(other: ElementSet, will: (element: number) => boolean): boolean {
    for (let i = 0; i < this.words.length; i++)
      for (let word = this.words[i] & other.words[i]; word !== 0; ) {
        const bit = 31 - Math.clz32(word)
        if (will(i * 32 + bit)) return true
        word &= ~(1 << bit)
      }
    return false
  }
}
