/**
 * A model as Promela, for SPIN (https://spinroot.com): the trees of its rules printed as C
 * inside Promela, so that another program searches it, with a store of its own.
 *
 * Every action is one option of one loop, taken in one `d_step`; the state is the packed
 * vector. SPIN stores one state more than there are (the one before the first) and counts the
 * steps into the initial states, and one more, among its transitions. An error (`assert`,
 * `c_code [...]`) is a violation: of an `always` property, of `noDeadlock` or of `noRuleError`.
 * `sometimes` and `eventually` properties are left out.
 */

import { type Action, actionsOf, type Model, ModelError } from '../../model.js'
import { ModelReader } from '../model-reader.js'
import { C, Code } from './code.js'
import {
  functionsIn,
  positionsIn,
  printFunctionsInC,
  type Storage,
  withCallees,
} from './functions.js'

/** Functions that printed code calls. A failing rule sets a mark; the last option reports it. */
const PRELUDE = `typedef long long number;
static int failed;
static number at(number i, int length) { if (i >= 0 && i < length) return i; failed = 1; return 0; }
static int here(int v) { if (v == -2147483647 - 1) { failed = 1; return 0; } return v; }
static int bad(int leaf, number v) { failed = 1; return 0; }
static number quotient(number x, number y) { return x / y - (x % y != 0 && (x < 0) != (y < 0)); }
static number smaller(number x, number y) { return x < y ? x : y; }
static number larger(number x, number y) { return x > y ? x : y; }`

/**
 * The model's text in Promela; build it with \`spin -a\` and \`cc -DSAFETY -DNOREDUCE -fwrapv\`.
 * @throws ModelError when a function of the model cannot be read and so not be translated.
 */
export function toPromela<S>(model: Model<S>): string {
  const { layout } = model
  const actions = actionsOf(model)
  const reader = new ModelReader(model, {})
  const read = reader.actions(actions).filter(({ guard }) => guard !== null)
  const always = model.properties
    .filter(({ kind }) => kind === 'always')
    .map(({ name, holds }) => reader.function(name, holds, [], 'condition'))
  const final = reader.function('final', model.final, [], 'condition')
  const [unread] = reader.reasons
  if (unread) throw new ModelError(`${unread[0]} cannot be translated: ${unread[1]}`)
  const { leaves } = layout
  const storage: Storage = {
    leafOf: reader.leafOf,
    numberOf: (leaf) => leaves.indexOf(leaf as (typeof leaves)[number]),
  }
  const used = withCallees([...functionsIn(read), ...always, final])
  const { code, tables } = printFunctionsInC(used, storage)
  const c = new Code(C, positionsIn(storage))
  const define = (name: string, body: string) => `${C.head(name, [])} { ${body} }`
  const guards = read.map(({ number, guard }) =>
    define(`g${number}`, `return ${guard ? c.condition(guard) : 0};`),
  )
  const sound = always.map(({ name }) => `if (!${name}(a, o)) return 0;`)
  const functions = [...code, ...guards, define('isSound', [...sound, 'return 1;'].join(' '))]
  const prototypes = functions.map((text) => `${text.slice(0, text.indexOf(')') + 1)};`)
  const option = ({ number, effect }: (typeof read)[number]) => {
    const step = effect ? `${effect.name}(now.state, 0);` : ';'
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
      ...read.map(({ number }) => `\\#define G${number} g${number}(now.state, 0)`),
      '\\#define SOUND (!failed && isSound(now.state, 0))',
      `\\#define FINAL ${final.name}(now.state, 0)`,
      '\\#define FAILED failed',
    ]),
    'active proctype model() {',
    '  if',
    ...first,
    '  fi;',
    'end:',
    '  do',
    ...read.map(option),
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

function labelOf<S>(actions: readonly Action<S>[], number: number): string {
  return actions[number].label
}
