/**
 * The assumption of the proof, observed: a step of a rule reads and writes variables that all page
 * tables share, and those of one page table. Whose a variable is follows from its declaration: a
 * page's and a slot's are known by their number; a table is that of the PMD entry or of the thread
 * that names it; a frame is that of the entries, TLBs and threads that name it. What nobody names
 * is free, and nobody's.
 */
import type { Model } from '../checker/model.js'
import { type Leaf, readLeaf } from '../checker/state/layout.js'
import { NONE, type State } from '../model/state.js'
import { type Accessed, Accesses, type Element } from './accesses.js'
import { type Index, VARIABLES } from './variables.js'

/** A set of page tables, by a bit each. */
type Slots = number

const isSeveral = (slots: Slots) => (slots & (slots - 1)) !== 0

/** What is the same in all states in which a rule does the same, and what has to be looked up. */
interface Sorted {
  readonly slots: Slots
  readonly named: readonly Element[]
}

export class Locality {
  /** The variables of several tables that a rule looks at in one step, by its name. */
  readonly wide = new Map<string, Set<string>>()
  /** How often each rule was asked where it was due, by its name. */
  readonly asked = new Map<string, number>()
  /** States that were looked at. */
  states = 0
  /** States that were not: a frame or a table belongs to two page tables there. */
  sharing = 0
  private readonly accesses: Accesses<State>
  private readonly owners: Owners
  private readonly sorted = new Map<Accessed<State>, Sorted>()

  constructor(model: Model<State>) {
    this.accesses = new Accesses(model)
    this.owners = new Owners(model)
  }

  /** Looks at every rule in a packed state. */
  look(words: Int32Array): void {
    this.owners.bind(words)
    if (this.owners.areShared()) {
      this.sharing++
      return
    }
    this.states++
    for (const accessed of this.accesses.in(words)) {
      const { name } = accessed.action.rule
      this.asked.set(name, (this.asked.get(name) ?? 0) + 1)
      const sorted = this.sort(accessed)
      let { slots } = sorted
      for (const element of sorted.named) slots |= this.owners.of(element)
      if (isSeveral(slots)) this.report(accessed)
    }
  }

  private sort(accessed: Accessed<State>): Sorted {
    const known = this.sorted.get(accessed)
    if (known) return known
    const named = accessed.elements.filter((element) => isNamed(element))
    const slots = accessed.elements.reduce(
      (all, element) => (isNamed(element) ? all : all | this.owners.of(element)),
      0,
    )
    const sorted = { slots, named }
    this.sorted.set(accessed, sorted)
    return sorted
  }

  private report({ action, elements }: Accessed<State>): void {
    const known = this.wide.get(action.rule.name) ?? new Set()
    this.wide.set(action.rule.name, known)
    for (const element of elements) if (this.owners.of(element) !== 0) known.add(element.leaf.path)
  }
}

/** By path of a variable: which list around it says whose it is, and what that is numbered by. */
const OWNERS: ReadonlyMap<string, { readonly place: number; readonly by: Index }> = new Map(
  [...VARIABLES].flatMap(([path, { by }]) => {
    const place = by.findIndex((one) => one !== 'same')
    return place < 0 ? [] : [[path, { place, by: by[place] }] as const]
  }),
)

/** Does it depend on the state whose it is? */
function isNamed({ leaf }: Element): boolean {
  const by = OWNERS.get(leaf.path)?.by
  return by === 'table' || by === 'frame'
}

/** Whose the variables of a state are. */
class Owners {
  private words: Int32Array = new Int32Array(0)
  private readonly leaves: ReadonlyMap<string, Leaf>
  private readonly pagesPerTable: number
  private readonly slots: number
  private readonly tables: Slots[]
  private readonly frames: Slots[]

  constructor({ layout, init }: Model<State>) {
    const { geometry } = init[0]
    this.leaves = new Map(layout.leaves.map((leaf) => [leaf.path, leaf]))
    this.pagesPerTable = geometry.pagesPerTable
    this.slots = geometry.slots
    this.tables = new Array(geometry.tables)
    this.frames = new Array(this.leaf('frame[].refs').position.length)
  }

  bind(words: Int32Array): void {
    this.words = words
    this.nameTables()
    this.nameFrames()
  }

  areShared(): boolean {
    return this.tables.some(isSeveral) || this.frames.some(isSeveral)
  }

  of({ leaf, index }: Element): Slots {
    const owner = OWNERS.get(leaf.path)
    if (owner === undefined) return 0
    const { place, by } = owner
    const inner = leaf.dims.slice(place + 1).reduce((product, n) => product * n, 1)
    const number = Math.floor(index / inner) % leaf.dims[place]
    if (by === 'slot') return 1 << number
    if (by === 'page') return this.ofPage(number)
    return by === 'table' ? this.tables[number] : this.frames[number]
  }

  private ofPage(page: number): Slots {
    const slot = Math.floor(page / this.pagesPerTable)
    return slot < this.slots ? 1 << slot : 0
  }

  private nameTables(): void {
    const { tables, slots } = this
    tables.fill(0)
    for (const [i, table] of this.values('mm[].pmd[].table'))
      if (table !== NONE) tables[table] |= 1 << (i % slots)
    // A table that a thread has taken out of its PMD entry.
    const pages = this.leaf('thread[].page')
    for (const name of ['thread[].table', 'thread[].locked'])
      for (const [t, table] of this.values(name))
        if (table !== NONE && tables[table] === 0)
          tables[table] = this.ofPage(readLeaf(pages, t, this.words, 0))
  }

  private nameFrames(): void {
    const { frames } = this
    frames.fill(0)
    for (const [i, frame] of this.values('table[].pte[].frame'))
      if (frame !== NONE) frames[frame] |= this.tables[Math.floor(i / this.pagesPerTable)]
    const pages = this.leaf('cpu[].tlb[].frame').dims[1]
    for (const [i, frame] of this.values('cpu[].tlb[].frame'))
      if (frame !== NONE) frames[frame] |= this.ofPage(i % pages)
    const at = this.leaf('thread[].page')
    for (const name of ['thread[].frame', 'thread[].other'])
      for (const [t, frame] of this.values(name))
        if (frame !== NONE && frames[frame] === 0)
          frames[frame] = this.ofPage(readLeaf(at, t, this.words, 0))
  }

  private leaf(path: string): Leaf {
    return this.leaves.get(path) as Leaf
  }

  private *values(path: string): Generator<readonly [index: number, value: number]> {
    const leaf = this.leaf(path)
    for (let i = 0; leaf.width > 0 && i < leaf.position.length; i++)
      yield [i, readLeaf(leaf, i, this.words, 0)]
  }
}
