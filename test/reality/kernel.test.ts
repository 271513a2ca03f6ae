import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { mutants, repairs } from '../../model/index.js'
import { expectations } from '../../reality/kernel/expectations.js'
import { type FlawResult, parsed, testKernel } from '../../reality/kernel/kernel.js'
import { type Machine, MachineError } from '../../reality/machine.js'

const source = readFileSync(new URL('../../reality/guest/flaws.h', import.meta.url), 'utf8')

test('every test of the helper has an expectation, about mutants that there are', () => {
  const list = source.slice(source.indexOf('FLAWS[]'))
  const tests = [...list.matchAll(/\{"([\w-]+)", flaw_/g)].map(([, name]) => name)
  expect(expectations.map(({ test }) => test)).toEqual(tests)
  const known = [...mutants, ...repairs].map(({ name }) => name)
  for (const name of expectations.flatMap((one) => one.mutants)) expect(known).toContain(name)
})

test('what the helper says is a verdict and what was seen', () => {
  expect(parsed('sound all is well')).toEqual({ verdict: 'sound', says: 'all is well' })
  expect(parsed('not tried no swap')).toEqual({ verdict: 'not tried', says: 'no swap' })
  expect(() => parsed('soundly')).toThrow(MachineError)
})

function machineThat(request: Machine['request'], printed = ''): Machine {
  const console = () => printed
  return { kernel: 'k', isGuest: true, request, console, close: () => {} }
}

test('a kernel that ends is flawed, and the next test gets another one', async () => {
  let begun = 0
  const start = async () => {
    begun++
    return machineThat(async ([line]) => {
      if (line === 'flaw discard odf') throw new MachineError('the guest has ended')
      return ['sound as it should be']
    }, 'text\nBUG: unable to handle page fault for address: 0\nmore')
  }
  const told: FlawResult[] = []
  const wanted = ['discard', 'discard-one', 'pipe']
  const results = await testKernel(start, 'odf', wanted, (result) => told.push(result))
  expect(results).toEqual(told)
  expect(results.map(({ verdict }) => verdict)).toEqual(['flawed', 'sound', 'sound'])
  expect(results[0].says).toBe('the kernel ended: BUG: unable to handle page fault for address: 0')
  expect(begun).toBe(2)
})
