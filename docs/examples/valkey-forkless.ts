/**
 * Forkless save, as Valkey merged it in 2026 (src/bgiteration.c at 019501ca2566): no child is
 * forked. A thread serialises the entries one by one, while the main thread goes on with commands.
 * A command that changes an entry has it serialised first, if it is not in the image yet.
 *
 *     forkcheck check --model docs/examples/valkey-forkless.ts
 *     forkcheck mutants --model docs/examples/valkey-forkless.ts
 *     forkcheck explore --model docs/examples/valkey-forkless.ts
 */
import { type Drawing, type OwnScenario, type Shape, subject } from 'forkcheck'
import type { Model, Rule, ValueOf } from 'forkcheck/checker'
import { flag, Layout, list, oneOf, range, record } from 'forkcheck/checker'

const NONE = -1
/** What an image holds of a key that is not in it, and of one that was read while it changed. */
const MISSING = 0
const TORN = 9

/**
 * At the instant of the snapshot, key k holds the value k + 1. A command writes the value `keys +
 * 1`. An entry is an object at an address; the database maps keys to addresses.
 */
const machine = (keys: number, commands: number) =>
  record({
    key: list(keys, range(NONE, keys)),
    entry: list(
      keys + 1,
      record({
        used: flag(),
        value: range(0, keys + 1),
        packed: flag(),
        /** Its epoch is later than that of the iteration: changed or made since the instant. */
        modified: flag(),
        /** Its address is in the set of entries that were handed over out of turn. */
        early: flag(),
        /** References of the iteration: it is in use, and must not be changed. */
        refs: range(0, 2),
      }),
    ),
    /** The item of a key on its way to the saver and back. */
    item: list(
      keys,
      record({
        pc: oneOf('none', 'queued', 'reading', 'returned'),
        /** Where its entry is, or NONE for a clone, which has its own value. */
        at: range(NONE, keys),
        clone: range(0, keys + 1),
        /** What the saver found when it began to read. */
        packed: flag(),
      }),
    ),
    /** The next key of the scan; buckets are scanned in the order of the keys. */
    scan: range(0, keys),
    iteration: oneOf('active', 'complete', 'terminated'),
    image: list(keys, range(MISSING, TORN)),
    commands: range(0, commands),
    crashed: oneOf('no', 'assertion', 'use after free'),
  })
type State = ValueOf<ReturnType<typeof machine>>

interface Data {
  readonly keys: number
  /** How many commands clients send, and which. */
  readonly commands: number
  readonly sends: readonly ('write' | 'read' | 'rename' | 'expire' | 'flush')[]
  /** Entries are small enough to be cloned: no command waits for the saver. */
  readonly clones?: boolean
}

/** Is a key to be serialised before its entry changes? */
function isAhead(s: State, k: number): boolean {
  if (s.iteration !== 'active' || s.key[k] === NONE || k < s.scan) return false
  return !s.entry[s.key[k]].early && !s.entry[s.key[k]].modified
}

/** May a command change the entry of a key? Its client waits as long as the saver has it. */
function isFree(s: State, k: number): boolean {
  return s.key[k] === NONE || s.entry[s.key[k]].refs === 0
}

/** Hands the entry of a key to the saver, by reference. */
function handOver(s: State, k: number): void {
  s.entry[s.key[k]].refs++
  s.item[k].pc = 'queued'
  s.item[k].at = s.key[k]
}

/** Hands it over out of turn: the scan passes over it. A small one is copied. */
function expedite(s: State, k: number, clones: boolean): void {
  if (s.entry[s.key[k]].early) s.crashed = 'assertion'
  s.entry[s.key[k]].early = true
  if (!clones) handOver(s, k)
  else {
    s.item[k].pc = 'queued'
    s.item[k].at = NONE
    s.item[k].clone = s.entry[s.key[k]].value
  }
}

/** Drops a reference; who drops the last one of an entry that no key has frees it. */
function release(s: State, at: number): void {
  s.entry[at].refs--
  let isKept = s.entry[at].refs > 0
  for (let k = 0; k < s.key.length; k++) if (s.key[k] === at) isKept = true
  if (!isKept) free(s, at)
}

function free(s: State, at: number): void {
  s.entry[at].used = false
  s.entry[at].value = 0
  s.entry[at].packed = false
  s.entry[at].modified = false
}

/** Takes the entry of a key out of the database. It is freed now, or by its last reference. */
function unlink(s: State, k: number): void {
  const at = s.key[k]
  s.key[k] = NONE
  if (s.entry[at].refs === 0) free(s, at)
}

/** A new entry, at the first address that is free. */
function allocate(s: State, k: number, value: number): void {
  for (let at = 0; at < s.entry.length; at++)
    if (!s.entry[at].used) {
      s.entry[at].used = true
      s.entry[at].value = value
      s.entry[at].modified = true
      s.key[k] = at
      return
    }
}

const vocabulary = { NONE, MISSING, TORN, isAhead, isFree, handOver, expedite, release, free }

/** Steps of the main thread: each is one run of the event loop, which nothing interrupts. */
const rules = (clones: boolean): readonly (Rule<State> & { readonly of?: string })[] => [
  {
    name: 'main.feed',
    source: 'feedIterator, fullScanIteratorGetEntries, src/bgiteration.c',
    guard: (s) => s.iteration === 'active' && s.scan < s.key.length,
    effect: (s) => {
      const at = s.key[s.scan]
      if (at !== NONE) {
        if (!s.entry[at].modified && !s.entry[at].early) handOver(s, s.scan)
        s.entry[at].early = false
      }
      s.scan++
    },
  },
  {
    name: 'main.complete',
    source: 'feedIterator, src/bgiteration.c',
    guard: (s) => {
      if (s.iteration !== 'active' || s.scan < s.key.length) return false
      for (let k = 0; k < s.item.length; k++) if (s.item[k].pc !== 'none') return false
      return true
    },
    effect: (s) => {
      s.iteration = 'complete'
    },
  },
  {
    name: 'main.receive',
    source: 'processReturnOfItemToMainThread, src/bgiteration.c',
    for: ['key'],
    guard: (s, k) => s.item[k].pc === 'returned',
    effect: (s, k) => {
      if (s.item[k].at !== NONE) release(s, s.item[k].at)
      s.item[k].pc = 'none'
      s.item[k].at = NONE
      s.item[k].clone = 0
      s.item[k].packed = false
    },
  },
  {
    // The client waits: its command runs when the saver has given the entry back.
    of: 'write',
    name: 'main.expedite',
    source: 'expediteKeysForWrite, addEarlyIterationKey, src/bgiteration.c',
    for: ['key'],
    guard: (s, k) => s.commands > 0 && !clones && isAhead(s, k),
    effect: (s, k) => {
      expedite(s, k, clones)
    },
  },
  {
    of: 'write',
    name: 'main.write',
    source: 'bgIteration_blockClientIfRequired, bgIteration_dbEntryModified, src/bgiteration.c',
    for: ['key'],
    guard: (s, k) =>
      s.commands > 0 && s.key[k] !== NONE && isFree(s, k) && (clones || !isAhead(s, k)),
    effect: (s, k) => {
      if (isAhead(s, k)) expedite(s, k, clones)
      s.entry[s.key[k]].value = s.key.length + 1
      s.entry[s.key[k]].modified = true
      s.commands--
    },
  },
  {
    // A list may be unpacked for a read, or packed again after it: so it counts as a write.
    of: 'read',
    name: 'main.read',
    source: 'isWriteCmd, src/bgiteration.c; valkey#4632',
    for: ['key'],
    guard: (s, k) => s.commands > 0 && s.key[k] !== NONE && isFree(s, k),
    effect: (s, k) => {
      s.entry[s.key[k]].packed = !s.entry[s.key[k]].packed
      s.commands--
    },
  },
  {
    // The entry gets another key and so another address; the entry that had this key is freed.
    of: 'rename',
    name: 'main.rename',
    source: 'renameGenericCommand, src/db.c (assumed); bgIteration_updateDbEntryPtr',
    for: ['key', 'key'],
    guard: (s, k, to) =>
      s.commands > 0 &&
      k !== to &&
      s.key[k] !== NONE &&
      isFree(s, k) &&
      isFree(s, to) &&
      (clones || (!isAhead(s, k) && !isAhead(s, to))),
    effect: (s, k, to) => {
      if (isAhead(s, k)) expedite(s, k, clones)
      if (isAhead(s, to)) expedite(s, to, clones)
      const { value, early } = s.entry[s.key[k]]
      if (s.key[to] !== NONE) {
        s.entry[s.key[to]].early = false
        unlink(s, to)
      }
      s.entry[s.key[k]].early = false
      unlink(s, k)
      allocate(s, to, value)
      if (early && s.entry[s.key[to]].early) s.crashed = 'assertion'
      if (early) s.entry[s.key[to]].early = true
      s.commands--
    },
  },
  {
    // Nobody can wait here: the saver keeps the entry by its reference.
    of: 'expire',
    name: 'main.expire',
    source: 'bgIteration_keyDelete, src/bgiteration.c',
    for: ['key'],
    guard: (s, k) => s.commands > 0 && s.key[k] !== NONE,
    effect: (s, k) => {
      if (isAhead(s, k)) expedite(s, k, clones)
      s.entry[s.key[k]].early = false
      unlink(s, k)
      s.commands--
    },
  },
  {
    // What is queued is taken back; the saver keeps the one that it reads. The save has failed.
    of: 'flush',
    name: 'main.flush',
    source: 'handleFlushdb, bgIteratorTerminate, returnAllItemsToMainThread, src/bgiteration.c',
    guard: (s) => s.commands > 0,
    effect: (s) => {
      if (s.iteration === 'active') {
        s.iteration = 'terminated'
        for (let k = 0; k < s.item.length; k++)
          if (s.item[k].pc === 'queued') s.item[k].pc = 'returned'
      }
      for (let k = 0; k < s.key.length; k++)
        if (s.key[k] !== NONE) {
          s.entry[s.key[k]].early = false
          unlink(s, k)
        }
      s.commands--
    },
  },
  {
    // The saver looks at the encoding, then follows it.
    name: 'saver.begin',
    source: 'bgIteratorRead, src/bgiteration.c',
    for: ['key'],
    guard: (s, k) => {
      for (let i = 0; i < s.item.length; i++) if (s.item[i].pc === 'reading') return false
      return s.item[k].pc === 'queued'
    },
    effect: (s, k) => {
      s.item[k].pc = 'reading'
      if (s.item[k].at !== NONE) s.item[k].packed = s.entry[s.item[k].at].packed
    },
  },
  {
    name: 'saver.end',
    source: 'returnCurrentItemToMainThread, src/bgiteration.c',
    for: ['key'],
    guard: (s, k) => s.item[k].pc === 'reading',
    effect: (s, k) => {
      const { at, clone, packed } = s.item[k]
      if (at === NONE) s.image[k] = clone
      else if (!s.entry[at].used) s.crashed = 'use after free'
      else s.image[k] = s.entry[at].packed === packed ? s.entry[at].value : TORN
      s.item[k].pc = 'returned'
    },
  },
]

function model({ keys, commands, sends, clones = false }: OwnScenario<Data>): Model<State> {
  const numbers = Array.from({ length: keys }, (_, k) => k)
  const entry = (k: number) => ({
    used: k < keys,
    value: k < keys ? k + 1 : 0,
    packed: false,
    modified: false,
    early: false,
    refs: 0,
  })
  const item = { pc: 'none' as const, at: NONE, clone: 0, packed: false }
  const sent = (of: string | undefined) =>
    of === undefined ||
    sends.some((one) => one === of) ||
    (of === 'write' && sends.includes('rename'))
  return {
    name: 'valkey-forkless',
    layout: new Layout(machine(keys, commands)),
    init: [
      {
        key: numbers,
        entry: [...numbers, keys].map(entry),
        item: numbers.map(() => ({ ...item })),
        scan: 0,
        iteration: 'active',
        crashed: 'no',
        image: numbers.map(() => MISSING),
        commands,
      },
    ],
    ranges: { key: { values: numbers } },
    rules: rules(clones).flatMap(({ of, ...rule }) => (sent(of) ? [rule] : [])),
    vocabulary: { ...vocabulary, unlink, allocate, clones },
    final: (s) => s.iteration !== 'active' || s.crashed !== 'no',
    properties: [
      {
        name: 'imageIsTheInstant',
        kind: 'always',
        says: 'The image holds of each key what it held when the save began, or nothing yet.',
        holds: (s) => {
          for (let k = 0; k < s.image.length; k++)
            if (s.image[k] !== MISSING && s.image[k] !== k + 1) return false
          return true
        },
        explain: (s) => {
          const k = s.image.findIndex((value, i) => value !== MISSING && value !== i + 1)
          return s.image[k] === TORN
            ? `item ${k} was read while its entry was packed or unpacked`
            : `image ${k} is ${s.image[k]}, at the instant key ${k} held ${k + 1}`
        },
      },
      {
        name: 'completeIsWhole',
        kind: 'always',
        says: 'A save that is complete has every key that was there when it began.',
        holds: (s) => {
          if (s.iteration !== 'complete') return true
          for (let k = 0; k < s.image.length; k++) if (s.image[k] === MISSING) return false
          return true
        },
        explain: (s) => `image ${s.image.indexOf(MISSING)} is missing`,
      },
      {
        name: 'neverCrashes',
        kind: 'always',
        says: 'No assertion fails, and nothing is read that has been freed.',
        holds: (s) => s.crashed === 'no',
        explain: (s) => `crashed: ${s.crashed}`,
      },
      {
        name: 'saveEnds',
        kind: 'eventually',
        says: 'The save is complete in the end, or has been terminated.',
        holds: (s) => s.iteration !== 'active' || s.crashed !== 'no',
      },
      {
        name: 'commandWaits',
        kind: 'sometimes',
        required: false,
        says: 'A command waits for an entry that the saver reads.',
        holds: (s) => {
          for (let k = 0; k < s.item.length; k++)
            if (s.commands > 0 && s.item[k].pc === 'reading' && !isFree(s, k)) return true
          return false
        },
      },
    ],
  }
}

/** The database above, the items on their way below it, then the image. */
function picture({ key, entry, item, image, scan, iteration }: State): Drawing {
  const left = (k: number) => 70 + k * 130
  const label = (y: number, text: string): Shape => ({ kind: 'text', x: 4, y, text, tone: 'dim' })
  const shapes: Shape[] = [label(35, 'keys'), label(95, 'items'), label(155, 'image')]
  key.forEach((at, k) => {
    const box = { kind: 'box', x: left(k), width: 110, height: 34 } as const
    const { pc } = item[k]
    const held = at === NONE ? null : entry[at]
    const marks = held
      ? [held.early && 'early', held.refs > 0 && 'in use', held.modified && 'modified']
      : []
    const is = image[k]
    shapes.push(
      {
        ...box,
        y: 18,
        of: `key[${k}]`,
        tone: held ? 'plain' : 'dim',
        text: [held ? `key ${k}: ${held.value}` : `key ${k}`, marks.filter(Boolean).join(', ')],
      },
      { ...box, y: 78, of: `item[${k}].pc`, text: pc, tone: pc === 'none' ? 'dim' : 'plain' },
      {
        ...box,
        y: 138,
        of: `image[${k}]`,
        text: is === TORN ? 'torn' : String(is || ''),
        tone: is === MISSING ? 'dim' : is === k + 1 ? 'plain' : 'bad',
      },
    )
  })
  if (scan < key.length)
    shapes.push({ kind: 'arrow', from: [left(scan) + 55, 2], to: [left(scan) + 55, 16] })
  shapes.push({ kind: 'text', x: left(key.length), y: 35, text: iteration })
  return { width: left(key.length) + 90, height: 180, shapes }
}

export default subject<State, Data>({
  name: 'valkey-forkless',
  says: 'Forkless save: a thread serialises entries while commands change them.',
  model,
  picture,
  scenarios: [
    {
      name: 'writes',
      says: 'Writes and reads of lists.',
      keys: 2,
      commands: 2,
      sends: ['write', 'read'],
      reaches: ['commandWaits'],
    },
    {
      name: 'renames',
      says: 'Keys are renamed and written.',
      keys: 2,
      commands: 2,
      sends: ['rename', 'write'],
    },
    {
      name: 'clones',
      says: 'The same with entries that are cloned.',
      keys: 2,
      commands: 2,
      sends: ['rename', 'write', 'expire'],
      clones: true,
    },
    {
      name: 'flush',
      says: 'The database is flushed, keys expire.',
      keys: 2,
      commands: 2,
      sends: ['flush', 'expire', 'write'],
    },
    {
      name: 'everything',
      says: 'All commands on three keys.',
      keys: 3,
      commands: 2,
      sends: ['write', 'read', 'rename', 'expire', 'flush'],
    },
  ],
  check: ({ keys, commands, sends }) => {
    if (!(keys >= 1 && keys <= 4)) throw new Error('keys must be from 1 to 4')
    if (!(commands >= 0 && commands <= 5)) throw new Error('commands must be from 0 to 5')
    if (!Array.isArray(sends)) throw new Error('sends must be a list')
  },
  *smaller(one) {
    if (one.keys > 1) yield { ...one, keys: one.keys - 1 }
    if (one.commands > 1) yield { ...one, commands: one.commands - 1 }
    if (one.sends.length > 1)
      for (const command of one.sends)
        yield { ...one, sends: one.sends.filter((other) => other !== command) }
  },
  measures: [
    {
      name: 'steps that a command waits for the saver',
      during: (s) => s.commands > 0 && !isFree(s, 0),
      counts: ({ actor }) => (actor === 'saver' ? 1 : 0),
    },
  ],
  mutants: [
    {
      name: 'list-reads-are-not-blocked',
      says: 'A read may pack or unpack a list that the saver reads.',
      breaks: ['imageIsTheInstant'],
      scenario: 'writes',
      origin: 'documented',
      source: 'valkey#4604, item 2',
      change: { 'main.read': { guard: (s, k) => s.commands > 0 && s.key[k] !== NONE } },
    },
    {
      name: 'rename-leaves-early',
      says: 'The entry that a rename overwrites stays in the set of early entries.',
      breaks: ['neverCrashes'],
      scenario: 'renames',
      origin: 'documented',
      source: 'valkey#4604, item 3',
      change: {
        'main.rename': {
          effect: (s, k, to) => {
            const { value, early } = s.entry[s.key[k]]
            if (s.key[to] !== NONE) unlink(s, to)
            s.entry[s.key[k]].early = false
            unlink(s, k)
            allocate(s, to, value)
            if (early && s.entry[s.key[to]].early) s.crashed = 'assertion'
            if (early) s.entry[s.key[to]].early = true
            s.commands--
          },
        },
      },
    },
    {
      name: 'write-is-not-blocked',
      says: 'A write does not wait for the saver, which has the entry by reference.',
      breaks: ['imageIsTheInstant'],
      scenario: 'writes',
      change: {
        'main.write': {
          guard: (s, k) => s.commands > 0 && s.key[k] !== NONE && !isAhead(s, k),
        },
      },
    },
    {
      name: 'write-does-not-expedite',
      says: 'A write changes an entry that is not in the image yet.',
      breaks: ['completeIsWhole'],
      scenario: 'writes',
      change: {
        'main.write': {
          guard: (s, k) => s.commands > 0 && s.key[k] !== NONE && isFree(s, k),
          effect: (s, k) => {
            s.entry[s.key[k]].value = s.key.length + 1
            s.entry[s.key[k]].modified = true
            s.commands--
          },
        },
      },
    },
    {
      name: 'expire-forgets',
      says: 'A key expires before its entry is in the image.',
      breaks: ['completeIsWhole'],
      scenario: 'flush',
      change: {
        'main.expire': {
          effect: (s, k) => {
            s.entry[s.key[k]].early = false
            unlink(s, k)
            s.commands--
          },
        },
      },
    },
    {
      name: 'flush-goes-on',
      says: 'A flush does not terminate the save.',
      breaks: ['completeIsWhole'],
      scenario: 'flush',
      change: {
        'main.flush': {
          effect: (s) => {
            for (let k = 0; k < s.key.length; k++)
              if (s.key[k] !== NONE) {
                s.entry[s.key[k]].early = false
                unlink(s, k)
              }
            s.commands--
          },
        },
      },
    },
    {
      name: 'no-reference',
      says: 'A flush frees the entries that the saver has.',
      breaks: ['neverCrashes'],
      scenario: 'flush',
      change: {
        'main.flush': {
          effect: (s) => {
            s.iteration = 'terminated'
            for (let k = 0; k < s.key.length; k++)
              if (s.key[k] !== NONE) {
                free(s, s.key[k])
                s.key[k] = NONE
              }
            s.commands--
          },
        },
      },
    },
  ],
})
