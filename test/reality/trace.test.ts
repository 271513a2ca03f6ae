import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mutants } from '../../model/index.js'
import { modelSystem } from '../../reality/conform/run.js'
import { type Corruption, corrupted, corruptions } from '../../reality/trace/corrupt.js'
import { lettersOf } from '../../reality/trace/parse.js'
import { judgeTrace, type RecordedTrace } from '../../reality/trace/trace.js'

const recorded = (name: string) =>
  JSON.parse(
    readFileSync(new URL(`./recorded/${name}.json`, import.meta.url), 'utf8'),
  ) as RecordedTrace[]
const traces = recorded('traces-6.1')
// `forkcheck reality trace --redis` judges all groups of a save.
const saves = recorded('bgsave-6.1').filter((_, i) => i % 3 === 0)
const system = modelSystem()
const named = (name: string) => {
  const trace = [...traces, ...saves].find((one) => one.name === name)
  if (!trace) throw new Error(`no trace ${name}`)
  return trace
}

const textOf = ({ events, sequence }: RecordedTrace) =>
  lettersOf(events, sequence)
    .map(({ who, text }) => `${who} ${text}`)
    .join('\n')

/** A group of pages in which the parent copies, and the child faults later. */
function spoilt(): RecordedTrace {
  const found = saves.find((save) => /parent copy(?:.*\n)*child fault/.test(textOf(save)))
  if (!found) throw new Error('no such group')
  return found
}

/** Spoils a trace: it must be rejected where it was spoilt. */
function expectRejection(of: RecordedTrace, corruption: Corruption): void {
  const { trace, event } = corrupted(of, corruption)
  const verdict = judgeTrace(trace, system)
  expect(verdict.verdict).toBe('rejected')
  const letters = lettersOf(trace.events, trace.sequence)
  // A call that the model does in several steps has several letters.
  const first = letters.find((letter) => letter.event >= event)
  expect(letters[verdict.at ?? -1]?.event).toBe(first?.event)
  expect(verdict.could).not.toContain(verdict.did)
}

describe('a BGSAVE of Redis 7.0.15 on kernel 6.1', () => {
  test.each(saves.map(({ name }) => name))('%s is one that the model can make', (name) => {
    expect(judgeTrace(named(name), system)).toMatchObject({ verdict: 'accepted' })
  })

  test('shows stores of both sides, to the same page as well, and after the child has gone', () => {
    for (const order of [
      /parent copy (\d)\n(?:.*\n)*child fault \1/,
      /child copy/,
      /child gone\n(?:.*\n)*parent fault/,
    ])
      expect(saves.map(textOf).filter((text) => order.test(text))).not.toEqual([])
  })

  const own = corruptions.filter(
    ({ of, name }) =>
      ['fork', 'copy-on-write'].includes(of) && name !== 'the copy of another page is installed',
  )
  test.each(own.map((corruption) => [corruption.name, corruption] as const))(
    '%s: rejected there',
    (_, corruption) => {
      expect(own.length).toBeGreaterThanOrEqual(12)
      expectRejection(spoilt(), corruption)
    },
  )

  test('cannot be made by a model that does not flush at fork', () => {
    const flawed = modelSystem(mutants.find((one) => one.name === 'linux-no-flush'))
    expect(judgeTrace(spoilt(), flawed).verdict).toBe('rejected')
  })
})

describe('traces of kernel 6.1', () => {
  test.each(traces.map(({ name }) => name))('%s is one that the model can make', (name) => {
    const verdict = judgeTrace(named(name), system)
    expect(verdict.letters).toBeGreaterThan(5)
    expect(verdict).toMatchObject({ verdict: 'accepted' })
  })

  test.each(corruptions.map((corruption) => [corruption.name, corruption] as const))(
    '%s: rejected there',
    (_, corruption) => expectRejection(named(corruption.of), corruption),
  )

  test.each([
    ['linux-no-flush', 'fork'],
    ['linux-munmap-keeps-pages', 'unmap'],
  ])('a model with the flaw %s cannot make the trace %s', (mutant, name) => {
    const flawed = modelSystem(mutants.find((one) => one.name === mutant))
    expect(judgeTrace(named(name), flawed).verdict).toBe('rejected')
  })
})
