/** What the start of the command line loads. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot, packageVersion } from '../../cli/package.js'
import { forkcheck } from './command.js'

/** A source file and all that its static imports load, below the root. */
function loadedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const text = readFileSync(join(packageRoot(), file), 'utf8')
  for (const [, name] of text.matchAll(/^(?:import (?!type)|export |\} )[^']*'(\.[^']+)\.js'/gm))
    loadedBy(join(dirname(file), `${name}.ts`), seen)
  return seen
}

test('before a command is known, nothing of the model is loaded', () => {
  const folders = [...loadedBy('cli/command-line.ts')].map((file) => file.split('/')[0])
  expect(folders).toContain('checker')
  expect(new Set(folders)).toEqual(new Set(['cli', 'checker']))
  expect([...loadedBy('cli/commands/check.ts')]).toContain('model/index.ts')
})

test('the version needs no command', async () => {
  for (const option of ['--version', '-V'])
    expect(await forkcheck([option])).toMatchObject({ code: 0, out: `${packageVersion()}\n` })
})
