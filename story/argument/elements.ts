/** The single variables of a packed state, by number and by path: `mm[0].pmd[1].writable`. */
import { type Layout, type Leaf, readLeaf, writeLeaf } from '../../checker/state/layout.js'

export class Elements<S> {
  private readonly places: { readonly leaf: Leaf; readonly index: number }[] = []
  private readonly first = new Map<Leaf, number>()
  private readonly paths: (string | undefined)[] = []

  constructor(layout: Layout<S>) {
    for (const leaf of layout.leaves) {
      this.first.set(leaf, this.places.length)
      for (const index of leaf.position.keys()) this.places.push({ leaf, index })
    }
  }

  /** The numbers of all of them, in the order of declaration. */
  all(): readonly number[] {
    return [...this.places.keys()]
  }

  numberOf(leaf: Leaf, index: number): number {
    return (this.first.get(leaf) ?? 0) + index
  }

  read(element: number, words: Int32Array): number {
    const { leaf, index } = this.places[element]
    return readLeaf(leaf, index, words, 0)
  }

  write(element: number, words: Int32Array, value: number): void {
    const { leaf, index } = this.places[element]
    writeLeaf(leaf, index, words, 0, value)
  }

  /** The elements in which two states differ. */
  differing(x: Int32Array, y: Int32Array): number[] {
    return this.all().filter((i) => this.read(i, x) !== this.read(i, y))
  }

  path(element: number): string {
    this.paths[element] ??= this.pathOf(element)
    return this.paths[element]
  }

  private pathOf(element: number): string {
    const { leaf, index } = this.places[element]
    let rest = index
    const indices = leaf.dims.toReversed().map((length) => {
      const i = rest % length
      rest = (rest - i) / length
      return i
    })
    return leaf.path.replaceAll('[]', () => `[${indices.pop()}]`)
  }
}
