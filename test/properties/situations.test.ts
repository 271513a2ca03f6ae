/** Situations can be asked about wherever a mutant leads, not only where a sound system does. */
import { expect, test } from 'vitest'
import { NONE } from '../../model/state.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'

test('who waits for a table of a child that is gone waits for nobody', () => {
  // Mutant byte-no-drain: the child leaves while the parent is about to copy a table of it.
  const setup = {
    scenario: scenarioNamed('bgsave'),
    system: systemNamed('async-fork-bytedance'),
  }
  const model = snapshotModel(setup)
  const state = structuredClone(model.init[0])
  const [parent] = state.thread
  parent.pc = state.places.wantsToCopy[0]
  parent.child = 1
  expect(state.mm[parent.child].pmd[parent.slot].table).toBe(NONE)
  const asked = model.properties.filter(({ name }) => /WaitsFor/.test(name))
  expect(asked.map(({ name, holds }) => [name, holds(state)])).toEqual([
    ['copierWaitsForParent', false],
    ['parentWaitsForCopier', false],
  ])
})
