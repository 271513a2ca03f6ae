import { describe, expect, test } from 'vitest'
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
