/**
 * The translator, construct by construct: what is compiled does what the same text does as it
 * stands, and what is refused is refused with the piece of text that is the reason.
 */
import { describe, expect, it } from 'vitest'
import { compareThreeWays, type RuleText, type Words } from '../../support/rule-text.js'

/** Helpers that cases use; those that change the state are named for what they change. */
const words: Words = {
  LIMIT: '2',
  BUSY: "'busy'",
  YES: 'true',
  HALF: '0.5',
  raiseM: '(s) => { s.m = (s.m + 1) % 4; return s.m }',
  flipOn: '(s) => { s.on = !s.on; return 0 }',
  xOf: '(s, c) => { s.cell[0].x = 0; return c.x }',
  setUp: '(s) => { s.up = true; return true }',
  takeM: '(s) => { if (s.m === 0) return false; s.m--; return true }',
  clear: '(s) => { s.n = 0; s.list[1] = 0 }',
  cellOf: '(s, i) => s.cell[i]',
  ownCell: '(s) => s.cell[s.m]',
  three: '(s, i) => 3',
  planOf: '(s, i) => s.plans[i]',
  keeps: '(s, x) => { s.m = 3; s.list[0] = 3; return x }',
  sum: '(s, x, y) => x + y * 2',
  sign: '(s) => { if (s.n < 0) return -1; if (s.n === 0) { return 0 } else return 1 }',
  first: '(s, v) => { for (let i = 0; i < 3; i++) if (s.list[i] === v) return i; return 3 }',
  isOn: '(s, i) => s.cell[i].on',
  count: '(s) => { let found = 0; for (const c of s.cell) if (c.on) found++; return found }',
  isOne: '(s, x) => x === 1',
  usesCount: '(s) => { const count = 1; return count + s.m }',
}

const effect = (body: string) => `(s) => { ${body} }`

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: these are texts of rules
/** Name of the case: the body of an effect that must be compiled. */
const compiledEffects: Record<string, string> = {
  'fields, integers, names, booleans':
    "s.m = 1; s.up = true; s.pc = 'done'; s.cell[1].who = 'busy'",
  'negative literals and minimum': 's.n = -3; if (s.n === -3) s.n = -s.n',
  'unary minus of a field': 's.n = -s.m',
  'field to field of the same names': 's.pc = s.cell[0].who',
  'remainder and floor of what is not negative':
    's.m = (s.m + 3) % 4; s.list[0] = Math.floor((s.m * 3) / 4)',
  'remainder of a negative number': 's.n = s.n % 2; s.m = s.list[(-2 % 2) * 1]; s.up = s.n % 3 < 0',
  'remainder of an unknown number': 'let x = s.m - 2; x = x % 2; s.n = x; s.up = x < 0',
  'remainder as an index that may be negative': 's.m = s.list[s.n % 2]',
  'floor of a negative number': 's.n = Math.floor(s.n / 2)',
  'minimum and maximum': 's.m = Math.min(s.m, Math.max(s.n, 1))',
  'conditional values': "s.pc = s.up ? 'idle' : s.on ? 'busy' : 'done'; s.m = s.n > 0 ? 1 : 2",
  'not of a field, of a comparison, twice':
    's.up = !s.up; s.on = !(s.n > 0); s.flags[0] = !!s.flags[1]',
  'a comparison as a value': 's.up = s.n > s.m; s.on = s.up === s.n <= 0',
  'a boolean field compared with a comparison': 's.m = s.up === (s.n > 0) ? 1 : 0',
  'logic as a value': 's.up = (s.on && s.n > 0) || s.flags[0]',
  'an index that is a field': 's.list[s.m % 3] = 2; s.m = s.list[s.cell[0].x]',
  'an index that may be too large': 's.list[s.m] = 1',
  'an index that may be negative': 's.m = s.list[s.n]',
  'a literal index that is too large': 'if (s.m === 2) s.list[3] = 1',
  'a literal index that is negative': 'if (s.m === 2) s.m = s.list[-1]',
  'a list without elements': 'if (s.m === 2) s.none[0] = 1; s.m = s.none.length',
  'nested lists': 's.grid[s.m % 2][s.cell[0].x % 2] = 1; s.m = s.grid[1][s.m % 2]',
  'nested lists, outer index too large': 's.grid[s.m][0] = 1',
  'a range of one value': 's.m = s.one; s.one = 2; if (s.m === 2) s.one = s.n',
  'a value out of range': 's.m = s.n',
  'a value out of range by one': 's.m++; s.n--',
  'compound assignment': 's.n += s.m; s.m -= 1',
  'compound assignment at an index': 's.list[s.m % 3] += 1; s.cell[s.cell[0].x].x--',
  'a length': 's.m = s.list.length; s.n = s.table.length + s.plans.length',
  'a constant': 's.m = s.size; s.list[LIMIT] = LIMIT; s.pc = BUSY; s.up = YES',
  'a constant list at a field': 's.m = s.table[s.cell[0].x]',
  'a constant list beyond its end': 's.m = s.table[s.m]',
  'a constant list at -1': 'if (s.up) s.m = s.table[s.n]',
  'a ragged constant': 's.m = s.rows[s.m % 2][s.cell[0].x % 2]',
  'a ragged constant beyond the outer end': 's.m = s.rows[s.m][0]',
  'a group in a constant': 's.m = s.plans[s.m % 2].steps[0].by',
  'a group in a ragged constant': 's.m = s.plans[s.m % 2].steps[s.cell[0].x].by',
  'a name from a constant': 's.pc = s.plans[s.m % 2].who; s.next = s.plans[s.m % 2].steps[0].do',
  'a name from a constant compared':
    "s.up = s.plans[s.m % 2].who === 'done'; s.on = s.plans[s.m % 2].who === 'no'",
  'a constant group kept':
    'const plan = s.plans[s.m % 2]; s.m = 0; s.pc = plan.who; s.n = plan.steps[0].by',
  'a constant group kept but missing': 'const plan = s.plans[s.m]; if (s.up) s.pc = plan.who',
  'a constant list under a known index':
    's.m = s.plans[1].steps.length; s.n = s.plans[1].steps[s.m - 1].by',
  'a for...of over a constant under a known index':
    's.m = 0; for (const step of s.plans[1].steps) s.m += step.by',
  'const keeps a value': 'const x = s.m; s.m = 0; s.list[0] = x',
  'const keeps a value read at a changing index':
    'let i = 0; const x = s.list[i]; i = 1; s.list[i] = x; s.m = s.list[i]',
  'const keeps a record while the index changes':
    'let i = 0; const c = s.cell[i]; i = 1; c.x = 2; s.cell[i].x = 0; s.m = c.x',
  'const keeps a record while the field that is its index changes':
    'const c = s.cell[s.cell[1].x]; s.cell[1].x = 0; c.on = !c.on; s.m = c.at',
  'const keeps a record that does not exist': 'const c = s.cell[s.m]; if (s.up) c.x = 0',
  'two names for one record':
    'const a = s.cell[0]; const b = s.cell[0]; a.x = 1; s.m = b.x; b.x = 2; s.n = a.x',
  'a list kept':
    'const l = s.list; l[1] = 3; const row = s.grid[s.m % 2]; row[1] = l[1] - 2; s.m = l[1]',
  'let changes': 'let x = 1; x += s.m; x = x - 1; x++; if (x <= 3) s.m = x',
  'let of a truth value and a name':
    'let b = s.up; b = !b; let w = s.pc; w = s.cell[0].who; s.on = b; s.pc = w',
  'let is a copy': 'let x = s.m; x = 0; s.n = x + s.m',
  'shadowed names':
    'const x = 1; { const x = s.m; { const x = 0; s.n = x } s.list[0] = x } s.list[1] = x',
  'a parameter of a helper shadows a word': 's.m = three(s, LIMIT)',
  'a local named like a word':
    "const LIMIT = 0; const BUSY = 'idle'; s.list[LIMIT] = 1; s.pc = BUSY",
  'a loop without turns':
    'for (let i = 0; i < 0; i++) s.m = 3; for (let i = 3; i < s.m; i++) s.list[i] = 0',
  'a loop of one turn': 'for (let i = 0; i < 1; i++) s.list[i] = 3',
  'a loop up, down and in twos':
    'for (let i = 0; i < 3; i++) s.list[i] = i; for (let i = 2; i >= 0; i--) s.list[i] += s.up ? 0 : 1; for (let i = 0; i < s.list.length; i += 2) s.list[i] = 0',
  'a loop whose end is a field': 'for (let i = 0; i < s.m; i++) { s.list[i] = 3; s.m = 2 }',
  'a loop that goes too far': 'for (let i = 0; i <= 3; i++) if (s.m === i) s.list[i] = 0',
  'a loop whose test speaks of another counter':
    'let j = 0; for (let i = 0; j < 2; i++) { s.list[i] = 1; if (s.up || i === 1 || i === 4) j++ }',
  'a loop that counts another variable':
    'let j = 0; for (let i = 0; i < 1; j++) { s.list[j] = 1; if (j === 2) break }',
  'a loop that counts down under an upper end':
    'for (let i = 1; i < 2; i--) { if (i === 0 && s.up) break; s.list[i] = 1 }',
  'break and continue':
    'for (let i = 0; i < 3; i++) { if (s.list[i] === 0) continue; if (s.list[i] === 3) break; s.list[i] = 0 }',
  'for...of over records': 'for (const c of s.cell) { if (c.on) continue; c.x = 0; c.who = s.pc }',
  'for...of over values': 's.m = 0; for (const v of s.list) { if (v === 3) break; s.m = v }',
  'for...of keeps the value of its turn':
    'for (const v of s.list) { s.list[0] = 2; s.list[1] = 1; s.m = v }',
  'for...of over a list of lists':
    'for (const row of s.grid) { row[0] = row[1]; for (const v of row) if (v === 1) s.m = 1 }',
  'for...of over a constant': 's.m = 0; for (const v of s.table) { if (s.m < 2) s.m += v }',
  'for...of over an empty constant': 's.m = 0; for (const v of s.nobody) { if (s.m < 2) s.m += v }',
  'for...of over a constant, left early':
    's.m = 0; for (const v of s.table) { if (v === 1) break; s.m += v }',
  'for...of over a constant, with a name of its own':
    's.m = 0; for (const v of s.table) { const twice = v * 2; if (twice === s.n) s.m = v }',
  'for...of over records of a constant':
    'for (const plan of s.plans) if (plan.who === s.pc) s.m = plan.steps[0].by',
  'an index that a constant settles':
    'for (let i = 0; i < 3; i++) if (s.table[i] === 1) { s.list[i] = 3; s.n = i } else s.m = i',
  'an index that a constant narrows':
    "for (let i = 0; i < 2; i++) if (s.plans[i].who === 'done') s.cell[i].x = i; else s.list[i] = 0",
  'an index that a constant settles, under a name used twice':
    "for (let i = 0; i < 2; i++) { const plan = s.plans[i]; { const i = s.m; if (plan.who === 'done') s.n = i } }",
  'a value that a constant does not have':
    's.up = s.table[s.cell[0].x] === 3; s.on = s.table[s.m] === 3',
  'a helper given values out of two constants within the same bounds':
    'const x = s.ends[s.cell[0].x]; const y = s.table[s.cell[0].x]; s.up = isOne(s, x); s.on = isOne(s, y)',
  'what stands behind a condition that is known':
    'if (s.size === 2) { s.m = 1; return } s.n = 0; if (s.size !== 2) return; s.m = 2',
  'for...of over nothing': 'for (const v of s.none) s.m = v',
  'return ends an effect': 'if (s.up) return; s.m = 0; if (s.on) { s.n = 0; return } s.n = 1',
  'else if': 'if (s.m === 0) s.n = 0; else if (s.m === 1) s.n = 1; else { s.n = 2 }',
  'a helper with several ways out': 's.n = sign(s); s.m = first(s, 2)',
  'helpers of helpers': 's.m = sum(s, count(s), sign(s) > 0 ? 0 : 0)',
  'a local named like another helper': 's.n = usesCount(s); const sign = 2; s.m = sign',
  'a helper that is a part of the state':
    'cellOf(s, 1).x = 2; const c = cellOf(s, s.m % 2); c.on = true; s.m = cellOf(s, 0).x',
  'a helper that is a part of a constant': 's.pc = planOf(s, s.m % 2).who',
  'a helper that is a part that may not exist': 'const c = ownCell(s); if (s.up) c.x = 1',
  'an argument that does not exist': 's.m = three(s, s.cell[s.m])',
  'an argument is a value': 's.n = keeps(s, s.list[0]); s.m = keeps(s, s.m)',
  'an argument out of a list is a value': 's.n = keeps(s, s.list[s.m % 3])',
  'a record as an argument': 's.m = xOf(s, s.cell[s.m % 2]); setUp(s)',
  'a helper without a value': 'clear(s); s.m = 0',
  'a helper that changes what shares its word': 's.n = raiseM(s); s.pc = setUp(s) ? s.pc : s.pc',
  'a helper that changes what is being assigned': 's.m = raiseM(s) - 1 < 0 ? 3 : s.m',
  'a helper in a compound assignment': 's.m -= flipOn(s); s.n = 0; s.n += raiseM(s)',
  'a helper after a read': 's.n = s.m - raiseM(s)',
  'a helper before a read': 's.n = raiseM(s) - s.m',
  'a helper in an argument, before and after':
    's.n = sum(s, s.m, raiseM(s)) > sum(s, raiseM(s), s.m) ? 1 : 0',
  'a helper as an index': 's.list[raiseM(s) % 3] = s.m',
  'a helper as an index of the same variable': 's.list[raiseM(s) % 3] = s.list[raiseM(s) % 3]',
  'a helper whose value does not matter':
    's.m = 0; s.n = raiseM(s) * 0; s.up = raiseM(s) >= 0; s.n = flipOn(s) + 1',
  'a helper that is always true': 'if (setUp(s)) s.m = 0; if (setUp(s) || s.on) s.n = 0',
  'a helper that is always zero': 'if (flipOn(s) === 0) s.m = 1; s.list[flipOn(s)] = 2',
  'a helper behind a known condition':
    'if (YES || setUp(s)) s.m = 1; if (!YES && takeM(s)) s.m = 2',
  'short circuit': 'if (s.on && takeM(s)) s.n = 1; if (s.on || takeM(s)) s.n = 2',
  'short circuit as a value': 's.up = s.on && takeM(s); s.on = s.flags[0] || takeM(s)',
  'short circuit before a known end': 'if (takeM(s) && !YES) s.n = 1; if (takeM(s) || YES) s.n = 2',
  'only one arm of a conditional': 's.n = s.on ? raiseM(s) : 0',
  'an arm that would fail is not taken':
    's.n = s.m < 3 ? s.list[s.m] : 0; if (s.m > 5) s.list[7] = 9',
  'an element that fails though its value is known': 's.up = s.list[s.m] >= 0',
  'an element that fails though its product is known': 's.n = s.list[s.m] * 0',
  'a helper inside Math': 's.n = Math.max(raiseM(s), s.m) - Math.floor(raiseM(s) / 9)',
  'remainder by a field': 's.n = s.m % (s.one + s.m); s.m = s.m % (s.cell[0].x + 1)',
  'floor of a division by a field': 's.m = Math.floor(s.m / (s.cell[0].x + 1))',
  'remainder and floor by a negative number':
    's.n = s.n % (s.m - 4); s.m = Math.floor((s.m - 3) / (s.cell[0].x - 3))',
  'bit operators': 's.m = (s.m & s.list[0]) | (s.m ^ s.list[1])',
  'bit operators on negative numbers':
    's.up = (s.n & 6) > 2; s.on = (s.n | 1) < 0; s.n = (s.n ^ s.m) < -3 ? 0 : ~s.n < -3 ? 1 : ~s.n',
  'bits as an index': 's.m = s.list[s.m & 1]; s.list[s.m >> 1] = 3',
  shifts:
    's.m = (s.m << s.cell[0].x) & 3; s.n = s.n >> 1; s.up = 5 >> s.m === 2; s.on = s.n >>> 30 > 2',
  'shifts of large numbers': 's.up = (s.m << 31) < 0; s.on = (s.n >>> 0) > 2000000000',
  'a template': "s.pc = `idle`; s.up = s.pc === `${BUSY}`; s.next = `${'i'}dl${'e'}`",
  'a name out of a known number': "for (const v of s.table) if (`v${v}` === 'v1') s.m = v",
  'a destructured record':
    'const { m, cell, one: only } = s; s.m = 0; cell[1].x = 2; s.n = m - only',
  'a destructured element':
    'const { x, on } = s.cell[s.m % 2]; s.m = 0; s.cell[0].x = 0; s.n = on ? x : 1',
  'a destructured list':
    'const [first, , third] = s.list; s.list[0] = 1; s.m = first; s.list[1] = third',
  'patterns in patterns':
    'const { cell: [{ x }, second], grid: [[, y]] } = s; second.x = 0; s.m = x + y > 3 ? 3 : x + y',
  'a destructured constant':
    "const { who, steps: [{ by }] } = s.plans[s.m % 2]; s.m = 0; s.up = who === 'done'; s.n = by",
  'numbers beyond 32 bits':
    's.up = s.m * 4000000000 + 1 > 4000000000 * s.m; s.on = s.m * 3000000000 > 6000000000',
}

describe('compiled effects do what their text says', () => {
  it.each(Object.entries(compiledEffects))('%s', (_, body) => {
    const { difference, reason } = compareThreeWays({ effect: effect(body), words })
    expect(difference).toBeNull()
    expect(reason).toBeNull()
  })
})

/** Texts that are outside the subset, with the piece of text that the reason must name. */
const refusals: Record<string, [body: string, names: string]> = {
  while: ['while (s.m < 3) s.m++', 'while (s.m < 3)'],
  switch: ['switch (s.m) { case 1: s.m = 0 }', 'switch (s.m)'],
  throw: ["throw new Error('no')", 'throw new Error'],
  try: ['try { s.m = 1 } catch { }', 'try {'],
  var: ['var x = 1; s.m = x', 'var x = 1'],
  'var in a loop': ['for (var i = 0; i < 2; i++) s.m = i', 'for (var i'],
  'let without a value': ['let x; x = 1; s.m = x', 'let x'],
  'a name before its declaration': [
    'const x = s.m; { s.n = x; const x = 1; s.list[0] = x }',
    '`x` is named before it is declared',
  ],
  'a name in its own declaration': ['const x = s.m; { const x = x + 1; s.n = x }', '`x`'],
  'a name in its own pattern': [
    'const x = s.m; { const { x } = s.cell[x % 2]; s.n = x }',
    '`x` is named before it is declared',
  ],
  'a name in the list of its own loop': [
    'const row = s.grid[0]; for (const row of row) s.m = row',
    '`row` is named before it is declared',
  ],
  'a counter in its own first value': ['const i = s.m; for (let i = i; i < 2; i++) s.n = i', '`i`'],
  'destructuring with a default': ['const { m = 1 } = s; s.n = m', 'm = 1'],
  'destructuring of what is no group': ['const { m } = s.m; s.n = m', 'const { m } = s.m'],
  'a destructured variable': ['let { m } = s; m = 1; s.n = m', 'let { m } = s'],
  'the rest of a record': ['const { m, ...others } = s; s.n = m', '...others'],
  spread: ['s.m = Math.max(...s.list)', 'Math.max(...s.list)'],
  'a list of its own': ['for (const v of [1, 2]) s.m = v', '[1, 2]'],
  'a template of what is not known': [
    's.up = s.pc === `${s.pc}`',
    '`s.pc` is not known in a template',
  ],
  'loose equality': ['s.up = s.m == 1', 's.m == 1'],
  division: ['s.m = (s.m * 2) / 2', '/ 2'],
  'a shift by too much': ['s.m = (s.one << s.n) & 3', 's.one << s.n'],
  'remainder by what may be 0': ['s.n = s.m % s.m', 's.m % s.m'],
  'floor of something else': ['s.m = Math.floor(s.m)', 'Math.floor(s.m)'],
  'floor of a division by what may be 0': ['s.m = Math.floor(s.m / (s.cell[0].x - 1))', '/'],
  'another function of Math': ['s.m = Math.abs(s.n)', 'Math.abs(s.n)'],
  'a name in Math': ["s.m = Math.max(1, s.pc === 'idle' ? 1 : 0, 2)", 'Math.max'],
  'optional chaining': ['s.m = s.cell?.[0].x', '?.'],
  'nullish default': ['s.up = s.on ?? true', '??'],
  'a method of a list': ['s.up = s.list.includes(1)', 's.list.includes(1)'],
  'an unknown name': ['s.m = NOWHERE_TO_BE_FOUND ? 1 : 2', 'NOWHERE_TO_BE_FOUND'],
  'an unknown function': ['if (s.m < 1 && s.m > 1) nowhere(s)', 'nowhere(s)'],
  'an unknown field': ['if (s.m < 1 && s.m > 1) s.missing = 1', 's.missing'],
  'an assigned parameter': ['const f = 1; s = s', 's = s'],
  'an assignment as a value': ['s.n = s.m = 1', 's.m = 1'],
  'an update as a value': ['s.n = s.m++', 's.m++'],
  'a sequence': ['s.m = 1, s.n = 1', 's.m = 1, s.n = 1'],
  'a sequence as a value': ['s.m = (setUp(s), 1)', 'setUp(s), 1'],
  'a whole record': ['const c = s.cell[0]; const d = s.up ? c : s.cell[1]; d.x = 1', '`c`'],
  'writing a whole record': [
    'if (s.m < 1 && s.m > 1) s.cell[0] = s.cell[1]',
    's.cell[0] = s.cell[1]',
  ],
  'writing a constant': ['if (s.m < 1 && s.m > 1) s.size = 1', 's.size = 1'],
  'writing inside a constant': ['if (s.up) s.table[0] = 1', 's.table[0] = 1'],
  'a truth value as a number': ['if (s.up) s.m = s.on', 's.m = s.on'],
  'a literal truth value as a number': ['if (s.up) s.m = true', 's.m = true'],
  'a number as a truth value': ['if (s.up) s.on = s.list[0]', 's.on = s.list[0]'],
  'a literal number as a truth value': ['if (s.up) s.on = 1', 's.on = 1'],
  'a number as a name': ['if (s.up) s.pc = 1', 's.pc = 1'],
  'a name of another list': ['s.pc = s.next', 's.pc = s.next'],
  'a name of a list that lacks it': ['s.other = s.pc', 's.other = s.pc'],
  'a name that is not in the list': ["if (s.m < 1 && s.m > 1) s.pc = 'lost'", "'lost'"],
  'comparing names of different lists': ['s.up = s.pc === s.next', 's.pc === s.next'],
  'comparing a number with a truth value': ['s.up = s.m === s.on', 's.m === s.on'],
  'comparing with a name that is not in the list': ["s.up = s.pc === 'lost'", "'lost'"],
  'ordering names': ["s.up = s.pc < 'done'", "s.pc < 'done'"],
  'choosing between names of different lists': ['s.pc = s.up ? s.pc : s.next', 's.next'],
  'a name of a constant kept and compared': [
    'const who = s.plans[s.m % 2].who; s.up = who === s.pc',
    'who === s.pc',
  ],
  'a name of a constant kept and stored': [
    'const who = s.plans[s.m % 2].who; s.pc = who',
    's.pc = who',
  ],
  'a let that changes its kind': ['let x = 0; x = s.up; if (x) s.m = 1', 'x = s.up'],
  'a let that changes its names': ['let x = s.pc; x = s.next; s.up = x === s.pc', 'x = s.next'],
  'a truth value in arithmetic': ['s.m = s.m * s.up > 0 ? 1 : 0', 's.m * s.up'],
  'a number as a condition': ['if (s.m) s.n = 1', 's.m'],
  'a truth value as an index': ['if (s.m < 1 && s.m > 1) s.m = s.list[s.up]', 's.list[s.up]'],
  'a name as an index': ['if (s.m < 1 && s.m > 1) s.m = s.list[s.pc]', 's.list[s.pc]'],
  'a name in a minimum': ['if (s.m < 1 && s.m > 1) s.m = Math.min(s.pc, 1)', 'Math.min(s.pc, 1)'],
  'a truth value as a counter': ['for (let i = s.up; i < 1; i++) s.m = 1', 's.up'],
  'half a number in the state': ['if (s.up) s.m = s.half', 's.half'],
  'half a number among the words': ['if (s.up) s.m = HALF', 'HALF'],
  'half a number that becomes whole': ['s.m = HALF + HALF', 'HALF'],
  'a field that only some groups of a constant have': [
    's.up = s.plans[s.m % 2].extra === 1',
    's.plans[s.m % 2].extra',
  ],
  recursion: ['s.m = forever(s, s.m)', 'forever'],
  'mutual recursion': ['s.m = ping(s, s.m)', 'ping'],
  'a helper of two kinds': ['s.up = mixed(s) === 1', 's.up'],
  'a helper of two lists of names': ["s.up = mixedNames(s) === 'idle'", 's.next'],
  'a helper with a value on some ways': ['s.up = sometimesValue(s)', 'return true'],
  'a helper with a bare return': ['if (bareReturn(s)) s.m = 1', 'return'],
  'a helper without a value, used': ['if (clear(s)) s.m = 1', 'clear(s)'],
  'a helper with a default': ['s.m = withDefault(s)', 'x = 1'],
  'a helper called with too little': ['s.up = three(s) === 3', 'i'],
  'a native helper': ['s.m = native(s.n)', 'native'],
  'a part with an argument that changes the state': [
    's.m = cellOf(s, raiseM(s) % 2).x',
    's.cell[i]',
  ],
  'a compound assignment at an index that changes the state': [
    's.list[raiseM(s) % 3] += 0',
    'raiseM(s)',
  ],
  'an increment at an index that changes the state': ['s.cell[flipOn(s)].x++', 'flipOn(s)'],
  'a labelled break': ['out: for (let i = 0; i < 2; i++) break out', 'out:'],
  'a word that a parameter hides': ['s.m = hides(s, s.m)', 'three'],
  this: ['if (s.m < 1 && s.m > 1) this.m = 1', 'this'],
}
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: these are texts of rules
const odd: Words = {
  forever: '(s, k) => (k <= 0 ? 1 : forever(s, k - 1))',
  ping: '(s, k) => { return k > 0 ? pong(s, k - 1) : 1 }',
  pong: '(s, k) => { return ping(s, k) }',
  mixed: '(s) => { if (s.up) return 1; return s.up }',
  mixedNames: '(s) => { if (s.up) return s.pc; return s.next }',
  sometimesValue: '(s) => { if (!s.up) s.m = 0; else return true; return false; }'.replace(
    'return false; ',
    '',
  ),
  bareReturn: '(s) => { if (s.up) return; return s.on }',
  withDefault: '(s, x = 1) => x',
  native: 'Math.abs',
  hides: '(s, three) => { if (s.m < 1 && s.m > 1) three(s); return three }',
}

describe('what is outside the subset runs as it stands, and says why', () => {
  it.each(Object.entries(refusals))('%s', (_, [body, names]) => {
    const { difference, reason } = compareThreeWays({
      effect: effect(body),
      words: { ...words, ...odd },
    })
    expect(difference).toBeNull()
    expect(reason).toContain(names)
  })
})

/** Guards: `[text, compiled?]`. */
const guards: Record<string, [text: string, compiled: boolean]> = {
  'one comparison': ["(s) => s.pc === 'idle'", true],
  'a conjunction': ["(s) => s.pc === 'busy' && s.m === 1 && s.up", true],
  statements: ['(s) => { const c = s.cell[0]; if (c.on) return false; return c.x === 1 }', true],
  'local constants': ['(s) => { const c = s.cell[0], x = 1; return c.x === x && s.m < 3 }', true],
  'code after a return': ['(s) => { return s.m === 1; return s.m === 2 }', true],
  'a loop': ['(s) => { for (const c of s.cell) if (c.on) return true; return false }', true],
  helpers: ['(s) => count(s) === 1 && isOn(s, 0)', true],
  'two values of one variable': ['(s) => s.m === 1 && s.m === 2', true],
  'a variable with one value': ['(s) => s.one === 2 && s.m === 1', true],
  'an impossible value': ['(s) => s.one === 3', true],
  'a failing part before the one to switch on': ['(s) => s.cell[s.m].on && s.n === 1', true],
  'a failing part after it': ['(s) => s.n === 1 && s.cell[s.m].on', true],
  'a failing part in a helper': ['(s) => isOn(s, s.m) && s.n === 1', true],
  'a failing local name before the part to switch on': [
    '(s) => { const c = s.cell[s.m]; return s.n === 1 && c.on }',
    true,
  ],
  'a disjunction': ['(s) => s.n === 1 || s.m === 2', true],
  'a function expression': ['function (s) { return s.n === 1 }', true],
  'a named function expression': ['function guard(s) { return s.n === 1 }', true],
  'a method': ['({ guard(s) { return s.n === 1 } }).guard', true],
  'a method with an odd name': ["({ 'a b'(s) { return s.n === 1 } })['a b']", true],
  'parentheses and comments': ['(s) => (/* one */ s.n === 1 // two\n)', true],
  'a part outside the subset': ['(s) => s.n === 1 && s.list.includes(2)', false],
  'a pattern': ['({ n }) => n === 1', false],
  'a guard that changes the state': ['(s) => takeM(s)', false],
  'a guard that changes the state in one case': ['(s) => s.n === 1 && takeM(s)', false],
}

describe('guards', () => {
  it.each(Object.entries(guards))('%s', (_, [guard, compiled]) => {
    const { difference, reason } = compareThreeWays({ guard, words })
    expect(difference).toBeNull()
    expect(reason === null).toBe(compiled)
  })

  it('a condition that changes the state is an error, not a quiet change', () => {
    expect(compareThreeWays({ guard: '(s) => takeM(s)', words }).errors).toBeGreaterThan(0)
  })
})

describe('imported names', () => {
  const imported = {
    ...words,
    module: '{ three, LIMIT, takeM, cellOf, BUSY }',
  }
  const cases: Record<string, RuleText> = {
    'a call by way of a module': {
      effect: effect('s.m = (0, module.three)(s, 1); (0, module.takeM)(s)'),
    },
    'a call as a property': { effect: effect('s.m = module.three(s, 1)') },
    'a constant as a property': { effect: effect('s.m = module.LIMIT; s.list[module.LIMIT] = 1') },
    'a constant in a sequence': {
      effect: effect('s.m = (0, module.LIMIT); s.pc = (0, module.BUSY)'),
    },
    'as an argument': {
      effect: effect('const c = (0, module.cellOf)(s, (0, module.LIMIT) - 1); c.x = 1'),
    },
    'in a guard': { guard: '(s) => s.m === (0, module.LIMIT)' },
  }
  it.each(Object.entries(cases))('%s', (_, text) => {
    const { difference, reason } = compareThreeWays({ ...text, words: imported })
    expect(difference).toBeNull()
    expect(reason).toBeNull()
  })

  it('a call whose sequence does something is refused', () => {
    const text = { effect: effect('s.n = (takeM(s), three)(s, 1)'), words }
    const { difference, reason } = compareThreeWays(text)
    expect(difference).toBeNull()
    expect(reason).toContain('takeM(s)')
  })
})

describe('parameters', () => {
  it.each([
    ['(s, p) => s.cell[p].on', '(s, p) => { s.list[p + 1] = p; s.cell[p].who = s.pc }'],
    ['(s, p) => s.m === p', '(s, p) => { const c = cellOf(s, p); c.x = p }'],
    ['(s, p) => p < s.size', '(s, p) => { for (let i = p; i < 3; i++) s.list[i] = p }'],
  ])('%s', (guard, text) => {
    const { difference, reason } = compareThreeWays({
      guard,
      effect: text,
      words,
      parameters: [0, 1, 2],
    })
    expect(difference).toBeNull()
    expect(reason).toBeNull()
  })
})

it('one refusal does not make others refuse for a false reason', () => {
  const shared = {
    ...words,
    bad: '(s) => { if (s.m < 1 && s.m > 1) while (s.m) s.m--; return three(s, 1) }',
  }
  const first = compareThreeWays({
    guard: '(s) => bad(s) === 3',
    effect: effect('s.m = bad(s)'),
    words: shared,
  })
  expect(first.difference).toBeNull()
  expect(first.reason).toContain('while')
})
