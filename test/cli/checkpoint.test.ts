/** Checkpoints as a user meets them: killed at any moment, gone on with, refused where they do not fit. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { isWhole } from '../support/part.js'
import { forkcheck, temporaryFolder } from './command.js'

const cwd = temporaryFolder()
const BIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const CHECKS = ['check', 'bgsave', 'two-saves', '--system', 'async-fork', '--digest', '--json']

/** Milliseconds of life after the first checkpoint. ALL_SCENARIOS=1: killed more often. */
const LONGER = isWhole ? 20 : 200

/** What was found, without how long it took. */
function found(json: string): unknown {
  return JSON.parse(json, (key, value) =>
    ['seconds', 'statesPerSecond', 'bytesPerState'].includes(key) ? undefined : value,
  ).runs
}

const undisturbed = forkcheck(CHECKS, { cwd })

/** When the checkpoint was written; 0 where there is none. */
function written(): number {
  return statSync(join(cwd, 'killed'), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/**
 * Begins a check, or goes on with it, and kills it a while after it has written a checkpoint.
 * @returns what it printed, if it was over by then.
 */
async function killed(after: number): Promise<string | null> {
  const keeping = ['--checkpoint', 'killed', '--checkpoint-every', '50ms']
  const before = written()
  const going = before > 0 ? ['--resume', 'killed'] : []
  const child = spawn(process.execPath, [BIN, ...CHECKS, ...keeping, ...going], { cwd })
  let out = ''
  child.stdout.on('data', (text) => {
    out += text
  })
  const over = new Promise<number | null>((resolve) => child.on('close', resolve))
  const isOver = over.then(() => true)
  while (written() === before && !(await Promise.race([isOver, setTimeout(10)])));
  await Promise.race([over, setTimeout(after)])
  child.kill('SIGKILL')
  return (await over) === 0 ? out : null
}

test('killed again and again, it says in the end what it says undisturbed', async () => {
  // It is done first, so that this process sees at once what the others write.
  const expected = found((await undisturbed).out)
  let kills = 0
  let out = await killed(0)
  // Every time it is left alone for longer, so that there is an end.
  for (; out === null; kills++) out = await killed(LONGER * 2 ** kills)
  expect(kills).toBeGreaterThan(0)
  expect(found(out)).toEqual(expected)
}, 60_000)

describe('a checkpoint', () => {
  /** One that was written when there was no more room. */
  const checkpoint = (async () => {
    const argv = [...CHECKS, '--max-memory', '1MB', '--checkpoint', 'kept']
    const { code } = await forkcheck(argv, { cwd })
    return code
  })()

  test('is written at an early end, and gone on from', async () => {
    expect(await checkpoint).toBe(3)
    const { code, out } = await forkcheck([...CHECKS, '--resume', 'kept'], { cwd })
    expect(code).toBe(0)
    expect(found(out)).toEqual(found((await undisturbed).out))
    expect(readdirSync(cwd).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test.each([
    [
      'another scenario',
      ['check', 'bgsave', '--system', 'async-fork', '--digest'],
      'of another check: checks was',
    ],
    [
      'another option',
      CHECKS.filter((arg) => arg !== '--digest'),
      'digest was true, now it is none',
    ],
    ['another limit', [...CHECKS, '--max-states', '7'], 'maxStates was none, now it is 7'],
  ])('of %s is refused', async (_, argv, why) => {
    await checkpoint
    const { code, out, err } = await forkcheck([...argv, '--resume', 'kept'], { cwd })
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^forkcheck: --resume kept: of another check: /)
    expect(err).toContain(why)
  })

  test.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ['cut very short', (bytes: Buffer) => bytes.subarray(0, 30)],
    [
      'with a bit changed',
      (bytes: Buffer) => {
        bytes[bytes.length >> 1] ^= 1
        return bytes
      },
    ],
    ['with more behind it', (bytes: Buffer) => Buffer.concat([bytes, bytes])],
    ['that is something else', () => Buffer.from('{ "format": 1 }\n')],
  ])('%s is refused', async (_, damage) => {
    await checkpoint
    writeFileSync(join(cwd, 'damaged'), damage(readFileSync(join(cwd, 'kept'))))
    const { code, err } = await forkcheck([...CHECKS, '--resume', 'damaged'], { cwd })
    expect(code).toBe(2)
    expect(err).toBe('forkcheck: --resume damaged: not a checkpoint, or a damaged one\n')
  })

  test('of another version is refused', async () => {
    await checkpoint
    const bytes = readFileSync(join(cwd, 'kept')).subarray(0, -32)
    const at = bytes.indexOf('"version":"') + '"version":"'.length
    bytes.write('9', at)
    const sum = createHash('sha256').update(bytes).digest()
    writeFileSync(join(cwd, 'newer'), Buffer.concat([bytes, sum]))
    const { code, err } = await forkcheck([...CHECKS, '--resume', 'newer'], { cwd })
    expect(code).toBe(2)
    expect(err).toMatch(/^forkcheck: --resume newer: written by forkcheck 9\.\S+, this is \S+\n$/)
  })

  test('that is not there, or cannot be written, is said', async () => {
    const missing = await forkcheck([...CHECKS, '--resume', 'missing'], { cwd })
    expect(missing).toMatchObject({
      code: 2,
      err: 'forkcheck: --resume missing: no such file\n',
    })
    const argv = [...CHECKS, '--max-memory', '1MB', '--checkpoint', '/dev/null/where']
    const { code, err } = await forkcheck(argv, { cwd })
    expect(code).toBe(2)
    expect(err).toBe(
      'forkcheck: --checkpoint /dev/null/where: a part of the path is not a directory\n',
    )
  })
})

test('--max-memory ends a check, incomplete', async () => {
  const { code, out } = await forkcheck(['check', 'two-saves', '--max-memory', '1MB'], { cwd })
  expect(code).toBe(3)
  expect(out).toContain('incomplete (--max-memory)')
})
