/** Page frames, and the slots of swap space. */
import { field, record, type ValueOf } from './declaration.js'
import { content, flag, frameOrNone, threadOrNone, upTo } from './ranges.js'
import { heldBy } from './sentences.js'
import { isNothing } from './values.js'

/** A page frame. Behind the frames, with the same fields, stand the slots of swap space. */
export const frame = record({
  /** Its content. */
  value: field(content(), {
    name: '',
    role: 'telling',
    says: ({ name, to }) => (isNothing(to) ? `${name} is empty` : `${name} now holds ${to}`),
  }),
  /** PTEs that map it, references threads hold, pins, pipes and the swap cache; of a slot: PTEs. */
  refs: field(
    upTo((m) => m.mappers + m.threads + 4),
    {
      name: 'refs',
      says: ({ name, from, to }) =>
        `the ${name.replace('refs', 'reference count')} goes from ${from} to ${to}`,
    },
  ),
  /** PTEs that map it. */
  maps: field(
    upTo((m) => m.mappers),
    { name: 'maps', internal: true },
  ),
  /** Known to belong to one address space alone (PageAnonExclusive). */
  exclusive: field(
    flag((m) => m.options.reuse === 'exclusive'),
    { name: 'exclusive', label: 'ex', internal: true },
  ),
  /** Pinned for a device: so often. */
  pins: field(
    upTo(() => 2, 'pins'),
    { name: 'pins', label: 'pin' },
  ),
  /** Freed lazily: reclaim may drop it if it is clean (MADV_FREE). */
  lazy: field(flag('lazy'), { name: 'droppable', label: 'lazy' }),
  /** The thread that holds the frame's lock (PG_locked of a mapped page), or NONE. */
  lock: field(threadOrNone(['swap', 'migration']), {
    name: 'lock',
    label: 'lock',
    says: heldBy,
    role: 'lock',
    named: /frame lock|lock of (the )?frame/,
  }),
  /** Of a swap slot: the frame that holds its content for now (swap cache), or NONE. */
  cache: field(frameOrNone('swap')),
})
export interface Frame extends ValueOf<typeof frame> {}
