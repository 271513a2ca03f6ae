/** The answers in docs/questions.md are what the commands print. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { forkcheck } from '../cli/command.js'
import { isWhole } from '../support/part.js'

const page = readFileSync(new URL('../../docs/questions.md', import.meta.url), 'utf8')

interface Answer {
  readonly command: string
  readonly lines: readonly string[]
}

/** The commands of all console blocks, each with the lines that follow it. */
const answers: Answer[] = [...page.matchAll(/```console\n([^`]+)```/g)].flatMap(([, block]) =>
  block
    .split(/^\$ forkcheck /m)
    .slice(1)
    .map((text) => {
      const [command, ...lines] = text.trimEnd().split('\n')
      return { command, lines }
    }),
)

/** One blank where there are several: columns are as wide as their contents. */
const squeezed = (text: string) => text.replaceAll(/ +/g, ' ').trim()

test('there is an answer to each question', () => {
  const sections = page.split(/^## /m).slice(1)
  expect(sections.map((section) => section.slice(0, 2))).toEqual(
    Array.from({ length: 9 }, (_, i) => `Q${i + 1}`),
  )
  for (const section of sections) expect(section).toContain('```console\n$ forkcheck ')
})

/** It looks at all systems at three sizes, which takes as long as all others together. */
const LONGEST = 'compare --pmds 3'

const asked = answers.filter(({ command }) => isWhole || command !== LONGEST)

test('the longest is one of them', () => {
  expect(answers.map(({ command }) => command)).toContain(LONGEST)
})

test.each(asked.map(({ command, lines }) => [command, lines] as const))(
  'forkcheck %s',
  async (command, lines) => {
    const { out } = await forkcheck(command.split(' '))
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) expect(squeezed(out)).toContain(squeezed(line))
  },
)
