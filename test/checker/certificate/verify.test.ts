/** Certificates: what a search says is confirmed, and nothing else is. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Claim,
  fingerprint,
  type Refutation,
  RejectedError,
} from '../../../checker/certificate/certificate.js'
import { confirmRefutation } from '../../../checker/certificate/refute.js'
import { verify } from '../../../checker/certificate/verify.js'
import { type Certificate, certify } from '../../../checker/graph/certify.js'
import {
  check,
  constant,
  flag,
  Layout,
  type Model,
  NO_DEADLOCK,
  NO_RULE_ERROR,
  range,
  record,
  stateGraph,
} from '../../../checker/index.js'
import { peterson } from '../../support/classic-models.js'
import { modelOf, modelTexts } from '../../support/random-models.js'

/** A door that is opened and closed by a hand, while a clock ticks. */
interface Door {
  open: boolean
  hours: number
  last: number
}

function door(last = 3): Model<Door> {
  return {
    name: 'door',
    layout: new Layout(record({ open: flag(), hours: range(0, 3), last: constant(last) })),
    init: [{ open: false, hours: 0, last }],
    rules: [
      {
        name: 'tick',
        guard: (s) => s.hours < s.last,
        effect: (s) => {
          s.hours++
        },
      },
      {
        name: 'push',
        guard: (s) => !s.open,
        effect: (s) => {
          s.open = true
        },
      },
      {
        name: 'pull',
        guard: (s) => s.open,
        effect: (s) => {
          s.open = false
        },
      },
    ],
    properties: [
      { name: 'notTooLate', kind: 'always', says: 'It ends.', holds: (s) => s.hours <= s.last },
      { name: 'opens', kind: 'sometimes', says: 'It opens.', holds: (s) => s.open && s.hours > 1 },
      {
        name: 'ends',
        kind: 'eventually',
        says: 'The clock stops.',
        holds: (s) => s.hours === s.last,
      },
    ],
    final: () => false,
    fairness: ({ rule }) => (rule.name === 'tick' ? 'clock' : 'hand'),
  }
}

async function certificateOf<S>(model: Model<S>, names?: readonly string[]) {
  return certify(stateGraph(model), await fingerprint(model), names)
}

/** The reason why a certificate is rejected; null when it is not. */
async function reasonOf<S>(
  model: Model<S>,
  certificate: Certificate,
  asked = [...model.properties.map(({ name }) => name), NO_DEADLOCK, NO_RULE_ERROR],
): Promise<string | null> {
  try {
    verify(model, await fingerprint(model), certificate, certificate.lines, asked)
    return null
  } catch (error) {
    if (error instanceof RejectedError) return error.message
    throw error
  }
}

describe('a certificate', () => {
  it('is confirmed, with the numbers of the search', async () => {
    for (const model of [door(), peterson(3)] as Model<unknown>[]) {
      const certificate = await certificateOf(model)
      const identity = await fingerprint(model)
      const found = verify(model, identity, certificate, certificate.lines, certificate.properties)
      const { states, transitions } = check(model)
      expect(found).toEqual({ states, transitions })
    }
  })

  it.each<[string, (certificate: Certificate) => Partial<Certificate>, string]>([
    [
      'a state dropped',
      ({ lines }) => ({ lines: lines.slice(1) }),
      'the list should have 8 states',
    ],
    [
      'a state dropped and not counted',
      ({ lines }) => ({ lines: lines.slice(1), states: 7 }),
      'initial state 0 is not in the list',
    ],
    [
      'a later state dropped and not counted',
      ({ lines }) => ({ lines: lines.slice(0, -1), states: 7 }),
      'push leads from 03 to 13: not in the list',
    ],
    ['a digit changed', edited('13', '14'), 'push leads from 03 to 13: not in the list'],
    ['a state added that is none', added('14 .'), '14 is not a state: hours has no value 4'],
    ['a digit that is none', added('1~ .'), '1~ is not a state: its digit 2 is none'],
    ['a digit too many', added('130 .'), '130 is not a state: it has 3 digits instead of 2'],
    ['a state twice', edited('13', '12'), 'state 12 is not in its order'],
    ['another state in its place', edited('01', '04'), 'state 02 is not in its order in the list'],
    ['a rank changed so that it rises', ranked('03 .', '10 9'), 'to a state of rank 9'],
    ['a rank left out', ranked('00 2', '00 .'), 'ends is not kept in state 00, which has no rank'],
    ['ranks that no group leaves', flat, 'ends: no fair group leads on from all states of rank 1'],
    ['a line without its rank', ranked('10 2', '10'), 'state 10 has not 1 ranks'],
    ['a rank that is no number', ranked('10 2', '10 -1'), 'state 10 has not 1 ranks'],
    [
      'a property left out',
      ({ properties }) => ({ properties: properties.filter((name) => name !== 'notTooLate') }),
      'property notTooLate was asked for and is not certified',
    ],
    ['ranks left out', () => ({ ranked: [] }), 'property ends has no ranks'],
    ['a witness left out', () => ({ witnesses: {} }), 'property opens has no witness'],
    [
      'a witness that does not lead there',
      () => ({ witnesses: { opens: ['push', 'tick'] } }),
      'the witness of opens does not lead to it',
    ],
    [
      'a witness that is not possible',
      () => ({ witnesses: { opens: ['pull'] } }),
      'the witness of opens does not lead to it',
    ],
    [
      'a property that the model does not have',
      ({ properties }) => ({ properties: [...properties, 'other'] }),
      'door has no property other',
    ],
  ])('is rejected: %s', async (_, change, reason) => {
    const certificate = await certificateOf(door())
    expect(await reasonOf(door(), { ...certificate, ...change(certificate) })).toContain(reason)
  })

  it('is rejected: another model', async () => {
    const certificate = await certificateOf(door())
    const model = door()
    const [tick, push] = model.rules
    const other = { ...model, rules: [tick, push] }
    expect(await reasonOf(other, certificate)).toBe(
      'it is of another model than door as it is here',
    )
    const claimed = { ...certificate, identity: await fingerprint(door(2)) }
    expect(await reasonOf(door(2), claimed)).toBe('property notTooLate does not hold in state 03')
  })

  it('is rejected where a rule fails, or nothing is enabled', async () => {
    const failing = door()
    const [tick, ...others] = failing.rules
    const bad = { ...failing, rules: [{ ...tick, guard: () => true }, ...others] }
    const certificate = await certificateOf(door())
    const claimed = { ...certificate, identity: await fingerprint(bad) }
    expect(await reasonOf(bad, claimed)).toBe('tick fails: hours cannot hold 4')
    const stuck = { ...failing, rules: [tick] }
    const { lines } = certificate
    const alone = { ...certificate, lines: lines.slice(0, 4), states: 4, witnesses: {} }
    const asked = { ...alone, properties: [NO_DEADLOCK], ranked: [], identity: '' }
    asked.lines = asked.lines.map((line) => line.slice(0, 2))
    expect(
      await reasonOf(stuck, { ...asked, identity: await fingerprint(stuck) }, [NO_DEADLOCK]),
    ).toBe('nothing is enabled in state 03: not final')
  })

  it('speaks of the properties that were asked for', async () => {
    const certificate = await certificateOf(door(), ['notTooLate', NO_RULE_ERROR])
    expect(await reasonOf(door(), certificate, ['notTooLate'])).toBeNull()
    expect(await reasonOf(door(), certificate, ['ends'])).toBe(
      'property ends was asked for and is not certified',
    )
  })
})

/** A change of one state in the list. */
function edited(from: string, to: string) {
  return ({ lines }: Certificate) => ({
    lines: lines.map((line) => (line.startsWith(from) ? line.replace(from, to) : line)),
  })
}

/** One line more. */
function added(line: string) {
  return ({ lines }: Certificate) => ({ lines: [...lines, line], states: lines.length + 1 })
}

/** A change of one line. */
function ranked(from: string, to: string) {
  const state = to.slice(0, 2)
  return ({ lines }: Certificate) => {
    expect(lines.some((line) => line === from || line.startsWith(state))).toBe(true)
    return { lines: lines.map((line) => (line.startsWith(state) ? to : line)) }
  }
}

/** All ranks are 1: they do not rise, and nothing leads on. */
function flat({ lines }: Certificate) {
  return { lines: lines.map((line) => `${line.slice(0, 2)} 1`) }
}

describe('random models', () => {
  const runs = Number(process.env.RANDOM_MODELS ?? 150)

  it('are certified exactly where a search finds that they hold', async () => {
    await fc.assert(
      fc.asyncProperty(modelTexts, fc.nat(), fc.nat(), async (text, a, b) => {
        const model = withPromise(modelOf(text), a)
        const result = check(model, { maxStates: 2000, graph: true, continue: true })
        if (result.limit !== null) return
        const identity = await fingerprint(model)
        for (const { property, trace } of result.counterexamples) {
          const found: Refutation = { identity, property, ...trace }
          confirmRefutation(model, identity, found)
          const shorter = { ...found, schedule: trace.schedule.slice(0, -1), loopStart: undefined }
          if (trace.schedule.length > 0 && trace.loopStart === undefined)
            expect(() => confirmRefutation(model, identity, shorter)).toThrow(RejectedError)
        }
        if (result.counterexamples.some(({ property }) => property === NO_RULE_ERROR)) return
        const certificate = certify(stateGraph(model), identity)
        const reason = await reasonOf(model, certificate)
        expect(reason === null).toBe(result.verdict === 'holds')
        if (reason !== null || certificate.lines.length < 2) return
        const without = certificate.lines.filter((_, i) => i !== b % certificate.lines.length)
        const dropped = { ...certificate, lines: without, states: without.length }
        expect(await reasonOf(model, dropped)).not.toBeNull()
      }),
      { numRuns: runs, seed: 20261130 },
    )
  })
})

/** With an `eventually` property beside those it has. */
function withPromise<S>(model: Model<S>, choice: number): Model<S> {
  const [first] = model.properties
  const { final } = model
  const holds = choice % 2 === 0 || !first ? final : first.holds
  const from = choice % 3 === 0 ? { from: (s: S) => !final(s) } : {}
  return {
    ...model,
    properties: [
      ...model.properties,
      { name: 'promise', kind: 'eventually', says: 'It ends.', holds, ...from },
    ],
  }
}

describe('the certificate of a violated run', () => {
  it('is its counterexample', async () => {
    const model = { ...door(), fairness: () => null }
    const { counterexamples } = check(model)
    const [{ property, trace }] = counterexamples
    const identity = await fingerprint(model)
    const claim: Refutation = { identity, property, ...trace }
    expect(property).toBe('ends')
    confirmRefutation(model, identity, claim)
    const wrong: [Partial<Refutation>, string][] = [
      [{ identity: 'x' }, 'it is of another model than door as it is here'],
      [{ property: 'other' }, 'door has no property other'],
      [{ property: 'notTooLate' }, 'the schedule does not violate notTooLate'],
      [{ property: NO_RULE_ERROR }, 'the schedule does not violate noRuleError'],
      [{ property: NO_DEADLOCK }, 'the schedule does not violate noDeadlock'],
      [{ schedule: ['pull'] }, 'the schedule does not violate ends'],
      [{ schedule: ['tick'], loopStart: 0 }, 'the schedule does not violate ends'],
    ]
    for (const [change, reason] of wrong)
      expect(() => confirmRefutation(model, identity, { ...claim, ...change })).toThrow(reason)
    // With fairness the clock must go on.
    const fair = door()
    const own = await fingerprint(fair)
    expect(() => confirmRefutation(fair, own, { ...claim, identity: own })).toThrow(
      'the schedule does not violate ends',
    )
  })
})

it('a claim has the fields that a file must have', async () => {
  const { lines, ...claim } = await certificateOf(door())
  const expected: Claim = {
    identity: claim.identity,
    properties: ['notTooLate', 'opens', 'ends', NO_DEADLOCK, NO_RULE_ERROR],
    ranked: ['ends'],
    witnesses: { opens: ['tick', 'tick', 'push'] },
    states: 8,
  }
  expect(claim).toEqual(expected)
  expect(claim.identity).toMatch(/^[0-9a-f]{64}$/)
  expect(lines).toHaveLength(8)
})
