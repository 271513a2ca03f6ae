/** Files of the repository, for the scripts that write its documentation. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CounterexampleFile, parseCounterexample } from '../../runs/counterexample.js'

/** The root of the repository, from the sources and from dist/ alike. */
export const root = rootAbove(dirname(fileURLToPath(import.meta.url)))

function rootAbove(folder: string): string {
  const isRoot = existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'docs'))
  return isRoot ? folder : rootAbove(dirname(folder))
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The counterexamples of the corpus, each with its path below the corpus. */
export function savedCorpus(): { path: string; file: CounterexampleFile }[] {
  const corpus = join(root, 'counterexamples')
  return (readdirSync(corpus, { recursive: true, encoding: 'utf8' }) as string[])
    .filter((path) => path.endsWith('.json'))
    .sort()
    .map((path) => ({ path, file: parseCounterexample(readText(`counterexamples/${path}`), path) }))
}
