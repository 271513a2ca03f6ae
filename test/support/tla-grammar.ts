/**
 * The grammar of TLA+ of the TLA+ Foundation (tree-sitter-tlaplus): a second reader of exported
 * models. Its package has an install script, so it is no dependency: .ci/run unpacks its
 * WebAssembly file, which needs none, into the cache.
 */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Language, Parser, type Tree } from 'web-tree-sitter'

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const GRAMMAR = join(cache, 'forkcheck', 'tla', 'tree-sitter-tlaplus.wasm')

export const hasTlaGrammar = existsSync(GRAMMAR)

/** Parses a module. */
export type ParseTla = (module: string) => Tree

/** @throws Error when the grammar is not there. */
export async function tlaParser(): Promise<ParseTla> {
  await Parser.init()
  const parser = new Parser()
  parser.setLanguage(await Language.load(GRAMMAR))
  return (module) => {
    const tree = parser.parse(module)
    if (!tree) throw new Error('the module was not parsed')
    return tree
  }
}

/** The first place where a text is no TLA+, with its line; null where it is TLA+ throughout. */
export function firstError(tree: Tree): string | null {
  if (!tree.rootNode.hasError) return null
  const cursor = tree.walk()
  for (;;) {
    const node = cursor.currentNode
    if (node.isError || node.isMissing)
      return `line ${node.startPosition.row + 1}: ${node.text.slice(0, 80)}`
    if (node.hasError && cursor.gotoFirstChild()) continue
    while (!cursor.gotoNextSibling()) if (!cursor.gotoParent()) return 'somewhere'
  }
}
