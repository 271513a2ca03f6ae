/** Statements and their effects: declarations, branches, loops, assignments. */
import type * as acorn from 'acorn'
import {
  dynamicCodes,
  fixedIndex,
  INT,
  type Literal,
  type Meaning,
  minus,
  type Place,
  type Scope,
  sameType,
  type Table,
  typeOfLeaf,
  unreadOf,
} from './abstract-values.js'
import { Expressions } from './expressions.js'
import { openPlace } from './library.js'
import type { Code } from './types.js'
import { either, isPlain, originOf } from './value-ranges.js'

export abstract class Statements extends Expressions {
  protected block(node: acorn.BlockStatement, outer: Scope): string {
    const scope: Scope = { names: new Map(), outer }
    let printed = ''
    this.frame.ended = false
    for (const statement of node.body) {
      printed += this.statement(statement, scope)
      if (this.frame.ended) break
    }
    return printed
  }

  protected statement(node: acorn.Statement | acorn.ModuleDeclaration, scope: Scope): string {
    this.frame.ended = false
    switch (node.type) {
      case 'BlockStatement':
        return `{\n${this.block(node, scope)}}\n`
      case 'VariableDeclaration':
        return this.declare(node, scope)
      case 'ExpressionStatement':
        return `${this.effect(node.expression, scope)};\n`
      case 'ReturnStatement': {
        const printed = node.argument ? this.returned(node.argument, scope) : 'return;\n'
        if (!node.argument) this.frame.empty = true
        this.frame.ended = true
        return printed
      }
      case 'IfStatement':
        return this.ifStatement(node, scope)
      case 'ForStatement':
        return this.forLoop(node, scope)
      case 'ForOfStatement':
        return this.forOfLoop(node, scope)
      case 'BreakStatement':
      case 'ContinueStatement':
        if (node.label) return this.refuse(node)
        this.frame.ended = true
        return node.type === 'BreakStatement' ? 'break;\n' : 'continue;\n'
      case 'EmptyStatement':
        return ''
      default:
        return this.refuse(node)
    }
  }

  private ifStatement(node: acorn.IfStatement, scope: Scope): string {
    const test = this.test(node.test, scope)
    const { is, code } = test
    if (is !== null) {
      const taken = is ? node.consequent : node.alternate
      const printed = taken ? this.statement(taken, scope) : ''
      return isPlain(test) ? printed : `${code};\n${printed}`
    }
    const then = this.statement(node.consequent, this.narrowed(node.test, scope))
    const thenEnded = this.frame.ended
    this.frame.ended = false
    const otherwise = node.alternate ? this.statement(node.alternate, scope) : ''
    this.frame.ended &&= thenEnded
    return `if (${code}) {\n${then}}${otherwise ? ` else {\n${otherwise}}` : ''}\n`
  }

  /**
   * Inside `if (table[i] === value)` the index is one of those where the table has the value: often
   * a single one, as when a loop looks for the one thread of a kind.
   */
  private narrowed(test: acorn.Expression, outer: Scope): Scope {
    if (test.type !== 'BinaryExpression' || test.operator !== '===') return outer
    const table = this.meaning(test.left as acorn.Expression, outer)
    const value = this.meaning(test.right, outer)
    if (table.kind !== 'table' || value.kind !== 'literal') return outer
    const indices = table.steps.filter((step): step is Code => typeof step !== 'string')
    const [index] = indices
    if (indices.length !== 1 || !this.frame.fixed.has(index.code)) return outer
    const found = this.unfolded(table).values.flatMap((v, i) => (v === value.value ? [i] : []))
    const low = Math.max(index.low ?? 0, Math.min(...found))
    const high = Math.min(index.high ?? Number.POSITIVE_INFINITY, Math.max(...found))
    if (low > high) return outer
    const names = new Map<string, Meaning>()
    const hidden = new Set<string>()
    for (let scope: Scope | null = outer; scope; scope = scope.outer)
      for (const [name, meaning] of scope.names) {
        const isIndex = meaning.kind === 'code' && meaning.code === index.code
        if (isIndex && !hidden.has(name))
          names.set(
            name,
            low === high ? { kind: 'literal', value: low } : { ...meaning, low, high },
          )
        hidden.add(name)
      }
    return { names, outer }
  }

  protected returned(node: acorn.Expression, scope: Scope): string {
    const meaning = this.meaning(node, scope)
    const { frame } = this
    if (meaning.kind === 'code' && meaning.type.kind === 'none') {
      frame.empty = true
      return `${meaning.code};\nreturn;\n`
    }
    const value = this.asName(meaning, node)
    const { returned } = frame
    if (returned && !sameType(returned.type, value.type))
      this.refuse(node, 'returns values of different kinds')
    frame.returned = returned
      ? { ...value, ...either(returned, value), ...unreadOf(returned, value) }
      : value
    return `return ${value.code};\n`
  }

  protected declare(node: acorn.VariableDeclaration, scope: Scope): string {
    let printed = ''
    for (const { id, init } of node.declarations) {
      if (id.type !== 'Identifier' || !init || node.kind === 'var') return this.refuse(node)
      const meaning = this.meaning(init, scope)
      if (node.kind === 'const' && meaning.kind === 'literal') {
        scope.names.set(id.name, meaning)
      } else if (node.kind === 'const' && this.isPart(meaning)) {
        // A part of the state keeps its identity; its indices are fixed here and now.
        const fixed = this.fixIndices(meaning as Place | Table)
        printed += fixed.printed
        scope.names.set(id.name, fixed.meaning)
      } else {
        const isConst = node.kind === 'const'
        // What is made of a constant is noted where it is used.
        const value = isConst ? this.unread(meaning, init) : this.asCode(meaning, init)
        const name = this.frame.fresh(id.name)
        printed += `${node.kind} ${name} = ${value.code};\n`
        if (isConst) this.frame.fixed.add(name)
        const { type, low, high, origin, unread } = value
        const known = isConst ? { low, high, origin, unread } : {}
        scope.names.set(id.name, { kind: 'code', code: name, type, ...known })
      }
    }
    return printed
  }

  protected fixIndices<M extends Place | Table>(meaning: M): { printed: string; meaning: M } {
    let printed = ''
    const fix = (index: Code | Literal): Code | Literal => {
      if (index.kind === 'literal' || this.frame.fixed.has(index.code)) return index
      const name = this.frame.fresh('i')
      this.frame.fixed.add(name)
      printed += `const ${name} = ${index.code};\n`
      return { ...index, code: name }
    }
    const fixed =
      meaning.kind === 'place'
        ? { ...meaning, indices: meaning.indices.map(fix) }
        : {
            ...meaning,
            steps: meaning.steps.map((s) => (typeof s === 'string' ? s : (fix(s) as Code))),
          }
    return { printed, meaning: fixed as M }
  }

  protected forLoop(node: acorn.ForStatement, outer: Scope): string {
    const scope: Scope = { names: new Map(), outer }
    const { init, test, update } = node
    if (init?.type !== 'VariableDeclaration' || init.declarations.length !== 1)
      return this.refuse(node)
    if (init.kind !== 'let') return this.refuse(node)
    const { id, init: first } = init.declarations[0]
    if (id.type !== 'Identifier' || !first || !test || !update) return this.refuse(node)
    const from = this.value(first, outer)
    if (from.type.kind !== 'int') return this.refuse(first, 'is no number to count from')
    const name = this.frame.fresh(id.name)
    // Outside the body the counter also has the value that ends the loop, so no bounds there.
    scope.names.set(id.name, { kind: 'code', code: name, type: INT })
    const condition = this.test(test, scope).code
    const step = this.effect(update, scope)
    const bounds = this.loopBounds(node, id.name, from, scope)
    scope.names.set(id.name, { kind: 'code', code: name, type: INT, ...bounds })
    this.frame.fixed.add(name)
    const body = this.statement(node.body, scope)
    this.frame.ended = false
    return `for (let ${name} = ${from.code}; ${condition}; ${step}) {\n${body}}\n`
  }

  /** Bounds of a counter that starts at a known number, goes up, and stops below a known one. */
  protected loopBounds(
    { test, update }: acorn.ForStatement,
    counter: string,
    from: Code,
    scope: Scope,
  ): Partial<Code> {
    const isCounter = (node: acorn.Node) => (node as acorn.Identifier).name === counter
    const up = update?.type === 'UpdateExpression' && update.operator === '++'
    if (!up || test?.type !== 'BinaryExpression' || test.operator !== '<') return {}
    if (!isCounter(update.argument) || !isCounter(test.left) || from.low === undefined) return {}
    const { high } = this.value(test.right, scope.outer as Scope)
    return high === undefined ? {} : { low: from.low, high: high - 1 }
  }

  protected forOfLoop(node: acorn.ForOfStatement, outer: Scope): string {
    const scope: Scope = { names: new Map(), outer }
    if (node.left.type !== 'VariableDeclaration' || node.left.kind !== 'const')
      return this.refuse(node)
    const { id } = node.left.declarations[0]
    if (id.type !== 'Identifier') return this.refuse(node)
    const over = this.meaning(node.right, outer)
    const known = over.kind === 'table' ? this.knownElements(over) : null
    if (known && !this.mentions(node.body, /\b(break|continue)\b/)) {
      const turns = known.map((value) =>
        this.statement(node.body, { names: new Map([[id.name, value]]), outer }),
      )
      this.frame.ended = false
      return turns.join('')
    }
    const i = this.frame.fresh('i')
    this.frame.fixed.add(i)
    let printed = ''
    let first = ''
    let length: number
    if (over.kind === 'place' && over.node.kind === 'list') {
      const fixed = this.fixIndices(over)
      printed = fixed.printed
      length = this.lengthOfList(over.node)
      const index: Code = { kind: 'code', code: i, type: INT, low: 0, high: length - 1 }
      const place = this.placed(over.node.element, [...fixed.meaning.indices, index])
      scope.names.set(id.name, place)
      if (place.kind === 'place' && place.node.kind === 'leaf') {
        // A value is read when its turn comes, and stays what it was then.
        const value = this.asCode(place, node.left)
        const name = this.frame.fresh(id.name)
        this.frame.fixed.add(name)
        first = `const ${name} = ${value.code};\n`
        scope.names.set(id.name, { ...value, code: name })
      }
    } else if (over.kind === 'table') {
      length = this.lengthIn(over) ?? this.refuse(node.right)
      const index: Code = { kind: 'code', code: i, type: INT, low: 0, high: length - 1 }
      scope.names.set(id.name, { ...over, steps: [...over.steps, index] })
    } else return this.refuse(node.right, 'is not a list of the state')
    const body = this.statement(node.body, scope)
    this.frame.ended = false
    return `${printed}for (let ${i} = 0; ${i} < ${length}; ${i}++) {\n${first}${body}}\n`
  }

  /** The elements of a list in a constant, if all are plain values: its loop is written out. */
  private knownElements(list: Table): readonly Literal[] | null {
    const length = this.lengthIn(list)
    if (length === null) return null
    const elements = Array.from({ length }, (_, i) =>
      this.resolved({ ...list, steps: [...list.steps, String(i)] }),
    )
    return elements.every((element): element is Literal => element.kind === 'literal')
      ? elements
      : null
  }

  private mentions(node: acorn.Node, word: RegExp): boolean {
    return word.test(this.frame.source.text.slice(node.start, node.end))
  }

  protected effect(node: acorn.Expression, scope: Scope): string {
    if (node.type === 'AssignmentExpression') return this.assign(node, scope)
    if (node.type === 'UpdateExpression') {
      const target = this.meaning(node.argument, scope)
      this.refuseRepeated(target, node)
      const one: Literal = { kind: 'literal', value: 1 }
      return this.store(
        target,
        this.arithmetic(node.operator === '++' ? '+' : '-', target, one, node),
        node,
      )
    }
    if (node.type === 'CallExpression') {
      const call = this.call(node, scope)
      if (call.kind === 'code') return call.code
      return '0'
    }
    return this.refuse(node)
  }

  protected assign(node: acorn.AssignmentExpression, scope: Scope): string {
    const target = this.meaning(node.left as acorn.Expression, scope)
    const right = this.meaning(node.right, scope, this.typeHint(target))
    const compound = { '+=': '+', '-=': '-' }[node.operator as string]
    if (compound) {
      this.refuseRepeated(target, node)
      return this.store(target, this.arithmetic(compound, target, right, node), node)
    }
    if (node.operator !== '=') return this.refuse(node)
    return this.store(target, right, node)
  }

  /** What is both read and written has its indices printed twice: they must change nothing. */
  protected refuseRepeated(target: Meaning, node: acorn.Node): void {
    if (dynamicCodes(target).some((index) => this.changes(index)))
      this.refuse(node, 'has an index that changes the state')
  }

  protected store(target: Meaning, value: Meaning, node: acorn.Node): string {
    if (
      target.kind === 'code' &&
      /^[\w$]+\$\d+$/.test(target.code) &&
      !this.frame.fixed.has(target.code)
    ) {
      const code = this.asCode(value, node, target.type)
      if (!sameType(code.type, target.type)) this.refuse(node, 'assigns a value of another kind')
      return `${target.code} = ${code.code}`
    }
    if (target.kind !== 'place' || target.node.kind !== 'leaf')
      return this.refuse(node, 'assigns to something that is not a variable')
    const { leaf } = target.node
    const type = typeOfLeaf(leaf)
    const code = this.asCode(value, node, type)
    if (!sameType(code.type, type)) this.refuse(node, 'assigns a value of another kind')
    const { min, max } = leaf.scalar
    const inRange =
      code.low !== undefined && code.high !== undefined && code.low >= min && code.high <= max
    const index = fixedIndex(target)
    const declaration = this.declarationOf(leaf)
    if (type.kind === 'name')
      this.frame.write([{ to: { leaf: declaration, index }, origin: originOf(code) }])
    if (index !== null && inRange && leaf.width > 0) {
      const [word, shift] = [openPlace(declaration, index, 'w'), openPlace(declaration, index, 's')]
      const isKnown = code.low === code.high && !this.acts(code.code)
      const bits = isKnown ? String(Number(code.low) - min) : `(${minus(code.code, min)})`
      // The value first: it may change other bits of this word.
      const others = `a[o + ${word}] & ~(${2 ** leaf.width - 1} << ${shift})`
      return `a[o + ${word}] = (${bits} << ${shift}) | (${others})`
    }
    return `v${declaration.id}_set(a, o, ${this.indexCode(target)}, ${code.code})`
  }
}
