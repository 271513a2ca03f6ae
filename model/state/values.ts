/** Values of variables in words: `frame 0 ro`, `parent writes`, `-` for nothing. */
import { CHILD, NONE, PARENT, UNMAPPED, ZEROS } from './constants.js'
import type { World } from './sizes.js'

/** The owner of an address space. */
export function side(m: number): string {
  return m === PARENT ? 'parent' : m === CHILD ? 'child' : `child${m}`
}

/** A thread by its name. */
export function nameOfThread(t: number, { actor }: Pick<World, 'actor'>): string {
  return t === NONE ? '-' : actor[t].name
}

/** A thing by its number. */
export function numbered(what: string, i: number): string {
  return i === NONE ? '-' : `${what} ${i}`
}

/** A truth. */
export function yesNo(truth: boolean): string {
  return truth ? 'yes' : 'no'
}

/** A page content: `the first content of page 2`, or whose write it was. */
export function contentInWords({ geometry, actor }: World, value: number): string {
  if (value === UNMAPPED) return 'nothing (not mapped)'
  if (value === ZEROS) return 'zeros'
  if (value < 2 + geometry.pages) return `the first content of page ${value - 2}`
  for (const { name, program } of actor)
    for (const [i, op] of program.entries())
      if (op.value === value) return `what ${name} wrote (operation ${i + 1})`
  return `content ${value}`
}

/** The same, `-` for nothing. */
export function shortContent(world: World, value: number): string {
  return value === UNMAPPED ? '-' : contentInWords(world, value)
}

/** Who holds a lock, and how. */
export function lockModes(
  { writer, readers, waiting = [] }: Modes,
  world: Pick<World, 'actor'>,
): string {
  const nameOf = (t: number) => nameOfThread(t, world)
  const reading = readers.flatMap((reads, t) => (reads ? [nameOf(t)] : []))
  const modes = [
    ...(writer === NONE ? [] : [`${nameOf(writer)} writes`]),
    ...(reading.length > 0
      ? [`${reading.join(' and ')} read${reading.length > 1 ? '' : 's'}`]
      : []),
    ...waiting.flatMap((waits, t) => (waits ? [`${nameOf(t)} waits`] : [])),
  ]
  return modes.join(', ') || 'free'
}

interface Modes {
  readonly writer: number
  readonly readers: readonly boolean[]
  readonly waiting?: readonly boolean[]
}

/** `rw` or `ro`. */
export const permission = (writable: boolean) => (writable ? 'rw' : 'ro')

/** What is shown of an entry that names nothing. */
export const emptyEntry = (writable: boolean) => `-${writable ? ' rw' : ''}`

/** Is a value in words that of nothing? */
export const isNothing = (value: string) => value === '' || value.startsWith('-')

/** An entry of a page table or TLB in full words. */
export function inFull(value: string): string {
  return value
    .replace(/\brw\b/, 'writable')
    .replace(/\bro\b/, 'read-only')
    .replace(/^(.+?) (?=writable|read-only)/, '$1, ')
}
