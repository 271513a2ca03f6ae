/** Models of the user's own in a real browser: explored, drawn, saved, and in a report. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Served, serveExplorer } from '../../cli/explore-server.js'
import { loadSubject } from '../../cli/model-file.js'
import { pageModel } from '../../cli/page-model.js'
import { run } from '../../cli/program.js'
import { quietIo, temporaryFolder } from '../cli/command.js'
import { describeInBrowser, type Opened, open, useBrowser } from './browser.js'

const folder = temporaryFolder()
const io = quietIo(folder)
const FILE = 'dm-snapshot.ts'
const STEPS = [
  'reader.map(0)',
  'writer.begin(0)',
  'kcopyd.copy(0)',
  'kcopyd.commit(0)',
  'kcopyd.complete(0)',
  'kcopyd.release',
  'writer.write',
  'reader.read',
]

describeInBrowser('a model of the user’s own', () => {
  useBrowser()
  let served: Served
  let opened: Opened
  let saved = ''

  beforeAll(async () => {
    cpSync(join('docs/examples', FILE), join(folder, FILE))
    mkdirSync(join(folder, 'corpus'))
    const subject = await loadSubject(folder, FILE)
    const offer = {
      ...{ corpus: 'corpus', subject, model: pageModel(folder, subject.file!) },
      link: 'system=dm-snapshot&scenario=one-chunk&mutant=reads-are-not-tracked',
    }
    served = await serveExplorer(io, offer, 0)
    opened = await open(served.url, { height: 900 })
  })
  afterAll(() => served?.close())

  const click = (name: string | RegExp) =>
    opened.page.getByRole('button', { name, exact: true }).click()
  const drawing = () => opened.page.locator('svg.machine').first()

  test('is walked through step by step, as a drawing and a table', async () => {
    await opened.position().toBe('0 / 0')
    for (const step of STEPS) await click(step)
    await opened.position().toBe('8 / 8')
    expect(await drawing().textContent()).toContain('got 1')
    expect(await drawing().locator('.cell.marked').count()).toBe(1)
    expect(await opened.page.locator('svg.machine').nth(1).textContent()).toContain('reader got')
    expect(await opened.page.locator('.failing').textContent()).toContain('readsTheInstant')
    await opened.screenshot('own-model')
    expect(await opened.axeFindings()).toEqual([])
  })

  test('says why, and asks for states', async () => {
    await click('Why')
    expect(await opened.page.locator('.panel').textContent()).toContain('chunk 0')
    await click('start again')
    await click('Find')
    await opened.page.getByLabel('this is so').selectOption('readsTheInstant')
    await click('find it')
    await opened.position().toBe('8 / 8')
    await click('States')
    await click('draw all states')
    expect(await opened.page.locator('.drawn svg').count()).toBe(1)
  })

  test('saves what it found, and opens it again', async () => {
    await click('Files')
    await click('save to the corpus')
    const said = opened.page.locator('.said')
    await expect.poll(() => said.textContent()).toMatch(/^saved as dm-snapshot\//)
    saved = join(folder, 'corpus', (await said.textContent())!.replace('saved as ', ''))
    expect(JSON.parse(readFileSync(saved, 'utf8'))).toMatchObject({ model: { file: FILE } })
    await click('start again')
    await opened.page.locator('input[type=file]').setInputFiles(saved)
    await opened.position().toBe('8 / 8')
    expect(opened.errors).toEqual([])
    expect(opened.requests.every((url) => url.startsWith(served.url))).toBe(true)
  })

  test('a report shows its drawing at each step', async () => {
    const out = ['--format', 'html', '--out', 'report.html']
    expect(await run(['explain', saved, '--model', FILE, ...out], io)).toBe(0)
    const report = await open(pathToFileURL(join(folder, 'report.html')).href)
    await report.position().toBe('8 / 8')
    const drawn = report.page.locator('svg.machine').first()
    expect(await drawn.textContent()).toContain('got 1')
    await report.page.keyboard.press('ArrowLeft')
    expect(await drawn.textContent()).not.toContain('got 1')
    await report.screenshot('own-model-report')
    expect(report.errors).toEqual([])
  })

  test('a picture as SVG text is an image, and no script in it runs', async () => {
    const text = readFileSync(join(folder, FILE), 'utf8')
    const svg = `picture: (s) => '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20">'
      + '<script>document.title = "taken"</script><text y="15">' + s.writer.pc + '</text></svg>',`
    writeFileSync(join(folder, 'svg.ts'), text.replace('  picture,\n', `  ${svg}\n`))
    const subject = await loadSubject(folder, 'svg.ts')
    const link = 'system=dm-snapshot&scenario=one-chunk'
    const offer = { corpus: 'corpus', subject, model: pageModel(folder, subject.file!), link }
    const other = await serveExplorer(io, offer, 0)
    const page = await open(other.url)
    await page.position().toBe('0 / 0')
    const image = page.page.locator('img.drawn-state')
    expect(await image.getAttribute('src')).toContain('ready')
    expect(await page.page.title()).not.toBe('taken')
    expect(page.errors).toEqual([])
    await other.close()
  })
})
