/** The memory of a held guest beside the model's state: what differs first. */
import { CHILD, NONE, PARENT, type State } from '../../model/state.js'
import { vmaAt } from '../../model/vmas.js'
import type { Gdb } from './gdb.js'
import { isWriteLocked, type SeenEntry, VM_WRITE, vmasOf } from './memory.js'
import type { Player } from './player.js'

type Kind = 'no entry' | 'mapped' | 'closed' | 'a swap or migration entry'

/** What a frame of the model is on the kernel, where that is known. */
export type Frames = Map<number, bigint>

const OWNERS = ['parent', 'child'] as const
/** Places of fork at which the child's tables are complete. */
const COPIED = new Set(['fork.flushed', 'fork.unlock', 'fork.wake'])

/** Pages that the kernel has taken already, where the model goes one by one. */
export type Ahead = (m: number, page: number) => boolean

export class Look {
  private readonly gdb: Gdb

  constructor(
    private readonly player: Player,
    private readonly state: State,
    private readonly frames: Frames,
    private readonly isAhead: Ahead,
  ) {
    this.gdb = player.gdb
  }

  /** @returns in words, or null. */
  async difference(): Promise<string | null> {
    for (const m of [PARENT, CHILD]) {
      if (!this.isLookedAt(m)) continue
      const differs = (await this.tables(m)) ?? (await this.vmas(m))
      if (differs) return differs
    }
    return (await this.leftOver()) ?? this.lock()
  }

  private isLookedAt(m: number): boolean {
    if (m >= this.state.mm.length) return false
    if (this.state.mm[m].users > 0) return true
    return (
      m === CHILD && this.state.thread.some(({ pc, after }) => COPIED.has(pc) || COPIED.has(after))
    )
  }

  private async tables(m: number): Promise<string | null> {
    const seen = await this.player.entries(OWNERS[m])
    if (seen.length === 0) return `${OWNERS[m]}: its tables cannot be seen`
    for (const [page, entry] of seen.entries()) {
      const differs = this.isAhead(m, page) ? null : this.page(m, page, entry)
      if (differs) return `${OWNERS[m]} page ${page}: ${differs}`
    }
    return null
  }

  private page(m: number, page: number, entry: SeenEntry | null): string | null {
    const { pagesPerTable } = this.state.geometry
    const pmd = this.state.mm[m].pmd[Math.floor(page / pagesPerTable)]
    const pte = pmd.table === NONE ? null : this.state.table[pmd.table].pte[page % pagesPerTable]
    const wanted = kindInModel(pte)
    const found = kindOf(entry)
    if (found !== wanted) return `kernel ${found}, model ${wanted}`
    if (found !== 'mapped' || !entry || !pte) return null
    const frame = this.state.frame[pte.frame]
    const known = this.frames.get(pte.frame)
    if (!pmd.huge && known !== undefined && known !== entry.frame) return 'another frame'
    if (!pmd.huge) this.frames.set(pte.frame, entry.frame)
    // Several pages of the model may have got the same first content of a helper.
    const content = entry.content === 0n ? 1 : Number(entry.content)
    if (content !== frame.value && frame.value > 1)
      return `content ${content}, model ${frame.value}`
    const isWritable = pmd.huge ? pmd.writable : pte.writable
    if (entry.isWritable !== isWritable)
      return `kernel ${entry.isWritable ? 'writable' : 'read-only'}, model not`
    return this.mappings(entry, pte.frame)
  }

  private mappings({ mappings, content, isWritable }: SeenEntry, frame: number): string | null {
    const isZeroPage = content === 0n && !isWritable
    if (mappings === null || isZeroPage || this.isShownAhead(frame)) return null
    const { maps } = this.state.frame[frame]
    return mappings === maps ? null : `${mappings} mappings, model ${maps}`
  }

  private isShownAhead(frame: number): boolean {
    const { mm, table, geometry } = this.state
    return mm.some(({ pmd }, m) =>
      pmd.some(({ table: at }, slot) =>
        (at === NONE ? [] : table[at].pte).some(
          (pte, i) => pte.frame === frame && this.isAhead(m, slot * geometry.pagesPerTable + i),
        ),
      ),
    )
  }

  private async vmas(m: number): Promise<string | null> {
    const mm = this.player.mmOf(OWNERS[m])
    if (mm === null) return null
    const seen = await vmasOf(this.gdb, mm)
    for (let page = 0; page < this.state.geometry.pages; page++) {
      const address = this.player.addressOf(page)
      const found = seen.find(({ start, end }) => start <= address && address < end)
      const v = vmaAt(this.state, m, page)
      const kernel = found ? allows((found.flags & VM_WRITE) !== 0n) : 'no VMA'
      const model = v === NONE ? 'no VMA' : allows(this.state.mm[m].vma[v].writable)
      if (kernel !== model) return `${OWNERS[m]} page ${page}: kernel ${kernel}, model ${model}`
    }
    return null
  }

  /** What there is of a child, where fork has given up. */
  private async leftOver(): Promise<string | null> {
    const mm = this.player.mmOf('child')
    const child = this.state.mm[CHILD]
    if (mm === null || child?.users !== 0) return null
    if (this.state.thread.some(({ pc, after }) => /^fork\./.test(`${pc} ${after}`))) return null
    const isLeft = child.vma.some(({ start, end }) => start < end)
    if ((await vmasOf(this.gdb, mm)).length > 0 === isLeft) return null
    return `the child's address space: kernel ${isLeft ? 'gone' : 'left'}, model not`
  }

  private async lock(): Promise<string | null> {
    const mm = this.player.mmOf('parent')
    if (mm === null) return null
    const wanted = this.state.mm[PARENT].lock.writer !== NONE
    if ((await isWriteLocked(this.gdb, mm)) === wanted) return null
    return `mmap_lock: kernel ${wanted ? 'free' : 'held'} for writing, model not`
  }
}

const allows = (writable: boolean) => (writable ? 'a VMA that allows stores' : 'a read-only VMA')

function kindOf(entry: SeenEntry | null): Kind {
  if (entry === null || entry.entry === 0n) return 'no entry'
  if (entry.isPresent) return 'mapped'
  return (entry.entry & CLOSED) === 0n ? 'a swap or migration entry' : 'closed'
}

/** _PAGE_PROTNONE. */
const CLOSED = 1n << 8n

function kindInModel(pte: State['table'][number]['pte'][number] | null): Kind {
  if (pte === null || pte.frame === NONE) return 'no entry'
  if (pte.swapped || pte.migrating) return 'a swap or migration entry'
  return pte.hinted ? 'closed' : 'mapped'
}
