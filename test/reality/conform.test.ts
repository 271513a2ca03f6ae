import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mutants } from '../../model/index.js'
import { abstractions } from '../../reality/conform/abstractions.js'
import { conform } from '../../reality/conform/conform.js'
import { modelSystem, runSequence } from '../../reality/conform/run.js'
import { Drawer, scenarioOf } from '../../reality/conform/sequence.js'
import { conformDocument, conformText } from '../../reality/conform/tell.js'
import type { Machine } from '../../reality/machine.js'
import { type Recording, recorded } from '../../reality/recorded.js'
import { seededMutants } from '../../reality/seeded.js'

const file = new URL('./recorded/conform-6.1.json', import.meta.url)
const recording = JSON.parse(readFileSync(file, 'utf8')) as Recording
const system = modelSystem()
/** The sequences of the recording: in most of them the model once differed. */
const drawer = new Drawer(1n, { kernelWork: true })
const numbers = [
  ...[0, 1, 6, 9, 10, 11, 14, 15, 28, 34, 37, 45, 74, 79, 93, 101, 113, 135, 189, 594, 697],
]
const drawn = (number: number) => drawer.draw(number, 10)

/** The sequence in which each flaw is noticed, and the operation. */
const noticed: Readonly<Record<string, readonly [number, string]>> = {
  'seeded-mlock-past-hole': [101, 'mlock'],
  'seeded-mlock-reads': [37, 'mlock'],
  'seeded-locks-are-inherited': [9, 'fork'],
  'seeded-dontfork-is-lost': [14, 'fork'],
  'seeded-free-leaves-swap': [74, 'free'],
  'seeded-free-marks-nothing': [1, 'free'],
  'seeded-dontneed-one-less': [10, 'dontneed'],
  'seeded-dontneed-keeps-locked': [45, 'dontneed'],
  'seeded-munmap-one-less': [1, 'munmap'],
  'seeded-store-to-read-only': [28, 'write'],
  'seeded-mprotect-keeps-vma': [1, 'mprotect'],
  'seeded-move-loses-page': [15, 'mremap'],
  'seeded-mmap-refuses': [6, 'mmap'],
  'seeded-migration-shares': [10, 'migrate'],
  'seeded-migration-forgets-free': [189, 'migrate'],
  'seeded-swap-in-writable': [113, 'write'],
  'seeded-swap-in-shares': [79, 'write'],
  'seeded-uffd-fills-zeros': [10, 'uffdCopy'],
  'seeded-zero-fault-keeps-none': [6, 'pin'],
  'seeded-copy-is-read-only': [9, 'write'],
  'seeded-fork-loses-page': [1, 'fork'],
  'seeded-pinned-is-shared': [34, 'fork'],
  'seeded-shrink-keeps-tail': [9, 'mremap'],
}

/** The recorded kernel with one thing changed in what it answers. */
function changed(change: (line: string) => string): Machine {
  const machine = recorded(recording)
  return {
    ...machine,
    request: async (request) => (await machine.request(request)).map((line) => change(line)),
  }
}

test('mprotect allows stores at once to a page that nobody else has', async () => {
  const own = { do: 'mprotect', from: 3, to: 5, write: true, none: false } as const
  const ops = [own, { do: 'write', page: 3 }, { do: 'fork' }] as const
  const { differences, steps } = await runSequence(
    recorded(recording),
    {
      ...{ name: 'opened-at-once', pages: 6, pagesPerTable: 3, scale: 1 },
      vmas: [{ from: 1, to: 5, write: false, same: false, populated: [3] }],
      steps: ops.map((op) => ({ who: 'parent' as const, op })),
    },
    system,
  )
  expect(differences).toEqual([])
  expect(steps.map(({ used }) => used)).toEqual([[], [], []])
})

test('half of a huge page that was moved is compared as the part that it is', async () => {
  const move = { do: 'mremap', from: 3, to: 4, target: 0, replace: false } as const
  const { differences, steps } = await runSequence(
    recorded(recording),
    {
      ...{ name: 'half-moved', pages: 4, pagesPerTable: 2, scale: 256 },
      vmas: [{ from: 1, to: 4, write: true, same: false, populated: [3] }],
      steps: [
        { who: 'kernel', op: { do: 'collapse', page: 2 } },
        { who: 'parent', op: move },
        { who: 'parent', op: { do: 'fork' } },
      ],
    },
    system,
  )
  expect(differences).toEqual([])
  expect(steps[1].used).toContain('huge-page-in-parts')
})

describe('sequences', () => {
  test('are scenarios, and equal for equal seeds', () => {
    const draw = () => new Drawer(3n, { kernelWork: true })
    const drawn = Array.from({ length: 200 }, (_, i) => draw().draw(i, 10))
    for (const sequence of drawn) expect(scenarioOf(sequence).parent.length).toBe(1)
    expect(draw().draw(17, 10)).toEqual(drawn[17])
    const names = new Set(drawn.flatMap(({ steps }) => steps.map(({ op }) => op.do)))
    expect([...names].sort()).toEqual([
      ...['collapse', 'dmaWrite', 'dontfork', 'dontneed', 'exec', 'exit', 'fork', 'free'],
      ...['mergeSame', 'migrate', 'mlock', 'mmap', 'mprotect', 'mremap', 'munlock', 'munmap'],
      ...['pin', 'read', 'readPipe', 'splice', 'swapOut', 'uffdCopy', 'unpin', 'wipeonfork'],
      'write',
    ])
  })

  test('on the host ask for no work of the kernel', () => {
    const drawer = new Drawer(3n, { kernelWork: false })
    const steps = Array.from({ length: 100 }, (_, i) => drawer.draw(i, 10).steps).flat()
    expect(steps.filter(({ who }) => who === 'kernel')).toEqual([])
  })
})

describe('conformance with what kernel 6.1 answered', () => {
  test.each(numbers)('sequence %d: kernel and model agree', async (number) => {
    const sequence = drawn(number)
    const { differences, steps, at } = await runSequence(recorded(recording), sequence, system)
    expect(differences).toEqual([])
    expect(steps.length).toBe(at)
    const known = abstractions.map(({ name }) => name)
    for (const name of steps.flatMap(({ used }) => used)) expect(known).toContain(name)
  })

  test('a run counts and is told', async () => {
    const options = { seed: 1n, sequences: 2, length: 10, system, maxDifferences: 5 }
    const found = await conform(recorded(recording), options)
    expect(found).toMatchObject({ sequences: 2, equal: 2, different: [], interrupted: false })
    expect(conformDocument(found)).toMatchObject({ format: 1, sequences: 2, equal: 2 })
    expect(conformText(found)).toMatch(/2 sequences equal to the end, 0 different/)
  })

  test.each([
    ['a content', /\[(\d+),(\d+),(\d+),/, '[$1,99,$3,', 'content'],
    ['a count of mappings', /\[(\d+),(\d+),(\d+),/, '[$1,$2,7,', 'mappings'],
    ['a missing page', /\[\d+,\d+,\d+,"[0-9a-f]+"\]/, 'null', 'page'],
    ['a permission', /"rw-p"/, '"r--p"', 'VMAs'],
    ['an address space', /"spaces":\[\{/, '"spaces":[null,{', 'is there'],
  ])('%s that is another is noticed', async (_, from, to, word) => {
    const machine = changed((line) => line.replace(from, to))
    const { differences } = await runSequence(machine, drawn(0), system)
    expect(differences.join('; ')).toContain(word)
  })

  test.each(['linux-no-reference', 'linux-install-keeps-old-mapping'])(
    'a model with the flaw %s is noticed',
    async (name) => {
      const mutant = mutants.find((one) => one.name === name)
      const flawed = modelSystem(mutant)
      const run = (n: number) => runSequence(recorded(recording), drawn(n), flawed)
      const found = await Promise.all(numbers.slice(0, 6).map(run))
      expect(found.filter(({ differences }) => differences.length > 0).length).toBeGreaterThan(0)
    },
  )

  test('each flaw that was put in on purpose has a sequence that notices it', () => {
    expect(Object.keys(noticed).sort()).toEqual(seededMutants.map(({ name }) => name).sort())
  })

  test.each(seededMutants.map((mutant) => [mutant.name, mutant] as const))(
    '%s is noticed at the operation that it is about',
    async (name, mutant) => {
      const [number, operation] = noticed[name]
      const flawed = modelSystem(mutant)
      const result = await runSequence(recorded(recording), drawn(number), flawed)
      expect(result.differences.length).toBeGreaterThan(0)
      expect(result.sequence.steps[result.at].op.do).toBe(operation)
    },
  )
})
