/** The story of a violation: complete as data, readable as text. */
import { describe, expect, test } from 'vitest'
import { readLeaf, writeLeaf } from '../../checker/state/layout.js'
import { changesBetween } from '../../story/changes.js'
import { storyText } from '../../story/render/text.js'
import { wrapped } from '../../story/render/wrap.js'
import { storyOf } from '../../story/story.js'
import { exampleOf, noFlush } from '../support/counterexamples.js'

const story = storyOf(noFlush.setup, noFlush.model, noFlush.trace, noFlush)

test('reads like this', () => {
  const footer = [['replay', 'forkcheck replay FILE']] as const
  expect(`\n${storyText(story, { footer })}`).toMatchInlineSnapshot(`
    "
    violated  noStaleTranslation   19 steps, 2 switches
              No CPU caches a freed frame or table; none caches what the page tables forbid unless its flush is on the way.
    system    linux, scenario two-writers
    mutant    linux-no-flush: fork does not flush the TLBs: a CPU may go on writing to what the child shares.
    parent    fork, write(0)
    parent2   write(0), write(1)
    child     read(0)
    *         marks the steps that the reason is about

        1  parent  fork              parent mmap_lock  free         -> parent waits
        2  parent  takeWriteLock     parent mmap_lock  parent waits -> parent writes
        3  parent  forkLockVma       pc                fork.vma     -> fork.dup
        4  parent  forkVma           child vma 0       -            -> pages 0 to 4 rw
        5  parent  forkEnterTable    pc                fork.slot    -> fork.table
       *6  parent  forkTable         child pmd 0       -            -> table 2
                                     table 2           free         -> in use
                                     table 2 spinlock  -            -> parent
        7  parent  forkLockTable     table 0 spinlock  -            -> parent
       *8          parent2  walk(0)  parent2 tlb 0     -            -> frame 0 rw
       *9  parent  forkPage          parent pte 0      frame 0 rw   -> frame 0 ro
                                     child pte 0       -            -> frame 0 ro
                                     frame 0 refs      1            -> 2
       10  parent  forkPage          parent pte 1      frame 1 rw   -> frame 1 ro
                                     child pte 1       -            -> frame 1 ro
                                     frame 1 refs      1            -> 2
       11  parent  forkTableDone     table 0 spinlock  parent       -> -
                                     table 2 spinlock  parent       -> -
       12  parent  forkEnterTable    pc                fork.slot    -> fork.table
       13  parent  forkTable         child pmd 1       -            -> table 3
                                     table 3           free         -> in use
                                     table 3 spinlock  -            -> parent
       14  parent  forkLockTable     table 1 spinlock  -            -> parent
       15  parent  forkPage          parent pte 2      frame 2 rw   -> frame 2 ro
                                     child pte 2       -            -> frame 2 ro
                                     frame 2 refs      1            -> 2
       16  parent  forkPage          parent pte 3      frame 3 rw   -> frame 3 ro
                                     child pte 3       -            -> frame 3 ro
                                     frame 3 refs      1            -> 2
       17  parent  forkTableDone     table 1 spinlock  parent       -> -
                                     table 3 spinlock  parent       -> -
       18  parent  forkVmaDone       pc                fork.slot    -> fork.vma
      *19  parent  forkFlush         pc                fork.vma     -> fork.unlock
                                     <- in linux, parent pc  fork.vma -> flush.wait, parent flush asks parent2  no -> yes

    because   the CPU of parent2 caches page 0 as frame 0, writable, which the page table does not say
    finally   parent2 tlb 0  frame 0 rw                   since 8
              parent pmd 0   table 0                      as at first
              child pmd 0    table 2                      since 6
              parent pte 0   frame 0 ro                   since 9
              child pte 0    frame 0 ro                   since 9
              frame 0        the first content of page 0  as at first
              frame 0 refs   2                            since 9
    why        8  parent2.walk(0)   parent2 tlb 0  - -> frame 0 rw
               9  parent.forkPage   parent pte 0  frame 0 rw -> frame 0 ro
                                    child pte 0  - -> frame 0 ro
                                    frame 0 refs  1 -> 2
              19  parent.forkFlush  <- in linux, parent pc  fork.vma -> flush.wait, parent flush asks parent2  no -> yes
    replay    forkcheck replay FILE
    "
  `)
})

test('with --all nothing that changed is left out', () => {
  const text = storyText(story, { all: true })
  expect(text.length).toBeGreaterThan(storyText(story).length)
  for (const { changes } of story.steps)
    for (const { to } of changes) expect(text).toContain(`-> ${to}`)
})

test('says where a mutant departs from its system', () => {
  const departures = story.steps.filter((step) => step.deviation !== null)
  expect(departures.map(({ number, deviation }) => [number, deviation])).toEqual([
    [19, 'in linux, parent pc  fork.vma -> flush.wait, parent flush asks parent2  no -> yes'],
  ])
  const dropped = exampleOf('no-sync-before-zap')
  const { steps } = storyOf(dropped.setup, dropped.model, dropped.trace, dropped)
  expect(steps.find((step) => step.deviation)?.deviation).toBe(
    'in async-fork, syncBeforeZap comes here',
  )
})

test('dresses what it is told to', () => {
  const style = {
    bad: (x: string) => `<bad>${x}</bad>`,
    strong: (x: string) => `<b>${x}</b>`,
    dim: (x: string) => x,
    note: (x: string) => x,
    actor: (x: string, lane: number) => `<b${lane}>${x}</b>`,
  }
  const text = storyText(story, { style })
  expect(text).toContain('<bad>noStaleTranslation</bad>')
  expect(text).toContain('<b1>parent2</b>  <b>walk(0)</b>')
  expect(text.replaceAll(/<\/?(bad|b\d?)>/g, '')).toBe(storyText(story))
})

describe('fits the terminal', () => {
  const plain = storyText(story)
  const words = (text: string) => text.split(/\s+/).filter(Boolean)
  test.each([200, 120, 80, 60, 40])('of %i columns, and says the same', (width) => {
    const text = storyText(story, { width })
    const longest = Math.max(...text.split('\n').map((line) => line.length))
    expect(longest).toBeLessThanOrEqual(width)
    expect(words(text).sort()).toEqual(words(plain).sort())
  })
  test('where there is room nothing is broken', () => {
    expect(storyText(story, { width: 200 })).toBe(plain)
  })
  test('in a narrow one changes stand below their step', () => {
    expect(storyText(story, { width: 50 })).toContain(
      '\n   *9  parent  forkPage\n         parent pte 0  frame 0 rw -> frame 0 ro\n',
    )
  })
})

describe('breaking a line', () => {
  test('at spaces, with what follows indented', () => {
    expect(wrapped('because   one two three four', 20, 10)).toEqual([
      'because   one two',
      '          three four',
    ])
  })
  test('below the last column that has room', () => {
    expect(wrapped('why   5  fork   parent pmd 0 as it was', 30, 6)).toEqual([
      'why   5  fork   parent pmd 0',
      '                as it was',
    ])
  })
  test('colours take no room, long words stay whole', () => {
    expect(wrapped('\x1b[31mred\x1b[39m and blue', 12, 2)).toEqual(['\x1b[31mred\x1b[39m and blue'])
    expect(wrapped('a muchTooLongWord b', 6, 1)).toEqual(['a', ' muchTooLongWord', ' b'])
  })
})

describe('words', () => {
  const { layout } = noFlush.model
  const before = noFlush.trace.states[6]
  const packed = layout.encode(before)
  const leaves = layout.leaves.filter((leaf) => leaf.width > 0)
  test.each(leaves.map((leaf) => [leaf.path, leaf] as const))(
    '%s: no change goes unseen',
    (_, leaf) => {
      const { min, max } = leaf.scalar
      for (const index of leaf.position.keys()) {
        const changed = packed.slice()
        const old = readLeaf(leaf, index, packed, 0)
        writeLeaf(leaf, index, changed, 0, old === max ? min : old + 1)
        const changes = changesBetween(before, layout.decode(changed))
        expect(changes).toHaveLength(1)
        expect(changes[0].from, `${changes[0].name}`).not.toBe(changes[0].to)
        expect(changes[0].name).not.toMatch(/undefined|\[/)
      }
    },
  )
})
