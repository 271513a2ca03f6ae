/** The variables of the machine: their declarations, with the comments that an editor shows. */
import { join } from 'node:path'
import ts from 'typescript'
import { scenarios, systems } from '../../../model/index.js'
import { shapeOf } from '../../../model/program.js'
import type { Field } from '../../../model/state/declaration.js'
import { atRest } from '../../../model/state/derive.js'
import { declaredIn, variableAt } from '../../../model/state/paths.js'
import { sizesOf } from '../../../model/state/sizes.js'
import { variables } from '../../../model/state.js'
import { type Block, markdownTable } from '../block.js'
import { root } from '../files.js'

const table: Block = {
  page: 'docs/reference/variables.md',
  name: 'variables',
  content: () => {
    const meanings = meaningsOf('State')
    const state = atRest(variables, sizesOf(shapeOf(scenarios[0], systems[0])))
    const rows = [...declaredIn(variables)].flatMap(({ path, declared }) => {
      if (declared.kind !== 'field') return []
      const { name } = variableAt(variables, path.replaceAll('[]', '[0]'))
      const label = [declared.notes.label ?? ''].flat()[0]
      return [
        [`\`${path}\``, meaningOf(meanings, path), restOf(declared), name(state, state), label],
      ]
    })
    return markdownTable(
      ['variable', 'meaning', 'at rest', 'in stories, for instance', 'in the picture'],
      rows,
    )
  },
}

/** The comment at a variable's own declaration; of a list's elements that of the list. */
function meaningOf(meanings: ReadonlyMap<string, string>, path: string): string {
  const meaning = meanings.get(path.replace(/(\[\])+$/, ''))
  if (meaning) return meaning
  throw new Error(`${path} has no comment that says what it means`)
}

function restOf({ range, notes: { rest = range.rest } }: Field<unknown>): string {
  return typeof rest === 'function' ? "the scenario's" : `\`${rest}\``
}

/** The comments of all fields of the state's type, by their paths. */
function meaningsOf(type: string): ReadonlyMap<string, string> {
  const file = join(root, 'model/state.ts')
  const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, strict: true }
  // With all files that add places: the type of places is put together from them.
  const program = ts.createProgram([file, join(root, 'model/index.ts')], {
    ...options,
    noEmit: true,
    types: [],
  })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const found = new Map<string, string>()
  const visit = (type: ts.Type, path: string): void => {
    if (!(type.flags & ts.TypeFlags.Object)) return
    const element = checker.getIndexTypeOfType(type, ts.IndexKind.Number)
    if (element) visit(element, `${path}[]`)
    else
      for (const property of checker.getPropertiesOfType(type)) {
        const inner = path === '' ? property.name : `${path}.${property.name}`
        const comment = ts.displayPartsToString(property.getDocumentationComment(checker))
        found.set(inner, comment.replaceAll(/\s+/g, ' ').trim())
        visit(checker.getTypeOfSymbol(property), inner)
      }
  }
  const symbol = source && checker.getSymbolAtLocation(source)
  const declared = symbol && checker.getExportsOfModule(symbol).find(({ name }) => name === type)
  if (!declared) throw new Error(`${file} exports no ${type}`)
  visit(checker.getDeclaredTypeOfSymbol(declared), '')
  return found
}

export const variableBlocks: readonly Block[] = [table]
