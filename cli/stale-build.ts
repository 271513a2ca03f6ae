/** In a clone, commands run what was built: they say when sources are newer than that. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from './package.js'

/** A file as it is now. */
interface Source {
  /** Its name below the root of the clone. */
  readonly name: string
  readonly size: number
  readonly changed: number
}

/**
 * A source of the clone that has been changed since it was built.
 * @returns its name below the root of the clone; null where all is built, and in an installed
 *   package, which has no sources.
 */
export function staleSource(root = packageRoot()): string | null {
  for (const { name, changed } of sourcesIn(root)) {
    const output = join(root, 'dist', name.replace(/\.ts$/, '.js'))
    const built = statSync(output, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (built < changed) return name
  }
  return null
}

/**
 * A text that changes whenever a source of the clone does, to another size or at another time.
 * Null in an installed package.
 */
export function sourcesDigest(root = packageRoot()): string | null {
  const sources = [...sourcesIn(root)]
  if (sources.length === 0) return null
  const all = sources.map(({ name, size, changed }) => `${name} ${size} ${changed}`).sort()
  return createHash('sha256').update(all.join('\n')).digest('hex')
}

/** The sources of a clone; none in an installed package. */
function* sourcesIn(root: string): Generator<Source> {
  if (!existsSync(join(root, 'tsconfig.build.json'))) return
  // The pages of the viewer are bundles.
  for (const folder of readdirSync(join(root, 'dist')))
    if (folder !== 'viewer') yield* below(root, folder)
}

function* below(root: string, folder: string): Generator<Source> {
  for (const entry of entriesOf(join(root, folder))) {
    const name = join(folder, entry.name)
    if (entry.isDirectory()) yield* below(root, name)
    if (!/(?<!\.d)\.ts$/.test(name)) continue
    const { size, mtimeMs } = statSync(join(root, name))
    yield { name, size, changed: mtimeMs }
  }
}

/** None where there is no such folder. */
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
