/** What forkcheck writes: tried before the work, whole or not at all, nothing replaced by mistake. */
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { forkcheck, lines, temporaryFolder, write } from './command.js'

const folder = temporaryFolder()
const run = (...argv: string[]) => forkcheck(argv, { cwd: folder })
const inFolder = (name: string) => join(folder, name)
const CHECK = ['check', 'fork-fails', '--system', 'linux', '--quiet']

test.each([
  ['--junit', 'a-folder', 'a directory, not a file'],
  ['--html', 'a-file/page.html', 'a part of the path is not a directory'],
  ['--svg', `${'n'.repeat(300)}.svg`, 'the name is too long'],
  ['--graph', 'loop-1', 'its symbolic links form a loop'],
  ['--certificate', 'a-file/x', 'a part of the path is not a directory'],
  ['--checkpoint', 'a-folder', 'a directory, not a file'],
  ['--out', 'a-file', 'not a directory'],
  ['--html', 'mine.json', 'it is read too'],
])('check %s %s is refused before anything is searched', async (option, file, why) => {
  mkdirSync(inFolder('a-folder'), { recursive: true })
  write(folder, 'a-file', 'text')
  for (const [link, to] of [
    ['loop-1', 'loop-2'],
    ['loop-2', 'loop-1'],
  ])
    if (!readdirSync(folder).includes(link)) symlinkSync(to, inFolder(link))
  write(
    folder,
    'mine.json',
    JSON.stringify({ format: 1, name: 'mine', pages: 1, parent: [[{ do: 'fork' }]] }),
  )
  const { code, out, err } = await run('check', '--scenario', 'mine.json', option, file)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(lines(err)).toEqual([`forkcheck: ${option} ${file}: ${why}`])
})

test('two options do not write one file', async () => {
  const { code, err } = await run(...CHECK, '--svg', 'one', '--html', './one')
  expect(code).toBe(2)
  expect(err).toContain('--html ./one: --svg would write it too')
})

test('a file does not stand where a folder is to be', async () => {
  const { code, err } = await run(...CHECK, '--html', 'new', '--out', 'new/below')
  expect(code).toBe(2)
  expect(err).toBe('forkcheck: --html new: --out names a folder there\n')
})

test('results are printed although a file cannot be written in the end', async () => {
  const { code, out, err } = await run(...CHECK, '--html', '/dev/full')
  expect(out).toContain('fork-fails')
  expect(err).toContain('cannot write /dev/full: no space is left on the device')
  expect(code).toBe(2)
  expect(statSync('/dev/full').isCharacterDevice()).toBe(true)
})

test('a device stays a device', async () => {
  const { code } = await run(...CHECK, '--html', '/dev/null', '--svg', '/dev/null')
  expect(code).toBe(0)
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
})

test('a link stays a link, and what it names keeps its mode', async () => {
  write(folder, 'secret.svg', 'before')
  chmodSync(inFolder('secret.svg'), 0o600)
  symlinkSync('secret.svg', inFolder('link.svg'))
  expect((await run(...CHECK, '--svg', 'link.svg')).code).toBe(0)
  expect(readlinkSync(inFolder('link.svg'))).toBe('secret.svg')
  expect(statSync(inFolder('secret.svg')).mode & 0o777).toBe(0o600)
  expect(readFileSync(inFolder('secret.svg'), 'utf8')).toContain('<svg')
})

test('a link to nothing is followed', async () => {
  symlinkSync('new.svg', inFolder('dangling.svg'))
  expect((await run(...CHECK, '--svg', 'dangling.svg')).code).toBe(0)
  expect(readlinkSync(inFolder('dangling.svg'))).toBe('new.svg')
  expect(readFileSync(inFolder('new.svg'), 'utf8')).toContain('<svg')
})

test('a file with two names keeps both', async () => {
  write(folder, 'first.svg', 'a text that is longer than nothing')
  linkSync(inFolder('first.svg'), inFolder('second.svg'))
  expect((await run(...CHECK, '--svg', 'first.svg')).code).toBe(0)
  expect(statSync(inFolder('first.svg')).nlink).toBe(2)
  expect(readFileSync(inFolder('second.svg'), 'utf8')).toMatch(/^<svg|^<\?xml/)
})

test('a FIFO is written to, and refused where no program reads from it', async () => {
  execFileSync('mkfifo', [inFolder('pipe')])
  const refused = await run(...CHECK, '--svg', 'pipe')
  expect(refused.code).toBe(2)
  expect(refused.err).toContain('cannot write pipe: no program reads from it')
  const reader = spawn('cat', [inFolder('pipe')])
  let read = ''
  reader.stdout.on('data', (data) => {
    read += data
  })
  const closed = new Promise((resolve) => reader.on('close', resolve))
  // The reader has to be there: until it is, the answer is the one above.
  let code = 2
  while (code === 2) code = (await run(...CHECK, '--svg', 'pipe')).code
  await closed
  expect(code).toBe(0)
  expect(read).toContain('</svg>')
  expect(statSync(inFolder('pipe')).isFIFO()).toBe(true)
})

test('nothing half written is left', async () => {
  await run('check', 'fork-fails', '--system', 'linux', '--certificate', 'c.json', '--time', '1ms')
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  expect(existsSync(inFolder('c.json'))).toBe(true)
})
