/** The examples of models: their bugs are found, told, made small, and can be walked through. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadSubject } from '../../cli/model-file.js'
import { Exploration } from '../../story/exploration.js'
import { forkcheck, temporaryFolder } from '../cli/command.js'

const examples = fileURLToPath(new URL('../../docs/examples/', import.meta.url))
const files = readdirSync(examples).filter((name) => name.endsWith('.ts'))
const cwd = temporaryFolder()

test('there are examples', () => {
  expect(files.sort()).toEqual(['dm-snapshot.ts', 'uffd-snapshot.ts', 'valkey-forkless.ts'])
})

describe.each(files)('%s', async (file) => {
  const model = ['--model', join(examples, file)]
  const run = (...argv: string[]) => forkcheck([...argv, ...model, '--quiet'], { cwd })
  const subject = await loadSubject(examples, file)

  test('holds in every scenario, compiled, and each mutant is caught', async () => {
    const { runs } = JSON.parse((await run('check', '--json')).out)
    expect(runs).toHaveLength(subject.scenarios.length)
    for (const one of runs) expect(one).toMatchObject({ verdict: 'holds', interpreted: [] })
    const { mutants } = JSON.parse((await run('mutants', '--json')).out)
    expect(mutants.length).toBeGreaterThanOrEqual(3)
    for (const one of mutants) expect(one).toMatchObject({ caught: true, soundTwinHolds: true })
  })

  test.each(subject.mutants)('$name: told, shrunk, walked through', async (mutant) => {
    const folder = join(file, mutant.name)
    mkdirSync(join(cwd, folder), { recursive: true })
    const found = await run('check', '--mutant', mutant.name, '--out', folder)
    expect(found.code).toBe(1)
    expect(found.out).toMatch(new RegExp(`^violated {2}(${mutant.breaks.join('|')}) `, 'm'))
    const [name] = readdirSync(join(cwd, folder), { recursive: true, encoding: 'utf8' }).filter(
      (one) => one.endsWith('.cex.json'),
    )
    const path = join(folder, name)
    const story = JSON.parse((await forkcheck(['explain', path, ...model, '--json'], { cwd })).out)
    // Of what led to it, and of what the model without the mistake would have done.
    expect(story.argument.chain.length).toBeGreaterThan(0)
    const shrunk = JSON.parse((await run('shrink', path, '--json')).out).counterexample
    expect(shrunk.steps).toBeLessThanOrEqual(story.steps.length)
    const { schedule } = JSON.parse(readFileSync(join(cwd, path), 'utf8'))
    const { run: walked, stale } = new Exploration(subject.pairOf(mutant).broken).run(schedule)
    expect([walked.story.verdict, stale]).toEqual(['violated', null])
    expect(walked.variables?.length).toBeGreaterThan(5)
    if (subject.picture !== null) expect(walked.pictures).toHaveLength(walked.states.length)
  })
})

test('a setup that can be smaller is made smaller', async () => {
  const model = ['--model', join(examples, 'valkey-forkless.ts'), '--quiet']
  const mutant = ['--mutant', 'list-reads-are-not-blocked', '--seed', '3', '--out', 'small']
  expect((await forkcheck(['simulate', 'everything', ...model, ...mutant], { cwd })).code).toBe(1)
  const files = readdirSync(join(cwd, 'small'), { recursive: true, encoding: 'utf8' })
  const [name] = files.filter((one) => one.endsWith('.cex.json'))
  const { scenarioData } = JSON.parse(readFileSync(join(cwd, 'small', name), 'utf8'))
  // Without reads there is nothing that the mutant could change.
  expect(scenarioData).toMatchObject({ keys: 1, commands: 1, sends: ['read'] })
})
