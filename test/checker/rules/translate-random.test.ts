/**
 * Thousands of random rule texts: whatever the translator makes of them, compiled code, the text
 * on a view and the text on a plain object must agree. Helpers that change the state and return a
 * value stand inside expressions, so that the order of evaluation is compared too.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareThreeWays, sampleStates, type Words } from '../../support/rule-text.js'

const words: Words = {
  LIMIT: '2',
  BUSY: "'busy'",
  YES: 'true',
  raiseM: '(s) => { s.m = (s.m + 1) % 4; return s.m }',
  lowerM: '(s) => { if (s.m > 0) s.m--; return s.m - 2 }',
  zero: '(s) => { s.on = !s.on; return 0 }',
  setUp: '(s) => { s.up = true; return true }',
  takeM: '(s) => { if (s.m === 0) return false; s.m--; return true }',
  swap: '(s, i, j) => { const x = s.list[i]; s.list[i] = s.list[j]; s.list[j] = x; return x }',
  cellOf: '(s, i) => s.cell[i]',
  ownCell: '(s) => s.cell[s.m % 2]',
  mark: "(s, c, w) => { c.who = w; c.on = w === 'idle'; return c.x }",
  keeps: '(s, x) => { s.m = 3; s.list[0] = 3; return x }',
  sum: '(s, x, y) => x + y * 2',
  sign: '(s) => { if (s.n < 0) return -1; if (s.n === 0) { return 0 } else return 1 }',
  first: '(s, v) => { for (let i = 0; i < 3; i++) if (s.list[i] === v) return i; return 3 }',
  isOn: '(s, i) => s.cell[i].on',
  same: '(s, v, w) => { s.next = w; return v === w }',
  planOf: '(s, i) => s.plans[i]',
  whoOf: '(s, i) => s.cell[i].who',
}

/** Texts of expressions and statements. `a` is a const, `b` a let, `c` a record, `p` a parameter. */
const grammar = fc.letrec<{
  int: string
  index: string
  bool: string
  name: string
  part: string
  statement: string
  block: string
}>((tie) => {
  const pick = (...texts: string[]) => fc.constantFrom(...texts)
  const of = (template: string, ...parts: fc.Arbitrary<string>[]) =>
    fc
      .tuple(...parts)
      .map((texts) => texts.reduce((text, part) => text.replace('@', () => part), template))
  const t = {
    int: tie('int'),
    index: tie('index'),
    bool: tie('bool'),
    name: tie('name'),
    part: tie('part'),
    statement: tie('statement'),
    block: tie('block'),
  }
  const oneOf = (...choices: fc.Arbitrary<string>[]) =>
    fc.oneof({ maxDepth: 3, withCrossShrink: true }, ...choices)
  return {
    int: oneOf(
      pick(
        '0',
        '1',
        '2',
        '3',
        '-1',
        's.n',
        's.m',
        's.one',
        's.size',
        'LIMIT',
        'a',
        'b',
        'p',
        'c.x',
      ),
      of('@.x', t.part),
      of('s.list[@]', t.index),
      of('s.grid[@][@]', t.index, t.index),
      of('s.table[@]', t.index),
      of('s.rows[@][@]', t.index, t.index),
      of('s.plans[@].steps[@].by', t.index, t.index),
      of('(@ + @)', t.int, t.int),
      of('(@ - @)', t.int, t.int),
      of('(@ * @)', t.int, t.int),
      of('-(@)', t.int),
      of('(Math.max(@, 0) % 3)', t.int),
      // Bit operators, shifts, and divisors that vary.
      of('(@ & @)', t.int, t.int),
      of('(@ | @)', t.int, t.int),
      of('(@ ^ @)', t.int, t.int),
      of('~(@)', t.int),
      of('(@ << (@ & 3))', t.int, t.int),
      of('(@ >> s.m)', t.int),
      of('(@ >>> (@ & 31))', t.int, t.int),
      of('(@ % (Math.max(@, 0) + 1))', t.int, t.int),
      of('(@ % (Math.min(@, 1) - 2))', t.int, t.int),
      of('Math.floor(@ / (s.m + 1))', t.int),
      of('Math.floor(@ / (Math.min(@, 0) - 1))', t.int, t.int),
      of('Math.floor(@ / 2)', t.int),
      of('Math.min(@, @)', t.int, t.int),
      of('Math.max(@, @)', t.int, t.int),
      of('(@ ? @ : @)', t.bool, t.int, t.int),
      pick('raiseM(s)', 'lowerM(s)', 'zero(s)', 'sign(s)', 'keeps(s, s.m)', 's.list.length'),
      of('first(s, @)', t.int),
      of('swap(s, @, @)', t.index, t.index),
      of('keeps(s, @)', t.int),
      of('sum(s, @, @)', t.int, t.int),
      of('mark(s, @, @)', t.part, t.name),
    ),
    index: oneOf(
      pick('0', '1', 's.m', 'p', '(s.m % 2)', 'c.x', '(a % 2)', 'b', 's.grid[0][1]'),
      pick('0', '1', '2', '(p % 2)'),
      of('(Math.max(@, 0) % 2)', t.int),
      of('Math.min(Math.max(@, 0), 2)', t.int),
      t.int,
    ),
    bool: oneOf(
      pick('true', 's.up', 's.on', 's.flags[0]', 'YES', 'c.on', '!s.up'),
      of('!@', t.bool),
      of('(@ < @)', t.int, t.int),
      of('(@ >= @)', t.int, t.int),
      of('(@ === @)', t.int, t.int),
      of('(@ !== @)', t.int, t.int),
      of('(@ === @)', t.name, t.name),
      of('(@ !== @)', t.name, t.name),
      of('(@ === @)', t.bool, t.bool),
      of('(@ && @)', t.bool, t.bool),
      of('(@ || @)', t.bool, t.bool),
      of('(@ ? @ : @)', t.bool, t.bool, t.bool),
      pick('setUp(s)', 'takeM(s)'),
      of('isOn(s, @)', t.index),
      of('same(s, @, @)', t.name, t.name),
      of('@.on', t.part),
    ),
    name: oneOf(
      pick("'idle'", "'busy'", "'done'", 's.pc', 'BUSY', 'c.who'),
      of('@.who', t.part),
      of('s.plans[@].who', t.index),
      of('planOf(s, @).who', t.index),
      of('whoOf(s, @)', t.index),
      of('(@ ? @ : @)', t.bool, t.name, t.name),
      pick('s.next', 's.other'),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: these are texts of rules
      pick('`idle`', '`${BUSY}`', "`${'do'}ne`", '`${p}`'),
    ),
    part: oneOf(
      pick('s.cell[0]', 's.cell[1]', 'c', 'ownCell(s)'),
      of('s.cell[@]', t.index),
      of('cellOf(s, @)', t.index),
    ),
    statement: oneOf(
      of('s.m = @;', t.int),
      of('s.n = Math.min(Math.max(@, -3), 4);', t.int),
      of('s.list[@] = Math.min(Math.max(@, 0), 3);', t.index, t.int),
      of('s.list[@] = @;', t.index, t.int),
      of('s.up = @;', t.bool),
      of('s.flags[@] = @;', t.index, t.bool),
      of('s.pc = @;', t.name),
      of('@.who = @;', t.part, t.name),
      of('@.on = @;', t.part, t.bool),
      of('@.x = Math.max(@, 0) % 3;', t.part, t.int),
      of('s.cell[@].x++;', t.index),
      of('s.n += @;', t.int),
      of('s.list[@] -= @;', t.index, t.int),
      of('b = @;', t.int),
      of('b += @;', t.int),
      of('if (@) @', t.bool, t.block),
      of('if (@) @ else @', t.bool, t.block, t.block),
      of('for (let p = 0; p < 3; p++) @', t.block),
      of('for (let p = s.m; p >= 0; p--) @', t.block),
      of('for (let a = 0; a < Math.min(3, @); a++) @', t.int, t.block),
      of('for (const c of s.cell) @', t.block),
      of('for (const a of s.list) @', t.block),
      of('for (const a of s.table) @', t.block),
      of('{ const a = s.n; @ }', t.block),
      of('{ let b = s.list[p % 2]; @ s.m = b; }', t.block),
      of('{ const c = s.cell[b]; @ }', t.block),
      of('{ const { x: a, on, who } = @; if (on) s.pc = who; @ }', t.part, t.block),
      of('{ const [a, , b2] = s.list; s.n = a - b2; @ }', t.block),
      of('{ const { n: a, cell: [c] } = s; @ }', t.block),
      of('{ const { who, steps: [{ by: a }] } = s.plans[@]; @ }', t.index, t.block),
      pick('setUp(s);', 'takeM(s);', 'if (s.up) return;'),
      of('mark(s, @, @);', t.part, t.name),
    ),
    block: fc
      .array(t.statement, { minLength: 1, maxLength: 3 })
      .map((lines) => `{ ${lines.join(' ')} }`),
  }
})

const prologue = 'const a = s.list[1]; let b = p; const c = s.cell[s.grid[1][0]];'
const effect = grammar.block.map((body) => `(s, p) => { ${prologue} ${body.slice(1)}`)
const guard = fc.oneof(
  grammar.bool.map((test) => `(s, p) => { ${prologue} return ${test} }`),
  // The shapes the dispatcher reads.
  fc
    .tuple(
      fc.constantFrom("s.pc === 'busy'", 's.m === 1', 's.cell[p].x === 2', 's.on === true'),
      grammar.bool,
      grammar.bool,
    )
    .map(([first, x, y]) => ({
      first,
      x: x.replace(/\b[abc]\b/g, '1').replace(/1\./g, 's.cell[0].'),
      y: y.replace(/\b[abc]\b/g, '0').replace(/0\./g, 's.cell[1].'),
    }))
    .chain(({ first, x, y }) =>
      fc.constantFrom(
        `(s, p) => ${first} && ${x}`,
        `(s, p) => ${x} && ${first}`,
        `(s, p) => ${x} && ${first} && ${y}`,
      ),
    ),
)

const RUNS = Number(process.env.RULE_TEXTS ?? 300)

/** Random texts do the same three ways, and enough of them are compiled. */
function compareRandom(part: 'effect' | 'guard', texts: fc.Arbitrary<string>): void {
  let compiled = 0
  let all = 0
  fc.assert(
    fc.property(texts, fc.nat(sampleStates.length - 8), (text, from) => {
      const rule = { [part]: text, words, parameters: [0, 1] }
      const { difference, reason } = compareThreeWays(rule, sampleStates.slice(from, from + 8))
      all++
      if (reason === null) compiled++
      expect(difference).toBeNull()
    }),
    { numRuns: RUNS },
  )
  // A comparison of interpreted with interpreted code would prove nothing.
  expect(compiled).toBeGreaterThan(all / 4)
}

it(`${RUNS} random effects`, () => compareRandom('effect', effect), 120_000)

it(`${RUNS} random guards`, () => compareRandom('guard', guard), 120_000)
