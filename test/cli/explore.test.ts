/** The explorer's server: who is answered, what is read, and where it writes. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Served, serveExplorer } from '../../cli/explore-server.js'
import { pageMutant } from '../../cli/page-mutant.js'
import { run } from '../../cli/program.js'
import { counterexamplePath, printCounterexample } from '../../runs/counterexample.js'
import { counterexampleFile, noFlush } from '../support/counterexamples.js'
import { forkcheck, quietIo, temporaryFolder } from './command.js'

const folder = temporaryFolder()
const io = quietIo(folder)
const file = counterexampleFile(noFlush)
const text = printCounterexample(file)
let served: Served

beforeAll(async () => {
  mkdirSync(join(folder, 'corpus/linux'), { recursive: true })
  writeFileSync(join(folder, 'secret.json'), '{"secret": 1}')
  writeFileSync(join(folder, 'corpus/linux/mine.cex.json'), text)
  symlinkSync(join(folder, 'secret.json'), join(folder, 'corpus/linux/link.json'))
  served = await serveExplorer(io, { corpus: 'corpus', link: 'system=linux&scenario=bgsave' }, 0)
})
afterAll(() => served.close())

interface Asked {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly address?: string
}

/** A raw request: nothing in the path is tidied up. */
function ask(path: string, { method = 'GET', headers = {}, body, address }: Asked = {}) {
  const { port, host } = new URL(served.url)
  return new Promise<{ status: number; text: string; headers: NodeJS.Dict<string | string[]> }>(
    (done, fail) => {
      const options = { host: address ?? '127.0.0.1', port, path, method }
      const asked = request({ ...options, headers: { host, ...headers } }, (response) => {
        let text = ''
        response.on('data', (part) => {
          text += part
        })
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, text, headers: response.headers }),
        )
      })
      asked.on('error', fail)
      asked.end(body)
    },
  )
}

const post = (body: string, headers: Record<string, string> = {}) => {
  const { host } = new URL(served.url)
  const all = { origin: `http://${host}`, 'content-type': 'application/json', ...headers }
  return ask('/corpus', { method: 'POST', headers: all, body })
}

describe('answers', () => {
  test('its page, which may load nothing from elsewhere', async () => {
    const { status, text, headers } = await ask('/')
    expect(status).toBe(200)
    expect(text).toContain(
      'id="data">{"link":"system=linux&scenario=bgsave","mutantFile":null,"model":null,"propertyFile":null}</script>',
    )
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })
  test('the corpus', async () => {
    expect(JSON.parse((await ask('/corpus')).text)).toContain('linux/mine.cex.json')
    expect((await ask('/corpus/linux/mine.cex.json')).text).toBe(text)
  })
  test('a counterexample that reproduces, saved under its own name', async () => {
    const { status, text: said } = await post(text)
    expect({ status, said: JSON.parse(said) }).toEqual({
      status: 200,
      said: { file: counterexamplePath(file) },
    })
    expect(readFileSync(join(folder, 'corpus', counterexamplePath(file)), 'utf8')).toBe(text)
  })
})

describe('refuses', () => {
  test.each([
    ['another name for this machine', { host: 'evil.example' }],
    ['a name that is made to point here', { host: 'evil.example:80' }],
    ['a page from elsewhere', { origin: 'http://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
  ])('%s', async (_, headers) => {
    for (const path of ['/', '/corpus', '/corpus/linux/mine.cex.json'])
      expect((await ask(path, { headers: headers as never })).status).toBe(403)
    expect((await post(text, headers as never)).status).toBe(403)
  })
  test('saving by who does not say where it comes from, or sends a form', async () => {
    const headers = { 'content-type': 'application/json' }
    expect((await ask('/corpus', { method: 'POST', headers, body: text })).status).toBe(403)
    expect((await post(text, { 'content-type': 'text/plain' })).status).toBe(415)
  })
  test.each([
    '/corpus/../secret.json',
    '/corpus/..%2fsecret.json',
    '/corpus/%2e%2e/secret.json',
    '/corpus//etc/passwd',
    '/corpus/linux/../../secret.json',
    '/corpus/linux/%00',
    '/../../etc/passwd',
    '/secret.json',
    '/corpus/',
  ])('%s', async (path) => {
    const { status, text } = await ask(path)
    expect(status).toBe(404)
    expect(text).not.toContain('"secret"')
  })
  test('what a link in the corpus leads out to', async () => {
    expect(await ask('/corpus/linux/link.json')).toMatchObject({ status: 403 })
    expect((await ask('/corpus/%E0%A4%A')).status).toBe(400)
  })
  test('other methods', async () => {
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect((await ask('/corpus', { method })).status).toBe(404)
  })
  test.each([
    ['a whole address', 'GET http://evil.example/corpus HTTP/1.1\r\nHost: HOST\r\n\r\n', 400],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n\r\n', 403],
    ['no host', 'GET / HTTP/1.0\r\n\r\n', 403],
    ['two slashes', 'GET //evil.example/corpus HTTP/1.1\r\nHost: HOST\r\n\r\n', 404],
    ['too much head', `GET / HTTP/1.1\r\nHost: HOST\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['another protocol', 'EHLO evil.example\r\n\r\n', 400],
  ])('%s', async (_, sent, status) => {
    const { port, host } = new URL(served.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(sent.replace('HOST', host))
    let said = ''
    for await (const part of socket) said += part
    expect(said).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(said).not.toContain('.cex.json')
  })
  test('a script or picture of it on a page from elsewhere', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' }
    expect((await ask('/corpus', { headers })).status).toBe(403)
    expect((await ask('/corpus/linux/mine.cex.json', { headers })).status).toBe(403)
    expect((await ask('/', { headers })).status).toBe(200)
  })
  test('what never ends', async () => {
    const { port, host } = new URL(served.url)
    const socket = connect(Number(port), '127.0.0.1')
    const head = `POST /corpus HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\n`
    socket.write(`${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`)
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    let sent = 0
    socket.on('error', () => {})
    socket.resume()
    const over = new Promise<void>((done) => socket.on('close', () => done()))
    const more = setInterval(() => {
      if (!socket.destroyed) sent += socket.write(chunk) ? 0x10000 : 0
    }, 1)
    await over
    clearInterval(more)
    expect(sent).toBeLessThan(20_000_000)
    expect((await ask('/corpus')).status).toBe(200)
  })
  test('what is no counterexample, or none that reproduces, and writes nothing', async () => {
    const before = readdirSync(join(folder, 'corpus'), { recursive: true })
    const bad = [
      '{',
      '[]',
      'x'.repeat(1_000_001),
      JSON.stringify({ ...file, system: '../../evil' }),
      JSON.stringify({ ...file, property: '../evil' }),
      JSON.stringify({ ...file, mutant: null }),
      JSON.stringify({ ...file, schedule: file.schedule.slice(1), steps: file.steps - 1 }),
    ]
    for (const body of bad) expect([400, 413]).toContain((await post(body)).status)
    expect(readdirSync(join(folder, 'corpus'), { recursive: true })).toEqual(before)
  })
  test('to write through a folder that is a link', async () => {
    mkdirSync(join(folder, 'other'))
    mkdirSync(join(folder, 'linked'))
    symlinkSync(join(folder, 'other'), join(folder, 'linked/linux'))
    const linked = await serveExplorer(io, { corpus: 'linked', link: '' }, 0)
    const { host } = new URL(linked.url)
    const response = await fetch(`${linked.url}corpus`, {
      method: 'POST',
      headers: { origin: `http://${host}`, 'content-type': 'application/json' },
      body: text,
    })
    await linked.close()
    expect(response.status).toBe(403)
    expect(readdirSync(join(folder, 'other'))).toEqual([])
  })
  test('other addresses of this machine', async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .filter((one) => one && !one.internal && one.family === 'IPv4')
    for (const one of outside)
      await expect(ask('/', { address: one!.address })).rejects.toThrow(/ECONNREFUSED/)
  })
})

describe('a mutant from a file', () => {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write(
    'mine.mjs',
    `export default ({ helpers: { expectSnapshot, childOf } }) => {
      const effect = (s, t) => {
        expectSnapshot(s, childOf(s, t))
        s.thread[t].pc = 'fork.unlock'
      }
      return { name: 'mine', system: 'linux', change: { forkFlush: { effect } } }
    }`,
  )
  const offer = async () => {
    const mutant = await pageMutant(io, 'mine.mjs')
    return serveExplorer(io, { corpus: 'corpus', link: '', mutant }, 0)
  }

  test('is served as a module, to the same hosts and origins alone', async () => {
    const other = await offer()
    const answer = await fetch(`${other.url}mutant.mjs`)
    expect(answer.headers.get('content-type')).toMatch(/^text\/javascript/)
    expect(answer.headers.get('content-security-policy')).toContain("'unsafe-eval' 'self';")
    expect(await answer.text()).toBe(readFileSync(join(folder, 'mine.mjs'), 'utf8'))
    const headers = { origin: 'http://evil.example' }
    expect((await fetch(`${other.url}mutant.mjs`, { headers })).status).toBe(403)
    expect((await fetch(`${other.url}mutant.mjs`, { method: 'POST' })).status).toBe(403)
    await other.close()
  })
  test('is not there where none was given, and nothing may be loaded', async () => {
    expect((await ask('/mutant.mjs')).status).toBe(404)
    expect((await ask('/')).headers['content-security-policy']).not.toContain(
      "'unsafe-eval' 'self'",
    )
  })
  test('what is found with it is replayed with it before it is saved', async () => {
    const other = await offer()
    const claim = { ...file, mutant: 'mine', provenance: { mutantFile: 'mine.mjs' } }
    const post = (body: object) =>
      fetch(`${other.url}corpus`, {
        method: 'POST',
        headers: { origin: new URL(other.url).origin, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    // No file is named: then it is one of the mutants that everybody knows, and is none of them.
    expect((await post({ ...claim, provenance: undefined })).status).toBe(400)
    const saved = await post(claim)
    const { file: name } = (await saved.json()) as { file: string }
    expect({ status: saved.status, name }).toMatchObject({ status: 200 })
    const { provenance } = JSON.parse(readFileSync(join(folder, 'corpus', name), 'utf8'))
    expect(provenance).toEqual({ mutantFile: 'mine.mjs' })
    await other.close()
  })
  test.each([
    [
      'import.mjs',
      "import { systems } from 'forkcheck'\nexport default { system: 'linux', change: { forkFlush: null } }",
    ],
    [
      'later.mjs',
      "export default async () => { await import('node:fs'); return { system: 'linux' } }",
    ],
    ['again.mjs', "export { default } from './mine.mjs'"],
  ])('%s imports what a page cannot load: one line, exit code 2', async (name, text) => {
    write(name, text)
    const { code, err } = await forkcheck(['explore', '--mutant', `./${name}`], { cwd: folder })
    expect({ code, lines: err.split('\n').length }).toEqual({ code: 2, lines: 2 })
    expect(err).toContain(`./${name}: imports '`)
  })
  test('what is no mutant is told as everywhere', async () => {
    write('none.mjs', 'export default 3')
    const { code, err } = await forkcheck(['explore', '--mutant', './none.mjs'], { cwd: folder })
    expect({ code, err }).toEqual({
      code: 2,
      err: 'forkcheck: ./none.mjs: the default export must be a mutant: an object\n',
    })
  })
})

describe('the command', () => {
  test('serves until it is interrupted', async () => {
    const stop = new AbortController()
    let out = ''
    const stdout = { write: (text: string) => (out += text) }
    const ended = run(['explore', 'bgsave'], { ...io, stdout, signal: stop.signal })
    await expect.poll(() => out).toMatch(/^exploring on http:\/\/127\.0\.0\.1:\d+\/ /)
    const url = out.match(/http\S+/)?.[0] ?? ''
    expect((await fetch(url)).status).toBe(200)
    stop.abort()
    expect(await ended).toBe(0)
    await expect(fetch(url)).rejects.toThrow()
    expect(existsSync(join(folder, 'counterexamples'))).toBe(false)
  })
  test.each([
    ['nosuch', /^forkcheck: unknown scenario nosuch/],
    ['--system lnux', /^forkcheck: unknown system lnux/],
    ['--system linux --mutant phase-2-survives', /^forkcheck: --system linux: mutant phase-2-surv/],
    ['bgsave --scenario x.json', /^forkcheck: a scenario is named and a file is given/],
    ['--port 70000', /^forkcheck: --port 70000: must be a whole number from 0 to 65535/],
  ])('%s is one line and exit code 2', async (argv, complaint) => {
    const { code, err } = await forkcheck(['explore', ...argv.split(' ')], { cwd: folder })
    expect({ code, lines: err.split('\n').length }).toEqual({ code: 2, lines: 2 })
    expect(err).toMatch(complaint)
  })
  test('a port that is taken', async () => {
    const { port } = new URL(served.url)
    const { code, err } = await forkcheck(['explore', '--port', port], { cwd: folder })
    expect({ code, err }).toEqual({ code: 2, err: `forkcheck: --port ${port}: taken already\n` })
  })
})
