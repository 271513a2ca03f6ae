/** From the events of a guest to letters of the model's actors. */
import type { Sequence } from '../conform/sequence.js'

/** One letter: who shows it, what, and the event's number in the trace. */
export interface Letter {
  readonly who: 'parent' | 'child' | 'kernel'
  readonly text: string
  readonly event: number
}

/** One event as the kernel wrote it down. */
interface Event {
  readonly pid: number
  readonly name: string
  readonly fields: Readonly<Record<string, string>>
  readonly number: number
}

const ANCHOR = 0x200000000000n
const TABLE = 2n << 20n
const PAGE = 4096n
/** mmap_lock lies within so many bytes of the start of mm_struct. */
export const LOCK_WITHIN = 1024n

/** The address of the first page that is watched. */
export const baseOf = ({ pagesPerTable, scale }: Sequence) =>
  ANCHOR + TABLE - BigInt(pagesPerTable * scale) * PAGE

/** The letters of a trace. @param lines the helper's, each begins with `T `. */
export function lettersOf(lines: readonly string[], sequence: Sequence): Letter[] {
  return new Parser(lines, sequence).letters()
}

class Parser {
  private readonly pids = new Map<number, 'parent' | 'child'>()
  private readonly events: Event[] = []
  private readonly found: Letter[] = []
  private readonly base: bigint
  /** What each process has removed since its last flush, and whether that has been flushed. */
  private readonly gathered = new Map<number, { unmapped: number; flushed: boolean }>()
  private readonly last = new Map<number, string>()
  private readonly inside = new Map<number, boolean>()
  private readonly gone = new Set<number>()
  private oldMm = 0n

  constructor(
    lines: readonly string[],
    private readonly sequence: Sequence,
  ) {
    this.base = baseOf(sequence)
    for (const line of lines) this.line(line)
  }

  private line(line: string): void {
    const who = /^T (parent|child) (\d+)/.exec(line)
    if (who) this.pids.set(Number(who[2]), who[1] as 'parent' | 'child')
    const event = /^T .*?-(\d+) +\[\d+\] .*?: (\w+): \([^)]*\) ?(.*)$/.exec(line)
    if (!event) return
    const fields = Object.fromEntries(
      [...event[3].matchAll(/(\w+)=(\S+)/g)].map((m) => [m[1], m[2]]),
    )
    const [, pid, name] = event
    this.events.push({ pid: Number(pid), name, fields, number: this.events.length + 1 })
  }

  letters(): Letter[] {
    for (const event of this.events) {
      const who = this.pids.get(event.pid)
      if (who && !this.gone.has(event.pid)) this.event(event, who)
    }
    return this.found
  }

  private add(event: Event, who: Letter['who'], text: string): void {
    this.found.push({ who, text, event: event.number })
  }

  /** The page of an address, or null outside the memory that is watched. */
  private page(address: string | undefined): number | null {
    if (address === undefined) return null
    const at = BigInt(address) - this.base
    if (at < 0n) return null
    const page = Number(at / PAGE / BigInt(this.sequence.scale))
    return page < this.sequence.pages ? page : null
  }

  /** The end of a range, as a page number. */
  private end(address: string): number {
    const page = (BigInt(address) - this.base) / PAGE / BigInt(this.sequence.scale)
    return Math.min(this.sequence.pages, Number(page))
  }

  private event(event: Event, who: 'parent' | 'child'): void {
    const { name, fields, pid } = event
    const page = this.page(fields.page ?? fields.start)
    switch (name) {
      case 'forkBegins':
        this.oldMm = BigInt(fields.old)
        this.add(event, who, 'forkBegins')
        return
      case 'wake':
        this.add(event, who, 'wake')
        return
      case 'gone':
        this.gone.add(pid)
        this.add(event, who, 'gone')
        return
      case 'unlock': {
        const isOld = BigInt(fields.lock) - this.oldMm
        if (/^dup_mmap/.test(fields.from) && isOld >= 0n && isOld < LOCK_WITHIN)
          this.add(event, who, 'unlock')
        return
      }
      case 'flush':
        this.flush(event, who)
        return
      case 'unmap':
        this.unmap(event, who)
        return
      case 'free':
        this.free(event, who)
        return
      case 'protect':
        this.last.set(pid, 'protect')
        if (page !== null) this.add(event, who, `protect ${page}-${this.end(fields.end)}`)
        return
      case 'move':
        this.last.set(pid, 'move')
        if (page !== null) this.add(event, who, `move ${page}-${this.page(fields.to)}`)
        return
      case 'migrate':
      case 'restore':
      case 'swapOut':
        this.last.set(pid, 'kernel')
        if (page !== null) this.add(event, 'kernel', `${name} ${page}`)
        return
      case 'clear': {
        const isKernel = this.last.get(pid) === 'kernel'
        this.inside.set(pid, page !== null)
        if (page !== null) this.add(event, isKernel ? 'kernel' : who, `clear ${page}`)
        return
      }
      default:
        if (name === 'fault') this.last.set(pid, 'fault')
        if (page !== null) this.add(event, who, `${name} ${page}`)
    }
  }

  private flush(event: Event, who: 'parent' | 'child'): void {
    const { fields, pid } = event
    const { from, start, end } = fields
    if (/^dup_mmap/.test(from)) {
      this.add(event, who, 'flush all')
      return
    }
    const page = this.page(start)
    if (/^ptep_clear_flush/.test(from)) {
      const isKernel = this.last.get(pid) === 'kernel'
      if (page !== null) this.add(event, isKernel ? 'kernel' : who, `flush ${page}`)
      return
    }
    if (/^move_page_tables/.test(from)) {
      for (let p = page ?? 0; page !== null && p < this.end(end); p++)
        this.add(event, who, `flush ${p}`)
      return
    }
    const gathered = this.gathered.get(pid)
    if (gathered && gathered.unmapped > 0) gathered.flushed = true
    else if (this.last.get(pid) === 'protect') this.add(event, who, 'flush')
  }

  private unmap(event: Event, who: 'parent' | 'child'): void {
    const { fields, pid } = event
    if (/^wp_page_copy/.test(fields.from)) {
      if (this.inside.get(pid)) this.add(event, who, 'unmap')
    } else if (/^try_to_(migrate|unmap)_one/.test(fields.from)) this.add(event, 'kernel', 'unmap')
    else if (/^unmap_page_range/.test(fields.from)) {
      const gathered = this.gathered.get(pid) ?? { unmapped: 0, flushed: false }
      gathered.unmapped++
      this.gathered.set(pid, gathered)
    }
  }

  /** The kernel removes many, flushes, frees many; the model one by one: a batch may be of one. */
  private free(event: Event, who: 'parent' | 'child'): void {
    const gathered = this.gathered.get(event.pid)
    if (!gathered || gathered.unmapped === 0) return
    for (let i = 0; i < gathered.unmapped; i++) {
      this.add(event, who, 'unmap')
      if (gathered.flushed) this.add(event, who, 'flush')
      this.add(event, who, 'free')
    }
    this.gathered.delete(event.pid)
  }
}
