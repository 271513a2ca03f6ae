/** In a clone, commands run what was built: they say when sources are newer than that. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from './package.js'

/**
 * A source of the clone that has been changed since it was built.
 * @returns its name below the root of the clone; null where all is built, and in an installed
 *   package, which has no sources.
 */
export function staleSource(root = packageRoot()): string | null {
  const built = join(root, 'dist')
  if (changed(join(root, 'tsconfig.build.json')) === 0) return null
  for (const folder of readdirSync(built)) {
    // The pages of the viewer are bundles.
    if (folder === 'viewer') continue
    for (const entry of sourcesIn(join(root, folder))) {
      const name = join(folder, entry)
      const output = join(built, name.replace(/\.ts$/, '.js'))
      if (changed(output) < changed(join(root, name))) return name
    }
  }
  return null
}

/** The names of the TypeScript files below a folder, without those that are never built. */
function sourcesIn(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.d)\.ts$/.test(name),
  )
}

/** When a file was changed, in milliseconds; 0 if it is not there. */
function changed(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
