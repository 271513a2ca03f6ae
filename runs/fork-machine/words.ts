/**
 * The variables of a state in the words of a kernel engineer. Fields that only make sense together
 * (the frame and the permission of one entry) are one variable here.
 */

import { operation } from '../../model/operation-words.js'
import type { State } from '../../model/state.js'
import { content } from '../../properties/explain.js'
import { fieldAt } from '../fields.js'
import type { Words } from '../subject.js'
import { sentenceFor } from './sentences.js'
import {
  deferredFlush,
  holder,
  lock,
  numbered,
  pages,
  peer,
  pmd,
  pte,
  pteName,
  result,
  reverseMapLock,
  shortContent,
  side,
  tlb,
  yesNo,
} from './values.js'

interface VariableKind {
  /** Matches the beginning of a field path; numbers in brackets are passed on. */
  readonly path: RegExp
  readonly name: (i: number, j: number, after: State, before: State) => string
  readonly value: (s: State, i: number, j: number) => string
  readonly internal?: true
}

const kinds: readonly VariableKind[] = [
  {
    path: /^thread\[(\d+)\]\.pc/,
    name: (t, _, s) => `${s.actor[t].name} pc`,
    value: (s, t) => s.thread[t].pc,
  },
  {
    path: /^thread\[(\d+)\]\.next/,
    name: (t, _, s) => `${s.actor[t].name} program`,
    value: (s, t) => operation(s, t, s.thread[t].next),
    internal: true,
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
    internal: true,
  },
  {
    path: /^cpu\[(\d+)\]\.tlb\[(\d+)\]/,
    name: (t, page, s) => `${s.actor[t].name} tlb ${page}`,
    value: (s, t, page) => tlb(s.cpu[t].tlb[page]),
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
    value: (s, m, i) => peer(s, s.mm[m].vma[i].peer),
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
    path: /^table\[(\d+)\]\.sharers/,
    name: (i) => `table ${i} count`,
    value: (s, i) => String(s.table[i].used ? 1 + s.table[i].sharers : 0),
  },
  {
    path: /^table\[(\d+)\]\.pte\[(\d+)\]/,
    name: (i, j, after, before) => pteName(after, i, j) ?? pteName(before, i, j) ?? `pte ${i}.${j}`,
    value: (s, i, j) => pte(s.table[i].pte[j]),
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
  {
    path: /^frame\[(\d+)\]\.pins/,
    name: (f) => `frame ${f} pins`,
    value: (s, f) => String(s.frame[f].pins),
  },
  {
    path: /^frame\[(\d+)\]\.lock/,
    name: (f) => `frame ${f} lock`,
    value: (s, f) => holder(s, s.frame[f].lock),
  },
  {
    path: /^frame\[(\d+)\]\.lazy/,
    name: (f) => `frame ${f} droppable`,
    value: (s, f) => yesNo(s.frame[f].lazy),
  },
  {
    path: /^frame\[(\d+)\]\.(?:maps|exclusive)/,
    name: (f) => `frame ${f} maps`,
    value: (s, f) => `${s.frame[f].maps}${s.frame[f].exclusive ? ', exclusive' : ''}`,
    internal: true,
  },
  { path: /^mm\[(\d+)\]\.fork/, name: () => 'fork returns', value: (s, m) => result(s, m) },
  {
    path: /^mm\[(\d+)\]\.peer/,
    name: (m) => `${side(m)} mm peer`,
    value: (s, m) => (s.mm[m].peer < 0 ? '-' : side(s.mm[m].peer)),
  },
  {
    path: /^mm\[(\d+)\]\.killed/,
    name: (m) => `${side(m)} SIGKILL`,
    value: (s, m) => (s.mm[m].killed ? 'pending' : '-'),
  },
  {
    path: /^mm\[(\d+)\]\.copyFailed/,
    name: (m) => `${side(m)} copy`,
    value: (s, m) => (s.mm[m].copyFailed ? 'failed' : 'good so far'),
  },
  {
    path: /^mm\[(\d+)\]\.protecting/,
    name: (m) => `${side(m)} write_protect_seq`,
    value: (s, m) => (s.mm[m].protecting ? 'odd' : 'even'),
  },
  {
    path: /^mm\[(\d+)\]\.batched/,
    name: (m) => `${side(m)} deferred flush`,
    value: (s, m) => deferredFlush(s, m),
  },
  {
    path: /^rmap\.(?:writer|readers)/,
    name: () => 'reverse map lock',
    value: (s) => reverseMapLock(s),
  },
  {
    path: /^table\[(\d+)\]\.spinlock/,
    name: (i) => `table ${i} spinlock`,
    value: (s, i) => holder(s, s.table[i].spinlock),
  },
  {
    path: /^thread\[(\d+)\]\.asked\[(\d+)\]/,
    name: (t, u, s) => `${s.actor[t].name} flush asks ${s.actor[u].name}`,
    value: (s, t, u) => yesNo(s.thread[t].asked[u]),
  },
  {
    path: /^thread\[(\d+)\]\.held/,
    name: (t, _, s) => `${s.actor[t].name} VMA lock`,
    value: (s, t) => numbered('vma', s.thread[t].held),
  },
  { path: /^device\./, name: () => 'device page', value: (s) => numbered('frame', s.device.frame) },
  { path: /^pipe\./, name: () => 'pipe', value: (s) => numbered('frame', s.pipe.frame) },
  {
    path: /^failuresLeft$/,
    name: () => 'failures left',
    value: (s) => String(s.failuresLeft),
  },
  {
    path: /^ghost\.forked\[(\d+)\]/,
    name: (m) => `${side(m)} instant passed`,
    value: (s, m) => yesNo(s.ghost.forked[m]),
    internal: true,
  },
  {
    path: /^ghost\.forkFailed\[(\d+)\]/,
    name: (m) => `${side(m)} fork failed`,
    value: (s, m) => yesNo(s.ghost.forkFailed[m]),
    internal: true,
  },
  {
    path: /^ghost\.(?:lazy|copied)\[(\d+)\]\[(\d+)\]/,
    name: (m, page) => `${side(m)} lazy or copied ${page}`,
    value: (s, m, page) => `${yesNo(s.ghost.lazy[m][page])}, ${yesNo(s.ghost.copied[m][page])}`,
    internal: true,
  },
  {
    path: /^ghost\.memory\[(\d+)\]\[(\d+)\]/,
    name: (m, page) => `${side(m)} expects ${page}`,
    value: (s, m, page) => shortContent(s, s.ghost.memory[m][page]),
    internal: true,
  },
]

/** The variable that says where a thread stands. */
const PLACE = /^thread\[\d+\]\.pc$/

/** The variable a field belongs to. A field without words of its own is internal, named by its path. */
export function wordsFor(path: string): Words {
  const isRegister = path.startsWith('thread[')
  for (const { path: pattern, name, value, internal = false } of kinds) {
    const match = pattern.exec(path)
    if (!match) continue
    const [i, j] = match.slice(1).map(Number)
    const key = match[0].replace(/\.(start|end|writable|maps|exclusive)$/, '')
    return {
      key,
      name: (before, after) => name(i, j, after, before),
      value: (s) => value(s, i, j),
      internal,
      isRegister,
      isPlace: PLACE.test(key),
      says: (change) => sentenceFor(key, change),
    }
  }
  const name = (_: State, s: State) =>
    path.replace(/^thread\[(\d+)\]\./, (_, t) => `${s.actor[t].name} `)
  return {
    key: path,
    name,
    value: (s) => String(fieldAt(s, path)),
    internal: true,
    isRegister,
    isPlace: PLACE.test(path),
    says: (change) => sentenceFor(path, change),
  }
}
