/**
 * Frames and tables that nobody names. No view has them, so they must be free: then there is
 * nothing to be said of them. One that is not free is lost, and a property that it violates would
 * be seen from no page table.
 */
import type { Model } from '../checker/model.js'
import { type Leaf, readLeaf } from '../checker/state/layout.js'
import type { State } from '../model/state.js'
import { restOf } from './rest.js'
import { VARIABLES } from './variables.js'

/** A list of frames or tables: the variables that name one, and those that it has. */
interface Kind {
  readonly called: string
  readonly size: number
  readonly naming: readonly Leaf[]
  readonly parts: readonly { readonly leaf: Leaf; readonly each: number; readonly rest: number }[]
}

export class Lost {
  private readonly kinds: readonly Kind[]

  constructor({ layout }: Model<State>) {
    this.kinds = (['frame', 'table'] as const).map((called) => {
      const own = layout.leaves.filter(({ path }) => path.startsWith(`${called}[]`))
      const [size = 0] = own[0]?.dims ?? []
      return {
        called,
        size,
        naming: layout.leaves.filter(({ path }) => VARIABLES.get(path)?.is === called),
        parts: own.map((leaf) => ({ leaf, each: leaf.position.length / size, rest: restOf(leaf) })),
      }
    })
  }

  /** What is lost in a packed state, in a few words; or null. */
  in(words: Int32Array): string | null {
    for (const { called, size, naming, parts } of this.kinds) {
      const named = new Set<number>()
      for (const leaf of naming)
        for (let i = 0; leaf.width > 0 && i < leaf.position.length; i++)
          named.add(readLeaf(leaf, i, words, 0))
      for (let number = 0; number < size; number++) {
        if (named.has(number)) continue
        for (const { leaf, each, rest } of parts)
          for (let i = 0; i < each; i++)
            if (readLeaf(leaf, number * each + i, words, 0) !== rest)
              return `${called} ${number}, which nobody names, has ${leaf.path}`
      }
    }
    return null
  }
}
