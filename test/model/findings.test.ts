/** What the model says about the protocol: the findings that docs/design.md and README state. */
import { describe, expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import { type Mutant, parseScenario, scenarios, systems } from '../../model/index.js'
import { situations } from '../../properties/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'

const asyncFork = systems.find((s) => s.name === 'async-fork')
if (!asyncFork) throw new Error('no async-fork')
const system = asyncFork

const situationNames = situations.map((situation) => situation.name)

function scenarioNamed(name: string) {
  const scenario = scenarios.find((s) => s.name === name)
  if (!scenario) throw new Error(`no scenario ${name}`)
  return scenario
}

function without(...rules: string[]): Mutant {
  return {
    name: 'dropped',
    system: 'async-fork',
    says: '',
    scenario: '',
    breaks: [],
    origin: 'synthetic',
    source: '',
    change: Object.fromEntries(rules.map((rule) => [rule, null])),
  }
}

describe('the log line', () => {
  test('stalls the parent: its mmap copies the whole heap, or waits until the child has', () => {
    const witnesses = ['parentCopiesVmaAlone', 'vmaCallWaitsForCopier']
    const model = snapshotModel({ scenario: scenarioNamed('bgsave-log-line'), system }, witnesses)
    const result = check(model, { witnesses })
    const found = new Map(result.witnesses.map((w) => [w.property, w.trace.schedule]))
    expect([...found.keys()].sort()).toEqual(witnesses)
    const copied = found.get('parentCopiesVmaAlone') ?? []
    const call = copied.indexOf('parent.mmap')
    expect(call).toBeGreaterThan(0)
    const inTheCall = copied.slice(call)
    expect(inTheCall.filter((step) => step === 'parent.tableClearMarker')).toHaveLength(3)
    expect(inTheCall).not.toContain('parent.mmapMerge')
    expect(inTheCall.every((step) => step.startsWith('parent.'))).toBe(true)
  })

  test('moved into the child it stalls nobody', () => {
    const scenario = scenarioNamed('bgsave-log-line-in-child')
    const model = snapshotModel({ scenario, system }, situationNames)
    const result = check(model)
    const verdict = (name: string) => result.properties.find((p) => p.name === name)?.verdict
    expect(result.verdict).toBe('holds')
    expect(verdict('parentSynchronises')).toBe('holds')
    expect(verdict('parentSynchronisesVma')).toBe('unreached')
    expect(verdict('parentCopiesVmaAlone')).toBe('unreached')
    expect(verdict('vmaCallWaitsForCopier')).toBe('unreached')
  })
})

describe('what is needed, and for what', () => {
  test('without the fault hook nothing unsafe happens: the PMD keeps the store out', () => {
    const mutant = without('syncBeforeFault')
    const scenario = { ...scenarioNamed('bgsave'), reaches: ['childRuns'] }
    expect(check(snapshotModel({ scenario, system, mutant })).verdict).toBe('holds')
  })

  test('without the copy lock only the discipline breaks', () => {
    const mutant = { ...without(), change: { tableLock: { guard: () => true } } }
    const model = snapshotModel({ scenario: scenarioNamed('bgsave'), system, mutant })
    const result = check(model, { continue: true })
    expect(result.counterexamples.map((c) => c.property)).toEqual(['copyLockIsHeld'])
  })

  test('a lost error code is harmless, as the walk had seen every marker before', () => {
    const scenario = parseScenario({ ...scenarioNamed('sync-fails'), name: 'lost-code' })
    const model = snapshotModel({ scenario, system })
    const lost = {
      name: 'codeIsLost',
      kind: 'sometimes' as const,
      says: 'An error code is in the pointer that the child is about to close.',
      holds: (s: (typeof model.init)[number]) =>
        s.thread.some((t) => t.pc === 'copier.close' && s.mm[1].vma[t.vma].peer === -2),
    }
    const result = check({ ...model, properties: [...model.properties, lost] })
    expect(result.verdict).toBe('holds')
    expect(result.properties.find((p) => p.name === 'codeIsLost')?.verdict).toBe('holds')
  })
})
