/** A corpus is not set right over the head of a sound system that does not hold any more. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { forkcheck, lines, temporaryFolder } from './command.js'

const cwd = temporaryFolder()
const model = join(cwd, 'model.ts')
const run = (...argv: string[]) => forkcheck(argv, { cwd })
const WITH_MODEL = ['--model', 'model.ts']
const FAILS = /^A SOUND SYSTEM FAILS: dm-snapshot in scenario \S+ violates survivesCrash after \d+ /

const corpus = () => readdirSync(join(cwd, 'corpus'), { recursive: true, encoding: 'utf8' }).sort()

beforeAll(async () => {
  const example = new URL('../../docs/examples/dm-snapshot.ts', import.meta.url)
  cpSync(fileURLToPath(example), model)
  const mutant = ['--mutant', 'reads-are-not-tracked']
  await run('check', ...WITH_MODEL, ...mutant, '--out', 'corpus', '--quiet')
  // The model is changed: the sound system does what one of its mutants does, and a rule that the
  // saved schedule names is called otherwise.
  const text = readFileSync(model, 'utf8')
  const broken = text
    .replace("=== 'copied' && s.chunk[c].onDisk,", "=== 'copied',")
    .replace("name: 'kcopyd.copy'", "name: 'kcopyd.copyChunk'")
  expect(broken.length).toBeLessThan(text.length)
  writeFileSync(model, broken)
})

test('update says first that the sound system fails, and accepts nothing', async () => {
  const before = corpus()
  const { code, out } = await run('corpus', 'update', 'corpus', ...WITH_MODEL, '--accept')
  expect(code).toBe(1)
  expect(lines(out)[0]).toMatch(FAILS)
  expect(out).toContain('nothing was done: a sound system fails')
  expect(corpus()).toEqual(before)
})

test('--json has it, and a second option accepts all the same', async () => {
  const argv = ['corpus', 'update', 'corpus', ...WITH_MODEL]
  const { accepted, unsound } = JSON.parse((await run(...argv, '--accept', '--json')).out)
  expect({ accepted, unsound }).toMatchObject({ accepted: false, unsound: [{ isViolated: true }] })
  const before = corpus()
  const { code, out } = await run(...argv, '--accept-unsound')
  expect(code).toBe(1)
  expect(lines(out)[0]).toMatch(FAILS)
  expect(corpus()).not.toEqual(before)
})

test('one process at a time changes a corpus', async () => {
  const lock = join(cwd, 'corpus/.forkcheck.lock')
  const argv = ['corpus', 'update', 'corpus', ...WITH_MODEL, '--accept']
  // Of a process that is there: this one's parent.
  writeFileSync(lock, `${process.ppid}\n`)
  const { code, err } = await run(...argv)
  expect(code).toBe(2)
  expect(err).toBe(`forkcheck: corpus: process ${process.ppid} is changing it; try again later\n`)
  expect(existsSync(lock)).toBe(true)
  // Of one that was killed: the lock is taken over, and given back.
  writeFileSync(lock, '2147483646\n')
  expect((await run(...argv)).code).not.toBe(2)
  expect(existsSync(lock)).toBe(false)
  rmSync(join(cwd, 'corpus'), { recursive: true })
})
