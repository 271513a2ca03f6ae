/** Page tables and frames of a held guest, read from physical memory (Intel SDM vol. 3A, 4.5). */
import type { Gdb } from './gdb.js'

const FRAME = 0xffffffffff000n
const PAGE = 4096n
/** Where x86-64 Linux maps all memory, and where its structures of frames begin, without KASLR. */
export const DIRECT_MAP = 0xffff888000000000n
const PAGE_STRUCTS = 0xffffea0000000000n
const PAGE_STRUCT = 64n

/** One page as the tables say: its entry and where that is, its frame's content and mappings. */
export interface SeenEntry {
  readonly address: bigint
  readonly entry: bigint
  readonly isPresent: boolean
  readonly isWritable: boolean
  readonly frame: bigint
  readonly content: bigint
  readonly mappings: number
}

export const structOf = (frame: bigint) => PAGE_STRUCTS + frame * PAGE_STRUCT

/** Walks the tables below a CR3. @returns null where a table is missing. */
export async function entryOf(gdb: Gdb, cr3: bigint, address: bigint): Promise<SeenEntry | null> {
  let table = cr3 & FRAME
  for (const shift of [39n, 30n, 21n]) {
    const entry = await gdb.read('1', DIRECT_MAP + table + ((address >> shift) & 511n) * 8n)
    if (entry === null || (entry & 1n) === 0n) return null
    table = entry & FRAME
  }
  const at = DIRECT_MAP + table + ((address >> 12n) & 511n) * 8n
  const entry = (await gdb.read('1', at)) ?? 0n
  const isPresent = (entry & 1n) === 1n
  const frame = (entry & FRAME) / PAGE
  const content = isPresent ? ((await gdb.read('1', DIRECT_MAP + frame * PAGE)) ?? 0n) : 0n
  // _mapcount is at 48 and begins at -1.
  const counts = isPresent ? ((await gdb.read('1', structOf(frame) + 48n)) ?? 0n) : 0n
  const mappings = Number(BigInt.asIntN(32, counts & 0xffffffffn)) + 1
  const isWritable = isPresent && (entry & 2n) === 2n
  return { address: at, entry, isPresent, isWritable, frame, content, mappings }
}
