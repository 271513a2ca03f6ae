/**
 * A block device's copy-on-write snapshot: Linux's dm-snapshot (drivers/md/dm-snap.c, 6.6).
 *
 * A write to the origin waits until its chunk is copied to the store (an exception). A read of the
 * snapshot goes to the store when the chunk has an exception, else to the origin. Such a read may
 * still be under way when the exception is completed, so it is tracked.
 *
 *     forkcheck check --model docs/examples/dm-snapshot.ts
 *     forkcheck mutants --model docs/examples/dm-snapshot.ts
 *     forkcheck explore --model docs/examples/dm-snapshot.ts
 *     forkcheck compare --model docs/examples/dm-snapshot.ts
 */
import { type Drawing, type Shape, subject } from 'forkcheck'
import type { Model, Rule, ValueOf } from 'forkcheck/checker'
import { flag, Layout, list, oneOf, range, record } from 'forkcheck/checker'

/** A chunk holds 0 when the snapshot is taken; the writer makes it 1. */
const machine = (chunks: number) =>
  record({
    chunk: list(
      chunks,
      record({
        origin: range(0, 1),
        store: range(0, 1),
        /** What memory knows of its copy: none, being copied, copied, in the table of exceptions. */
        exception: oneOf('none', 'pending', 'copied', 'complete'),
        /** The exception is in the metadata on the disk. */
        onDisk: flag(),
      }),
    ),
    writer: record({ pc: oneOf('ready', 'waits', 'released'), at: range(0, chunks - 1) }),
    /** The reader of the snapshot: where its read was sent to, and if that is tracked. */
    reader: record({
      pc: oneOf('idle', 'reads', 'done'),
      at: range(0, chunks - 1),
      from: oneOf('origin', 'store'),
      tracked: flag(),
      got: range(0, 1),
    }),
  })
type State = ValueOf<ReturnType<typeof machine>>

const rules: readonly Rule<State>[] = [
  {
    // Under the lock of the exception table: the write joins the pending exception and waits.
    name: 'writer.begin',
    source: '__origin_write, drivers/md/dm-snap.c, Linux 6.6',
    for: ['chunk'],
    guard: (s, c) =>
      s.writer.pc === 'ready' && s.chunk[c].origin === 0 && s.chunk[c].exception === 'none',
    effect: (s, c) => {
      s.chunk[c].exception = 'pending'
      s.writer.pc = 'waits'
      s.writer.at = c
    },
  },
  {
    // One bio to the origin, released by pending_complete.
    name: 'writer.write',
    source: 'flush_bios, drivers/md/dm-snap.c, Linux 6.6',
    guard: (s) => s.writer.pc === 'released',
    effect: (s) => {
      s.chunk[s.writer.at].origin = 1
      s.writer.pc = 'ready'
    },
  },
  {
    // The origin's chunk cannot change meanwhile: every write to it waits.
    name: 'kcopyd.copy',
    source: 'start_copy, drivers/md/dm-snap.c, Linux 6.6',
    for: ['chunk'],
    guard: (s, c) => s.chunk[c].exception === 'pending',
    effect: (s, c) => {
      s.chunk[c].store = s.chunk[c].origin
      s.chunk[c].exception = 'copied'
    },
  },
  {
    // One write of a metadata area.
    name: 'kcopyd.commit',
    source: 'persistent_commit_exception, drivers/md/dm-snap-persistent.c, Linux 6.6',
    for: ['chunk'],
    guard: (s, c) => s.chunk[c].exception === 'copied' && !s.chunk[c].onDisk,
    effect: (s, c) => {
      s.chunk[c].onDisk = true
    },
  },
  {
    // Under the lock of the exception table: from now on reads go to the store.
    name: 'kcopyd.complete',
    source: 'pending_complete, dm_insert_exception, drivers/md/dm-snap.c, Linux 6.6',
    for: ['chunk'],
    guard: (s, c) => s.chunk[c].exception === 'copied' && s.chunk[c].onDisk,
    effect: (s, c) => {
      s.chunk[c].exception = 'complete'
    },
  },
  {
    // Reads that were sent to the origin before are waited for.
    name: 'kcopyd.release',
    source: 'pending_complete, __check_for_conflicting_io, drivers/md/dm-snap.c, Linux 6.6',
    guard: (s) =>
      s.writer.pc === 'waits' &&
      s.chunk[s.writer.at].exception === 'complete' &&
      !(s.reader.tracked && s.reader.at === s.writer.at),
    effect: (s) => {
      s.writer.pc = 'released'
    },
  },
  {
    // Under the lock of the exception table.
    name: 'reader.map',
    source: 'snapshot_map, track_chunk, drivers/md/dm-snap.c, Linux 6.6',
    for: ['chunk'],
    guard: (s) => s.reader.pc === 'idle',
    effect: (s, c) => {
      s.reader.pc = 'reads'
      s.reader.at = c
      s.reader.from = s.chunk[c].exception === 'complete' ? 'store' : 'origin'
      s.reader.tracked = s.chunk[c].exception !== 'complete'
    },
  },
  {
    // The disk answers; snapshot_end_io stops the tracking.
    name: 'reader.read',
    source: 'snapshot_end_io, stop_tracking_chunk, drivers/md/dm-snap.c, Linux 6.6',
    guard: (s) => s.reader.pc === 'reads',
    effect: (s) => {
      const chunk = s.chunk[s.reader.at]
      s.reader.got = s.reader.from === 'store' ? chunk.store : chunk.origin
      s.reader.tracked = false
      s.reader.pc = 'done'
    },
  },
]

function model({ chunks }: { chunks: number }): Model<State> {
  const empty = { origin: 0, store: 0, exception: 'none' as const, onDisk: false }
  return {
    name: 'dm-snapshot',
    layout: new Layout(machine(chunks)),
    init: [
      {
        chunk: Array.from({ length: chunks }, () => ({ ...empty })),
        writer: { pc: 'ready', at: 0 },
        reader: { pc: 'idle', at: 0, from: 'origin', tracked: false, got: 0 },
      },
    ],
    ranges: { chunk: { values: Array.from({ length: chunks }, (_, c) => c) } },
    rules,
    final: (s) => s.writer.pc === 'ready' && s.reader.pc === 'done',
    properties: [
      {
        name: 'readsTheInstant',
        kind: 'always',
        says: 'A read of the snapshot returns what the chunk held when the snapshot was taken.',
        holds: (s) => s.reader.pc !== 'done' || s.reader.got === 0,
        explain: (s) =>
          `chunk ${s.reader.at} was read from the ${s.reader.from} as ${s.reader.got}`,
      },
      {
        name: 'survivesCrash',
        kind: 'always',
        says: 'After a crash at any instant, the snapshot on the disk is what it was.',
        holds: (s) => {
          for (let c = 0; c < s.chunk.length; c++)
            if ((s.chunk[c].onDisk ? s.chunk[c].store : s.chunk[c].origin) !== 0) return false
          return true
        },
        explain: (s) => {
          const c = s.chunk.findIndex((one) => (one.onDisk ? one.store : one.origin) !== 0)
          return `chunk ${c} has no exception on the disk, and its origin is overwritten`
        },
      },
      {
        name: 'readMeetsCopy',
        kind: 'sometimes',
        says: 'A read of the origin is under way while its exception is completed.',
        holds: (s) => s.reader.tracked && s.chunk[s.reader.at].exception === 'complete',
      },
    ],
  }
}

/** The origin above, the store below, a column for each chunk; the reader's read as an arrow. */
function picture({ chunk, reader, writer }: State): Drawing {
  const left = (c: number) => 70 + c * 110
  const shapes: Shape[] = [
    { kind: 'text', x: 4, y: 45, text: 'origin', tone: 'dim' },
    { kind: 'text', x: 4, y: 115, text: 'store', tone: 'dim' },
  ]
  chunk.forEach(({ origin, store, exception, onDisk }, c) => {
    const box = { kind: 'box', x: left(c), width: 90 } as const
    const isWaiting = writer.pc !== 'ready' && writer.at === c
    shapes.push(
      { kind: 'text', x: left(c), y: 14, text: `chunk ${c}`, tone: 'dim' },
      {
        ...box,
        y: 24,
        height: 34,
        text: [String(origin), isWaiting ? 'a write waits' : ''],
        of: `chunk[${c}].origin`,
      },
      {
        ...box,
        y: 94,
        height: 34,
        text: [String(store), onDisk ? 'on disk' : 'in memory'],
        of: `chunk[${c}].store`,
        tone: exception === 'complete' ? 'plain' : 'dim',
      },
      { kind: 'text', x: left(c), y: 80, text: exception },
    )
  })
  const x = left(chunk.length) + 40
  shapes.push({
    kind: 'box',
    x,
    y: 59,
    width: 90,
    height: 34,
    of: 'reader.got',
    text: ['reader', reader.pc === 'done' ? `got ${reader.got}` : reader.pc],
    tone: reader.pc === 'done' && reader.got !== 0 ? 'bad' : 'plain',
  })
  if (reader.pc === 'reads')
    shapes.push({
      kind: 'arrow',
      to: [x, 76],
      tone: reader.tracked ? 'strong' : 'plain',
      from: [left(reader.at) + 90, reader.from === 'origin' ? 41 : 111],
    })
  return { width: x + 100, height: 140, shapes }
}

export default subject<State, { chunks: number }>({
  name: 'dm-snapshot',
  says: 'A copy-on-write snapshot of a block device (Linux device mapper).',
  model,
  picture,
  measures: [
    {
      name: 'steps of others while a write waits',
      during: (s) => s.writer.pc === 'waits',
      counts: ({ actor }) => (actor === 'writer' ? 0 : 1),
    },
  ],
  scenarios: [
    { name: 'two-chunks', says: 'A writer and a reader of two chunks.', chunks: 2 },
    { name: 'one-chunk', says: 'They meet at one chunk.', chunks: 1 },
  ],
  *smaller(scenario) {
    if (scenario.chunks > 1) yield { ...scenario, chunks: scenario.chunks - 1 }
  },
  check: ({ chunks }) => {
    if (!(Number.isInteger(chunks) && chunks >= 1 && chunks <= 4))
      throw new Error('chunks must be a whole number from 1 to 4')
  },
  mutants: [
    {
      name: 'reads-are-not-tracked',
      says: 'A write is released while a read of the old chunk is still under way.',
      breaks: ['readsTheInstant'],
      change: {
        'kcopyd.release': {
          guard: (s) => s.writer.pc === 'waits' && s.chunk[s.writer.at].exception === 'complete',
        },
      },
    },
    {
      name: 'metadata-is-late',
      says: 'An exception is completed before it is in the metadata on the disk.',
      breaks: ['survivesCrash'],
      change: {
        'kcopyd.complete': { guard: (s, c) => s.chunk[c].exception === 'copied' },
      },
    },
    {
      name: 'copy-is-not-awaited',
      says: 'A write is released once its exception is pending.',
      breaks: ['survivesCrash', 'readsTheInstant'],
      change: {
        'kcopyd.release': {
          guard: (s) => s.writer.pc === 'waits' && s.chunk[s.writer.at].exception === 'pending',
        },
      },
    },
  ],
})
