/** Commands say when sources are newer than what was built of them. */
import { mkdirSync, rmSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { staleSource } from '../../cli/stale-build.js'
import { temporaryFolder, write } from './command.js'

const root = temporaryFolder()

function put(name: string, seconds: number): void {
  mkdirSync(dirname(join(root, name)), { recursive: true })
  write(root, name, '')
  utimesSync(join(root, name), seconds, seconds)
}

test('a source that is newer than its build, or was never built', () => {
  put('tsconfig.build.json', 1)
  put('model/state.ts', 1)
  put('dist/model/state.js', 2)
  put('viewer/main.ts', 9)
  put('dist/viewer/report.html', 1)
  expect(staleSource(root)).toBeNull()
  put('model/state.ts', 3)
  expect(staleSource(root)).toBe('model/state.ts')
  put('model/state.ts', 1)
  put('model/kernel/fork.ts', 1)
  expect(staleSource(root)).toBe('model/kernel/fork.ts')
})

test('an installed package has no sources', () => {
  rmSync(join(root, 'tsconfig.build.json'))
  expect(staleSource(root)).toBeNull()
})
