/**
 * A model file that the explorer's page can load: with the files that it imports, one module that
 * imports nothing. Each is taken through the same loader as by the other commands, so the page
 * reads the same rules.
 */
import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createJiti } from 'jiti'
import { forEachPart, programIn } from '../checker/rules/source.js'
import { PACKAGES } from '../runs/page-files.js'
import type { ModelFile } from '../runs/subject.js'
import { oneLine, UsageError } from './errors.js'

/** A model file as the page gets it. */
export interface PageModel extends ModelFile {
  /** The module: its default export is a function from the packages to what the file exports. */
  readonly text: string
}

/** @throws UsageError for a file that imports what a page cannot load. */
export function pageModel(cwd: string, model: ModelFile): PageModel {
  const root = resolve(cwd, model.file)
  const modules = new Map<string, string>()
  const waiting = [root]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (modules.has(path)) continue
    const { text, imports } = moduleAt(path, cwd)
    modules.set(path, text)
    waiting.push(...imports)
  }
  return { ...model, text: bundle(root, modules) }
}

/** The name by which the loader's text imports something. */
const IMPORT = 'jitiImport'

/** A file as the body of an async function, with paths in place of what it imports. */
function moduleAt(path: string, cwd: string): { text: string; imports: string[] } {
  const loader = createJiti(pathToFileURL(path).href, { moduleCache: false, interopDefault: false })
  const imports: string[] = []
  try {
    const source = readFileSync(path, 'utf8')
    const options = { source, filename: path, ts: true, async: true, interopDefault: false }
    let text = loader.transform(options)
    for (const { name, start, end } of importsIn(text).reverse()) {
      if (PACKAGES.includes(name)) continue
      if (!/^\.{0,2}\//.test(name))
        throw new UsageError(
          `imports ${name}, which a page cannot load: ${PACKAGES.join(', ')} and files beside it are allowed`,
        )
      const found = loader.esmResolve(name)
      const imported = isAbsolute(found) ? found : fileURLToPath(found)
      imports.push(imported)
      text = text.slice(0, start) + JSON.stringify(imported) + text.slice(end)
    }
    return { text, imports }
  } catch (error) {
    const name = path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path
    throw new UsageError(`${name}: ${oneLine(error)}`)
  }
}

interface Imported {
  readonly name: string
  /** Where the name stands, quotes included. */
  readonly start: number
  readonly end: number
}

/** The imports in a text of the loader, in their order. */
function importsIn(text: string): Imported[] {
  const found: Imported[] = []
  forEachPart(programIn(text, 'body'), (part) => {
    if (part.type !== 'CallExpression' || part.callee.type !== 'Identifier') return
    if (part.callee.name !== IMPORT) return
    const [name] = part.arguments
    if (name?.type !== 'Literal' || typeof name.value !== 'string')
      throw new UsageError('imports by a name that is computed')
    found.push({ name: name.value, start: name.start, end: name.end })
  })
  return found.sort((x, y) => x.start - y.start)
}

/** One module of all. Files are evaluated one after the other, when they are imported first. */
function bundle(root: string, modules: ReadonlyMap<string, string>): string {
  const files = [...modules].map(
    ([path, text]) => `${JSON.stringify(path)}: async (exports, ${IMPORT}) => {\n${text}\n}`,
  )
  return `const files = {\n${files.join(',\n')}\n}
export default async (packages) => {
  const loaded = new Map()
  // A file that waits for the one that imports it gets what that one has exported by then.
  const load = async (name) => {
    if (Object.hasOwn(packages, name)) return packages[name]
    const isLoaded = loaded.has(name)
    const exports = loaded.get(name) ?? {}
    loaded.set(name, exports)
    if (!isLoaded) await files[name](exports, load)
    return exports
  }
  return load(${JSON.stringify(root)})
}
`
}
