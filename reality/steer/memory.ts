/**
 * What a held guest's memory says: page tables and frames (Intel SDM vol. 3A, 4.5), and of an
 * address space its VMAs and mmap_lock. Structures are those of 6.1 on x86-64.
 */
import type { Gdb } from './gdb.js'

const FRAME = 0xffffffffff000n
const PAGE = 4096n
/** Where x86-64 Linux maps all memory, and where its structures of frames begin, without KASLR. */
export const DIRECT_MAP = 0xffff888000000000n
const PAGE_STRUCTS = 0xffffea0000000000n
const PAGE_STRUCT = 64n

export const PRESENT = 1n
export const WRITABLE = 2n
const HUGE = 1n << 7n

/** One page as the tables say: its entry and where that is, its frame's content and mappings. */
export interface SeenEntry {
  readonly address: bigint
  readonly entry: bigint
  readonly isPresent: boolean
  readonly isWritable: boolean
  readonly frame: bigint
  readonly content: bigint
  /** Null for a part of a huge page. */
  readonly mappings: number | null
}

export const structOf = (frame: bigint) => PAGE_STRUCTS + frame * PAGE_STRUCT

/** Walks the tables below a CR3. @returns null where a table is missing. */
export async function entryOf(gdb: Gdb, cr3: bigint, address: bigint): Promise<SeenEntry | null> {
  const read = async (at: bigint) => (await gdb.read('1', at)) ?? 0n
  let table = cr3 & FRAME
  for (const shift of [39n, 30n, 21n]) {
    const at = DIRECT_MAP + table + ((address >> shift) & 511n) * 8n
    const entry = await read(at)
    if ((entry & PRESENT) === 0n) return null
    table = entry & FRAME
    if (shift === 21n && (entry & HUGE) === HUGE) {
      const frame = table / PAGE + ((address >> 12n) & 511n)
      return { ...(await seen(read, at, entry, frame)), mappings: null }
    }
  }
  const at = DIRECT_MAP + table + ((address >> 12n) & 511n) * 8n
  const entry = await read(at)
  return seen(read, at, entry, (entry & FRAME) / PAGE)
}

async function seen(
  read: (at: bigint) => Promise<bigint>,
  address: bigint,
  entry: bigint,
  frame: bigint,
): Promise<SeenEntry> {
  const isPresent = (entry & PRESENT) === PRESENT
  const isWritable = isPresent && (entry & WRITABLE) === WRITABLE
  const content = isPresent ? await read(DIRECT_MAP + frame * PAGE) : 0n
  // _mapcount is at 48 and begins at -1.
  const counts = isPresent ? await read(structOf(frame) + 48n) : 0n
  const mappings = Number(BigInt.asIntN(32, counts & 0xffffffffn)) + 1
  return { address, entry, isPresent, isWritable, frame, content, mappings }
}

/** mm_struct: mm_mt.ma_root, pgd, mmap_lock. */
const MM = { root: 8n, pgd: 72n, lock: 112n }
/** vm_area_struct: vm_start, vm_end, vm_mm, vm_flags. */
const VMA = { start: 0n, end: 8n, mm: 16n }
export const VM_FLAGS = 32n
export const VM_WRITE = 2n
export const VM_DONTCOPY = 0x00020000n
export const VM_WIPEONFORK = 0x02000000n
/** maple_tree.h: types of nodes above the leaves, and where the slots of each type are. */
const SLOTS: Readonly<Record<string, readonly [at: bigint, count: number]>> = {
  1: [128n, 16],
  2: [128n, 16],
  3: [80n, 10],
}
const LEAF = 1n

export interface SeenVma {
  readonly address: bigint
  readonly start: bigint
  readonly end: bigint
  readonly flags: bigint
}

/** The VMAs of an address space, found through its maple tree. */
export async function vmasOf(gdb: Gdb, mm: bigint): Promise<SeenVma[]> {
  const read = async (at: bigint) => (await gdb.read('1', at)) ?? 0n
  const found: SeenVma[] = []
  const addVma = async (address: bigint) => {
    if ((await read(address + VMA.mm)) !== mm) return
    const [start, end] = [await read(address + VMA.start), await read(address + VMA.end)]
    found.push({ address, start, end, flags: await read(address + VM_FLAGS) })
  }
  const visit = async (entry: bigint): Promise<void> => {
    const type = (entry >> 3n) & 15n
    const [at, count] = SLOTS[type.toString()] ?? [0n, 0]
    for (let i = 0n; i < count; i++) {
      const slot = await read((entry & ~0xffn) + at + i * 8n)
      if (slot < DIRECT_MAP) continue
      if (type === LEAF) await addVma(slot)
      else if ((slot & 0xffn) !== 0n) await visit(slot)
    }
  }
  await visit(await read(mm + MM.root))
  return found
}

/** Is mmap_lock held for writing? */
export async function isWriteLocked(gdb: Gdb, mm: bigint): Promise<boolean> {
  return (((await gdb.read('1', mm + MM.lock)) ?? 0n) & 1n) === 1n
}
/** The lock itself: what down_write and up_write are called with. */
export const lockOf = (mm: bigint) => mm + MM.lock

/** What CR3 is for an address space. */
export async function cr3Of(gdb: Gdb, mm: bigint): Promise<bigint> {
  return ((await gdb.read('1', mm + MM.pgd)) ?? 0n) - DIRECT_MAP
}
