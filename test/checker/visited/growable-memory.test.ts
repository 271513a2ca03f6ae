/** Rooms: what is in them stays when they grow, and a machine that has less is asked for less. */
import { expect, it } from 'vitest'
import { Lock } from '../../../checker/search/parallel/lock.js'
import {
  asked,
  GrowableMemory,
  MemoryFullError,
  MOST_WORDS,
} from '../../../checker/visited/growable-memory.js'

it('keeps what is in it, and is empty behind', () => {
  const room = GrowableMemory.growing(4)
  for (let i = 0; i < 3_000_000; i++) {
    room.reserve(i + 1)
    if (room.words[i] !== 0) throw new Error(`${i} is not empty`)
    room.words[i] = i + 7
  }
  for (let i = 0; i < 3_000_000; i++)
    if (room.words[i] !== i + 7) throw new Error(`${i} is ${room.words[i]}`)
})

it('refuses to grow beyond what there can be, or is', () => {
  expect(() => GrowableMemory.growing(4).reserve(MOST_WORDS + 1)).toThrow(MemoryFullError)
  const fixed = GrowableMemory.fixed(new Int32Array(8))
  fixed.reserve(8)
  expect(() => fixed.reserve(9)).toThrow(MemoryFullError)
})

it('asks for half as much, again and again', () => {
  const lengths: number[] = []
  const machine = (length: number): Int32Array => {
    lengths.push(length)
    if (length > 300) throw new RangeError('Array buffer allocation failed')
    return new Int32Array(length)
  }
  expect(asked(1024, 100, machine).length).toBe(256)
  expect(lengths).toEqual([1024, 512, 256])
  expect(() => asked(4096, 500, machine)).toThrow(RangeError)
  const broken = (): Int32Array => {
    throw new TypeError('not for want of memory')
  }
  expect(() => asked(1024, 1, broken)).toThrow(TypeError)
})

it('a lock is taken by many, or by one alone', () => {
  const words = new Int32Array(new SharedArrayBuffer(8))
  const [one, other] = [new Lock(words), new Lock(words)]
  one.enter()
  other.enter()
  expect(words[0]).toBe(2)
  one.leave()
  other.leave()
  one.alone(() => expect([...words]).toEqual([0, 1]))
  expect(() =>
    one.alone(() => {
      throw new Error('in there')
    }),
  ).toThrow('in there')
  // It is free again.
  other.alone(() => {})
  expect([...words]).toEqual([0, 0])
})
