/** Small scenarios in which the model was wrong once. Random ones found them, shrunk by hand. */
import { expect, test } from 'vitest'
import '../../testing/vitest.js'
import type { ScenarioInput } from '../../model/index.js'

type Part = Omit<ScenarioInput, 'format' | 'name' | 'pages' | 'pagesPerTable' | 'vmas'>

/** One page in one VMA, as nothing more is needed to see what was wrong. */
function onePage(part: Part, populated?: number[]): ScenarioInput {
  const vmas = [{ from: 0, to: 1, populated }]
  return { format: 1, name: 'small', pages: 1, pagesPerTable: 1, vmas, ...part }
}

const fork = { do: 'fork' } as const

test.each([
  ['between two VMAs', {}],
  ['before it undoes', { failures: { budget: 1 } }],
])('no signal ends the waiting of a copying child for its own lock, %s', (_, more) => {
  const child = onePage({ parent: [[fork]], kill: ['child'], options: { pointerLock: 'child' } })
  expect({ system: 'async-fork', scenario: { ...child, ...more } }).toHold()
})

test.each(['migrate', 'swapOut'] as const)(
  'a frame is taken over by its map count under the page lock only: %s',
  (what) => {
    const scenario = onePage({
      parent: [[fork]],
      child: [{ do: 'write', page: 0 }],
      kernel: [[{ do: what, page: 0 }]],
      options: { reuse: 'mapcount' },
    })
    expect({ system: 'linux', scenario }).toHold()
  },
)

test('mlock finds a huge page that is there', () => {
  const parent = [[fork], [{ do: 'mlock' as const, from: 0, to: 1 }]]
  const scenario = { ...onePage({ parent }), vmas: [{ from: 0, to: 1, huge: true }] }
  expect({ system: 'linux', scenario }).toHold()
})

test('khugepaged waits for faults that hold the lock of the VMA', () => {
  const parent = [[{ do: 'read' as const, page: 0 }, fork]]
  const kernel = [[{ do: 'collapse' as const, page: 0 }]]
  const scenario = onePage({ parent, kernel, options: { faultLock: 'vma' } }, [])
  expect({ system: 'linux', scenario }).toHold()
})

test('mprotect of a range that begins before its VMA takes the permission from what is mapped', () => {
  const mprotect = { do: 'mprotect' as const, from: 0, to: 2, write: false }
  const scenario: ScenarioInput = {
    ...onePage({ parent: [[fork]], child: [{ do: 'read', page: 1 }, mprotect] }),
    pages: 2,
    pagesPerTable: 2,
    vmas: [{ from: 1, to: 2, populated: [] }],
  }
  expect({ system: 'linux', scenario }).toHold()
})

const splice = { do: 'splice', page: 0 } as const
const write = { do: 'write', page: 0 } as const

test.each(['linux', 'async-fork'])(
  '%s: who puts a page into a pipe may go on writing to it',
  (system) => {
    for (const parent of [
      [[splice, fork, write, { do: 'readPipe' as const }]],
      [
        [fork, write],
        [splice, write],
      ],
      [[splice, { do: 'pin' as const, page: 0 }, fork]],
    ]) {
      const child = [{ do: 'read' as const, page: 0 }, write]
      const kernel = [[{ do: 'dmaWrite' as const }]]
      expect({ system, scenario: onePage({ parent, child, kernel }) }).toHold()
    }
  },
)

/** munmap takes the VMA out first and the pages later: until then they can still be found. */
const halfUnmapped = (second: NonNullable<ScenarioInput['parent']>[number]): ScenarioInput => ({
  ...onePage({ parent: [[{ do: 'munmap', from: 0, to: 1 }, fork], second] }),
  pages: 2,
  pagesPerTable: 2,
  vmas: [{ from: 0, to: 2 }],
})

test.each(['linux', 'async-fork'])(
  'a page that is being unmapped is put into a pipe: %s',
  (system) => {
    const scenario = halfUnmapped([{ do: 'splice', page: 0 }])
    expect({ system, scenario }).toHold()
  },
)

test.each(['linux', 'async-fork'])('a page that is being unmapped is pinned: %s', (system) => {
  const scenario = {
    ...halfUnmapped([{ do: 'pin', page: 0 }]),
    kernel: [[{ do: 'dmaWrite' as const }]],
  }
  expect({ system, scenario }).toHold()
})

test('after a failed break GUP-fast never works again in COW PTE', () => {
  const scenario = {
    ...onePage({
      parent: [[fork, { do: 'write', page: 0 }, { do: 'pin', page: 0 }]],
      failures: { budget: 1, at: ['sharedTable'] },
    }),
  }
  expect({ system: 'cow-pte', scenario }).toBeViolated('snapshotLeavesNoTrace')
  expect({ system: 'cow-pte', scenario, mutant: 'cow-repaired' }).toHold()
})
