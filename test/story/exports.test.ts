/** What other tools read: traces as ITF, graphs as DOT, checks as JUnit. */
import { describe, expect, test } from 'vitest'
import { check } from '../../checker/search/search.js'
import { Cursor } from '../../runs/cursor.js'
import { forkMachine } from '../../runs/fork-machine/subject.js'
import { replay } from '../../runs/replay.js'
import type { Run } from '../../runs/run.js'
import { storyDot } from '../../story/render/dot.js'
import { claimOfItf, differenceFrom, itfOf, printItf } from '../../story/render/itf.js'
import { junit } from '../../story/render/junit.js'
import { LONGEST_PATH, neighbourhood } from '../../story/state-graph.js'
import { storyOf } from '../../story/story.js'
import { counterexampleFile, exampleOf, noFlush } from '../support/counterexamples.js'
import { counter } from '../support/small-models.js'

const killed = exampleOf('phase-2-survives')
const narration = forkMachine.narration(noFlush.model)

describe('ITF', () => {
  const examples = [noFlush, killed, exampleOf('linux-failed-fork-leaks')]
  test.each(examples.map((example) => [example.setup.mutant?.name, example] as const))(
    'of %s: there and back',
    (_, example) => {
      const file = counterexampleFile(example)
      const itf = JSON.parse(
        printItf(itfOf(file, example.model, replay(example.model, file), narration)),
      )
      expect(claimOfItf(itf, 'x')).toEqual(file)
      expect(differenceFrom(itf, example.trace.states, example.model, narration)).toBeNull()
      expect(itf.states).toHaveLength(example.trace.states.length)
    },
  )

  const file = counterexampleFile(noFlush)
  const itf = itfOf(file, noFlush.model, replay(noFlush.model, file), narration)

  test('has every variable in every state, and only what the format allows', () => {
    const allowed = (value: unknown): boolean => {
      if (typeof value === 'string' || typeof value === 'boolean') return true
      if (typeof value === 'number') return Number.isSafeInteger(value)
      if (Array.isArray(value)) return value.every(allowed)
      const entries = Object.entries(value as object)
      if (entries.length === 1 && entries[0][0] === '#map')
        return entries[0][1].every((pair: unknown[]) => pair.length === 2 && pair.every(allowed))
      return entries.every(([name, field]) => !name.startsWith('#') && allowed(field))
    }
    for (const { '#meta': meta, ...variables } of itf.states) {
      expect(Object.keys(variables)).toEqual(itf.vars)
      expect(Object.values(variables).filter((value) => !allowed(value))).toEqual([])
      expect(meta.index).toBeTypeOf('number')
    }
  })

  test('names the step, who took it, with what, and the reason', () => {
    const walk = itf.states.find((state) => state['#meta'].step === 'parent2.walk(0)')
    expect(walk).toMatchObject({
      '#meta': { actor: 'parent2' },
      'mbt::actionTaken': 'walk',
      'mbt::nondetPicks': {
        thread: { tag: 'Some', value: 'parent2' },
        page: { tag: 'Some', value: 0 },
      },
    })
    expect(itf.states.at(-1)?.['#meta'].reason).toBe(noFlush.explanation)
    expect(itf.states[0]['mbt::actionTaken']).toBe('init')
  })

  test('is read also where integers and tuples were written in the long form', () => {
    const long = (value: unknown): unknown => {
      if (typeof value === 'number') return { '#bigint': String(value) }
      if (Array.isArray(value)) return { '#tup': value.map(long) }
      if (typeof value !== 'object' || value === null) return value
      const entries = Object.entries(value)
      return Object.fromEntries(
        entries.map(([key, field]) => [
          key,
          key === '#map'
            ? field.map(([name, v]: [string, unknown]) => [name, long(v)])
            : long(field),
        ]),
      )
    }
    const states = itf.states.map(({ '#meta': meta, ...rest }) => ({
      '#meta': meta,
      ...(long(rest) as object),
    }))
    const { model, trace } = noFlush
    expect(differenceFrom({ ...itf, states }, trace.states, model, narration)).toBeNull()
    const moved = [...states.slice(0, 3), states[4], ...states.slice(4)]
    expect(differenceFrom({ ...itf, states: moved }, trace.states, model, narration)).toMatchObject(
      {
        state: 3,
      },
    )
  })

  test('says where a loop begins', () => {
    const lasso = { ...file, loopStart: 5 }
    const replayed = replay(noFlush.model, file)
    const trace = { ...replayed.trace, loopStart: 5 }
    expect(
      JSON.parse(printItf(itfOf(lasso, noFlush.model, { ...replayed, trace }, narration))).loop,
    ).toBe(5)
  })
})

describe('the neighbourhood', () => {
  const graph = neighbourhood(killed.model, killed.trace)

  test('has all steps that are possible on the way, and no others', () => {
    const cursor = new Cursor(killed.model)
    for (const [i, state] of killed.trace.states.entries()) {
      cursor.moveTo(state)
      const drawn = graph.edges.filter(({ from }) => from === i).map(({ label }) => label)
      expect(drawn.sort()).toEqual(cursor.enabledLabels().sort())
    }
    expect(graph.nodes.filter(({ onPath }) => onPath)).toHaveLength(killed.trace.states.length)
  })

  test('is cut where it would be too large, and says so', () => {
    const few = killed.trace.states.length + 2
    const small = neighbourhood(killed.model, killed.trace, { most: few })
    expect(small.nodes).toHaveLength(few)
    expect(small.cut).toBe(graph.edges.length - small.edges.length)
    expect(small.cut).toBeGreaterThan(0)
  })

  test('two steps deep: what follows what else could have happened, and how much is not drawn', () => {
    const deeper = neighbourhood(killed.model, killed.trace, { deep: 2 })
    expect(deeper.nodes.length).toBeGreaterThan(graph.nodes.length)
    const cursor = new Cursor(killed.model)
    for (const [i, { onPath, more }] of graph.nodes.entries()) {
      if (onPath) continue
      const { from, label } = graph.edges.find(({ to }) => to === i)!
      cursor.moveTo(killed.trace.states[from])
      cursor.take(cursor.actions.get(label)!)
      expect(more).toBe(cursor.enabledLabels().length)
      expect(deeper.edges.filter((edge) => edge.from === i)).toHaveLength(more)
    }
  })

  test('marks what is violated, beside the run too', () => {
    const end = graph.nodes.findLastIndex(({ onPath }) => onPath)
    expect(graph.nodes[end].fails).toBe(killed.property)
    const others = graph.nodes.filter(({ fails }, i) => fails !== null && i !== end)
    expect(others.every(({ step }) => step >= killed.trace.states.length - 3)).toBe(true)
  })

  test('of a long run the end is drawn', () => {
    const model = counter(200)
    const states = Array.from({ length: 200 }, (_, at) => ({ size: 200, at }))
    const schedule = Array.from({ length: 199 }, () => 'count')
    const long = neighbourhood(model, { schedule, states })
    expect(long.skipped).toBe(199 - LONGEST_PATH)
    expect(long.nodes.filter(({ onPath }) => onPath)).toHaveLength(LONGEST_PATH + 1)
  })

  test('as DOT', () => {
    const dot = storyDot(storyOf(killed.setup, killed.model, killed.trace, killed), graph)
    expect(dot.match(/^ {2}n\d+ \[/gm)).toHaveLength(graph.nodes.length)
    expect(dot.match(/^ {2}n\d+ -> n\d+ /gm)).toHaveLength(graph.edges.length)
    expect(dot).toContain(`why [label="${killed.explanation}"`)
    expect(dot.match(/"(?:[^"\\]|\\.)*"/g)?.join('')).not.toContain('\n')
  })
})

describe('JUnit', () => {
  const run: Run = {
    ...({} as Run),
    system: 'linux',
    scenario: 'small',
    mutant: null,
    verdict: 'violated',
    seconds: 1.5,
    limit: null,
    remarks: ['2 rules < all'],
    properties: [
      { name: 'a', kind: 'always', verdict: 'holds' },
      { name: 'b', kind: 'always', verdict: 'violated', explanation: 'x < "y" & z\u0001' },
      { name: 'c', kind: 'always', verdict: 'unchecked' },
      { name: 'd', kind: 'sometimes', verdict: 'unreached', explanation: 'never' },
      { name: 'e', kind: 'eventually', verdict: 'unreached' },
    ],
  }
  const reported = { run, stories: new Map([['b', '1 -> 2\n2 -> 3']]) }

  test('a case for each property; failures tell the story', () => {
    expect(junit([reported])).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="forkcheck" tests="5" failures="2" errors="0" skipped="2" time="1.500">
        <testsuite name="linux/small" tests="5" failures="2" errors="0" skipped="2" time="1.500">
          <properties>
            <property name="remark" value="2 rules &lt; all"/>
          </properties>
          <testcase classname="linux.small" name="a"/>
          <testcase classname="linux.small" name="b">
            <failure message="x &lt; &quot;y&quot; &amp; z?">1 -&gt; 2
      2 -&gt; 3</failure>
          </testcase>
          <testcase classname="linux.small" name="c">
            <skipped message="not watched to the end of the state space"/>
          </testcase>
          <testcase classname="linux.small" name="d">
            <failure message="never"/>
          </testcase>
          <testcase classname="linux.small" name="e">
            <skipped message="no state asks for it"/>
          </testcase>
        </testsuite>
      </testsuites>
      "
    `)
  })

  test('an explanation that reads like a boolean, or holds line feeds, keeps its value', () => {
    const failed = (explanation: string): Run => ({
      ...run,
      properties: [{ ...run.properties[1], explanation }],
    })
    const text = junit(['true', 'two\nlines', ''].map((why) => ({ ...reported, run: failed(why) })))
    for (const message of ['true', 'two lines', ''])
      expect(text).toContain(`<failure message="${message}">1 -&gt; 2\n2 -&gt; 3</failure>`)
  })

  test('what was not seen never passes', () => {
    const properties = run.properties.filter(({ verdict }) => verdict !== 'violated')
    const cut: Run = { ...run, verdict: 'incomplete', limit: '--time 1s', properties }
    const text = junit([{ run: cut, stories: new Map() }], ['linux/other'])
    expect(text).toContain('<error message="incomplete: --time 1s"/>')
    expect(text).toContain('<error message="interrupted before it was run"/>')
    expect(text).toContain(
      '<testsuites name="forkcheck" tests="5" failures="1" errors="2" skipped="1"',
    )
  })

  test('of a real run: every property once', () => {
    const { properties } = check(noFlush.model)
    const text = junit([{ run: { ...run, properties }, stories: new Map() }])
    expect(text.match(/<testcase /g)).toHaveLength(properties.length)
    expect(text.match(/<failure /g)).toHaveLength(1)
  })
})
