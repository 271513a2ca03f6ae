/** `explore --out`: what is written, and what is never overwritten. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mutants, repairs, scenarios } from '../../model/index.js'
import { counterexamplePath } from '../../runs/counterexample.js'
import { forkMachine } from '../../runs/fork-machine/subject.js'
import { parseLink } from '../../runs/link.js'
import { playgroundOf } from '../../story/playground.js'
import { exampleOf } from '../support/counterexamples.js'
import { saved } from '../support/saved.js'
import { forkcheck, temporaryFolder, write } from './command.js'

const { page, stories } = playgroundOf(forkMachine, saved, '1.0.0')
const entries = page.parts.flatMap((part) => part.entries)

test('every scenario, flaw and saved story has an entry, and its link leads somewhere', () => {
  const names = entries.map(({ name }) => name)
  const files = saved.map((file) => counterexamplePath(file).replace(/\.cex\.json$/, ''))
  for (const { name } of [...scenarios, ...mutants, ...repairs]) expect(names).toContain(name)
  for (const name of files) expect(names).toContain(name)
  for (const { name, link } of entries) {
    const story = new URLSearchParams(link).get('story')
    const linked = parseLink(story === null ? link : stories[story])
    expect(linked.schedule.length > 0, name).toBe(story !== null)
  }
})

test('the story of a flaw is one of the property that must catch it', () => {
  const { schedule, setup } = parseLink(stories['linux-no-flush'])
  expect(setup.mutant?.name).toBe('linux-no-flush')
  expect(saved.map((file) => file.schedule)).toContainEqual(schedule)
  const [repair] = repairs.filter(({ name }) => stories[name] !== undefined)
  expect(parseLink(stories[repair.name]).setup.mutant).toBe(undefined)
})

const folder = temporaryFolder()

test('explore --out writes a first page and the explorer, and writes them again', async () => {
  for (let time = 0; time < 2; time++) {
    const { code, out, err } = await forkcheck(['explore', '--out', 'site'], { cwd: folder })
    expect(err).toBe('')
    expect(out).toBe('written: site/index.html\n')
    expect(code).toBe(0)
    expect(readdirSync(join(folder, 'site')).sort()).toEqual(['explore.html', 'index.html'])
  }
  const text = readFileSync(join(folder, 'site/explore.html'), 'utf8')
  expect(text).toContain('"stories":{')
})

test("other people's pages stay, and files from outside are refused", async () => {
  const told = async (...argv: string[]) => {
    const { code, out, err } = await forkcheck(['explore', ...argv], { cwd: folder })
    expect(out).toBe('')
    expect(code).toBe(2)
    return err
  }
  mkdirSync(join(folder, 'theirs'))
  write(folder, 'theirs/index.html', 'mine')
  expect(await told('--out', 'theirs')).toBe(
    'forkcheck: --out theirs: index.html is there, and forkcheck did not write it\n',
  )
  expect(readFileSync(join(folder, 'theirs/index.html'), 'utf8')).toBe('mine')
  write(folder, 'file', '')
  expect(await told('--out', 'file')).toBe('forkcheck: --out file: not a directory\n')
  const { name, system, says } = exampleOf('linux-no-flush').setup.mutant!
  write(folder, 'own.mjs', `export default ${JSON.stringify({ name, system: system, says })}`)
  expect(await told('--out', 'site', '--mutant', 'own.mjs')).toMatch(
    /^forkcheck: .*a site holds the fork machine only, not what own.mjs holds\n$/,
  )
})
