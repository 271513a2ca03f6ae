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

const file = new URL('./recorded/conform-6.1.json', import.meta.url)
const recording = JSON.parse(readFileSync(file, 'utf8')) as Recording
const system = modelSystem()
/** The sequences of the recording. */
const drawer = new Drawer(7n, { kernelWork: true })
const numbers = [0, 1, 3, 4, 6, 7, 8, 9, 11]

/** The recorded kernel with one thing changed in what it answers. */
function changed(change: (line: string) => string): Machine {
  const machine = recorded(recording)
  return {
    ...machine,
    request: async (request) => (await machine.request(request)).map((line) => change(line)),
  }
}

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
    const sequence = drawer.draw(number, 10)
    const { differences, steps, at } = await runSequence(recorded(recording), sequence, system)
    expect(differences).toEqual([])
    expect(steps.length).toBe(at)
    const known = abstractions.map(({ name }) => name)
    for (const name of steps.flatMap(({ used }) => used)) expect(known).toContain(name)
  })

  test('a run counts and is told', async () => {
    const options = { seed: 7n, sequences: 2, length: 10, system, maxDifferences: 5 }
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
    const { differences } = await runSequence(machine, drawer.draw(0, 10), system)
    expect(differences.join('; ')).toContain(word)
  })

  test.each(['linux-no-reference', 'linux-install-keeps-old-mapping'])(
    'a model with the flaw %s is noticed',
    async (name) => {
      const mutant = mutants.find((one) => one.name === name)
      const flawed = modelSystem(mutant)
      const run = (n: number) => runSequence(recorded(recording), drawer.draw(n, 10), flawed)
      const found = await Promise.all(numbers.map(run))
      expect(found.filter(({ differences }) => differences.length > 0).length).toBeGreaterThan(0)
    },
  )
})
