/**
 * A state as it is seen from one page table, the spot: a state of the abstract model. What all
 * tables share is copied; of the tables only the spot is kept, with its frames, its TLB entries and
 * its contents; threads are kept, with what they do elsewhere reduced to what is felt here
 * (registers.ts). Frames and tables are numbered anew, in the order in which they are met, as no
 * rule looks at the numbers.
 *
 * The same function, from the abstract model to itself, forgets what no rule can tell apart there:
 * the numbers of frames, which operation comes next, and ghosts of pages that are not kept.
 */
import { type Leaf, readLeaf, writeLeaf } from '../checker/state/layout.js'
import type { Place } from '../model/places.js'
import { NONE, PARENT, type State } from '../model/state.js'
import type { Elsewhere, Environment } from '../model/systems/environment.js'
import type { Staged } from './models.js'
import { Names, NotSeen } from './names.js'
import { seenFrom } from './operations.js'
import { mapBound, mapSlot, spotOf } from './positions.js'
import { forgetFlush, forgetOperation, forgetTable, mapWalk, type Registers } from './registers.js'
import { restOf } from './rest.js'
import { type Named, VARIABLES, type Variable } from './variables.js'

/** The threads that have yet to answer a flush: the one list among the registers. */
const ASKED = 'thread[].asked[]'

/** One stored variable of the view and where its value comes from. */
interface Move {
  readonly to: Leaf
  readonly toIndex: number
  readonly from: Leaf
  readonly fromIndex: number
  readonly is: Named
}

/** A variable of each table, or of each frame: its elements follow one another. */
interface Part {
  readonly to: Leaf
  readonly from: Leaf
  readonly size: number
  readonly is: Named
}

export class View {
  private readonly moves: Move[] = []
  private readonly parts: { readonly table: Part[]; readonly frame: Part[] } = {
    table: [],
    frame: [],
  }
  private readonly blank: Int32Array
  private readonly frames: Names
  private readonly tables: Names
  private readonly contents = new Map<number, number>()
  /** For each thread and operation of the state: its number in the view, or NONE. */
  private readonly operations: number[][]
  private readonly registers: {
    readonly name: keyof Registers
    readonly from: Leaf
    readonly to: Leaf
    readonly is: Named
  }[] = []
  private readonly asked: { readonly from: Leaf; readonly to: Leaf }
  private readonly place = new Map<string, number>()
  private readonly elsewhere = new Map<number, { by: Elsewhere['by']; seenAt: number }>()
  private readonly pageless = new Set<number>()
  private readonly threads: number
  private readonly lock: { readonly writer: Leaf; readonly readers: Leaf; readonly waiting: Leaf }
  private readonly pmd: Leaf
  private readonly geometry: State['geometry']

  /** @throws Error on registers whose view nobody has described. */
  constructor(
    private readonly from: Staged,
    private readonly to: Staged,
    { elsewhere, pageless = [] }: Pick<Environment, 'elsewhere' | 'pageless'>,
  ) {
    const state = from.model.init[0]
    const seen = to.model.init[0]
    this.geometry = state.geometry
    this.threads = state.geometry.threads
    const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)
    this.frames = new Names(numbers(seen.geometry.frames))
    // A table that a thread has taken out of the spot keeps a number by which it is known as such.
    const isOfSpot = (table: number) => table % to.stage.tables === to.stage.spot
    const tables = numbers(seen.geometry.tables)
    this.tables = new Names(tables.toSorted((a, b) => Number(isOfSpot(b)) - Number(isOfSpot(a))))
    this.blank = blankOf(to)
    const leaves = new Map(from.model.layout.leaves.map((leaf) => [leaf.path, leaf]))
    const leafOf = (path: string) => leaves.get(path) as Leaf
    this.lock = {
      writer: leafOf('mm[].lock.writer'),
      readers: leafOf('mm[].lock.readers[]'),
      waiting: leafOf('mm[].lock.waiting[]'),
    }
    this.pmd = leafOf('mm[].pmd[].table')
    const pc = leafOf('thread[].pc')
    for (const [number, name] of pc.scalar.names.entries()) this.place.set(name, number)
    for (const { at, by, seenAt } of elsewhere)
      for (const place of at) this.elsewhere.set(this.at(place), { by, seenAt: this.at(seenAt) })
    for (const place of pageless) this.pageless.add(this.at(place))
    for (const target of to.model.layout.leaves) this.declare(leafOf(target.path), target)
    const askedTo = to.model.layout.leaves.find(({ path }) => path === ASKED) as Leaf
    this.asked = { from: leafOf(ASKED), to: askedTo }
    this.operations = this.operationsOf()
    this.meetContents(state, seen)
  }

  /** The view of a packed state. @throws NotSeen */
  of(words: Int32Array, offset = 0): Int32Array {
    const out = this.blank.slice()
    this.frames.clear()
    this.tables.clear()
    const { stage } = this.from
    const [slots, kept] = [this.geometry.slots, this.to.stage.tables]
    for (let m = 0; m < this.geometry.mms; m++) {
      const table = readLeaf(this.pmd, m * slots + stage.spot, words, offset)
      this.tables.of(table, m * kept + this.to.stage.spot)
    }
    const threads = Array.from({ length: this.threads }, (_, t) => this.thread(t, words, offset))
    for (const { to, toIndex, from, fromIndex, is } of this.moves)
      if (from.width > 0)
        writeLeaf(to, toIndex, out, 0, this.value(is, readLeaf(from, fromIndex, words, offset)))
    for (const [t, me] of threads.entries()) this.writeThread(me, t, out)
    this.copyParts(this.parts.table, this.tables, words, offset, out)
    this.copyParts(this.parts.frame, this.frames, words, offset, out)
    return out
  }

  private at(place: Place): number {
    return this.place.get(place) as number
  }

  private declare(from: Leaf, to: Leaf): void {
    const { path } = to
    // What somebody failed at is not seen.
    if (path.startsWith('ghost.failed.')) return
    const variable = VARIABLES.get(path) as Variable
    if (path.startsWith('thread[].')) {
      if (path !== ASKED) this.declareRegister(from, to, variable)
      return
    }
    const [first] = variable.by
    if (first === 'table' || first === 'frame') {
      const size = to.dims.slice(1).reduce((product, n) => product * n, 1)
      this.parts[first].push({ to, from, size, is: variable.is })
      return
    }
    const visit = (depth: number, toIndex: number, fromIndex: number): void => {
      if (depth === to.dims.length) {
        this.moves.push({ to, toIndex, from, fromIndex, is: variable.is })
        return
      }
      for (let i = 0; i < to.dims[depth]; i++) {
        const source = this.sourceOf(variable.by[depth], i)
        if (source === NONE || source >= from.dims[depth]) continue
        visit(depth + 1, toIndex * to.dims[depth] + i, fromIndex * from.dims[depth] + source)
      }
    }
    visit(0, 0, 0)
  }

  /** @throws Error on a list of registers in use: what is felt of it here must be said first. */
  private declareRegister(from: Leaf, to: Leaf, { is, by }: Variable): void {
    if (by.length > 1) {
      if (from.width + to.width > 0) throw new Error(`proof/view.ts does not see ${to.path}`)
      return
    }
    const name = to.path
      .replace('thread[].', '')
      .replace(/\.(.)/, (_, letter) => letter.toUpperCase())
    this.registers.push({ name: name as keyof Registers, from, to, is })
  }

  /** The index in the state of what has an index in the view; NONE for what is not kept. */
  private sourceOf(by: 'same' | 'page' | 'slot' | 'table' | 'frame', i: number): number {
    const { from, to } = this
    const kept = spotOf(to.stage)
    if (by === 'slot') return i === to.stage.spot ? from.stage.spot : NONE
    if (by !== 'page') return i
    return i < kept.from || i >= kept.to ? NONE : spotOf(from.stage).from + i - kept.from
  }

  private value(is: Named, value: number): number {
    const { from, to } = this
    switch (is) {
      case 'page':
        return value < 0 ? value : mapBound(value, from.stage, to.stage)
      case 'slot':
        return mapSlot(value, from.stage, to.stage)
      case 'frame':
        return this.frames.of(value)
      case 'table':
        return this.tables.of(value)
      case 'content':
        return this.content(value)
      case 'pair':
        return value < 0 ? value : this.pair(value)
      default:
        return value
    }
  }

  /** A two-way pointer: the VMA's number beside its address space. */
  private pair(id: number): number {
    const { vmas } = this.geometry
    return Math.floor(id / vmas) * this.to.model.init[0].geometry.vmas + (id % vmas)
  }

  private content(value: number): number {
    const seen = this.contents.get(value)
    if (seen === undefined) throw new NotSeen(`content ${value} belongs to another table`)
    return seen
  }

  private copyParts(
    parts: readonly Part[],
    names: Names,
    words: Int32Array,
    offset: number,
    out: Int32Array,
  ): void {
    for (const [number, name] of names.given)
      for (const { from, to, size, is } of parts)
        for (let i = 0; i < size; i++)
          writeLeaf(
            to,
            name * size + i,
            out,
            0,
            this.value(is, readLeaf(from, number * size + i, words, offset)),
          )
  }

  /** For each thread and operation of the state: its number in the view, or NONE. */
  private operationsOf(): number[][] {
    const { from, to } = this
    return from.programs.map((program, t) => {
      const times = new Map<string, number>()
      const kept = to.programs[t].map((operation) => JSON.stringify(operation))
      const numbers = program.map((operation, i) => {
        const seen = seenFrom(operation, from.stage, to.stage)
        if (seen === null || i === 0) return i === 0 && operation.do === 'fork' ? 0 : NONE
        // Equal operations differ in what they store: the first is the first, and so on.
        const text = JSON.stringify(seen)
        const before = times.get(JSON.stringify(operation)) ?? 0
        times.set(JSON.stringify(operation), before + 1)
        return kept.indexOf(text, 1) + before
      })
      // The first operation of a thread that does not fork is the second one once more.
      return program[0].do === 'fork' ? numbers : [numbers[1], ...numbers.slice(1)]
    })
  }

  /** What the contents of the spot's pages are called in the view. */
  private meetContents(state: State, seen: State): void {
    const here = spotOf(this.from.stage)
    const there = spotOf(this.to.stage)
    for (const always of [0, 1]) this.contents.set(always, always)
    for (let i = 0; i < this.from.stage.pagesPerTable; i++)
      this.contents.set(2 + here.from + i, 2 + there.from + i)
    for (const [t, numbers] of this.operations.entries())
      for (const [i, number] of numbers.entries())
        if (number !== NONE) {
          const { value } = state.actor[t].program[i]
          if (value > 0) this.contents.set(value, seen.actor[t].program[number].value)
        }
  }

  /** The registers of a thread as they are seen. */
  private thread(t: number, words: Int32Array, offset: number): Registers {
    const me = { asked: [] as number[] } as unknown as Registers
    for (const { name, from } of this.registers)
      (me as unknown as Record<string, number>)[name] = readLeaf(from, t, words, offset)
    for (let u = 0; u < this.threads; u++)
      me.asked.push(readLeaf(this.asked.from, t * this.threads + u, words, offset))
    // No rule asks it, and the properties that do are not proved: memory may run out elsewhere.
    me.noMemory = 0
    const isParent = t < this.from.programs.length
    const { stage } = this.from
    const user = this.at('user')
    const here = spotOf(stage)
    const isHere = (page: number) => here.from <= page && page < here.to
    const program = isParent ? this.operations[t] : []
    const seen = me.next < program.length ? program[me.next] : NONE
    const isIdle = me.pc === user && (me.page === this.geometry.pages || !isHere(me.page))
    if (isParent && (isIdle || seen === NONE)) this.leave(me, t, words, offset)
    else if (isParent) me.next = seen
    this.goElsewhere(me, isHere)
    if (this.pageless.has(this.placeOf(me))) me.page = this.geometry.pages
    mapWalk(me, stage, this.to.stage)
    me.slot = mapSlot(me.slot, stage, this.to.stage)
    if (me.flushTo > 0) {
      me.flushFrom = mapBound(me.flushFrom, stage, this.to.stage)
      me.flushTo = mapBound(me.flushTo, stage, this.to.stage)
    }
    return me
  }

  /** A thread that does nothing at the spot is seen by the lock it holds. */
  private leave(me: Registers, t: number, words: Int32Array, offset: number): void {
    const user = this.at('user')
    const of = (leaf: Leaf) => readLeaf(leaf, PARENT * this.threads + t, words, offset) === 1
    const writes = readLeaf(this.lock.writer, PARENT, words, offset) === t
    const place = writes
      ? this.at('call.unlock')
      : of(this.lock.readers)
        ? this.at('call.unlockRead')
        : of(this.lock.waiting)
          ? this.at('lock.write')
          : user
    const isOnDetour = me.back !== user
    forgetOperation(me, this.geometry.pages, user)
    forgetFlush(me, user)
    me.next = 1
    if (isOnDetour) {
      me.back = place
      return
    }
    forgetTable(me)
    if (place === this.at('lock.write')) me.onward = this.at('call.unlock')
    else me.space = 0
    me.pc = place
  }

  /** A thread that is busy with another table is seen at the place that the environment names. */
  private goElsewhere(me: Registers, isHere: (page: number) => boolean): void {
    const { spot } = this.from.stage
    const isElsewhere = (by: Elsewhere['by']) => {
      if (by === 'page') return !isHere(me.page)
      if (by === 'slot') return me.slot !== spot
      return me.table >= 0 && me.table % this.geometry.slots !== spot
    }
    const seenAt = (place: number): number => {
      const entry = this.elsewhere.get(place)
      return entry && isElsewhere(entry.by) ? entry.seenAt : place
    }
    const isFlushing = me.pc === this.at('flush.wait')
    const place = this.placeOf(me)
    const seen = seenAt(place)
    const back = seenAt(me.back)
    if (seen !== place) {
      forgetTable(me)
      if (isFlushing) forgetFlush(me, this.at('user'))
      me.pc = seen
    }
    me.back = back
  }

  /** Where a thread is, or will be after a flush. */
  private placeOf({ pc, after }: Registers): number {
    return pc === this.at('flush.wait') ? after : pc
  }

  private writeThread(me: Registers, t: number, out: Int32Array): void {
    for (const { name, to, is } of this.registers) {
      const value = (me as unknown as Record<string, number>)[name]
      const mapped = is === 'frame' || is === 'table' || is === 'content'
      writeLeaf(to, t, out, 0, mapped ? this.value(is, value) : value)
    }
    for (let u = 0; u < this.threads; u++)
      writeLeaf(this.asked.to, t * this.threads + u, out, 0, me.asked[u])
  }
}

/** A state of the abstract model with no table, no frame and nothing said of contents. */
function blankOf({ model }: Staged): Int32Array {
  const { layout } = model
  const out = new Int32Array(layout.words)
  for (const leaf of layout.leaves)
    for (let i = 0; i < leaf.position.length; i++) writeLeaf(leaf, i, out, 0, restOf(leaf))
  return out
}
