/** Programs whose traces are recorded: each is about one routine of the kernel. */
import type { Sequence, Step } from '../conform/sequence.js'

const geometry = { pages: 6, pagesPerTable: 3, scale: 1 }
const memory = [{ from: 0, to: 6, write: true, same: false, populated: [0, 1, 2, 3, 4] }]
const parent = (...ops: Step['op'][]): Step[] => ops.map((op) => ({ who: 'parent', op }))
const child = (...ops: Step['op'][]): Step[] => ops.map((op) => ({ who: 'child', op }))
const kernel = (...ops: Step['op'][]): Step[] => ops.map((op) => ({ who: 'kernel', op }))

const script = (name: string, ...steps: Step[][]): Sequence => ({
  name,
  ...geometry,
  vmas: memory,
  steps: steps.flat(),
})

export const traceScripts: readonly Sequence[] = [
  script('fork', parent({ do: 'fork' }), child({ do: 'read', page: 0 }, { do: 'exit' })),
  script(
    'copy-on-write',
    parent({ do: 'fork' }, { do: 'write', page: 0 }, { do: 'write', page: 5 }),
    child({ do: 'write', page: 1 }, { do: 'read', page: 0 }),
    parent({ do: 'write', page: 1 }, { do: 'write', page: 4 }),
    child({ do: 'write', page: 3 }, { do: 'exit' }),
  ),
  script(
    'discard',
    parent({ do: 'fork' }, { do: 'dontneed', from: 1, to: 3 }),
    child({ do: 'read', page: 1 }, { do: 'dontneed', from: 0, to: 2 }),
    parent({ do: 'write', page: 1 }),
    child({ do: 'exit' }),
  ),
  script(
    'unmap',
    parent({ do: 'fork' }, { do: 'munmap', from: 1, to: 4 }),
    child({ do: 'write', page: 1 }, { do: 'munmap', from: 0, to: 6 }),
    parent({ do: 'write', page: 0 }),
    child({ do: 'exit' }),
  ),
  script(
    'protect',
    parent({ do: 'mprotect', from: 0, to: 2, write: false, none: false }, { do: 'fork' }),
    parent({ do: 'mprotect', from: 0, to: 2, write: true, none: false }, { do: 'write', page: 0 }),
    child({ do: 'read', page: 0 }, { do: 'mprotect', from: 2, to: 6, write: false, none: false }),
    child({ do: 'exit' }),
  ),
  script(
    'move',
    parent({ do: 'munmap', from: 4, to: 6 }, { do: 'fork' }),
    parent({ do: 'mremap', from: 0, to: 2, target: 4, replace: false }, { do: 'write', page: 4 }),
    child({ do: 'read', page: 0 }, { do: 'exit' }),
  ),
  script(
    'migrate',
    kernel({ do: 'migrate', page: 0 }),
    parent({ do: 'fork' }),
    kernel({ do: 'migrate', page: 1 }),
    parent({ do: 'write', page: 0 }),
    child({ do: 'write', page: 1 }, { do: 'exit' }),
  ),
  script(
    'swap',
    kernel({ do: 'swapOut', page: 0 }, { do: 'swapOut', page: 3 }),
    parent({ do: 'fork' }, { do: 'write', page: 0 }),
    child({ do: 'read', page: 0 }, { do: 'write', page: 3 }),
    parent({ do: 'write', page: 3 }),
    child({ do: 'exit' }),
  ),
]
