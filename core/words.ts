/**
 * The variables of a state in the words of a kernel engineer. Fields that only make sense together
 * (the frame and the permission of one entry) are one variable here.
 */
import type { State } from '../model/state.js'
import { content } from '../properties/explain.js'
import {
  entry,
  holder,
  lock,
  numbered,
  operation,
  pages,
  peer,
  pmd,
  pteName,
  result,
  shortContent,
  side,
  yesNo,
} from './values.js'

/** A variable as it is shown: `parent pte 2`, `frame 0 ro`. */
export interface Words {
  /** Field paths with one key are one variable. */
  readonly key: string
  /** What it is called, seen from both ends of a step. */
  readonly name: (before: State, after: State) => string
  readonly value: (s: State) => string
  /** Registers that only move along and observations for the properties: shown on demand. */
  readonly aside: boolean
}

interface Kind {
  /** Matches the beginning of a field path; numbers in brackets are passed on. */
  readonly path: RegExp
  readonly name: (i: number, j: number, after: State, before: State) => string
  readonly value: (s: State, i: number, j: number) => string
  readonly aside?: true
}

const kinds: readonly Kind[] = [
  {
    path: /^thread\[(\d+)\]\.pc/,
    name: (t, _, s) => `${s.actor[t].name} pc`,
    value: (s, t) => s.thread[t].pc,
  },
  {
    path: /^thread\[(\d+)\]\.next/,
    name: (t, _, s) => `${s.actor[t].name} program`,
    value: (s, t) => operation(s, t, s.thread[t].next),
    aside: true,
  },
  {
    path: /^thread\[(\d+)\]\.frame/,
    name: (t, _, s) => `${s.actor[t].name} reference`,
    value: (s, t) => numbered('frame', s.thread[t].frame),
  },
  {
    path: /^thread\[(\d+)\]\.copy/,
    name: (t, _, s) => `${s.actor[t].name} copy`,
    value: (s, t) => content(s, s.thread[t].copy),
    aside: true,
  },
  {
    path: /^cpu\[(\d+)\]\.tlb\[(\d+)\]/,
    name: (t, page, s) => `${s.actor[t].name} tlb ${page}`,
    value: (s, t, page) => entry(s.cpu[t].tlb[page]),
  },
  {
    path: /^mm\[(\d+)\]\.lock/,
    name: (m) => `${side(m)} mmap_lock`,
    value: (s, m) => lock(s, m),
  },
  {
    path: /^mm\[(\d+)\]\.users/,
    name: (m) => `${side(m)} mm users`,
    value: (s, m) => String(s.mm[m].users),
  },
  {
    path: /^mm\[(\d+)\]\.vma\[(\d+)\]\.peer/,
    name: (m, i) => `${side(m)} vma ${i} peer`,
    value: (s, m, i) => peer(s.mm[m].vma[i].peer, m),
  },
  {
    path: /^mm\[(\d+)\]\.vma\[(\d+)\]\.(start|end|writable)/,
    name: (m, i) => `${side(m)} vma ${i}`,
    value: (s, m, i) => pages(s.mm[m].vma[i]),
  },
  {
    path: /^mm\[(\d+)\]\.pmd\[(\d+)\]/,
    name: (m, i) => `${side(m)} pmd ${i}`,
    value: (s, m, i) => pmd(s.mm[m].pmd[i]),
  },
  {
    path: /^table\[(\d+)\]\.used/,
    name: (i) => `table ${i}`,
    value: (s, i) => (s.table[i].used ? 'in use' : 'free'),
  },
  {
    path: /^table\[(\d+)\]\.lock/,
    name: (i) => `table ${i} lock`,
    value: (s, i) => holder(s, s.table[i].lock),
  },
  {
    path: /^table\[(\d+)\]\.pte\[(\d+)\]/,
    name: (i, j, after, before) => pteName(after, i, j) ?? pteName(before, i, j) ?? `pte ${i}.${j}`,
    value: (s, i, j) => entry(s.table[i].pte[j]),
  },
  {
    path: /^frame\[(\d+)\]\.value/,
    name: (f) => `frame ${f}`,
    value: (s, f) => shortContent(s, s.frame[f].value),
  },
  {
    path: /^frame\[(\d+)\]\.refs/,
    name: (f) => `frame ${f} refs`,
    value: (s, f) => String(s.frame[f].refs),
  },
  { path: /^fork\.result/, name: () => 'fork returns', value: (s) => result(s) },
  { path: /^bound$/, name: () => 'mms tied', value: (s) => yesNo(s.bound) },
  { path: /^killed$/, name: () => 'child SIGKILL', value: (s) => (s.killed ? 'pending' : '-') },
  {
    path: /^failuresLeft$/,
    name: () => 'failures left',
    value: (s) => String(s.failuresLeft),
  },
  {
    path: /^ghost\.(?:parent)\[(\d+)\]/,
    name: (page) => `parent expects ${page}`,
    value: (s, page) => shortContent(s, s.ghost.parent[page]),
    aside: true,
  },
  {
    path: /^ghost\.(?:child)\[(\d+)\]/,
    name: (page) => `child expects ${page}`,
    value: (s, page) => shortContent(s, s.ghost.child[page]),
    aside: true,
  },
]

/** The variable a field belongs to. A field without words of its own speaks for itself, aside. */
export function wordsFor(path: string): Words {
  for (const { path: pattern, name, value, aside = false } of kinds) {
    const match = pattern.exec(path)
    if (!match) continue
    const [i, j] = match.slice(1).map(Number)
    return {
      key: match[0].replace(/\.(start|end|writable)$/, ''),
      name: (before, after) => name(i, j, after, before),
      value: (s) => value(s, i, j),
      aside,
    }
  }
  const name = (_: State, s: State) =>
    path.replace(/^thread\[(\d+)\]\./, (_, t) => `${s.actor[t].name} `)
  return { key: path, name, value: (s) => String(fieldAt(s, path)), aside: true }
}

function fieldAt(s: State, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((part) => part !== '')
    .reduce<unknown>((value, part) => (value as Record<string, unknown>)?.[part], s)
}
