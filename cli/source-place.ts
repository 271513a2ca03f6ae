/** Where in a JavaScript file of the user's a mistake is: the file with the line, for messages. */
import { pathToFileURL } from 'node:url'
import * as acorn from 'acorn'

/** A file that was loaded. */
export interface LoadedFile {
  /** As the user named it. */
  readonly file: string
  readonly path: string
  readonly text: string
}

/** The file, with the line that the stack of an error names first, or that is no JavaScript. */
export function placeOfError(error: unknown, { file, path, text }: LoadedFile): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  // Loaders name it as an address or as a path.
  const after = stack.split(pathToFileURL(path).href)[1] ?? stack.split(path)[1]
  const line = after === undefined ? undefined : /^:(\d+)/.exec(after)?.[1]
  return placeAt(file, line ?? syntaxOf(text).line ?? lineOfImport(text, error))
}

/** The file, with the line of the field of its object that a complaint is about. */
export function placeOfField(complaint: string, { file, text }: LoadedFile): string {
  const { tree } = syntaxOf(text)
  const known = tree ? keysIn(tree) : []
  // `change.forkFlush.at: must be`: its last name that the file has as a key.
  const path = /^[\w.]+(?=:| is )/.exec(complaint)?.[0].split('.') ?? []
  const names = path.length > 1 ? path.reverse() : (complaint.match(/[\w-]+/g) ?? [])
  const matching = names.flatMap((name) => known.filter(({ key }) => key === name))
  const found = [...matching.filter(({ isValue }) => !isValue), ...matching]
  return placeAt(file, found[0]?.line)
}

const placeAt = (file: string, line: string | number | undefined) =>
  line === undefined ? file : `${file}:${line}`

interface Syntax {
  readonly tree?: acorn.Program
  /** The line at which it cannot be read. */
  readonly line?: number
}

function syntaxOf(text: string): Syntax {
  try {
    return {
      tree: acorn.parse(text, { ecmaVersion: 'latest', sourceType: 'module', locations: true }),
    }
  } catch (error) {
    const { loc } = error as SyntaxError & { readonly loc?: acorn.Position }
    return { line: loc?.line }
  }
}

/** The line of the import of a module that is not there. */
function lineOfImport(text: string, error: unknown): number | undefined {
  const missing = /Cannot find (?:module|package) '([^']+)'/.exec(String(error))?.[1]
  const name = missing?.replace(/^.*\//, '')
  const imports = syntaxOf(text).tree?.body.filter((node) => node.type === 'ImportDeclaration')
  return imports?.find(({ source }) => String(source.value).endsWith(name ?? '\n'))?.loc?.start.line
}

/** A key of an object, or the text that is its value. */
interface Key {
  readonly key: string
  readonly line?: number
  readonly isValue: boolean
}

/** The keys of all objects in a tree, and the texts that are their values. */
function keysIn(tree: acorn.Program): readonly Key[] {
  const found: Key[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { type, key, value, loc } = node as acorn.Property
    const add = (text: string, isValue: boolean) =>
      found.push({ key: text, line: loc?.start.line, isValue })
    if (type === 'Property' && key.type === 'Identifier') add(key.name, false)
    if (type === 'Property' && value.type === 'Literal') add(String(value.value), true)
    for (const child of Object.values(node)) visit(child)
  }
  visit(tree)
  return found
}
