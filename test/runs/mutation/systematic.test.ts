/**
 * Every rule and every hook of async-fork left out, and every two steps that follow each other
 * exchanged, one at a time, by rule and not by hand. What becomes of each is kept in
 * systematic.json; `forkcheck single-changes` judges them all, and all the smaller changes too.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { scenarios, systems } from '../../../model/index.js'
import { judge, known } from '../../../runs/mutation/mutation-verdict.js'
import { systematicMutants } from '../../../runs/mutation/systematic.js'
import { oneIn, partOf } from '../../support/part.js'

/** Which property catches it in which scenario; or why none need do so, and where that shows. */
interface Kept {
  readonly name: string
  readonly by?: string
  readonly scenario: string
  readonly because?: string
}

const kept: readonly Kept[] = JSON.parse(
  readFileSync(new URL('systematic.json', import.meta.url), 'utf8'),
)
const asyncFork = systems.find(({ name }) => name === 'async-fork') as (typeof systems)[number]
const wholes = systematicMutants(asyncFork, 'system').filter(({ name }) =>
  /\/(dropped|after-\w+)$/.test(name),
)

test('none is forgotten', async () => {
  expect(kept.map(({ name }) => name)).toEqual(wholes.map(({ name }) => name))
})

const chosen = oneIn(12, kept)

test.each(chosen.map((one) => [one.name, one] as const))(
  `${partOf(12)}: %s`,
  async (name, { by, scenario, because }) => {
    const mutant = wholes.find((whole) => whole.name === name)
    const found = scenarios.find((one) => one.name === scenario)
    if (!mutant || !found) throw new Error(`no ${name} or no ${scenario}`)
    const sound = known(found, asyncFork, 200_000)
    if (!sound) throw new Error(`${scenario} is too large`)
    const judgement = await judge(asyncFork, mutant, [sound])
    if (by !== undefined) expect(judgement).toEqual({ is: 'caught', by, scenario })
    else {
      expect(because?.length).toBeGreaterThan(20)
      expect(['survivor', 'same behaviour']).toContain(judgement?.is)
    }
  },
)
