import { describe, expect, test } from 'vitest'
import { type Cost, plotOf, ratiosOf } from '../../reality/redis/cost.js'
import { isOneInstant } from '../../reality/redis/redis.js'
import { replyIn } from '../../reality/redis/server.js'

describe('replies of Redis', () => {
  test.each([
    ['+OK\r\n', 'OK'],
    [':12\r\n', 12],
    ['$-1\r\n', null],
    ['$4\r\na\r\nb\r\n', 'a\r\nb'],
    ['*3\r\n$1\r\n1\r\n$-1\r\n:2\r\n', ['1', null, 2]],
    ['*0\r\n', []],
  ])('%j is read to its end', (text, reply) => {
    expect(replyIn(`${text}+next`, 0)).toEqual({ reply, end: text.length })
  })

  test('a part of one is not read', () => {
    const whole = '*2\r\n$3\r\nabc\r\n:7\r\n'
    for (let length = 0; length < whole.length; length++)
      expect(replyIn(whole.slice(0, length), 0)).toBe(null)
  })
})

describe('a snapshot shows one instant', () => {
  const found = { count: 70, unequal: 0, sum: 70 }
  test('with whole transactions from the time of the fork', () => {
    expect(isOneInstant(found, 60, 80)).toBe(true)
    expect(isOneInstant(found, 70, 70)).toBe(true)
  })

  test.each([
    ['half a transaction', { ...found, unequal: 1 }],
    ['a count of another time', { ...found, count: 71 }],
    ['an acknowledged transaction missing', { ...found, count: 59, sum: 59 }],
    ['a transaction that was sent later', { ...found, count: 81, sum: 81 }],
  ])('not with %s', (_, other) => {
    expect(isOneInstant(other, 60, 80)).toBe(false)
  })
})

describe('costs beside the model', () => {
  const cost = (megabytes: number, more: Partial<Cost> = {}): Cost => ({
    ...{ megabytes, entries: megabytes * 256, tables: megabytes / 2, faults: 100 },
    ...{ tableKilobytes: megabytes * 2, forkMicroseconds: megabytes * 40, copiedBytes: 409_600 },
    ...more,
  })

  test('are 1 where each table, entry and fault costs what it should', () => {
    expect(ratiosOf(cost(64), cost(16))).toEqual({ tables: 1, fork: 1, copied: 1 })
  })

  test('tell what costs more', () => {
    expect(ratiosOf(cost(64, { forkMicroseconds: 5120 }), cost(16)).fork).toBe(2)
    expect(ratiosOf(cost(64, { tableKilobytes: 192 }), cost(16)).tables).toBe(1.5)
    expect(ratiosOf(cost(64, { copiedBytes: 819_200 }), cost(16)).copied).toBe(2)
  })

  test('are drawn: the time, and where the entries would put it', () => {
    expect(plotOf([cost(16), cost(64, { forkMicroseconds: 1280 })], 8)).toBe(
      [
        'time of fork (#), and by entries from the first size (|):',
        '   16 MB #|  0.6 ms',
        '   64 MB ####   |  1.3 ms',
        '',
      ].join('\n'),
    )
  })
})
