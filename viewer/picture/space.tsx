/** An address space: its threads with their TLBs, its lock, VMAs, PMDs and PTEs. */

import { tlbEntry } from '../../model/state/cpu.js'
import {
  mm as mmDeclared,
  pmd as pmdDeclared,
  type Vma,
  vma as vmaDeclared,
} from '../../model/state/mm.js'
import { type Pte, pte as pteDeclared, pteTable } from '../../model/state/table.js'
import { thread as threadDeclared } from '../../model/state/thread.js'
import { side } from '../../model/state/values.js'
import { NONE, type State } from '../../model/state.js'
import { wordsFor } from '../../runs/fork-machine/words.js'
import { type Mark, markOf } from '../marks.js'
import { type Bit, Bits, Cell, useScene } from './cell.js'
import { labels, variablesIn } from './labels.js'
import { CELL, columns, type Plan, type SpaceRows } from './plan.js'
import { contentName, flag, numbered, peerBit, permission } from './values.js'

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

export function Space({ plan, rows }: { plan: Plan; rows: SpaceRows }) {
  return (
    <g class={`space s${rows.m}`}>
      {rows.threads.map(({ t, y }) => (
        <ThreadRow key={t} plan={plan} t={t} y={y} />
      ))}
      <MmRow plan={plan} rows={rows} />
      <VmaRow plan={plan} rows={rows} />
      <PmdRow plan={plan} rows={rows} />
      <PteRow plan={plan} rows={rows} />
      <ExpectedRow plan={plan} rows={rows} />
    </g>
  )
}

export function Label({ y, text, height = CELL }: { y: number; text: string; height?: number }) {
  return (
    <text class="label" x="2" y={y + height / 2 + 4}>
      {text}
    </text>
  )
}

/** Where a thread is: its name, its place, what it works on. */
export function threadBits(state: State, before: State | undefined, t: number): Bit[] {
  const { pc, next, frame } = state.thread[t]
  const old = before?.thread[t]
  const away = pc === 'unborn' || pc === 'gone'
  const busy = away || pc === 'user' ? '' : `in ${state.actor[t].program[next].says}`
  return [
    { text: state.actor[t].name, tone: 'strong' },
    { text: pc, ...changeOf(old?.pc, pc), tone: away ? 'dim' : undefined },
    { text: busy === 'in end' ? '' : busy, tone: 'dim' },
    frame === NONE && (old === undefined || old.frame === NONE)
      ? { text: '' }
      : { ...numbered('holds f', frame, old?.frame), tone: 'dim' },
    ...labels(threadDeclared, state.thread[t], old),
  ]
}

/** The mark of a value that was another one before the step. */
function changeOf(was: string | undefined, now: string): Pick<Bit, 'mark' | 'was'> {
  return was === undefined || was === now ? {} : { mark: 'changed', was }
}

function ThreadRow({ plan, t, y }: { plan: Plan; t: number; y: number }) {
  const { state, before } = useScene()
  return (
    <g class="thread">
      <Bits bits={threadBits(state, before, t)} x={2} y={y + 11} left />
      <Label y={y + 16} text="TLB" height={26} />
      {numbers(state.geometry.pages).map((page) => {
        const entry = state.cpu[t].tlb[page]
        const old = before?.cpu[t].tlb[page]
        const isEmpty = entry.frame === NONE
        const bits = [
          numbered('f', entry.frame, old?.frame),
          isEmpty && old?.frame !== NONE ? { text: '' } : permissionOf(isEmpty, entry, old),
          ...labels(tlbEntry, entry, old),
        ]
        const path = `cpu[${t}].tlb[${page}].frame`
        const kind = isEmpty ? 'tlb none' : 'tlb'
        return (
          <Cell
            key={page}
            box={columns(plan, page, page + 1, y + 16, 24)}
            paths={[path]}
            lines={[bits]}
            kind={kind}
          />
        )
      })}
    </g>
  )
}

/** The permission of an entry, which says nothing where there is no entry. */
function permissionOf(
  isEmpty: boolean,
  entry: { frame: number; writable: boolean },
  old: { frame: number; writable: boolean } | undefined,
): Bit {
  if (isEmpty) return { text: '' }
  return permission(entry.writable, old?.frame === NONE ? undefined : old?.writable)
}

/** What an address space has of its own beside its VMAs and tables. */
function MmRow({ plan, rows: { m, mm: y } }: { plan: Plan; rows: SpaceRows }) {
  const { state, before } = useScene()
  const { users, peer } = state.mm[m]
  const old = before?.mm[m]
  const lock = wordsFor(`mm[${m}].lock`)
  const held = lock.value(state)
  const fork = wordsFor(`mm[${m}].fork`).value(state)
  const box = columns(plan, 0, state.geometry.pages, y)
  const first: Bit[] = [
    { text: plan.narrow ? 'lock' : 'mmap_lock', tone: 'dim' },
    { text: held, ...changeOf(before && lock.value(before), held) },
  ]
  const second: Bit[] = [
    {
      text: users === (old?.users ?? users) ? `users ${users}` : `${users}`,
      ...changeOf(old && `users ${old.users}`, `users ${users}`),
      tone: users === 0 ? 'dim' : undefined,
    },
    peer === NONE && (old === undefined || old.peer === NONE)
      ? { text: '' }
      : {
          text: peer === NONE ? 'untied' : `tied to ${side(peer)}`,
          mark: markOf(old?.peer, peer, NONE),
        },
    ...labels(mmDeclared, state.mm[m], old, plan.narrow),
    fork === '-'
      ? { text: '' }
      : { text: `fork: ${fork}`, mark: markOf(old?.fork, state.mm[m].fork, 'none') },
  ]
  return (
    <g>
      <Label y={y} text={side(m)} />
      <Cell
        box={box}
        paths={variablesIn(mmDeclared, `mm[${m}]`, state.mm[m], old)}
        lines={[first, second]}
        kind={users === 0 ? 'mm none' : 'mm'}
      />
    </g>
  )
}

function VmaRow({ plan, rows: { m, vma: y } }: { plan: Plan; rows: SpaceRows }) {
  const { state, before } = useScene()
  return (
    <g>
      <Label y={y} text="VMAs" />
      {state.mm[m].vma.map((vma, i) => {
        const old = before?.mm[m].vma[i]
        const isGone = vma.start >= vma.end
        if (isGone && (old === undefined || old.start >= old.end)) return null
        const range = isGone && old ? old : vma
        const box = columns(plan, range.start, range.end, y)
        const short = box.width < 110
        const name: Bit = {
          text: `${short ? '' : 'vma '}${i}`,
          mark: old && (isGone ? 'cleared' : moved(old, vma)),
        }
        const lines = isGone
          ? [[name, { text: 'gone' }]]
          : [
              [
                name,
                permission(vma.writable, old && old.start < old.end ? old.writable : undefined),
                ...labels(vmaDeclared, vma, old),
              ],
              [peerBit(state, vma.peer, old?.peer, short)],
            ]
        const kind = isGone ? 'vma none' : 'vma'
        const path = `mm[${m}].vma[${i}]`
        return (
          <Cell
            key={i}
            box={box}
            paths={[path, ...variablesIn(vmaDeclared, path, vma, old)]}
            lines={lines}
            kind={kind}
          />
        )
      })}
    </g>
  )
}

function moved(old: Vma, now: Vma): Mark | null {
  if (old.start >= old.end) return 'set'
  return old.start !== now.start || old.end !== now.end ? 'changed' : null
}

function PmdRow({ plan, rows: { m, pmd: y } }: { plan: Plan; rows: SpaceRows }) {
  const { state, before } = useScene()
  const { slots, pagesPerTable, pages } = state.geometry
  return (
    <g>
      <Label y={y} text="PMDs" />
      {numbers(slots).map((slot) => {
        const entry = state.mm[m].pmd[slot]
        const old = before?.mm[m].pmd[slot]
        const to = Math.min(pages, (slot + 1) * pagesPerTable)
        const box = columns(plan, slot * pagesPerTable, to, y)
        const isMarked = entry.table !== NONE && !entry.writable && !entry.huge
        const wasMarked = old && old.table !== NONE && !old.writable && !old.huge
        const lines = [
          [
            numbered(
              entry.huge ? 'huge ' : plan.narrow ? 'tbl ' : 'table ',
              entry.table,
              old?.table,
            ),
            flag(
              'RW',
              entry.table !== NONE && entry.writable,
              old && old.table !== NONE && old.writable,
            ),
            flag('marked', isMarked, wasMarked),
            ...labels(pmdDeclared, entry, old),
          ],
          tableBits(state, before, entry.table, plan.narrow),
        ]
        const { table } = entry
        const parts =
          table === NONE
            ? []
            : variablesIn(pteTable, `table[${table}]`, state.table[table], before?.table[table])
        const paths = [`mm[${m}].pmd[${slot}]`, ...parts]
        const kind = entry.table === NONE ? 'pmd none' : isMarked ? 'pmd hatched' : 'pmd'
        return <Cell key={slot} box={box} paths={paths} lines={lines} kind={kind} />
      })}
    </g>
  )
}

/** How many PMDs name a PTE table that is shared, and its locks. */
function tableBits(s: State, before: State | undefined, table: number, short: boolean): Bit[] {
  if (table === NONE) return []
  const { lock, spinlock, sharers } = s.table[table]
  const old = before?.table[table]
  const holder = (what: string, now: number, was: number | undefined): Bit => {
    const mark = markOf(was, now, NONE)
    if (now === NONE) return { text: mark ? `${what} free` : '', mark }
    return { text: `${what}: ${s.actor[now].name}`, mark }
  }
  const before1 = old?.sharers ?? sharers
  const isShared = sharers > 0 || before1 > 0
  return [
    { text: isShared ? `count ${1 + sharers}` : '', mark: markOf(before1, sharers, 0) },
    holder(short ? 'copy' : 'copy lock', lock, old?.lock),
    holder(short ? 'spin' : 'spinlock', spinlock, old?.spinlock),
    ...labels(pteTable, s.table[table], old, short),
  ]
}

/** The entry that translates a page, by its table and its place there. */
export function entryOf(s: State, m: number, page: number) {
  const { pagesPerTable } = s.geometry
  const { table, huge } = s.mm[m].pmd[Math.floor(page / pagesPerTable)]
  if (table === NONE) return null
  const j = page % pagesPerTable
  return { table, j, huge, ...s.table[table].pte[j] }
}

function PteRow({ plan, rows: { m, pte: y } }: { plan: Plan; rows: SpaceRows }) {
  const { state, before } = useScene()
  return (
    <g>
      <Label y={y} text="PTEs" />
      {numbers(state.geometry.pages).map((page) => {
        const entry = entryOf(state, m, page)
        const old = before ? entryOf(before, m, page) : undefined
        const box = columns(plan, page, page + 1, y)
        if (!entry) return <NoEntry key={page} box={box} had={!!old} />
        const before1 = before === undefined ? undefined : (old ?? EMPTY)
        const isEmpty = entry.frame === NONE
        const prefix = entry.swapped ? 'swap ' : entry.migrating ? 'moving f' : 'f'
        const inFrame = !isEmpty && !entry.swapped
        const lines = [
          [
            numbered(prefix, entry.frame, before1?.frame),
            isEmpty ? { text: '' } : permissionOf(false, entry, before1),
          ],
          [
            inFrame
              ? {
                  text: contentName(state, state.frame[entry.frame].value),
                  content: state.frame[entry.frame].value,
                  tone: 'dim' as const,
                }
              : { text: '' },
            ...labels<Pte>(pteDeclared, entry, before1),
          ],
        ]
        const path = `table[${entry.table}].pte[${entry.j}].frame`
        return (
          <Cell
            key={page}
            box={box}
            paths={[path]}
            lines={lines}
            kind={isEmpty ? 'pte none' : 'pte'}
          />
        )
      })}
    </g>
  )
}

const EMPTY = { frame: NONE, writable: false }

/** A page without a table. */
function NoEntry({ box, had }: { box: ReturnType<typeof columns>; had: boolean }) {
  const { narrow } = useScene()
  return (
    <g class={had ? 'cell pte none marked' : 'cell pte none'}>
      <rect {...box} rx="4" />
      {had && (
        <Bits
          bits={[{ text: 'no table', mark: 'cleared' }]}
          x={box.x + box.width / 2}
          y={box.y + 21}
          room={box.width - 6}
          narrow={narrow}
        />
      )}
    </g>
  )
}

/** What the program of an address space has a right to find: a ghost, no kernel knows it. */
function ExpectedRow({ plan, rows: { m, expected: y } }: { plan: Plan; rows: SpaceRows }) {
  const { state, before } = useScene()
  const memory = state.ghost.memory[m]
  return (
    <g class="expected">
      <Label y={y} text={plan.narrow ? 'must' : 'must hold'} height={18} />
      {memory.map((value, page) => {
        if (value === 0) return null
        const box = columns(plan, page, page + 1, y, 16)
        const mark = markOf(before?.ghost.memory[m][page], value, 0)
        return (
          <Cell
            key={String(page)}
            box={box}
            paths={[`ghost.memory[${m}][${page}]`]}
            lines={[[{ text: contentName(state, value), content: value, mark, tone: 'dim' }]]}
            kind="ghost"
          />
        )
      })}
    </g>
  )
}
