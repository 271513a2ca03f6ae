/** Threads of a held guest, moved one at a time to where a story wants them. */

import { callOf, isAt, perform, type Scene } from './deeds.js'
import type { Deed } from './flaws.js'
import { type Gdb, GdbError, type Stop } from './gdb.js'
import { DIRECT_MAP, entryOf, type SeenEntry } from './memory.js'
import type { PageFrom, StopAt } from './stops.js'
import type { Symbols } from './symbols.js'

const PAGE = 4096n
const GATES = 0x300000000000n

/** A thread of the helper, and the processor it runs on. */
export interface Runner {
  readonly name: string
  readonly thread: number
  readonly cpu: string
  /** It stands in user mode behind a shut gate, or inside an operation. */
  inside: boolean
  /** The item of its program that it is at. */
  item: number
  cr3: bigint | null
  /** Where the exception it is in returns to. */
  faultReturns: bigint | null
  /** Where the flush it stands before returns to. */
  flushReturns: bigint | null
}

/** Why a thread did not come where the story wants it. */
export interface Missed {
  readonly missed: string
}

export interface Where {
  readonly base: bigint
  readonly pages: number
}

/** A thread that comes nowhere in this time waits for another one. */
const WAIT_MS = 15_000
const BEGIN_MS = 30_000

export class Player implements Scene {
  readonly log: string[] = []
  private gates: bigint | null = null
  private readonly mark: bigint

  constructor(
    readonly gdb: Gdb,
    readonly kernel: Symbols,
    helper: Symbols,
    readonly runners: readonly Runner[],
    private readonly where: Where,
    private readonly deeds: readonly Deed[],
  ) {
    const mark = helper.at('mark')
    if (mark === null) throw new Error('the helper has no mark')
    this.mark = mark
  }

  isWatched(address: bigint): boolean {
    return address >= this.where.base && address < this.where.base + BigInt(this.where.pages) * PAGE
  }

  pageOf(address: bigint): number | null {
    return this.isWatched(address) ? Number((address - this.where.base) / PAGE) : null
  }

  async entries(who: string): Promise<(SeenEntry | null)[]> {
    const cr3 = this.runners.find(({ name }) => name === who)?.cr3
    const found: (SeenEntry | null)[] = []
    for (let page = 0; page < this.where.pages && cr3; page++)
      found.push(await entryOf(this.gdb, cr3, this.where.base + BigInt(page) * PAGE))
    return found
  }

  /** Every thread but the child comes to its first mark. */
  async begin(): Promise<void> {
    await this.gdb.breakAt(this.mark)
    const waiting = new Set(this.runners.filter(({ thread }) => thread < 2))
    while (waiting.size > 0) {
      const stop = await this.gdb.go(['01', '02'], BEGIN_MS)
      if (stop.late) throw new GdbError('the threads do not begin')
      const runner = await this.atMark(stop)
      if (runner) waiting.delete(runner)
    }
  }

  /** The child comes to its first mark. @returns '' or what is missed. */
  async childBegins(): Promise<string> {
    const child = this.runners.find(({ thread }) => thread === 2)
    if (!child || child.cr3 !== null) return ''
    for (let i = 0; i < 50; i++) {
      const stop = await this.gdb.go(this.running(child), WAIT_MS)
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
    if (stop.registers.rdx === 0n) {
      runner.inside = false
      runner.item = Number(stop.registers.rsi)
    }
    return runner
  }

  private async gate(runner: Runner, shut: boolean): Promise<void> {
    if (this.gates !== null)
      await this.gdb.write('01', this.gates + 8n * BigInt(runner.thread), shut ? 1n : 0n)
  }

  /** Processors that may run while a thread is moved: its own, and those whose threads wait. */
  private running(runner: Runner): string[] {
    const held = this.runners.filter((other) => other !== runner && other.inside)
    const busy = new Set(held.map(({ cpu }) => cpu))
    return ['01', '02'].filter((cpu) => cpu === runner.cpu || !busy.has(cpu))
  }

  /**
   * Moves a thread on until `reached` says so of a stop on its processor.
   * @param alone with no other processor running.
   */
  private async move(
    runner: Runner,
    addresses: readonly bigint[],
    reached: (stop: Stop, marked: Runner | null) => Promise<boolean>,
    options: { alone?: boolean; ms?: number } = {},
  ): Promise<Stop | Missed> {
    const deeds = this.deeds.flatMap((deed) => this.kernel.at(callOf(deed).function) ?? [])
    const all = [...new Set([this.mark, ...addresses, ...deeds])]
    for (const address of all) await this.gdb.breakAt(address)
    await this.gate(runner, false)
    runner.inside = true
    const cpus = options.alone ? [runner.cpu] : this.running(runner)
    const end = Date.now() + (options.ms ?? WAIT_MS)
    try {
      for (;;) {
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

  /** To a page fault at a page. */
  async toFault(runner: Runner, page: number): Promise<Stop | Missed> {
    const fault = this.kernel.at('exc_page_fault') ?? 0n
    const stop = await this.move(runner, [fault], async ({ registers, cpu }) => {
      if (registers.rip !== fault) return false
      return this.pageOf(await this.gdb.cr2(cpu)) === page
    })
    if (!('missed' in stop)) runner.faultReturns = await this.gdb.read(stop.cpu, stop.registers.rsp)
    return stop
  }

  /** To the end of the exception it is in; the instruction is not tried again yet. */
  async toFaultEnd(runner: Runner): Promise<Stop | Missed> {
    const back = runner.faultReturns
    if (back === null) return { missed: 'it is in no fault' }
    return this.move(runner, [back], async ({ registers }) => registers.rip === back)
  }

  /** To a function of the kernel, or to where that returns. */
  async toStop(runner: Runner, at: StopAt, page: number | null): Promise<Stop | Missed> {
    const address = this.kernel.at(at.function)
    if (address === null) return { missed: `the kernel has no ${at.function}` }
    const stop = await this.move(runner, [address], async (found) => {
      if (found.registers.rip !== address) return false
      if (at.callers) {
        const from = (await this.gdb.read(found.cpu, found.registers.rsp)) ?? 0n
        if (!at.callers.some((caller) => this.kernel.isInside(from, caller))) return false
      }
      if (at.page === null) return true
      const seen = this.pageOf(await this.addressOf(found, at.page))
      return seen !== null && (page === null || seen === page)
    })
    if ('missed' in stop) return stop
    if (at.function === 'flush_tlb_mm_range') {
      // Skipped: it stands where the call returns to.
      const { rip } = await this.gdb.registers(stop.cpu)
      const back = await this.gdb.read(stop.cpu, stop.registers.rsp)
      runner.flushReturns = rip === address ? back : null
    }
    if (!at.returns) return stop
    const back = (await this.gdb.read(stop.cpu, stop.registers.rsp)) ?? 0n
    return this.move(runner, [back], async ({ registers }) => registers.rip === back)
  }

  /** Over the flush it stands before; alone, where the others must not answer. */
  async overFlush(runner: Runner, alone: boolean): Promise<Stop | Missed | null> {
    const back = runner.flushReturns
    if (back === null) return null
    runner.flushReturns = null
    const { rsp } = await this.gdb.registers(runner.cpu)
    const reached = async ({ registers }: Stop) => registers.rip === back && registers.rsp > rsp
    return this.move(runner, [back], reached, { alone })
  }

  private async addressOf({ cpu, registers }: Stop, from: PageFrom): Promise<bigint> {
    if (from === 'rsi') return registers.rsi
    const at = from === '[rsi]' ? registers.rsi : registers.rdi + 24n
    return (await this.gdb.read(cpu, at)) ?? 0n
  }
}
