/** Does at a stop what makes a flaw: see flaws.ts. */
import { type Call, type Change, callOf, type Deed } from './flaws.js'
import type { Gdb, Stop } from './gdb.js'
import {
  lockOf,
  PRESENT,
  type SeenEntry,
  structOf,
  VM_DONTCOPY,
  VM_FLAGS,
  VM_WIPEONFORK,
  VM_WRITE,
  vmasOf,
  WRITABLE,
} from './memory.js'
import type { Symbols } from './symbols.js'

/** PG_anon_exclusive of 6.1, which is PG_mappedtodisk of other pages. */
const EXCLUSIVE = 1n << 17n
const SCF_WAIT = 1n
/** _PAGE_PROTNONE, and the frame's bits, which are inverted in an entry that is not present. */
const CLOSED = 1n << 8n
const INVERTED = 0xffffffffff000n
/** vm_fault.address of 6.1; _mapcount and _refcount of a page, which are in one word. */
const FAULT_ADDRESS = 24n
const COUNTS = 48n
/** GUP_PIN_COUNTING_BIAS: what a pin adds to a page's references. */
const PIN = 1024n

/** What a deed needs to know of the story. */
export interface Scene {
  readonly gdb: Gdb
  readonly kernel: Symbols
  readonly pageBytes: bigint
  /** The entries of the watched memory of the parent. */
  entries(who: 'parent'): Promise<readonly (SeenEntry | null)[]>
  /** The address space of parent or child, once fork has named it. */
  mmOf(who: string): bigint | null
  isWatched(address: bigint): boolean
}

/** Is the stop at the call that a deed is about? */
export async function isAt(deed: Deed, stop: Stop, scene: Scene): Promise<boolean> {
  const { gdb, kernel } = scene
  const call = callOf(deed)
  if (stop.registers.rip !== kernel.at(call.function)) return false
  const mm = scene.mmOf('parent')
  if (call.lock && (mm === null || stop.registers.rdi !== lockOf(mm))) return false
  if (call.caller === undefined) return true
  const from = (await gdb.read(stop.cpu, stop.registers.rsp)) ?? 0n
  return kernel.isInside(from, call.caller)
}

/** Does it. @returns a line that says what was done, or null where it was not for this call. */
export async function perform(deed: Deed, stop: Stop, scene: Scene): Promise<string | null> {
  if ('skip' in deed) return skip(deed, stop, scene.gdb)
  return new Changing(stop, scene).does[deed.change]()
}

type Skip = Extract<Deed, { readonly skip: Call }>

/** The call is not made. */
export async function skip(
  { skip: { function: name, caller }, returns = 0n, keepsTlb }: Skip,
  { cpu, registers }: Stop,
  gdb: Gdb,
): Promise<string> {
  const back = (await gdb.read(cpu, registers.rsp)) ?? 0n
  await gdb.setRegister(cpu, 'rip', back)
  await gdb.setRegister(cpu, 'rsp', registers.rsp + 8n)
  await gdb.setRegister(cpu, 'rax', returns)
  if (!keepsTlb) await gdb.emptyTlb(cpu)
  return `${name}${caller ? ` (called by ${caller})` : ''} is skipped`
}

/** Entries that are put aside, with where they were; and frames whose pins are. */
const asideEntries = new Map<bigint, bigint>()
const asideFrames: bigint[] = []

class Changing {
  constructor(
    private readonly stop: Stop,
    private readonly scene: Scene,
  ) {}

  readonly does: Readonly<Record<Change, () => Promise<string | null>>> = {
    'parent entries writable': async () => {
      for (const e of await this.present()) await this.write(e.address, e.entry | WRITABLE)
      return 'the parent’s entries are writable again'
    },
    'parent entries open': () => this.open(),
    'entry emptied': () => this.empty(),
    'swap entries hidden': () => this.hideSwap(),
    'swap entries back': () => this.showSwap(),
    'pins hidden': () => this.hidePins(),
    'pins back': () => this.showPins(),
    'references dropped': async () => {
      for (const e of await this.present()) await this.count(e.frame, -1n, -1n)
      return 'one reference and one mapping less for each frame'
    },
    'page exclusive': () => this.makeExclusive(),
    'wipe flag off': () => this.flagOff(this.stop.registers.rdi, VM_WIPEONFORK, 'VM_WIPEONFORK'),
    'leave-out flag off': () => this.copyAll(),
    'child may write': () => this.allowStores(),
    'range one page short': () => this.shorten(),
    'no waiting': async () => {
      await this.set('rcx', this.stop.registers.rcx & ~SCF_WAIT)
      return 'the call does not wait'
    },
  }

  private async read(address: bigint): Promise<bigint> {
    return (await this.scene.gdb.read(this.stop.cpu, address)) ?? 0n
  }

  private write(address: bigint, value: bigint): Promise<void> {
    return this.scene.gdb.write(this.stop.cpu, address, value)
  }

  private set(name: 'rcx' | 'rdx', value: bigint): Promise<void> {
    return this.scene.gdb.setRegister(this.stop.cpu, name, value)
  }

  private async all(): Promise<SeenEntry[]> {
    return (await this.scene.entries('parent')).filter((e) => e !== null)
  }

  private async present(): Promise<SeenEntry[]> {
    return (await this.all()).filter((e) => e.isPresent)
  }

  private async count(frame: bigint, mappings: bigint, references: bigint): Promise<void> {
    const both = await this.read(structOf(frame) + COUNTS)
    const low = BigInt.asUintN(32, (both & 0xffffffffn) + mappings)
    const high = BigInt.asUintN(32, (both >> 32n) + references)
    await this.write(structOf(frame) + COUNTS, (high << 32n) | low)
  }

  private async open(): Promise<string | null> {
    const closed = (await this.all()).filter((e) => !e.isPresent && (e.entry & CLOSED) !== 0n)
    for (const { address, entry } of closed)
      await this.write(address, (entry ^ INVERTED ^ CLOSED) | PRESENT)
    return closed.length > 0 ? 'the parent’s entries are open again' : null
  }

  private async empty(): Promise<string | null> {
    const at = this.stop.registers.rcx
    if (!this.scene.isWatched(at)) return null
    for (const e of await this.present())
      if (e.address % 4096n === ((at >> 12n) & 511n) * 8n) await this.write(e.address, 0n)
    return 'the entry is empty'
  }

  private async hideSwap(): Promise<string | null> {
    for (const { address, entry, isPresent } of await this.all())
      if (!isPresent && entry !== 0n) {
        asideEntries.set(address, entry)
        await this.write(address, 0n)
      }
    return asideEntries.size > 0 ? 'the parent’s swap entries are hidden' : null
  }

  private async showSwap(): Promise<string | null> {
    for (const [address, entry] of asideEntries) await this.write(address, entry)
    asideEntries.clear()
    return 'the parent’s swap entries are back'
  }

  private async hidePins(): Promise<string | null> {
    for (const { frame } of await this.present()) {
      const references = (await this.read(structOf(frame) + COUNTS)) >> 32n
      if (references < PIN) continue
      await this.count(frame, 0n, -PIN)
      asideFrames.push(frame)
    }
    return asideFrames.length > 0 ? 'pinned frames seem not to be pinned' : null
  }

  private async showPins(): Promise<string | null> {
    for (const frame of asideFrames.splice(0)) await this.count(frame, 0n, PIN)
    return 'frames are pinned again'
  }

  private async makeExclusive(): Promise<string | null> {
    const address = await this.read(this.stop.registers.rdi + FAULT_ADDRESS)
    if (!this.scene.isWatched(address)) return null
    for (const { frame } of await this.present())
      await this.write(structOf(frame), (await this.read(structOf(frame))) | EXCLUSIVE)
    return 'the page is taken for exclusive'
  }

  private async flagOff(vma: bigint, flag: bigint, name: string): Promise<string | null> {
    if (!this.scene.isWatched(await this.read(vma))) return null
    await this.write(vma + VM_FLAGS, (await this.read(vma + VM_FLAGS)) & ~flag)
    return `${name} is off`
  }

  private async copyAll(): Promise<string | null> {
    const said: (string | null)[] = []
    for (const { address } of await vmasOf(this.scene.gdb, this.stop.registers.rsi))
      said.push(await this.flagOff(address, VM_DONTCOPY, 'VM_DONTCOPY'))
    return said.find((line) => line !== null) ?? null
  }

  private async allowStores(): Promise<string | null> {
    const vma = this.stop.registers.rdi
    if (!this.scene.isWatched(await this.read(vma))) return null
    await this.write(vma + VM_FLAGS, (await this.read(vma + VM_FLAGS)) | VM_WRITE)
    return 'the child’s VMA allows stores'
  }

  private async shorten(): Promise<string | null> {
    const { rsi, rdx } = this.stop.registers
    if (!this.scene.isWatched(rsi)) return null
    await this.set('rdx', rdx - this.scene.pageBytes)
    return 'the range ends one page short'
  }
}
