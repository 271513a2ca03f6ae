/**
 * A model as Promela, for SPIN (https://spinroot.com): the same translation of the same rules, as C
 * inside Promela, so that another program searches it, with a store of its own.
 *
 * Every action is one option of one loop, taken in one `d_step`; the state is the packed vector.
 * SPIN
 * stores one state more than there are (the one before the first) and counts the steps into the
 * initial states, and one more, among its transitions. An error (`assert`, `c_code [...]`) is a
 * violation: of an `always` property, of `noDeadlock` or of `noRuleError`. What must be reachable,
 * and what must come about in the end, is not asked.
 */

import { type Action, actionsOf, type Model, ModelError } from '../../model.js'
import { Instances } from '../instances.js'

/** What the printed functions call. A failing rule is noted, and reported by the last option. */
const PRELUDE = `static int failed;
static int at(int i, int length) { if (i >= 0 && i < length) return i; failed = 1; return 0; }
static int here(int v) { if (v == -2147483647 - 1) { failed = 1; return 0; } return v; }
static int bad(int leaf, int v) { failed = 1; return 0; }
static int quotient(int x, int y) { return x / y - (x % y < 0); }
static int smaller(int x, int y) { return x < y ? x : y; }
static int larger(int x, int y) { return x > y ? x : y; }`

/**
 * The model's text in Promela; build it with \`spin -a\` and \`cc -DSAFETY -DNOREDUCE -fwrapv\`.
 * @throws ModelError when a function of the model cannot be read and so not be translated.
 */
export function toPromela<S>(model: Model<S>): string {
  const { layout } = model
  const actions = actionsOf(model)
  const printer = new Instances(model, {})
  const instances = printer.of(actions).filter(({ guard }) => guard !== null)
  const always = model.properties
    .filter(({ kind }) => kind === 'always')
    .map(({ name, holds }) => printer.function(name, holds, [], 'condition').name)
  const final = printer.function('final', model.final, [], 'condition').name
  const [unread] = printer.reasons
  if (unread) throw new ModelError(`${unread[0]} cannot be translated: ${unread[1]}`)
  const { code, tables } = printer.program()
  const guards = instances.map(({ number, guard }) => define(`g${number}`, `return ${guard};`))
  const sound = always.map((name) => `if (!${name}(a, o)) return 0;`)
  const functions = [
    ...code.flatMap((text) => text.split(/^(?=function )/m)),
    ...guards,
    define('isSound', [...sound, 'return 1;'].join(' ')),
  ].map((text) => toC(text.trim()))
  const prototypes = functions.map((text) => `${text.slice(0, text.indexOf(')') + 1)};`)
  const option = ({ number, effect }: (typeof instances)[number]) => {
    const step = effect ? `${effect}(now.state, 0);` : ';'
    const taken = `c_code { ${step} }; c_code [SOUND] { ; }`
    return `  /* ${labelOf(actions, number)} */\n  :: d_step { c_expr { G${number} } -> ${taken} }`
  }
  const first = model.init.map((state) => {
    const values = [...layout.encode(state)].map((word, i) => `now.state[${i}] = ${word | 0};`)
    return `  :: d_step { c_code { ${values.join(' ')} }; c_code [SOUND] { ; } }`
  })
  return [
    `/* ${model.name}, written by forkcheck export */`,
    `c_state "int state[${layout.words}]" "Global"`,
    ...inBlocks([
      PRELUDE,
      ...[...tables].map(([name, values]) => `static const int ${name}[] = {${values}};`),
      ...prototypes,
      ...functions,
      ...instances.map(({ number }) => `\\#define G${number} g${number}(now.state, 0)`),
      '\\#define SOUND (!failed && isSound(now.state, 0))',
      `\\#define FINAL ${final}(now.state, 0)`,
      '\\#define FAILED failed',
    ]),
    'active proctype model() {',
    '  if',
    ...first,
    '  fi;',
    'end:',
    '  do',
    ...instances.map(option),
    '  :: d_step { timeout && c_expr { !FINAL } -> assert(false) } /* noDeadlock */',
    '  :: d_step { c_expr { FAILED } -> assert(false) } /* noRuleError */',
    '  od',
    '}',
    '',
  ].join('\n')
}

/** SPIN reads no block of C that is longer than 64 KB. */
const LONGEST = 30_000

function inBlocks(texts: readonly string[]): string[] {
  const blocks: string[] = []
  for (const text of texts) {
    const last = blocks.at(-1)
    if (last === undefined || last.length + text.length > LONGEST) blocks.push(text)
    else blocks[blocks.length - 1] = `${last}\n${text}`
  }
  return blocks.map((block) => `c_code {\n${block}\n}`)
}

function define(name: string, body: string): string {
  return `function ${name}(a, o) { ${body} }`
}

/** A printed function in C: the two languages differ in little of what is printed. */
function toC(text: string): string {
  return text
    .replace(/^function (\w+)\(([^)]*)\)/, (_, name: string, parameters: string) => {
      const [, ...others] = parameters.split(', ')
      return `static int ${name}(${['int *a', ...others.map((p) => `int ${p}`)].join(', ')})`
    })
    .replace(/\b(?:const|let) /g, 'int ')
    .replace(/([=!])==/g, '$1=')
    .replace(/>>>/g, '>>')
    .replace(/, "[^"]*"\)/g, ')')
    .replace(/\breturn;/g, 'return 0;')
    .replace(/\btrue\b/g, '1')
    .replace(/\bfalse\b/g, '0')
}

function labelOf<S>(actions: readonly Action<S>[], number: number): string {
  return actions[number].label
}
