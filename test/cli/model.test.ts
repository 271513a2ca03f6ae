/** Models of the user's own, from files, through the commands. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import * as checker from '../../checker/index.js'
import { run as program } from '../../cli/program.js'
import * as forkcheck from '../../index.js'
import { forkcheck as command, temporaryFolder, write } from './command.js'

const { ownSubject } = forkcheck

const cwd = temporaryFolder()
cpSync(
  fileURLToPath(new URL('../../docs/examples/dm-snapshot.ts', import.meta.url)),
  join(cwd, 'dm-snapshot.ts'),
)
const MODEL = ['--model', 'dm-snapshot.ts']
const run = (...argv: string[]) => command(argv, { cwd })
const json = async (...argv: string[]) => JSON.parse((await run(...argv, '--json')).out)

/** The counterexample of a mutant, below a folder that is new. */
async function saved(mutant: string, out: string): Promise<string> {
  await run('check', ...MODEL, '--mutant', mutant, '--out', out, '--quiet')
  const [file] = readdirSync(join(cwd, out), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.cex.json'),
  )
  return `${out}/${file}`
}

describe('a subject with scenarios and mutants', () => {
  test('holds in every scenario, and its rules are compiled', async () => {
    const { runs } = await json('check', ...MODEL)
    expect(runs.map((one: { scenario: string }) => one.scenario)).toEqual([
      'two-chunks',
      'one-chunk',
    ])
    for (const one of runs)
      expect(one).toMatchObject({ system: 'dm-snapshot', verdict: 'holds', interpreted: [] })
  })

  test('each mutant is caught, and its sound twin holds', async () => {
    const { mutants } = await json('mutants', ...MODEL)
    expect(mutants).toHaveLength(3)
    for (const one of mutants) expect(one).toMatchObject({ caught: true, soundTwinHolds: true })
  })

  test('a violation is a story, with lanes, the reason and the command', async () => {
    const { code, out } = await run('check', ...MODEL, '--mutant', 'reads-are-not-tracked')
    expect(code).toBe(1)
    expect(out).toMatch(/^violated {2}readsTheInstant/m)
    expect(out).toMatch(/writer {2}begin\(0\)/)
    expect(out).toContain('because chunk 0 exception is complete (since')
    expect(out).toContain('forkcheck check two-chunks --model dm-snapshot.ts')
  })

  test.each([
    ['random', ['--seed', '3', '--runs', '500']],
    ['pct', ['--seed', '3', '--runs', '500']],
    ['fewest-preemptions', []],
  ])('simulate finds it: %s', async (strategy, more) => {
    const argv = [...MODEL, '--mutant', 'metadata-is-late', '--strategy', strategy, ...more]
    const { code, out } = await run('simulate', ...argv)
    expect(code).toBe(1)
    expect(out).toMatch(/^violated {2}survivesCrash/m)
  })

  test('replay is strict, and says that the model has changed', async () => {
    const file = await saved('metadata-is-late', 'replayed')
    expect(JSON.parse(readFileSync(join(cwd, file), 'utf8')).model).toMatchObject({
      file: 'dm-snapshot.ts',
      digest: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
    expect((await run('replay', file, ...MODEL)).code).toBe(0)
    const again = `forkcheck replay ${file} --model dm-snapshot.ts\n`
    expect((await run('explain', file, ...MODEL)).out).toContain(again)
    const without = await run('replay', file)
    expect(without.code).toBe(2)
    expect(without.err).toContain('name it with --model FILE')
    const text = readFileSync(join(cwd, 'dm-snapshot.ts'), 'utf8')
    write(cwd, 'changed.ts', `${text}\n// Another text.\n`)
    const changed = await run('replay', file, '--model', 'changed.ts')
    expect(changed.code).toBe(0)
    expect(changed.out).toContain('has changed since this counterexample was written')
  })

  test('a random find is shrunk, scenario and schedule', async () => {
    const file = await saved('copy-is-not-awaited', 'long')
    const shrunk = await run('shrink', file, ...MODEL, '--json')
    expect(JSON.parse(shrunk.out).counterexample).toMatchObject({
      scenarioData: { chunks: 1 },
      model: { file: 'dm-snapshot.ts' },
    })
  })

  test.each(['text', 'html', 'mermaid', 'itf', 'dot', 'svg', 'json'])(
    'explain as %s',
    async (format) => {
      const file = await saved('reads-are-not-tracked', 'explained')
      const { code, out } = await run('explain', file, ...MODEL, '--format', format)
      expect(code).toBe(0)
      expect(out).toContain('begin(0)')
    },
  )

  test('a report holds the variables that its table shows', async () => {
    const file = await saved('reads-are-not-tracked', 'reported')
    const { out } = await run('explain', file, ...MODEL, '--format', 'html')
    const data = /<script type="application\/json" id="data">(.*?)<\/script>/.exec(out)?.[1]
    const { variables, pictures } = JSON.parse(data ?? 'null').main
    expect(pictures[0]).toMatchObject({ height: 140, shapes: expect.any(Array) })
    expect(variables[0]).toEqual({
      key: 'chunk[0].origin',
      name: 'chunk 0 origin',
      value: '0',
      internal: false,
    })
    expect(variables).toHaveLength(15)
  })

  test('no output takes the place of a file of the model', async () => {
    const file = await saved('reads-are-not-tracked', 'outputs')
    write(cwd, 'kept.mjs', "export default { change: { 'kcopyd.commit': null } }")
    const mutant = ['--mutant', 'kept.mjs']
    for (const argv of [
      ['explain', file, ...MODEL, '--out', 'dm-snapshot.ts'],
      ['explain', file, ...MODEL, ...mutant, '--out', 'kept.mjs'],
      ['check', ...MODEL, '--html', 'dm-snapshot.ts'],
      ['check', ...MODEL, ...mutant, '--svg', 'kept.mjs'],
      ['mutants', ...MODEL, '--svg', 'dm-snapshot.ts'],
      ['corpus', 'review', 'outputs', ...MODEL, '--out', 'dm-snapshot.ts'],
    ]) {
      const { code, err } = await run(...argv)
      expect([code, err]).toEqual([2, `forkcheck: ${argv.slice(-2).join(' ')}: it is read too\n`])
    }
  })

  test('export names every rule', async () => {
    const { code, out } = await run('export', 'one-chunk', ...MODEL, '--to', 'promela')
    expect(code).toBe(0)
    expect(out).toContain('kcopyd')
  })

  test('a corpus takes it in, checks it, and sets it right', async () => {
    const file = await saved('metadata-is-late', 'found')
    expect((await run('corpus', 'add', file, '--to', 'corpus', ...MODEL)).code).toBe(0)
    expect((await run('corpus', 'check', 'corpus', ...MODEL)).out).toContain('1 of 1 as expected')
    expect((await run('corpus', 'update', 'corpus', ...MODEL)).code).toBe(0)
  })

  test.each([
    ['systems', ['dm-snapshot']],
    ['scenarios', ['two-chunks', 'one-chunk']],
    ['mutants', ['reads-are-not-tracked', 'metadata-is-late', 'copy-is-not-awaited']],
    ['actions', ['writer.begin', 'writer.write', 'kcopyd.copy']],
    ['properties', ['readsTheInstant', 'survivesCrash', 'readMeetsCopy']],
  ])('list names its %s', async (what, names) => {
    const rows = (await json('list', what, ...MODEL))[what]
    expect(rows.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(names))
    expect((await run('list', what, ...MODEL)).out).toContain(names[0])
  })

  test('a certificate is verified, and rejected when the model is another one', async () => {
    const certify = (...more: string[]) =>
      run('check', ...MODEL, '--certificate', 'all.cert', '--quiet', ...more)
    expect((await certify()).out).toContain('all.cert: 2 of 2 runs')
    const { code, out } = await run('verify', 'all.cert', ...MODEL)
    expect([code, out]).toEqual([0, expect.stringContaining('2 confirmed, 0 rejected, 0 without')])
    expect((await run('verify', 'all.cert')).err).toContain('name it with --model FILE')
    const text = readFileSync(join(cwd, 'dm-snapshot.ts'), 'utf8')
    write(cwd, 'other.ts', text.replace('s.reader.tracked = false', 's.reader.tracked = true'))
    const other = await run('verify', 'all.cert', '--model', 'other.ts')
    expect([other.code, other.out]).toEqual([1, expect.stringContaining('0 confirmed, 2 rejected')])
    await certify('--mutant', 'metadata-is-late')
    const violated = await run('verify', 'all.cert', ...MODEL)
    expect([violated.code, violated.out]).toEqual([1, expect.stringContaining('confirmed')])
  })

  test.each([
    ['() => undefined', 'picture: returned nothing: a drawing or SVG text'],
    ["() => 'a text'", 'picture: its text is no SVG: it must begin with <svg'],
    ['() => ({ width: 9, height: 9 })', 'picture: shapes is missing'],
    ["() => ({ width: 9, height: 9, shapes: [{ kind: 'circle' }] })", 'must be box, text or arrow'],
    ['() => { throw new Error("no pen") }', 'picture: failed: no pen'],
  ])('a picture %s is refused in one line', async (picture, why) => {
    const text = readFileSync(join(cwd, 'dm-snapshot.ts'), 'utf8')
    const file = await saved('metadata-is-late', 'drawn')
    write(cwd, 'drawn.ts', text.replace('  picture,\n', `  picture: (${picture}) as never,\n`))
    const { code, err } = await run('explain', file, '--model', 'drawn.ts', '--format', 'html')
    expect([code, err]).toEqual([2, expect.stringContaining(why)])
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  test('compare finds the worst cases that it measures, and the verdicts', async () => {
    const { rows } = await json('compare', ...MODEL)
    const measure = 'steps of others while a write waits'
    const row = { measure, system: 'dm-snapshot', worst: 6 }
    expect(rows).toEqual([
      { ...row, scenario: 'two-chunks' },
      { ...row, scenario: 'one-chunk' },
    ])
    const files = ['--svg', 'worst.svg', '--html', 'worst.html']
    expect((await run('compare', ...MODEL, ...files)).out).toContain(measure)
    for (const file of ['worst.svg', 'worst.html'])
      expect(readFileSync(join(cwd, file), 'utf8')).toContain(measure)
    const verdicts = await json('compare', ...MODEL, '--properties')
    expect(verdicts.rows.map((one: { verdict: string }) => one.verdict)).toEqual(
      Array(4).fill('holds'),
    )
    const few = await run('compare', ...MODEL, '--max-states', '20')
    expect([few.code, few.out]).toEqual([3, expect.stringContaining('is not whole: --max-states')])
  })

  test.each([
    [['--operation', 'x'], `no such measure: x; there are steps of others while a write waits`],
    [['--pmds', '2'], '--pmds: is about the fork machine; not with --model'],
    [['--scenario', 'x'], 'unknown scenario x: known are two-chunks, one-chunk'],
    [['--svg', 'dm-snapshot.ts'], '--svg dm-snapshot.ts: it is read too'],
  ])('compare %s is refused in one line', async (argv, why) => {
    const { code, err } = await run('compare', ...MODEL, ...argv)
    expect([code, err]).toEqual([2, `forkcheck: ${why}\n`])
  })

  test.each(['start', 'sweep', 'prove', 'bench'])('%s is about the fork machine', async (name) => {
    const { code, err } = await run(name, ...MODEL)
    expect(code).toBe(2)
    expect(err).toBe('forkcheck: --model: this command is about the fork machine alone\n')
  })

  test('a wrong scenario is one line', async () => {
    write(cwd, 'many.json', JSON.stringify({ name: 'many', chunks: 9 }))
    const { code, err } = await run('check', ...MODEL, '--scenario', 'many.json')
    expect(code).toBe(2)
    expect(err).toBe('forkcheck: many.json: chunks must be a whole number from 1 to 4\n')
  })
})

describe('explore', () => {
  /** Serves until what is asked of it has been answered. */
  async function served<T>(argv: readonly string[], ask: (url: string) => Promise<T>): Promise<T> {
    const stop = new AbortController()
    let out = ''
    const stdout = { write: (text: string) => (out += text) }
    const io = { stdout, stderr: { write: () => {} }, env: {}, cwd, signal: stop.signal }
    const ended = program(['explore', ...argv], io)
    await expect.poll(() => out).toMatch(/^exploring on /)
    const answer = await ask(out.match(/http\S+/)?.[0] ?? '')
    stop.abort()
    expect(await ended).toBe(0)
    return answer
  }

  test('serves the model as one module, which is given the packages', async () => {
    write(cwd, 'parts.ts', "export { default } from './dm-snapshot.js'\nexport const x: number = 1")
    write(
      cwd,
      'whole.ts',
      "import { x } from './parts.js'\nexport { default } from './parts.js'\nx",
    )
    const text = await served(['--model', 'whole.ts'], async (url) => {
      expect(await (await fetch(url)).text()).toContain('system=dm-snapshot&scenario=two-chunks')
      const headers = { origin: 'http://evil.example' }
      expect((await fetch(`${url}model.mjs`, { headers })).status).toBe(403)
      return (await fetch(`${url}model.mjs`)).text()
    })
    const { default: load } = await import(`data:text/javascript,${encodeURIComponent(text)}`)
    const { default: exported } = await load({ forkcheck, 'forkcheck/checker': checker })
    expect(ownSubject(exported, null).mutants).toHaveLength(3)
  })

  test('with a scenario and a mutant of the model', async () => {
    const argv = [...MODEL, 'one-chunk', '--mutant', 'metadata-is-late']
    const page = await served(argv, async (url) => (await fetch(url)).text())
    expect(page).toContain('scenario=one-chunk&mutant=metadata-is-late')
  })

  test('a file that imports what a page cannot load is refused in one line', async () => {
    write(cwd, 'reads.ts', "import 'node:fs'\nexport { default } from './dm-snapshot.js'")
    const { code, err } = await run('explore', '--model', 'reads.ts')
    expect([code, err]).toEqual([2, expect.stringMatching(/^forkcheck: reads.ts: imports node:fs/)])
  })
})

describe('a file that exports a Model', () => {
  const counter = `
import { Layout, type Model, range, record } from 'forkcheck/checker'
import { MOST } from './most.js'
interface State { n: number }
export default {
  name: 'counter',
  layout: new Layout(record({ n: range(0, 9) })),
  init: [{ n: 0 }],
  rules: [{ name: 'add', guard: (s: State) => s.n < MOST, effect: (s: State) => { s.n++ } }],
  final: (s) => s.n === MOST,
  vocabulary: { MOST },
  properties: [
    { name: 'staysSmall', kind: 'always', says: 'n stays below 3.', holds: (s) => s.n < 3 },
  ],
} satisfies Model<State>
`
  test.each(['ts', 'mts'])('.%s: is checked, told and replayed', async (ending) => {
    writeFileSync(join(cwd, 'most.ts'), 'export const MOST: number = 5\n')
    write(cwd, `counter.${ending}`, counter)
    const model = ['--model', `counter.${ending}`]
    const { runs } = await json('check', ...model)
    expect(runs[0]).toMatchObject({ verdict: 'violated', interpreted: [] })
    const told = await run('check', ...model, '--out', ending)
    expect(told.code).toBe(1)
    expect(told.out).toMatch(/n {2}2 -> 3/)
  })

  test('a name that means something else in the vocabulary is an error, not a verdict', async () => {
    const wrong = counter.replace('vocabulary: { MOST }', 'vocabulary: { MOST: 2 }')
    write(cwd, 'wrong-name.ts', wrong)
    writeFileSync(join(cwd, 'most.ts'), 'export const MOST: number = 5\n')
    for (const argv of [['check'], ['simulate', '--runs', '3']]) {
      const { code, err } = await run(...argv, '--model', 'wrong-name.ts')
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(/: rule add is read otherwise than it runs: a name in its text/),
      ])
    }
  })

  test('names with spaces are quoted in the command that shows it again', async () => {
    write(
      cwd,
      'spaces.ts',
      counter.replace("'counter'", "'a counter'").replace('staysSmall', 'a b'),
    )
    writeFileSync(join(cwd, 'most.ts'), 'export const MOST: number = 5\n')
    const { out } = await run('check', '--model', 'spaces.ts', '--property', 'a b')
    expect(out).toContain(
      "again     forkcheck check default --model spaces.ts --system 'a counter' --property 'a b'\n",
    )
  })

  test('what its names would lead to stays below the folder', async () => {
    const names = counter.replace("'counter'", "'../out'").replace('staysSmall', 'a/../../b c')
    write(cwd, 'names.ts', names)
    writeFileSync(join(cwd, 'most.ts'), 'export const MOST: number = 5\n')
    await run('check', '--model', 'names.ts', '--out', 'kept/here')
    const files = readdirSync(join(cwd, 'kept/here'), { recursive: true, encoding: 'utf8' })
    const found = files.filter((name) => name.endsWith('.cex.json'))
    expect(found).toEqual([
      expect.stringMatching(/^--out\/a-\.\.-\.\.-b-c-[0-9a-f]{8}\.cex\.json$/),
    ])
    expect((await run('replay', `kept/here/${found[0]}`, '--model', 'names.ts')).code).toBe(0)
    expect((await run('corpus', 'check', 'kept/here', '--model', 'names.ts')).code).toBe(0)
  })

  test.each([
    ['no.txt', '', 'a model file ends in .ts, .mts, .js or .mjs'],
    ['gone.ts', null, 'no such file'],
    ['empty.ts', 'export const x = 1', 'has no default export'],
    ['wrong.ts', 'export default { name: "x", colour: 1, model() {} }', 'colour is not a field'],
    [
      'breaks.ts',
      `import whole from './dm-snapshot.ts'
       export default { ...whole, mutants: [{ name: 'x', breaks: ['readsTheInstent'] }] }`,
      'mutant x: breaks names readsTheInstent, which is no property',
    ],
    [
      'variable.ts',
      `import whole from './dm-snapshot.ts'
       export default { ...whole, variables: { 'chunk[].orign': { internal: true } } }`,
      'variables: chunk[].orign is not a variable; did you mean chunk[].origin?',
    ],
    [
      'shown.ts',
      `import whole from './dm-snapshot.ts'
       export default { ...whole, variables: { 'chunk[].origin': { colour: 'red' } } }`,
      'variables.chunk[].origin.colour is not a field here',
    ],
    [
      'function.ts',
      `import whole from './dm-snapshot.ts'
       export default { ...whole, scenarios: [{ ...whole.scenarios[0], chunks: () => 2 }] }`,
      'scenario two-chunks: chunks must be JSON: numbers, texts, true, false, null, lists, objects',
    ],
    [
      'twice.ts',
      `import whole from './dm-snapshot.ts'
       export default { ...whole, scenarios: [...whole.scenarios, whole.scenarios[0]] }`,
      'two scenarios are called two-chunks',
    ],
    ['broken.ts', 'export default {', 'cannot be loaded'],
  ])('%s is refused in one line', async (name, text, why) => {
    if (text !== null) write(cwd, name, text)
    const { code, err } = await run('check', '--model', name)
    expect(code).toBe(2)
    expect(err).toContain(`forkcheck: ${name}: `)
    expect(err).toContain(why)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })
})
