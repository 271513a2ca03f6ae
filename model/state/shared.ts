/** What belongs to no thread and to no address space: locks and pages that all share. */
import { field, listOf, record } from './declaration.js'
import { flag, frameOrSlot, pageOrNone, threadOrNone } from './ranges.js'
import { lockModes, numbered } from './values.js'

/**
 * The lock of the reverse map (the rwsem of the root anon_vma, which a process and its children
 * share). A walk from a frame to its PTEs holds it for reading from beginning to end.
 */
export const rmap = record(
  {
    /** The thread that holds it for writing, or NONE. */
    writer: field(threadOrNone(['swap', 'migration'])),
    /** Threads that hold it for reading. */
    readers: listOf('thread', field(flag(['swap', 'migration']))),
  },
  { name: 'reverse map lock', shows: lockModes },
)

/** The page pinned for a device. */
export const device = record(
  {
    /** Its frame, or NONE. */
    frame: field(frameOrSlot('pins')),
    /** The page it was pinned at, or NONE when that is unmapped. */
    page: field(pageOrNone('pins')),
    /** It only reads the page (a pin without FOLL_WRITE). */
    readOnly: field(flag('readPins')),
  },
  { name: 'device page', shows: ({ frame }) => numbered('frame', frame), named: /device|pinned/ },
)

/** The page a process has put into a pipe (vmsplice). */
export const pipe = record(
  {
    /** Its frame, or NONE. */
    frame: field(frameOrSlot('pipe')),
  },
  { shows: ({ frame }) => numbered('frame', frame), named: /pipe/ },
)
