import { expect, test } from 'vitest'
import { archive } from '../../reality/archive.js'

/** Names and contents of a cpio archive of format newc. */
function filesIn(bytes: Buffer): [string, string][] {
  const files: [string, string][] = []
  const number = (at: number) => Number.parseInt(bytes.toString('latin1', at, at + 8), 16)
  for (let at = 0; at < bytes.length; ) {
    expect(bytes.toString('latin1', at, at + 6)).toBe('070701')
    const size = number(at + 6 + 6 * 8)
    const nameSize = number(at + 6 + 11 * 8)
    const name = bytes.toString('latin1', at + 110, at + 110 + nameSize - 1)
    const begin = (at + 110 + nameSize + 3) & ~3
    files.push([name, bytes.toString('latin1', begin, begin + size)])
    at = (begin + size + 3) & ~3
  }
  return files
}

test('an initramfs has its files, padded, and an end', () => {
  const bytes = archive([{ name: 'init', mode: 0o100755, content: Buffer.from('12345') }])
  expect(bytes.length % 4).toBe(0)
  expect(filesIn(bytes)).toEqual([
    ['dev', ''],
    ['dev/console', ''],
    ['init', '12345'],
    ['TRAILER!!!', ''],
  ])
})
