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

/** Where a content is from: a page held it at first, or an operation of a thread wrote it. */
export function originOf(
  { geometry, actor }: World,
  value: number,
): { readonly page: number } | { readonly writer: string; readonly operation: number } | null {
  if (value >= 2 && value < 2 + geometry.pages) return { page: value - 2 }
  for (const { name, program } of actor) {
    const i = program.findIndex((op) => op.value === value)
    if (i >= 0) return { writer: name, operation: i + 1 }
  }
  return null
}

/** A page content: `the first content of page 2`, or whose write it was. */
export function contentInWords(world: World, value: number): string {
  if (value === UNMAPPED) return 'nothing (not mapped)'
  if (value === ZEROS) return 'zeros'
  const origin = originOf(world, value)
  if (origin === null) return `content ${value}`
  if ('page' in origin) return `the first content of page ${origin.page}`
  return `what ${origin.writer} wrote (operation ${origin.operation})`
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
