import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mutants } from '../../model/index.js'
import { modelSystem } from '../../reality/conform/run.js'
import { corrupted, corruptions } from '../../reality/trace/corrupt.js'
import { lettersOf } from '../../reality/trace/parse.js'
import { judgeTrace, type RecordedTrace } from '../../reality/trace/trace.js'

const file = new URL('./recorded/traces-6.1.json', import.meta.url)
const traces = JSON.parse(readFileSync(file, 'utf8')) as RecordedTrace[]
const system = modelSystem()
const named = (name: string) => {
  const trace = traces.find((one) => one.name === name)
  if (!trace) throw new Error(`no trace ${name}`)
  return trace
}

describe('traces of kernel 6.1', () => {
  test.each(traces.map(({ name }) => name))('%s is one that the model can make', (name) => {
    const verdict = judgeTrace(named(name), system)
    expect(verdict.letters).toBeGreaterThan(5)
    expect(verdict).toMatchObject({ verdict: 'accepted' })
  })

  test.each(corruptions.map((corruption) => [corruption.name, corruption] as const))(
    '%s: rejected there',
    (_, corruption) => {
      const { trace, event } = corrupted(named(corruption.of), corruption)
      const verdict = judgeTrace(trace, system)
      expect(verdict.verdict).toBe('rejected')
      const letters = lettersOf(trace.events, trace.sequence)
      // A call that the model does in several steps has several letters.
      const first = letters.find((letter) => letter.event >= event)
      expect(letters[verdict.at ?? -1]?.event).toBe(first?.event)
      expect(verdict.could).not.toContain(verdict.did)
    },
  )

  test.each([
    ['linux-no-flush', 'fork'],
    ['linux-munmap-keeps-pages', 'unmap'],
  ])('a model with the flaw %s cannot make the trace %s', (mutant, name) => {
    const flawed = modelSystem(mutants.find((one) => one.name === mutant))
    expect(judgeTrace(named(name), flawed).verdict).toBe('rejected')
  })
})
