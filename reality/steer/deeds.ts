/** Does at a stop what makes a flaw: see flaws.ts. */
import type { Change, Deed } from './flaws.js'
import type { Gdb, Stop } from './gdb.js'
import { type SeenEntry, structOf } from './memory.js'
import type { Symbols } from './symbols.js'

const WRITABLE = 2n
/** PG_anon_exclusive of 6.1, which is PG_mappedtodisk of other pages. */
const EXCLUSIVE = 1n << 17n
const SCF_WAIT = 1n
const VM_WIPEONFORK = 0x02000000n
/** vm_area_struct.vm_flags and vm_fault.address of 6.1. */
const VM_FLAGS = 32n
const FAULT_ADDRESS = 24n

/** What a deed needs to know of the story. */
export interface Scene {
  readonly gdb: Gdb
  readonly kernel: Symbols
  /** The entries of the watched memory of the parent. */
  entries(who: 'parent'): Promise<readonly (SeenEntry | null)[]>
  isWatched(address: bigint): boolean
}

export const callOf = (deed: Deed) => ('skip' in deed ? deed.skip : deed.at)

/** Is the stop at the call that a deed is about? */
export async function isAt(deed: Deed, stop: Stop, { gdb, kernel }: Scene): Promise<boolean> {
  const call = callOf(deed)
  if (stop.registers.rip !== kernel.at(call.function)) return false
  if (call.caller === undefined) return true
  const from = (await gdb.read(stop.cpu, stop.registers.rsp)) ?? 0n
  return kernel.isInside(from, call.caller)
}

/** Does it. @returns a line that says what was done, or null where it was not for this call. */
export async function perform(deed: Deed, stop: Stop, scene: Scene): Promise<string | null> {
  const { gdb } = scene
  const { cpu, registers } = stop
  if ('skip' in deed) {
    const back = (await gdb.read(cpu, registers.rsp)) ?? 0n
    await gdb.setRegister(cpu, 'rip', back)
    await gdb.setRegister(cpu, 'rsp', registers.rsp + 8n)
    await gdb.setRegister(cpu, 'rax', deed.returns ?? 0n)
    await gdb.emptyTlb(cpu)
    const { function: name, caller } = deed.skip
    return `${name}${caller ? ` (called by ${caller})` : ''} is skipped`
  }
  return change(deed.change, stop, scene)
}

async function change(what: Change, stop: Stop, scene: Scene): Promise<string | null> {
  const { gdb } = scene
  const { cpu, registers } = stop
  const parent = async () => (await scene.entries('parent')).filter((e) => e?.isPresent)
  switch (what) {
    case 'parent entries writable':
      for (const e of await parent()) if (e) await gdb.write(cpu, e.address, e.entry | WRITABLE)
      return 'the parent’s entries are writable again'
    case 'references dropped':
      for (const e of await parent()) if (e) await dropReference(gdb, cpu, e.frame)
      return 'one reference and one mapping less for each frame'
    case 'page exclusive': {
      const address = (await gdb.read(cpu, registers.rdi + FAULT_ADDRESS)) ?? 0n
      if (!scene.isWatched(address)) return null
      for (const e of await parent()) if (e) await addFlag(gdb, cpu, structOf(e.frame), EXCLUSIVE)
      return 'the page is taken for exclusive'
    }
    case 'wipe flag off': {
      const start = (await gdb.read(cpu, registers.rdi)) ?? 0n
      if (!scene.isWatched(start)) return null
      const flags = (await gdb.read(cpu, registers.rdi + VM_FLAGS)) ?? 0n
      await gdb.write(cpu, registers.rdi + VM_FLAGS, flags & ~VM_WIPEONFORK)
      return 'VM_WIPEONFORK is off'
    }
    case 'no waiting':
      await gdb.setRegister(cpu, 'rcx', registers.rcx & ~SCF_WAIT)
      return 'the call does not wait'
  }
}

/** _mapcount at 48, _refcount at 52: both are in one word of eight bytes. */
async function dropReference(gdb: Gdb, cpu: string, frame: bigint): Promise<void> {
  const at = structOf(frame) + 48n
  const both = (await gdb.read(cpu, at)) ?? 0n
  const mappings = BigInt.asUintN(32, (both & 0xffffffffn) - 1n)
  const references = BigInt.asUintN(32, (both >> 32n) - 1n)
  await gdb.write(cpu, at, (references << 32n) | mappings)
}

async function addFlag(gdb: Gdb, cpu: string, address: bigint, flag: bigint): Promise<void> {
  await gdb.write(cpu, address, ((await gdb.read(cpu, address)) ?? 0n) | flag)
}
