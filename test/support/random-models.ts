/** Small random models: threads with program counters, a few shared variables, guarded rules. */
import fc from 'fast-check'
import type { Domain, Model, Property, Rule } from '../../checker/index.js'
import { constant, flag, Layout, list, oneOf, range, record } from '../../checker/index.js'
import { program } from './rule-text.js'

/** A model as text: what a failing run shows, and what it takes to build the model again. */
export interface ModelText {
  readonly threads: number
  readonly places: number
  /** Ranges of the shared variables v0, v1, ... */
  readonly variables: readonly { readonly min: number; readonly max: number }[]
  readonly rules: readonly {
    readonly thread: number
    readonly from: number
    readonly to: number
    readonly guard: string | null
    readonly unless: string | null
    readonly effect: string
    /** Written with the model's `location`, or as part of the guard. */
    readonly usesAt: boolean
    readonly parameters: readonly number[] | null
  }[]
  readonly always: readonly string[]
  readonly sometimes: readonly { readonly test: string; readonly required: boolean }[]
  readonly final: string
  readonly starts: readonly number[]
  /** Is the model's `location` a block? */
  readonly locatesByBlock: boolean
}

const PLACES = ['a', 'b', 'c', 'd']
/** What threads 0, 1 and 2 do, at their `next`. */
const PROGRAM = [['go', 'wait', 'stop'], ['wait', 'stop'], ['go']]
const OPTIONS = { kind: 'old', on: true }
/** Numbers with the same bounds; 2 is among the second only. */
const LEVELS = [1, 3, 1]
const GRADES = [1, 2, 3]

export const modelTexts: fc.Arbitrary<ModelText> = fc
  .record({
    threads: fc.integer({ min: 2, max: 3 }),
    places: fc.integer({ min: 2, max: 4 }),
    variables: fc.array(
      fc
        .tuple(fc.integer({ min: -2, max: 1 }), fc.integer({ min: 0, max: 4 }))
        .map(([min, size]) => ({ min, max: min + size })),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .chain(({ threads, places, variables }) => {
    const place = fc.nat(places - 1)
    const thread = fc.nat(threads - 1)
    const which = fc.nat(variables.length - 1)
    const small = fc.integer({ min: -2, max: 4 })
    const test = fc.oneof(
      fc
        .tuple(which, fc.constantFrom('<', '===', '!==', '>='), small)
        .map(([v, op, n]) => `s.v${v} ${op} ${n}`),
      fc.tuple(thread, place).map(([t, p]) => `s.thread[${t}].pc === '${PLACES[p]}'`),
      fc.tuple(thread, place).map(([t, p]) => `s.thread[${t}].pc !== '${PLACES[p]}'`),
      fc.tuple(which, which).map(([v, w]) => `s.v${v} <= s.v${w}`),
      thread.map((t) => `s.thread[${t}].up`),
      fc.constantFrom("s.options.kind === 'old'", "s.options.kind === 'new'", '!s.options.on'),
      fc.constantFrom('!s.lock', 'count(s) < 2', 's.lock', 'isAt(s, k, s.thread[0].pc)'),
    )
    // A program is shorter than `next` may go: looking at it may fail, which only rules may.
    const level = fc
      .tuple(thread, fc.constantFrom('levelIs2', 'gradeIs2'))
      .map(([t, word]) => `${word}(s, s.thread[${t}].next)`)
    const operation = fc
      .tuple(thread, fc.constantFrom('go', 'wait', 'stop', 'never'))
      .map(([t, word]) => `s.program[${t}][s.thread[${t}].next] === '${word}'`)
    const ruleTest = fc.oneof({ weight: 5, arbitrary: test }, operation, level)
    // k is the rule's parameter, or its thread.
    const assignment = fc.tuple(which, which, fc.nat(9), small).chain(([v, w, n, d]) => {
      const { min, max } = variables[v]
      const size = max - min + 1
      return fc.constantFrom(
        `s.v${v} = ${min + (n % size)};`,
        `s.v${v} = (s.v${v} - (${min}) + ${n}) % ${size} + (${min});`,
        `s.v${v} = Math.min(Math.max(s.v${w} + (${d}), ${min}), ${max});`,
        `if (s.v${v} < ${max}) s.v${v}++; else s.v${v} = ${min};`,
        // Bit operators, shifts, and a divisor that varies.
        `s.v${v} = ((s.v${w} ${'&|^'[n % 3]} ${d}) & 7) % ${size} + (${min});`,
        `s.v${v} = (((s.v${w} << ${n % 4}) ^ ~s.v${v}) >>> ${n}) % ${size} + (${min});`,
        `s.v${v} = Math.min(Math.max((s.v${v} >> ${n % 3}) % (Math.max(s.v${w}, 0) + 1), ${min}), ${max});`,
        `s.v${v} = Math.max(Math.min(Math.floor(${d * 7} / (Math.max(s.v${w}, 0) + 1)), ${max}), ${min});`,
        // Now and then a rule that may leave the range.
        n < 3 ? `s.v${v} += ${d};` : `s.v${v} = s.v${v};`,
      )
    })
    const other = fc.constantFrom(
      's.thread[k % s.thread.length].next = (s.thread[0].next + 1) % 3;',
      's.thread[0].back = s.thread[1].pc;',
      's.thread[0].pc = s.thread[0].back;',
      "for (let t = 0; t < s.thread.length; t++) if (s.program[t][0] === 'go') s.thread[t].pc = PLACE;",
      'goTo(s, 1, s.lock ? PLACE : s.thread[1].back);',
      's.lock = !s.lock;',
      's.thread[k % s.thread.length].up = s.lock;',
      'for (const t of s.thread) t.up = !t.up;',
      'raise(s, 0);',
      '{ const { up, back: before } = s.thread[k % s.thread.length]; if (up) s.thread[0].back = before; }',
      '{ const [{ pc: first }, second] = s.thread; second.back = first; }',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the text of a rule
      'for (const t of s.thread) if (t.pc === `${PLACE}`) t.up = s.lock;',
      '',
    )
    const effect = fc
      .array(fc.oneof(assignment, other), { maxLength: 3 })
      .map((lines) => lines.join(' '))
    const conjunctionOf = (one: typeof test) =>
      fc.array(one, { minLength: 1, maxLength: 2 }).map((tests) => tests.join(' && '))
    const conjunction = conjunctionOf(test)
    const rule = fc.record({
      thread,
      from: place,
      to: place,
      guard: fc.option(conjunctionOf(ruleTest), { freq: 2 }),
      unless: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, ruleTest),
      effect,
      usesAt: fc.boolean(),
      parameters: fc.option(fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }), { freq: 2 }),
    })
    return fc.record({
      threads: fc.constant(threads),
      places: fc.constant(places),
      variables: fc.constant(variables),
      rules: fc.array(rule, { minLength: 4, maxLength: 14, size: 'max' }),
      always: fc.array(
        fc.oneof(
          conjunction.map((text) => `!(${text})`),
          fc.tuple(test, test).map(([x, y]) => `${x} || ${y}`),
        ),
        { maxLength: 3 },
      ),
      sometimes: fc.array(fc.record({ test: conjunction, required: fc.boolean() }), {
        maxLength: 2,
      }),
      final: fc.oneof(test, fc.constantFrom('true', 'false')),
      starts: fc.array(fc.nat(9), { minLength: 1, maxLength: 2 }),
      locatesByBlock: fc.boolean(),
    })
  })

interface State {
  thread: { pc: string; back: string; next: number; up: boolean }[]
  lock: boolean
  program: readonly (readonly string[])[]
  options: { kind: string; on: boolean }
  levels: readonly number[]
  grades: readonly number[]
  [variable: `v${number}`]: number
}

/** Builds the model that a text describes. */
export function modelOf(text: ModelText): Model<State> {
  const names = PLACES.slice(0, text.places)
  const variables = Object.fromEntries(
    text.variables.map(({ min, max }, i) => [`v${i}`, range(min, max)]),
  )
  const domain = record({
    lock: flag(),
    program: constant(PROGRAM),
    options: constant(OPTIONS),
    levels: constant(LEVELS),
    grades: constant(GRADES),
    thread: list(
      text.threads,
      record({ pc: oneOf(...names), back: oneOf(...names), next: range(0, 2), up: flag() }),
    ),
    ...variables,
  }) as unknown as Domain<State>
  const { min, max } = text.variables[0]
  const words = {
    count: '(s) => { let n = 0; for (const t of s.thread) if (t.up) n++; return n }',
    isAt: '(s, t, place) => t < s.thread.length && s.thread[t].pc === place',
    PLACE: `'${names[names.length - 1]}'`,
    is2: '(s, n) => n === 2',
    levelIs2: '(s, n) => { const level = s.levels[n]; return is2(s, level) }',
    gradeIs2: '(s, n) => { const grade = s.grades[n]; return is2(s, grade) }',
    goTo: '(s, t, place) => { s.thread[t].pc = place }',
    raise: `(s, by) => { if (s.v0 + by <= ${max} && s.v0 + by >= ${min}) s.v0 += by; return s.v0 }`,
  }
  const texts: string[] = []
  const add = (body: string) => texts.push(body) - 1
  const rules = text.rules.map((rule) => {
    const here = `s.thread[${rule.thread}].pc`
    const at = rule.usesAt ? [] : [`${here} === '${names[rule.from]}'`]
    const guard = [...at, ...(rule.guard === null ? [] : [rule.guard])].join(' && ')
    return {
      ...rule,
      guard: guard === '' ? null : add(`(s, k) => ${guard}`),
      unless: rule.unless === null ? null : add(`(s, k) => ${rule.unless}`),
      effect: add(`(s, k) => { ${here} = '${names[rule.to]}'; ${rule.effect} }`),
    }
  })
  const condition = (test: string) => add(`(s) => { const k = 0; return ${test} }`)
  const always = text.always.map(condition)
  const sometimes = text.sometimes.map(({ test }) => condition(test))
  const final = condition(text.final)
  const location = add(
    text.locatesByBlock
      ? '(s, t) => { const { pc, up } = s.thread[t]; if (up) return pc; return s.thread[t].pc }'
      : '(s, t) => s.thread[t].pc',
  )
  const { vocabulary, functions } = program(words, texts)

  const property = (kind: Property<State>['kind'], index: number, i: number): Property<State> => ({
    name: `${kind}${i}`,
    kind,
    says: texts[index],
    holds: functions[index],
    ...(kind === 'sometimes' ? { required: text.sometimes[i].required } : {}),
  })
  return {
    name: 'random',
    layout: new Layout(domain),
    init: text.starts.map((start) => ({
      lock: start > 5,
      program: PROGRAM,
      options: OPTIONS,
      levels: LEVELS,
      grades: GRADES,
      thread: Array.from({ length: text.threads }, (_, t) => ({
        pc: names[(start * t) % names.length],
        back: names[0],
        next: 0,
        up: false,
      })),
      ...Object.fromEntries(
        text.variables.map((v, i) => [`v${i}`, v.min + (start % (v.max - v.min + 1))]),
      ),
    })),
    ranges: Object.fromEntries([
      ...Array.from({ length: text.threads }, (_, t) => [
        `thread${t}`,
        { values: [t], labels: [`t${t}`], actor: true },
      ]),
      ...text.rules.map((rule, i) => [`k${i}`, { values: rule.parameters ?? [] }]),
    ]),
    rules: rules.map(
      (rule, i): Rule<State> => ({
        name: `rule${i}`,
        // The location is asked with the rule's parameter: a rule with `at` is its thread's.
        for: rule.usesAt || !rule.parameters ? [`thread${rule.thread}`] : [`k${i}`],
        ...(rule.usesAt ? { at: names[rule.from] } : {}),
        ...(rule.guard === null ? {} : { guard: functions[rule.guard] }),
        ...(rule.unless === null ? {} : { unless: [functions[rule.unless]] }),
        effect: functions[rule.effect],
      }),
    ),
    location: functions[location],
    properties: [
      ...always.map((index, i) => property('always', index, i)),
      ...sometimes.map((index, i) => property('sometimes', index, i)),
    ],
    final: functions[final],
    vocabulary: vocabulary as Record<string, unknown>,
  }
}
