/**
 * The modules of the command line from one file, which `npm run build` packs; see tools/pack.ts.
 * Without it, or where sources have changed since, they come from their own files: slower, and the
 * same.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { types } from 'node:util'
import { Script } from 'node:vm'
import { packageRoot } from './package.js'
import { sourcesDigest } from './stale-build.js'

/** The module that the executable runs. */
export const FIRST_MODULE = 'cli/command-line.js'

/** The file, beside the built modules of this folder. */
export const PACKED = join(packageRoot(), 'dist/cli/packed-modules.js')

type FirstModule = typeof import('./command-line.js')

type Module = Readonly<Record<string, unknown>>

/** How a packed module gets others: by the name of its file below dist/, or by that of a package. */
interface Load {
  (name: string): Module
  /** The default export. */
  default(name: string): unknown
  later(name: string): Promise<Module>
  /** What is not packed: optional packages, and files of the user. */
  outside(name: string): Promise<Module>
  /** What stands for `import.meta`. */
  meta(name: string): { readonly url: string }
}

/** A pack with its first line: the sources that it was built from, and what it is. */
export function withHead(sources: string | null, text: string): string {
  return `// ${sources} ${createHash('sha256').update(text).digest('hex')}\n${text}`
}

/** A build of forkcheck from one file. */
interface Build {
  readonly first: FirstModule
  /** Which build it is. */
  readonly build: string
}

/** The build in the file; null where it cannot be used. */
export function packedBuild(file = PACKED, root = packageRoot()): Build | null {
  // Some packages that are imported are modules, which early versions of Node.js 22 do not require.
  if (!process.features.require_module) return null
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return null
  }
  const sources = sourcesDigest(root)
  const [, from, build] = /^\/\/ (\w+) (\w+)\n/.exec(text) ?? []
  if (sources !== null && sources !== from) return null
  return { first: loaderOf(text, file)(FIRST_MODULE) as unknown as FirstModule, build }
}

/** @param text of a pack. @param file where it is, or would be. */
export function loaderOf(text: string, file: string): Load {
  const modules: Readonly<Record<string, (load: Load) => Module>> = new Script(text, {
    filename: file,
  }).runInThisContext()
  const require = createRequire(file)
  const loaded = new Map<string, Module>()
  const load = (name: string): Module => {
    const known = loaded.get(name)
    if (known) return known
    const module = Object.hasOwn(modules, name) ? modules[name](load) : require(name)
    loaded.set(name, module)
    return module
  }
  const built = fileURLToPath(new URL('..', pathToFileURL(file)))
  load.default = (name: string) => {
    const module = load(name)
    // A package that was a module before it was compiled says so.
    const hasDefault = module.__esModule === true || types.isModuleNamespaceObject(module)
    return Object.hasOwn(modules, name) || hasDefault ? module.default : module
  }
  load.later = async (name: string) => load(name)
  // From here, as Node.js 20 warns of a script that imports.
  load.outside = (name: string) => import(name)
  load.meta = (name: string) => ({ url: pathToFileURL(join(built, name)).href })
  return load
}
