/**
 * Packs the modules of the command line into dist/cli/packed-modules.js: one file is found, read and
 * compiled in a fraction of the time of five hundred. `npm run build` does it last.
 *
 * Each module becomes a function that takes what it imports from `$load` and returns what it
 * exports. Its statements stay as they are: rules are read from the text of their functions, so no
 * name may change in it, as bundlers change them where two modules use one name.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as acorn from 'acorn'
import { forEachPart, namesIn, programIn } from '../checker/rules/source.js'
import { FIRST_MODULE, PACKED, withHead } from '../cli/packed.js'
import { sourcesDigest, staleSource } from '../cli/stale-build.js'

/** A module of the pack. */
interface Packed {
  readonly code: string
  /** Each exported name, with the expression that is its value. */
  readonly exports: ReadonlyMap<string, string>
}

/** @param folder the folder of the built modules. @returns the text of the pack. */
export function pack(folder: string, first: readonly string[]): string {
  const packed = new Map<string, Packed>()
  for (const id of first) add(id)
  const functions = [...packed].map(([id, { code }]) => `${JSON.stringify(id)}($load) {\n${code}}`)
  return `'use strict';\n({\n${functions.join(',\n')}\n})\n`

  function add(id: string): Packed {
    const known = packed.get(id)
    if (known) return known
    const made = packedModule(id, readFileSync(join(folder, id), 'utf8'), add)
    packed.set(id, made)
    return made
  }
}

/** @param other packs another module of the folder. */
function packedModule(id: string, text: string, other: (id: string) => Packed): Packed {
  const program = programIn(text, 'module')
  const edits: { start: number; end: number; text: string }[] = []
  const exports = new Map<string, string>()
  const code: string[] = []

  /** The name by which `$load` knows a module, and the module if it is packed. */
  const found = ({ value }: acorn.Literal) => {
    const name = String(value)
    if (!name.startsWith('.')) return { name: JSON.stringify(name) }
    const path = join(id, '..', name)
    return { name: JSON.stringify(path), packed: other(path) }
  }
  const put = (start: number, end: number, replaced: string) =>
    edits.push({ start, end, text: replaced })

  forEachPart(program, (part) => {
    if (part.type === 'MetaProperty') put(part.start, part.end, `$load.meta(${JSON.stringify(id)})`)
    if (part.type !== 'ImportExpression') return
    const packed = part.source.type === 'Literal' ? found(part.source) : null
    if (packed?.packed) put(part.start, part.end, `$load.later(${packed.name})`)
    else put(part.start, part.start + 'import'.length, '$load.outside')
  })

  /** The text of a part, with what stands for imports in it. */
  const edited = (start: number, end: number): string => {
    let result = ''
    let at = start
    const inside = edits.filter((one) => one.start >= start && one.end <= end)
    for (const edit of inside.sort((one, next) => one.start - next.start)) {
      result += text.slice(at, edit.start) + edit.text
      at = edit.end
    }
    return result + text.slice(at, end)
  }

  for (const node of program.body) {
    if (node.type === 'ImportDeclaration') code.push(imported(node, found(node.source).name))
    else if (node.type === 'ExportAllDeclaration') {
      const { name, packed } = found(node.source)
      if (node.exported) exports.set(nameOf(node.exported), `$load(${name})`)
      else
        for (const each of packed?.exports.keys() ?? [])
          if (!exports.has(each)) exports.set(each, `$load(${name}).${each}`)
    } else if (node.type === 'ExportNamedDeclaration' && node.source) {
      const { name } = found(node.source)
      for (const { local, exported } of node.specifiers)
        exports.set(nameOf(exported), `$load(${name}).${nameOf(local)}`)
    } else if (node.type === 'ExportNamedDeclaration') {
      for (const { local, exported } of node.specifiers)
        exports.set(nameOf(exported), nameOf(local))
      if (!node.declaration) continue
      for (const name of declared(id, node.declaration)) exports.set(name, name)
      code.push(edited(node.declaration.start, node.end))
    } else if (node.type === 'ExportDefaultDeclaration') {
      const { declaration } = node
      const own = 'id' in declaration && declaration.id ? declaration.id.name : null
      exports.set('default', own ?? '$default')
      code.push((own ? '' : 'const $default = ') + edited(declaration.start, node.end))
    } else code.push(edited(node.start, node.end))
  }
  // The names of a module are in the order of their letters, as those of its namespace are.
  const all = [...exports].sort(([one], [next]) => (one < next ? -1 : 1))
  const result = all.map(([name, value]) => (name === value ? name : `${name}: ${value}`))
  return { code: `${code.join('\n')}\nreturn { ${result.join(', ')} }\n`, exports }
}

function imported({ specifiers }: acorn.ImportDeclaration, name: string): string {
  if (specifiers.length === 0) return `$load(${name})`
  const parts = specifiers.map((one) => {
    if (one.type === 'ImportDefaultSpecifier')
      return `const ${one.local.name} = $load.default(${name})`
    if (one.type === 'ImportNamespaceSpecifier') return `const ${one.local.name} = $load(${name})`
    const [from, to] = [nameOf(one.imported), one.local.name]
    return `const { ${from === to ? to : `${from}: ${to}`} } = $load(${name})`
  })
  return parts.join('\n')
}

/** The names that a declaration exports. They have their values once the module has been run. */
function declared(id: string, declaration: acorn.Declaration): readonly string[] {
  if (declaration.type !== 'VariableDeclaration') return [declaration.id.name]
  if (declaration.kind !== 'const') throw new Error(`${id}: exports a variable that may change`)
  return declaration.declarations.flatMap((one) => namesIn(one.id))
}

function nameOf(node: acorn.Identifier | acorn.Literal): string {
  return node.type === 'Identifier' ? node.name : String(node.value)
}

const [, program] = process.argv
if (program === fileURLToPath(import.meta.url)) {
  const stale = staleSource()
  if (stale !== null) throw new Error(`${stale} is newer than what was built of it`)
  const folder = fileURLToPath(new URL('..', import.meta.url))
  writeFileSync(PACKED, withHead(sourcesDigest(), pack(folder, [FIRST_MODULE])))
}
