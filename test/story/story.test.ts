/** The story of a violation: complete as data, readable as text. */
import { describe, expect, test } from 'vitest'
import { check } from '../../checker/search/search.js'
import { readLeaf, writeLeaf } from '../../checker/state/layout.js'
import type { Mutant, Place } from '../../model/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { wordsFor } from '../../runs/fork-machine/words.js'
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

              Parent2's CPU caches page 0 as frame 0, writable (8). Parent's entry of page 0 becomes
              frame 0, read-only, and child's entry of page 0 becomes frame 0, read-only (9). Parent
              takes the step forkFlush (19). In unmodified linux, parent asks parent2's CPU to flush and
              waits for it. The CPU of parent2 caches page 0 as frame 0, writable, but the page table
              allows no stores.

        1-5  parent  5 steps: fork, ..., forkEnterTable
          6  parent  forkTable         child pmd 0    -          -> table 2
          7  parent  forkLockTable
          8          parent2  walk(0)  parent2 tlb 0  -          -> frame 0 rw
                                       (hardware: page walk, TLB fill, dirty bit)
          9  parent  forkPage          parent pte 0   frame 0 rw -> frame 0 ro
                                       child pte 0    -          -> frame 0 ro
                                       frame 0 refs   1          -> 2
                                       (copy_pte_range: copy_present_pte, copy_nonpresent_pte)
      10-18  parent  9 steps: forkPage, ..., forkVmaDone
         19  parent  forkFlush         pc             fork.vma   -> fork.unlock
                                       <- unmodified linux: parent asks parent2's CPU to flush and waits for it
                                       (dup_mmap: flush_tlb_mm(oldmm))

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
    [19, "unmodified linux: parent asks parent2's CPU to flush and waits for it"],
  ])
  const dropped = exampleOf('no-sync-before-zap')
  const { steps } = storyOf(dropped.setup, dropped.model, dropped.trace, dropped)
  expect(steps.find((step) => step.deviation)?.deviation).toBe(
    'unmodified async-fork: parent takes syncBeforeZap instead',
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
    expect(storyText(story, { width: 50 })).toMatch(
      /\n +9 {2}parent {2}forkPage\n +parent pte 0 {2}frame 0 rw -> frame 0 ro\n/,
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
        const changes = changesBetween({ words: wordsFor }, before, layout.decode(changed))
        expect(changes).toHaveLength(1)
        expect(changes[0].from, `${changes[0].name}`).not.toBe(changes[0].to)
        expect(changes[0].name).not.toMatch(/undefined|\[/)
      }
    },
  )
})

test('a mutant that adds places is compared with its system as well', () => {
  const mutant: Mutant = {
    name: 'mine',
    system: 'linux',
    scenario: 'save',
    says: 'fork takes a rest before it drops mmap_lock, at a place that claims to be unlocked',
    breaks: ['mmapLockIsHeld'],
    origin: 'synthetic',
    source: 'a test',
    places: { 'mine.rest': ['unlocked'] },
    change: {
      forkFlush: {
        effect: (s, t) => {
          s.thread[t].pc = 'mine.rest' as Place
        },
      },
    },
  }
  const setup = { system: systemNamed('linux'), scenario: scenarioNamed('save'), mutant }
  const model = snapshotModel({ ...setup, foreign: true })
  const [found] = check(model).counterexamples
  expect(found.property).toBe('mmapLockIsHeld')
  const { steps } = storyOf({ ...setup, foreign: true }, model, found.trace, {
    ...found,
    verdict: 'violated',
  })
  expect(steps.filter(({ deviation }) => deviation).map((step) => step.deviation)).toEqual([
    'unmodified linux: parent goes on at fork.flushed',
  ])
})
