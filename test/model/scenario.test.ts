/** Scenarios are validated: one line for each mistake, naming the culprit and what is allowed. */
import { describe, expect, test } from 'vitest'
import { parseScenario, ScenarioError } from '../../model/index.js'

const good = {
  format: 1,
  name: 'tiny',
  pages: 4,
  vmas: [{ from: 0, to: 4 }],
  parent: [[{ do: 'fork' }, { do: 'write', page: 0 }]],
}

test('a small scenario is filled up with defaults', () => {
  expect(parseScenario(good)).toMatchObject({
    pagesPerTable: 2,
    child: [],
    failures: { budget: 0 },
    kill: false,
    kernel: [],
    options: { copierLock: 'copy', copiers: 1, reuse: 'exclusive' },
    reaches: ['childRuns'],
  })
})

const vma = (from: number, to: number, more = {}) => ({ from, to, ...more })
const bad: [string, object, RegExp][] = [
  ['another format', { format: 2 }, /format is 2: this version reads format 1/],
  ['no name', { name: undefined }, /name/],
  ['a name with blanks', { name: 'A b' }, /name: must be lower-case words/],
  ['an unknown field', { page: 3 }, /page is not a field of a scenario/],
  ['no pages', { pages: 0 }, /pages/],
  ['too many pages', { pages: 1000 }, /pages/],
  [
    'half a table',
    { pages: 3, vmas: [vma(0, 3)] },
    /pages: 3 must be a multiple of pagesPerTable, 2/,
  ],
  ['a fraction', { pages: 2.5 }, /pages/],
  ['no VMA', { vmas: [] }, /vmas/],
  ['a VMA outside', { vmas: [vma(0, 5)] }, /vmas\.0: pages 0 to 5 .* within 0 to 4/],
  ['an empty VMA', { vmas: [vma(2, 2)] }, /vmas\.0: pages 2 to 2/],
  ['two VMAs on one page', { vmas: [vma(0, 3), vma(2, 4)] }, /vmas\.1: overlaps vmas\.0/],
  ['a page outside its VMA', { vmas: [vma(0, 2, { populated: [3] })] }, /page 3 is not in the VMA/],
  ['no parent', { parent: [] }, /parent/],
  ['four threads', { parent: [[], [], [], []] }, /parent/],
  ['an unknown operation', { parent: [[{ do: 'sbrk' }]] }, /parent\.0\.0\.do.*"read".*"sbrk"/],
  [
    'a page that is not there',
    { parent: [[{ do: 'read', page: 4 }]] },
    /parent\.0\.0: page 4 must be below 4/,
  ],
  [
    'a range upside down',
    { parent: [[{ do: 'munmap', from: 3, to: 1 }]] },
    /parent\.0\.0: pages 3 to 1/,
  ],
  [
    'an access with a range',
    { parent: [[{ do: 'read', from: 0, to: 1 }]] },
    /parent\.0\.0\.page is missing/,
  ],
  [
    'a child that forks',
    { child: [{ do: 'fork' }] },
    /child\.0: a child can read, write, .*, not fork$/,
  ],
  [
    'a child that exits and goes on',
    { child: [{ do: 'exit' }, { do: 'read', page: 0 }] },
    /child\.0: nothing can follow an exit/,
  ],
  [
    'a second child without a second fork',
    { secondChild: [{ do: 'read', page: 0 }] },
    /secondChild: the parent forks only once/,
  ],
  [
    'a kernel thread that reads',
    { kernel: [[{ do: 'read', page: 0 }]] },
    /kernel\.0\.0\.do.*"swapOut".*"read"/,
  ],
  [
    'a move onto itself',
    { parent: [[{ do: 'fork' }, { do: 'mremap', from: 0, to: 2, target: 1 }]] },
    /parent\.0\.1: target: overlaps the old place/,
  ],
  [
    'a move that shrinks',
    { parent: [[{ do: 'fork' }, { do: 'mremap', from: 0, to: 2, target: 2, size: 1 }]] },
    /parent\.0\.1: a mapping that moves cannot shrink as well/,
  ],
  [
    'a mapping that grows beyond the end',
    { parent: [[{ do: 'fork' }, { do: 'mremap', from: 2, to: 4, size: 3 }]] },
    /parent\.0\.1: size 3 reaches beyond page 4/,
  ],
  [
    'exec in a process with threads',
    { parent: [[{ do: 'fork' }, { do: 'exec' }], []] },
    /parent: exec is for a process with one thread/,
  ],
  [
    'two threads that pin',
    { parent: [[{ do: 'fork' }, { do: 'pin', page: 0 }], [{ do: 'unpin' }]] },
    /parent: only one thread can pin and unpin pages/,
  ],
  ['half a huge page', { vmas: [vma(0, 3, { huge: true })] }, /vmas\.0\.huge: must cover whole/],
  ['an unknown victim', { kill: ['init'] }, /kill/],
  [
    'a victim that is never born',
    { kill: ['secondChild'] },
    /kill: there is no secondChild, the parent forks only once/,
  ],
  [
    'several copiers that share a lock they do not keep',
    { options: { copiers: 2, copierLock: 'vma' } },
    /options\.copierLock: several copiers need the lock/,
  ],
  ['life after exit', { parent: [[{ do: 'exit' }, { do: 'fork' }]] }, /nothing can follow an exit/],
  ['no fork', { parent: [[{ do: 'read', page: 0 }]] }, /nobody forks/],
  [
    'three forks',
    { parent: [[{ do: 'fork' }, { do: 'fork' }, { do: 'fork' }]] },
    /3 forks: at most two are modelled/,
  ],
  [
    'an unknown allocation',
    { failures: { budget: 1, at: ['disk'] } },
    /failures\.at\.0.*"fork".*"disk"/,
  ],
  ['a negative budget', { failures: { budget: -1 } }, /failures\.budget/],
  ['an unknown option', { options: { copierLock: 'never' } }, /options\.copierLock/],
]

describe('a mistake gets one clear line', () => {
  test.each(bad)('%s', (_what, change, message) => {
    const parse = () => parseScenario({ ...good, ...change }, 'my.json')
    expect(parse).toThrow(ScenarioError)
    expect(parse).toThrow(message)
    try {
      parse()
    } catch (error) {
      expect((error as Error).message).toMatch(/^my\.json: [^\n]+$/)
    }
  })

  test.each([null, 3, 'x', [], undefined])('%o is no scenario', (input) => {
    expect(() => parseScenario(input, 'my.json')).toThrow(/^my\.json: [^\n]+$/)
  })
})
