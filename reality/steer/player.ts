/** Threads of a held guest, moved one at a time to where a story wants them. */

import { isAt, perform, type Scene } from './deeds.js'
import { callOf, type Deed } from './flaws.js'
import { type Gdb, GdbError, type Stop } from './gdb.js'
import { cr3Of, DIRECT_MAP, entryOf, lockOf, type SeenEntry } from './memory.js'
import { isChildRunner, PROCESSORS, type Runner } from './runners.js'
import type { PageFrom, StopAt } from './stops.js'
import type { Symbols } from './symbols.js'

const PAGE = 4096n
const GATES = 0x300000000000n
const KERNEL_SPACE = 0xffff800000000000n
/** pt_regs.ip, vm_fault.address, vm_area_struct.vm_mm of 6.1. */
const REGS_IP = 128n
const FAULT_ADDRESS = 24n
const VMA_MM = 16n

/** Why a thread did not come where the story wants it. */
export interface Missed {
  readonly missed: string
}

export interface Where {
  readonly base: bigint
  readonly pages: number
  /** Real pages for a page of the model. */
  readonly scale: number
}

/** Functions at whose entry a flush is about to begin. */
const FLUSHES = ['flush_tlb_mm_range', 'arch_tlbbatch_flush']

/** A thread that comes nowhere in this time waits for another one. */
const WAIT_MS = 15_000
const BEGIN_MS = 30_000
const ALL_PROCESSORS = Array.from({ length: PROCESSORS }, (_, i) => `0${i + 1}`)

export class Player implements Scene {
  readonly log: string[] = []
  private gates: bigint | null = null
  private readonly mark: bigint
  /** Where a thread waits that is held: in the kernel, in user mode. */
  private readonly loops: { readonly kernel: bigint; readonly user: bigint }
  /** The address spaces of the last fork. */
  private mms: { readonly parent: bigint; readonly child: bigint } | null = null

  constructor(
    readonly gdb: Gdb,
    readonly kernel: Symbols,
    helper: Symbols,
    readonly runners: readonly Runner[],
    private readonly where: Where,
    private readonly deeds: readonly Deed[],
  ) {
    const addresses = [helper.at('mark'), helper.at('held_here'), kernel.at('kernel_halt')]
    const [mark, user, loop] = addresses
    if (mark === null || user === null || loop === null)
      throw new Error('the helper has no mark, or the kernel no kernel_halt')
    this.mark = mark
    this.loops = { kernel: loop, user }
  }

  get pageBytes(): bigint {
    return PAGE * BigInt(this.where.scale)
  }

  addressOf(page: number): bigint {
    return this.where.base + BigInt(page) * this.pageBytes
  }

  isWatched(address: bigint): boolean {
    return address >= this.where.base && address < this.addressOf(this.where.pages)
  }

  pageOf(address: bigint): number | null {
    return this.isWatched(address) ? Number((address - this.where.base) / this.pageBytes) : null
  }

  /** An address space that fork has named, or null. */
  mmOf(who: string): bigint | null {
    if (who !== 'parent' && who !== 'child') return null
    return this.mms?.[who] ?? null
  }

  async entries(who: string): Promise<(SeenEntry | null)[]> {
    const mm = this.mmOf(who)
    const known = this.runners.find(({ name }) => name === who)?.cr3
    const cr3 = known ?? (mm === null ? null : await cr3Of(this.gdb, mm))
    const found: (SeenEntry | null)[] = []
    for (let page = 0; page < this.where.pages && cr3 !== null; page++)
      found.push(await entryOf(this.gdb, cr3, this.addressOf(page)))
    return found
  }

  /** Every thread but the child comes to its first mark. */
  async begin(threads: ReadonlySet<Runner>): Promise<void> {
    // A function that nobody calls becomes a loop: jmp to itself.
    await this.gdb.write('1', this.loops.kernel, 0x90909090_9090feebn)
    await this.gdb.breakAt(this.mark)
    const waiting = new Set(threads)
    while (waiting.size > 0) {
      const stop = await this.gdb.go(ALL_PROCESSORS, BEGIN_MS)
      if (stop.late) throw new GdbError('the threads do not begin')
      const runner = await this.atMark(stop)
      if (runner) waiting.delete(runner)
    }
  }

  /** The child comes to its first mark. @returns '' or what is missed. */
  async childBegins(): Promise<string> {
    const child = this.runners.find(isChildRunner)
    if (!child || child.cr3 !== null) return ''
    await this.holdOthers(child)
    for (let i = 0; i < 50; i++) {
      const stop = await this.gdb.go(ALL_PROCESSORS, WAIT_MS)
      if (stop.late) return 'the child does not begin'
      if ((await this.atMark(stop)) === child) return ''
    }
    return 'the child does not begin'
  }

  /** Notes who has come to a mark. */
  private async atMark(stop: Stop): Promise<Runner | null> {
    if (stop.registers.rip !== this.mark) return null
    const runner = this.runners.find(({ thread }) => BigInt(thread) === stop.registers.rdi)
    if (!runner) return null
    runner.cr3 ??= await this.gdb.cr3(stop.cpu)
    if (this.gates === null) {
      const entry = await entryOf(this.gdb, runner.cr3, GATES)
      if (entry?.isPresent) this.gates = DIRECT_MAP + entry.frame * PAGE
    }
    await this.gate(runner, true)
    if (stop.registers.rdx === 0n) runner.inside = false
    return runner
  }

  private async gate(runner: Runner, shut: boolean): Promise<void> {
    if (this.gates !== null)
      await this.gdb.write('01', this.gates + 8n * BigInt(runner.thread), shut ? 1n : 0n)
  }

  /** Threads that stand inside an operation wait in a loop, where they answer interrupts. */
  private async holdOthers(runner: Runner): Promise<void> {
    for (const other of this.runners) {
      if (other === runner || !other.inside || other.goesOnAt !== null) continue
      const { rip } = await this.gdb.registers(other.cpu)
      other.goesOnAt = rip
      const loop = rip >= KERNEL_SPACE ? this.loops.kernel : this.loops.user
      await this.gdb.setRegister(other.cpu, 'rip', loop)
    }
  }

  private async letGo(runner: Runner): Promise<void> {
    if (runner.goesOnAt !== null) await this.gdb.setRegister(runner.cpu, 'rip', runner.goesOnAt)
    runner.goesOnAt = null
    if (runner.isDeaf) await this.gdb.withoutInterrupts(runner.cpu)
    await this.gate(runner, false)
    runner.inside = true
  }

  /**
   * Moves a thread on until `reached` says so of a stop on its processor.
   * @param alone with no other processor running.
   */
  private async move(
    runner: Runner,
    addresses: readonly bigint[],
    reached: (stop: Stop, marked: Runner | null) => Promise<boolean>,
    alone = false,
  ): Promise<Stop | Missed> {
    const deeds = this.deeds.flatMap((deed) => this.kernel.at(callOf(deed).function) ?? [])
    const all = [...new Set([this.mark, ...addresses, ...deeds])]
    for (const address of all) await this.gdb.breakAt(address)
    if (!alone) await this.holdOthers(runner)
    await this.letGo(runner)
    const end = Date.now() + WAIT_MS
    try {
      for (;;) {
        const cpus = alone ? [runner.cpu] : ALL_PROCESSORS
        const stop = await this.gdb.go(cpus, Math.max(100, end - Date.now()))
        if (stop.late) return { missed: 'it waits' }
        const marked = await this.atMark(stop)
        const isOurs = stop.cpu === runner.cpu && (marked === null || marked === runner)
        const isReached = isOurs && (await reached(stop, marked))
        if (isOurs && marked === null) await this.perform(stop)
        if (isReached) return stop
        if (marked === runner && stop.registers.rdx === 1n)
          return { missed: 'the operation is over' }
      }
    } finally {
      for (const address of all) if (address !== this.mark) await this.gdb.clear(address)
    }
  }

  private async perform(stop: Stop): Promise<void> {
    for (const deed of this.deeds) {
      if (!(await isAt(deed, stop, this))) continue
      const said = await perform(deed, stop, this)
      if (said) this.log.push(`  the stub: ${said}`)
    }
  }

  /** To the end of its operation, and before the next one. */
  async toEnd(runner: Runner, watched: { page: number } | null = null): Promise<Stop | Missed> {
    const fault = this.kernel.at('exc_page_fault')
    const addresses = watched && fault ? [fault] : []
    let faulted = false
    const over = await this.move(runner, addresses, async (stop, marked) => {
      if (marked === runner && stop.registers.rdx === 1n) return true
      if (stop.registers.rip !== fault || !watched) return false
      faulted = this.pageOf(await this.gdb.cr2(stop.cpu)) === watched.page
      return faulted
    })
    if (faulted) return { missed: 'the access faulted' }
    if ('missed' in over) return over
    const next = await this.move(runner, [], async (stop, marked) => {
      return marked === runner && stop.registers.rdx === 0n
    })
    return 'missed' in next ? next : over
  }

  /** To a page fault at a page, before it takes a lock. */
  async toFault(runner: Runner, page: number): Promise<Stop | Missed> {
    const fault = this.kernel.at('exc_page_fault') ?? 0n
    const stop = await this.move(runner, [fault], async ({ registers, cpu }) => {
      if (registers.rip !== fault) return false
      return this.pageOf(await this.gdb.cr2(cpu)) === page
    })
    if ('missed' in stop) return stop
    runner.faultReturns = await this.gdb.read(stop.cpu, stop.registers.rdi + REGS_IP)
    // Interrupts are off there, and on again where mmap_lock is tried.
    const lock = this.kernel.at('down_read_trylock')
    if (lock === null) return stop
    return this.move(runner, [lock], async ({ registers }) => registers.rip === lock)
  }

  /** To the end of the exception it is in; the instruction is not tried again yet. */
  async toFaultEnd(runner: Runner): Promise<Stop | Missed> {
    const back = runner.faultReturns
    if (back === null) return { missed: 'it is in no fault' }
    runner.faultReturns = null
    return this.move(runner, [back], async ({ registers }) => registers.rip === back)
  }

  /** To a function of the kernel, or to where that returns. */
  async toStop(runner: Runner, at: StopAt, page: number | null): Promise<Stop | Missed> {
    const address = this.kernel.at(at.function)
    if (address === null) return { missed: `the kernel has no ${at.function}` }
    const stop = await this.move(runner, [address], async (found) => {
      if (found.registers.rip !== address) return false
      const isRight = await this.isRightCall(found, at, page)
      if (isRight) await this.note(runner, at, found)
      return isRight
    })
    if ('missed' in stop || !at.returns) return stop
    const back = (await this.gdb.read(stop.cpu, stop.registers.rsp)) ?? 0n
    // A call that a deed has skipped has returned already.
    if ((await this.gdb.registers(stop.cpu)).rip === back) return stop
    return this.move(runner, [back], async ({ registers }) => registers.rip === back)
  }

  private async isRightCall(found: Stop, at: StopAt, page: number | null): Promise<boolean> {
    if (at.callers) {
      const from = (await this.gdb.read(found.cpu, found.registers.rsp)) ?? 0n
      if (!at.callers.some((caller) => this.kernel.isInside(from, caller))) return false
    }
    if (at.lock && this.mms && found.registers.rdi !== lockOf(this.mms.parent)) return false
    if (at.page === null) return true
    const seen = this.pageOf(await this.calledWith(found, at.page))
    return seen !== null && (page === null || seen === page)
  }

  /** What later steps need to know of a stop, before a deed changes it. */
  private async note(runner: Runner, at: StopAt, { cpu, registers }: Stop): Promise<void> {
    const mmOf = async (vma: bigint) => (await this.gdb.read(cpu, vma + VMA_MM)) ?? 0n
    if (at.function === 'dup_mmap') this.mms = { parent: registers.rsi, child: registers.rdi }
    if (at.function === 'copy_page_range')
      this.mms = { parent: await mmOf(registers.rsi), child: await mmOf(registers.rdi) }
    if (!FLUSHES.includes(at.function)) return
    runner.flushReturns = await this.gdb.read(cpu, registers.rsp)
  }

  /** Over the flush it stands before; alone, where the others must not answer. */
  async overFlush(runner: Runner, alone: boolean): Promise<Stop | Missed | null> {
    const back = runner.flushReturns
    if (back === null) return null
    runner.flushReturns = null
    // The flush has been skipped: it stands where the call returns to.
    const { rip } = await this.gdb.registers(runner.cpu)
    if (rip === back || runner.goesOnAt === back) return null
    const { rsp } = await this.gdb.registers(runner.cpu)
    const reached = async ({ registers }: Stop) => registers.rip === back && registers.rsp > rsp
    return this.move(runner, [back], reached, alone)
  }

  private async calledWith({ cpu, registers }: Stop, from: PageFrom): Promise<bigint> {
    if (from === 'rsi') return registers.rsi
    const at = { '[rsi]': registers.rsi, '[rdi]': registers.rdi }
    const address = from === 'rdi+24' ? registers.rdi + FAULT_ADDRESS : at[from ?? '[rsi]']
    return (await this.gdb.read(cpu, address)) ?? 0n
  }
}
