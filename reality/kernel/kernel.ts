/** The tests of reality/guest/flaws.h on a kernel, one after the other. */
import { type Machine, MachineError } from '../machine.js'
import { type Expectation, expectations } from './expectations.js'

/**
 * How a process asks for its child: fork, or a call of a kernel with another one. `shared` is a
 * control on any kernel: memory that both share, which must be found flawed.
 */
export const WAYS = ['fork', 'odf', 'odf-proc', 'cow-pte', 'shared'] as const
export type Way = (typeof WAYS)[number]

export type FlawVerdict = 'sound' | 'flawed' | 'not tried'

export interface FlawResult extends Expectation {
  readonly verdict: FlawVerdict
  /** What was seen. */
  readonly says: string
}

/**
 * Runs tests.
 * @param start gives a machine that has just begun; another one is taken where a kernel ends.
 */
export async function testKernel(
  start: () => Promise<Machine>,
  way: Way,
  wanted: readonly string[],
  told: (result: FlawResult) => void,
): Promise<FlawResult[]> {
  const results: FlawResult[] = []
  let machine: Machine | null = null
  try {
    for (const expectation of expectations.filter(({ test }) => wanted.includes(test))) {
      machine ??= await start()
      const found = await one(machine, `flaw ${expectation.test} ${way}`)
      if (found.isOver) {
        machine.close()
        machine = null
      }
      const result = { ...expectation, ...found.seen }
      results.push(result)
      told(result)
    }
  } finally {
    machine?.close()
  }
  return results
}

async function one(machine: Machine, request: string) {
  try {
    const [line = ''] = await machine.request([request])
    return { seen: parsed(line), isOver: false }
  } catch (error) {
    if (!(error instanceof MachineError)) throw error
    const panic = /(Kernel panic|BUG:|Oops:?|general protection)[^\r\n]*/.exec(machine.console())
    const says = `the kernel ended: ${panic?.[0] ?? error.message}`
    return { seen: { verdict: 'flawed' as const, says }, isOver: true }
  }
}

/** A line of the helper: a verdict, then what was seen. @throws MachineError */
export function parsed(line: string): { verdict: FlawVerdict; says: string } {
  const match = /^(sound|flawed|not tried) (.*)$/.exec(line)
  if (!match) throw new MachineError(`the helper says ${JSON.stringify(line)}`)
  return { verdict: match[1] as FlawVerdict, says: match[2] }
}
