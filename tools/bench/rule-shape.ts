/**
 * The experiment behind the shape of a rule (docs/design.md): one rule text, three ways to run it.
 *
 *   node dist/tools/bench/rule-shape.js [SLOTS]
 *
 * All three explore the same states of the toy copy protocol and must agree on how many; the
 * figures to look at are the ratios.
 */
import { actionsOf, check, isEnabled, type Layout, type Model } from '../../checker/index.js'
import { StateStore } from '../../checker/visited/store.js'
import { toyModel } from './toy.js'

/**
 * The simplest rival: rules on plain objects, packed and unpacked by the layout around each step.
 */
function explorePlainObjects<S>(model: Model<S>): { states: number; transitions: number } {
  const layout: Layout<S> = model.layout
  const actions = actionsOf(model)
  const store = new StateStore(layout.words)
  const words = new Int32Array(layout.words)
  for (const initial of model.init) store.intern(layout.encode(initial), 0, -1)
  let transitions = 0
  for (let id = 0; id < store.size; id++) {
    store.load(id, words)
    const state = layout.decode(words)
    for (const action of actions) {
      if (!isEnabled(model, action, state)) continue
      const successor = layout.decode(words)
      action.rule.effect(successor, ...action.parameters)
      transitions++
      const from = store.size
      const next = store.intern(layout.encode(successor), 0, id)
      if (next === from)
        for (const property of model.properties)
          if (property.kind === 'always' && !property.holds(successor))
            throw new Error(`${property.name} is violated`)
    }
  }
  return { states: store.size, transitions }
}

const slots = Number(process.argv[2] ?? 9)
const ways: [string, () => { states: number; transitions: number }][] = [
  ['source, compiled', () => check(toyModel(slots))],
  ['closures on accessor objects', () => check(toyModel(slots), { execution: 'interpreted' })],
  ['closures on plain objects', () => explorePlainObjects(toyModel(slots))],
]
const rows = ways.map(([name, run]) => {
  const begin = performance.now()
  const { states, transitions } = run()
  return { name, states, transitions, seconds: (performance.now() - begin) / 1000 }
})
for (const { name, states, transitions, seconds } of rows)
  console.log(
    `${name.padEnd(30)} ${states} states ${transitions} steps ${seconds.toFixed(2)} s ` +
      `${(states / seconds / 1e6).toFixed(2)} M states/s, ${(seconds / rows[0].seconds).toFixed(1)}x the time`,
  )
if (rows.some((row) => row.states !== rows[0].states || row.transitions !== rows[0].transitions)) {
  console.error('the three disagree')
  process.exitCode = 1
}
