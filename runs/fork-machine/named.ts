/**
 * The parts of the state that an explanation of a fork machine's property names. Explanations use
 * fixed words for them: `page 2`, `frame 0`, `VMA 1`, `the copy lock`.
 */

import type { Notes } from '../../model/state/declaration.js'
import { declaredIn } from '../../model/state/paths.js'
import { NONE, type State, variables } from '../../model/state.js'

/** Fields by their declared path, those of a record included. */
const patternOf = (path: string, isRecord: boolean) =>
  new RegExp(`^${path.replaceAll('[]', '\\[\\d+\\]')}${isRecord ? '\\.' : '$'}`)

const spokenOf = [...declaredIn(variables)].flatMap(({ path, declared }) => {
  if (declared.kind !== 'field' && declared.kind !== 'record') return []
  const notes: Notes<never> = declared.notes
  return [{ notes, pattern: patternOf(path, declared.kind === 'record') }]
})

/** Locks are looked at by everybody; they are of interest where they are named. */
const LOCKS = spokenOf.filter(({ notes }) => notes.role === 'lock')
/** Things other than locks that are named without a number. */
const NAMED = spokenOf.filter(({ notes }) => notes.named && notes.role !== 'lock')
/** Events that change what everybody does. */
const EVENTS = spokenOf.filter(({ notes }) => notes.role === 'event')

const has = (among: typeof spokenOf, path: string) =>
  among.some(({ pattern }) => pattern.test(path))

/**
 * Which variables, by their paths, an explanation is about.
 * @param states those in which things may hang together: all of a trace.
 */
export function namedIn(explanation: string, states: readonly State[]): (path: string) => boolean {
  const named = (what: string) =>
    [...explanation.matchAll(new RegExp(`${what} (\\d+)`, 'gi'))].map(([, n]) => Number(n))
  const paths = new Set<string>()
  const add = (path: string) => paths.add(path)
  const slots = new Set(named('(?:PMD|slot)'))
  const tables = new Set(named('table'))
  const [first] = states
  const { pagesPerTable } = first.geometry
  for (const page of named('page')) {
    slots.add(Math.floor(page / pagesPerTable))
    for (const s of states) addPage(s, page, add)
  }
  for (const frame of named('frame')) for (const s of states) addFrame(s, frame, add)
  for (const slot of slots)
    first.mm.forEach((_, m) => {
      add(`mm[${m}].pmd[${slot}]`)
    })
  for (const table of tables) add(`table[${table}]`)
  for (const v of named('VMA'))
    first.mm.forEach((_, m) => {
      add(`mm[${m}].vma[${v}]`)
    })
  // A number says more than a word.
  const words = paths.size > 0 ? LOCKS : [...LOCKS, ...NAMED]
  const spoken = words.filter(({ notes }) => notes.named?.test(explanation))
  return (path) => {
    if (has(EVENTS, path) || has(spoken, path)) return true
    if (has(LOCKS, path)) return false
    for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1))
      if (paths.has(path.slice(0, end))) return true
    return false
  }
}

/** The entries that translate a page, what they lead to, and the VMAs around it. */
function addPage(s: State, page: number, add: (path: string) => void): void {
  const { pagesPerTable } = s.geometry
  const slot = Math.floor(page / pagesPerTable)
  const place = page % pagesPerTable
  s.mm.forEach((mm, m) => {
    mm.vma.forEach((vma, v) => {
      if (vma.start <= page && page < vma.end) add(`mm[${m}].vma[${v}]`)
    })
    const { table } = mm.pmd[slot]
    if (table === NONE) return
    add(`table[${table}].pte[${place}]`)
    const { frame } = s.table[table].pte[place]
    if (frame !== NONE) add(`frame[${frame}]`)
  })
  s.cpu.forEach((_, t) => {
    add(`cpu[${t}].tlb[${page}]`)
    add(`cpu[${t}].upper[${slot}]`)
  })
}

/** A frame, and all entries that name it. */
function addFrame(s: State, frame: number, add: (path: string) => void): void {
  add(`frame[${frame}]`)
  s.table.forEach(({ pte }, i) => {
    pte.forEach((entry, j) => {
      if (entry.frame === frame) add(`table[${i}].pte[${j}]`)
    })
  })
  s.cpu.forEach(({ tlb }, t) => {
    tlb.forEach((entry, page) => {
      if (entry.frame === frame) add(`cpu[${t}].tlb[${page}]`)
    })
  })
  s.thread.forEach((me, t) => {
    if (me.frame === frame) add(`thread[${t}].frame`)
  })
}
