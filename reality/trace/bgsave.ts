/**
 * The trace of a real BGSAVE: Redis in the guest saves, keys are changed meanwhile and afterwards.
 * The model follows a few pages at a time. What a process does with a page is read off its faults:
 * memory that fork has shared faults at stores only.
 */
import type { Sequence, Step } from '../conform/sequence.js'
import { PROBES, type Probe, probeLine } from '../letters.js'
import { type Machine, MachineError } from '../machine.js'
import { baseOf, LOCK_WITHIN } from './parse.js'
import { isOfMemory, type RecordedTrace, short } from './trace.js'

/** Functions that only a save is asked about: they change memory otherwise than by faults. */
const MORE_PROBES: readonly Probe[] = [
  {
    name: 'zap',
    function: 'unmap_page_range',
    arguments: 'start=%dx:x64 end=%cx:x64',
    rules: ['zapPage'],
  },
  { name: 'map', function: 'vm_mmap_pgoff', arguments: 'length=%dx:x64', rules: ['mmap'] },
]

/** Keys that Redis has, each with a value of its own page. */
const KEYS = 6
/** Pages that the model follows at once. */
const GROUP = 4
const PAGE = 4096n

/** What a save has shown. */
export interface Save {
  readonly redis: string
  /** One for every group of pages. */
  readonly traces: readonly RecordedTrace[]
  /** Pages of anonymous memory that a process has stored to, and those that were left out. */
  readonly pages: number
  readonly leftOut: number
  /** Mappings that the server has made while its child was there: each would wait for a copier. */
  readonly mappings: number
}

/** Lets Redis save. @param program the server's path. @throws MachineError when it does not. */
export async function recordSave(machine: Machine, program: string, keys = KEYS): Promise<Save> {
  const probes = [...PROBES, ...MORE_PROBES].map((probe) => `probe ${probeLine(probe)}`)
  await machine.request([...probes, 'trace 1', 'symbols'])
  const lines = await machine.request([`redis ${keys} ${program}`])
  const word = (letter: string) => lines.find((line) => line.startsWith(`${letter} `))?.slice(2)
  const fault = word('N') ?? (word('S') === 'ok' ? undefined : 'BGSAVE has failed')
  if (fault !== undefined) throw new MachineError(`Redis in the guest: ${fault}`)
  return { redis: word('V') ?? '', ...tracesOf(lines, machine.kernel) }
}

interface Vma {
  readonly start: bigint
  readonly end: bigint
}

interface Seen {
  readonly pid: string
  readonly name: string
  readonly address: bigint
  readonly end: bigint
  /** Its place in the trace. */
  readonly at: number
}

const ANONYMOUS = /^M (\w+)-(\w+) rw-p 0+ 00:00 0\s*(\[heap\])?$/
const EVENT = /^T x-(\d+) \[\d+\] x: (\w+):(?:.* (?:page|start)=0x(\w+))?(?: end=0x(\w+))?/

/** The traces of all groups of pages. */
export function tracesOf(lines: readonly string[], kernel: string): Omit<Save, 'redis'> {
  const events = lines.filter((line) => line.startsWith('T ')).map(short)
  const seen = events.flatMap((line, at) => {
    const [, pid, name, address = '0', end = '0'] = EVENT.exec(line) ?? []
    return pid ? [{ pid, name, address: BigInt(`0x${address}`), end: BigInt(`0x${end}`), at }] : []
  })
  const parent = /^T parent (\d+)/.exec(events.find((line) => /^T parent/.test(line)) ?? '')?.[1]
  const woken = seen.findIndex(({ name }) => name === 'wake')
  const gone = seen.findIndex(({ name }) => name === 'gone')
  const child = seen[gone]?.pid
  if (woken < 0 || gone < 0 || child === parent)
    throw new MachineError('no child is seen to come and go')
  const forked = seen.findIndex(({ name }) => name === 'forkBegins')
  const vmas = lines.flatMap((line) => {
    const [, start, end] = ANONYMOUS.exec(line) ?? []
    return start ? [{ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }] : []
  })

  const zaps = seen.slice(0, gone).filter(({ name }) => name === 'zap')
  const faults = seen.slice(forked).filter(({ name }) => name === 'fault')
  const touched = [...new Set(faults.map(({ address }) => (address / PAGE) * PAGE))]
  const pages = touched.filter((page) => vmas.some((vma) => isIn(vma, page)))
  const kept = pages.filter(
    (page) =>
      wasThere(seen.slice(forked), page, seen[gone].at) &&
      !zaps.some((zap) => zap.address <= page && page < zap.end),
  )
  const groups = vmas.flatMap((vma) => {
    const own = kept.filter((page) => isIn(vma, page))
    return grouped(own).map((group) => ({ vma, group }))
  })
  const traces = groups.map(({ vma, group }, i) => {
    const name = `bgsave ${i + 1}`
    const steps = stepsOf(faults, group, parent)
    const sequence = { name, ...geometryOf(group.length), steps }
    return {
      name,
      kernel,
      sequence,
      events: [
        `T parent ${parent}`,
        `T child ${child}`,
        ...ofGroup(events, sequence, { vma, group, zaps }),
      ],
    }
  })
  const mappings = seen.slice(forked, gone).filter((e) => e.name === 'map' && e.pid === parent)
  return {
    traces,
    pages: pages.length,
    leftOut: pages.length - kept.length,
    mappings: mappings.length,
  }
}

const isIn = ({ start, end }: Vma, page: bigint) => start <= page && page < end

/**
 * Had the page a frame at fork? Then its first fault copies while the child is there, and later none
 * does. Else a fault finds nothing, or a load brings in the page full of zeros, which the model does
 * not have.
 */
function wasThere(seen: readonly Seen[], page: bigint, gone: number): boolean {
  const own = seen.filter(({ address }) => address / PAGE === page / PAGE)
  if (own.every(({ name, at }) => name === 'fault' && at > gone)) return true
  const [fault, copy] = own
  return fault?.name === 'fault' && copy?.name === 'copy' && fault.pid === copy.pid
}

function grouped(pages: readonly bigint[]): bigint[][] {
  const sorted = [...pages].sort((a, b) => (a < b ? -1 : 1))
  const groups: bigint[][] = []
  while (sorted.length > 0) groups.push(sorted.splice(0, GROUP))
  return groups
}

/** One VMA of one table, all of it there. */
function geometryOf(pages: number): Omit<Sequence, 'name' | 'steps'> {
  const populated = Array.from({ length: pages }, (_, page) => page)
  const vmas = [{ from: 0, to: pages, write: true, same: false, populated }]
  return { pages, pagesPerTable: pages, scale: 1, vmas }
}

/** A store for every fault; the parent forks first, and the child ends. */
function stepsOf(
  faults: readonly Seen[],
  group: readonly bigint[],
  parent: string | undefined,
): Step[] {
  const stores = faults.flatMap(({ pid, address }): Step[] => {
    const page = group.indexOf((address / PAGE) * PAGE)
    const who = pid === parent ? 'parent' : 'child'
    return page < 0 ? [] : [{ who, op: { do: 'write', page } }]
  })
  return [{ who: 'parent', op: { do: 'fork' } }, ...stores, { who: 'child', op: { do: 'exit' } }]
}

/** The events that are about fork or the pages of a group, at the addresses of the helper's memory. */
function ofGroup(
  events: readonly string[],
  sequence: Sequence,
  { vma, group, zaps }: { vma: Vma; group: readonly bigint[]; zaps: readonly Seen[] },
): string[] {
  const base = baseOf(sequence)
  const isAbout = isOfMemory()
  const isOldLock = ofOldSpace(events)
  if (zaps.some((zap) => group.some((page) => zap.address <= page && page < zap.end)))
    throw new Error('a page of the group is removed')
  const moved = events.flatMap((line) => {
    const [, , name, address] = EVENT.exec(line) ?? []
    // What other memory loses has no address of its own.
    const isElsewhere = !PROBES.some((probe) => probe.name === name) || name === 'free'
    if (!name || isElsewhere || /from=(unmap_page_range|tlb_finish_mmu)/.test(line)) return []
    if (name === 'unlock' && !isOldLock(line)) return []
    if (address === undefined || /^0*$/.test(address)) return [line]
    const at = BigInt(`0x${address}`)
    const page =
      name === 'copyRange' ? (at === vma.start ? 0 : -1) : group.indexOf((at / PAGE) * PAGE)
    const to = page < 0 ? `0x1` : `0x${(base + BigInt(page) * PAGE).toString(16)}`
    return [line.replace(/ (page|start)=0x\w+/, ` $1=${to}`)]
  })
  return moved.filter(isAbout)
}

/** Is a lock that is dropped one of the address space that forks? */
function ofOldSpace(events: readonly string[]): (line: string) => boolean {
  const begins = events.find((line) => / forkBegins: /.test(line))
  const old = BigInt(/ old=(0x\w+)/.exec(begins ?? '')?.[1] ?? 0)
  return (line) => {
    const lock = BigInt(/ lock=(0x\w+)/.exec(line)?.[1] ?? 0)
    return lock >= old && lock < old + LOCK_WITHIN
  }
}
