/** Ways to spoil a trace: each must be rejected, and where it was spoilt. */
import type { RecordedTrace } from './trace.js'

export interface Corruption {
  readonly name: string
  /** The script whose trace is spoilt. */
  readonly of: string
  /** The event that is spoilt: the `nth` (from 1) that fits. */
  readonly event: RegExp
  readonly nth?: number
  /** `drop` it, put it `later` (behind the next that fits `behind`), `repeat` it, or alter it. */
  readonly how: 'drop' | 'later' | 'repeat' | ((line: string) => string)
  readonly behind?: RegExp
}

const IN_REGION = /page=0x20000/
const region = (name: string) => new RegExp(`: ${name}: .*(page|start)=0x20000`)

export const corruptions: readonly Corruption[] = [
  { name: 'fork does not flush', of: 'fork', event: /flush: .*from=dup_mmap/, how: 'drop' },
  {
    name: 'fork unlocks before it flushes',
    of: 'fork',
    event: /flush: .*from=dup_mmap/,
    how: 'later',
    behind: /unlock: .*from=dup_mmap/,
  },
  { name: 'fork copies no tables', of: 'fork', event: region('copyRange'), how: 'drop' },
  { name: 'fork copies tables twice', of: 'fork', event: region('copyRange'), how: 'repeat' },
  {
    name: 'the child runs before fork unlocks',
    of: 'fork',
    event: /unlock: .*from=dup_mmap/,
    nth: -1,
    how: 'later',
    behind: / wake: /,
  },
  { name: 'a child that nobody wakes', of: 'copy-on-write', event: / wake: /, how: 'drop' },
  { name: 'a write fault does not copy', of: 'copy-on-write', event: region('copy'), how: 'drop' },
  {
    name: 'a write fault does not clear',
    of: 'copy-on-write',
    event: region('clear'),
    how: 'drop',
  },
  {
    name: 'a write fault does not flush',
    of: 'copy-on-write',
    event: /flush: .*start=0x20000.*from=ptep_clear_flush/,
    how: 'drop',
  },
  {
    name: 'a write fault flushes after it installs',
    of: 'copy-on-write',
    event: /flush: .*start=0x20000.*from=ptep_clear_flush/,
    how: 'later',
    behind: region('install'),
  },
  {
    name: 'a write fault installs nothing',
    of: 'copy-on-write',
    event: region('install'),
    how: 'drop',
  },
  {
    name: 'a write fault installs twice',
    of: 'copy-on-write',
    event: region('install'),
    how: 'repeat',
  },
  {
    name: 'a fault at another page',
    of: 'copy-on-write',
    event: region('copy'),
    how: (line) => line.replace(IN_REGION, 'page=0x20001'),
  },
  {
    name: 'the copy of another page is installed',
    of: 'copy-on-write',
    event: region('install'),
    how: (line) => line.replace(/page=0x2000001fd/, 'page=0x2000001fe'),
  },
  {
    name: 'pages freed without a flush',
    of: 'discard',
    event: /flush: .*from=tlb_finish_mmu/,
    how: 'drop',
  },
  {
    name: 'pages freed before the flush',
    of: 'unmap',
    event: /flush: .*from=tlb_finish_mmu/,
    how: 'later',
    behind: / free: /,
  },
  {
    name: 'a page removed twice',
    of: 'discard',
    event: /unmap: .*from=unmap_page_range/,
    how: 'repeat',
  },
  {
    name: 'a permission taken without a flush',
    of: 'protect',
    event: /flush: .*from=tlb_finish_mmu/,
    how: 'drop',
  },
  {
    name: 'other pages are protected',
    of: 'protect',
    event: region('protect'),
    how: (line) => line.replace(/end=0x2000001ff000/, 'end=0x200000200000'),
  },
  {
    name: 'entries moved without a flush',
    of: 'move',
    event: /flush: .*from=move_page_tables/,
    how: 'drop',
  },
  {
    name: 'a migration does not flush',
    of: 'migrate',
    event: /flush: .*from=ptep_clear_flush/,
    how: 'drop',
  },
  {
    name: 'a migration flushes after it restores',
    of: 'migrate',
    event: /flush: .*from=ptep_clear_flush/,
    how: 'later',
    behind: / restore: /,
  },
  {
    name: 'reclaim does not flush',
    of: 'swap',
    event: /flush: .*from=ptep_clear_flush/,
    how: 'drop',
  },
  {
    name: 'reclaim unmaps before it flushes',
    of: 'swap',
    event: /flush: .*from=ptep_clear_flush/,
    how: 'later',
    behind: /unmap: .*from=try_to_unmap_one/,
  },
  { name: 'a page is reclaimed twice', of: 'swap', event: region('swapOut'), how: 'repeat' },
  { name: 'a page that is not read back', of: 'swap', event: region('swapIn'), how: 'drop' },
]

/** The spoilt trace, and the number (from 1) of the first event that is not as it was. */
export function corrupted(
  trace: RecordedTrace,
  { name, event, nth = 1, how, behind }: Corruption,
): { trace: RecordedTrace; event: number } {
  const { events } = trace
  const fitting = events.flatMap((line, i) => (event.test(line) ? [i] : []))
  const at = nth < 0 ? fitting.at(nth) : fitting[nth - 1]
  if (at === undefined) throw new Error(`${name}: no such event in ${trace.name}`)
  const spoilt = [...events]
  const [line] = spoilt.splice(at, 1)
  if (how === 'repeat') spoilt.splice(at, 0, line, line)
  if (typeof how === 'function') spoilt.splice(at, 0, how(line))
  if (how === 'later') {
    const to = spoilt.findIndex((other, i) => i >= at && behind?.test(other))
    spoilt.splice(to + 1, 0, line)
  }
  // Lines that name the processes are no events.
  const before = spoilt.slice(0, at).filter((other) => !/^T (parent|child)/.test(other)).length
  return { trace: { ...trace, events: spoilt }, event: before + (how === 'repeat' ? 2 : 1) }
}
