/** The explorer in a real browser: a whole run by hand, and every control it has. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Served, serveExplorer } from '../../cli/explore-server.js'
import { pageMutant } from '../../cli/page-mutant.js'
import { counterexamplePath, printCounterexample } from '../../runs/counterexample.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { linkOf } from '../../runs/link.js'
import { ask } from '../../runs/question.js'
import { Exploration } from '../../story/exploration.js'
import { operationFrom, toNextChoice } from '../../story/onward.js'
import { wholeGraph } from '../../story/state-graph.js'
import { quietIo, temporaryFolder } from '../cli/command.js'
import { counterexampleFile, exampleOf } from '../support/counterexamples.js'
import { describeInBrowser, type Opened, open, useBrowser } from './browser.js'

const folder = temporaryFolder()

const survives = exampleOf('phase-2-survives')
const steps = survives.trace.schedule.length
const setup = { system: systemNamed('async-fork'), scenario: scenarioNamed('copier-fails') }
const start = linkOf({ setup, schedule: [], position: 0 })

describeInBrowser('the explorer', () => {
  useBrowser()
  let served: Served
  let opened: Opened

  beforeAll(async () => {
    mkdirSync(join(folder, 'corpus/async-fork'), { recursive: true })
    const text = printCounterexample(counterexampleFile(exampleOf('no-sync-before-zap')))
    writeFileSync(join(folder, 'corpus/async-fork/zap.cex.json'), text)
    served = await serveExplorer(quietIo(folder), { corpus: 'corpus', link: start }, 0)
    opened = await open(served.url, {
      height: 900,
      permissions: ['clipboard-read', 'clipboard-write'],
    })
  })
  afterAll(() => served?.close())

  const click = (name: string) => opened.page.getByRole('button', { name, exact: true }).click()
  const startAgain = async () => {
    const button = opened.page.getByRole('button', { name: 'start again', exact: true })
    if (await button.isEnabled()) await button.click()
    await at(0)
  }
  const at = (step: number, of = step) => opened.position().toBe(`${step} / ${of}`)
  const said = () =>
    expect.poll(() => opened.page.locator('.said').textContent(), { timeout: 60_000 })
  const choices = () => opened.page.locator('.choice').allTextContents()

  test('begins where the command line says', async () => {
    await at(0)
    expect(await opened.page.getByLabel('scenario').inputValue()).toBe('copier-fails')
    expect(await choices()).toEqual(['parent.fork'])
  })

  test('a whole run of the protocol by hand: every state has the steps the library finds', async () => {
    await opened.page.getByLabel('mutant').selectOption('phase-2-survives')
    await expect.poll(() => opened.page.getByLabel('mutant').inputValue()).toBe('phase-2-survives')
    const exploration = new Exploration(survives.setup)
    for (const [i, label] of survives.trace.schedule.entries()) {
      await at(i)
      const wanted = exploration.possible(survives.trace.states[i]).map((one) => one.label)
      expect(await choices()).toEqual(wanted)
      await click(label)
    }
    await at(steps)
    expect(await opened.page.locator('.failing').textContent()).toContain(survives.explanation)
    await click('Properties')
    const fails = await opened.page.locator('.properties .fails').allTextContents()
    expect(fails[0] + fails[1]).toContain(survives.explanation)
    await click('Why')
    expect(await opened.page.locator('.chain > li').count()).toBeGreaterThan(2)
    await opened.screenshot('explore-violated')
    expect(await opened.axeFindings()).toEqual([])
  })

  test('saves what was found into the corpus, and nowhere else', async () => {
    await click('Files')
    await click('save to the corpus')
    const file = counterexampleFile(survives)
    await said().toMatch(/^saved as async-fork\/childSeesForkTimeMemory-[0-9a-f]{8}\.cex\.json$/)
    const saved = readFileSync(join(folder, 'corpus', counterexamplePath(file)), 'utf8')
    expect(JSON.parse(saved)).toMatchObject(file)
    expect(readdirSync(folder)).toEqual(['corpus'])
    const [download] = await Promise.all([opened.page.waitForEvent('download'), click('download')])
    expect(readFileSync(await download.path(), 'utf8')).toBe(saved)
    expect(await opened.axeFindings()).toEqual([])
  })

  test('shares a link that carries the schedule', async () => {
    await click('copy the link')
    await said().toMatch(/the link is copied/)
    const copied = String(await opened.page.evaluate('navigator.clipboard.readText()'))
    expect(decodeURIComponent(copied)).toContain('child.copierFails')
    const href = await opened.page.getByRole('link').getAttribute('href')
    expect(href).toBe(copied)
    const other = await open(new URL(copied, served.url).href)
    await other.position().toBe(`${steps} / ${steps}`)
    expect(other.errors).toEqual([])
    await other.page.context().close()
  })

  test('undoes, and forks from any step', async () => {
    await click('Steps')
    await click('↶ undo')
    await at(steps - 1)
    const entered = survives.trace.schedule.indexOf('child.tableEnter') + 1
    await opened.page.getByRole('option').filter({ hasText: 'tableEnter' }).first().click()
    await at(entered, steps - 1)
    const other = (await choices()).find((label) => label !== survives.trace.schedule[entered])!
    expect(await opened.page.locator('.taken').count()).toBe(1)
    await click(other)
    await at(entered + 1)
    await opened.page.keyboard.press('u')
    await at(entered, steps - 1)
    await click('start again')
    await at(0)
    await opened.page.keyboard.press('u')
    await at(entered, steps - 1)
  })

  test('steps that are not possible say which part of their guard fails', async () => {
    await opened.page.keyboard.press('End')
    await at(steps - 1)
    const blocked = await opened.page.locator('.blocked').allTextContents()
    const told = new Exploration(survives.setup).blocked(survives.trace.states[steps - 1])
    expect(blocked.length).toBeGreaterThan(0)
    expect(blocked.length).toBeLessThanOrEqual(told.length)
    for (const text of blocked) expect(text).toMatch(/^⊘ \S.*the condition ?not so: \S/)
    const groups = opened.page.locator('.blocked-steps')
    expect(await groups.count()).toBe(new Set(told.map(({ actor }) => actor)).size)
    await groups.first().locator('> summary').click()
    await groups.first().getByText('the condition').first().click()
    await opened.screenshot('explore-steps')
    expect(await opened.axeFindings()).toEqual([])
  })

  test('finds a state that is asked for, from where one is', async () => {
    await opened.page.getByLabel('mutant').selectOption('')
    await at(0)
    await click('Find')
    const exploration = new Exploration(setup)
    const first = exploration.run([]).run.states[0]
    const property = 'copierWaitsForParent'
    const answer = await ask(setup, first, { property }, {})
    await opened.page.getByLabel('this is so').selectOption(property)
    await click('find it')
    await said().toBe(
      `${answer.schedule!.length} steps lead there: they have been taken (${answer.states} states seen).`,
    )
    await at(answer.schedule!.length)
    await opened.page.getByRole('combobox', { name: /^variable/ }).selectOption('child pc')
    await opened.page.getByRole('combobox', { name: /^is/ }).selectOption('user')
    await click('find the value')
    await said().toMatch(/^\d+ steps lead there/)
    expect(await opened.page.locator('.space.s1 .thread text').first().textContent()).toMatch(
      /user/,
    )
    await opened.page.getByLabel('this is so').selectOption('childSeesForkTimeMemory')
    await click('find it')
    await said().toMatch(/^There is no way from here: all \d+ states/)
    expect(await opened.axeFindings()).toEqual([])
  })

  test('finds a state by a condition that is typed, or says what is wrong with it', async () => {
    const ask = async (text: string) => {
      await opened.page.getByLabel('condition').fill(text)
      await click('find such a state')
    }
    await click('Find')
    await startAgain()
    await ask('s.frame[99].refs > 1')
    await said().toMatch(/^The condition cannot be asked: /)
    await ask('s.mm')
    await said().toMatch(/^The condition gives .* it must be true or false\.$/)
    await ask('s.thread[0].pc !== "user"')
    await said().toMatch(/^\d+ steps lead there/)
    await ask('s.mm.length > 7')
    await said().toMatch(/^There is no way from here: all \d+ states/)
  })

  test('goes on to the next choice, finishes an operation, and plays what was done', async () => {
    const exploration = new Exploration(setup)
    const first = exploration.run([]).run.states[0]
    await click('Steps')
    await startAgain()
    const straight = toNextChoice(exploration, first)
    await opened.page.keyboard.press('c')
    await at(straight.length)
    await startAgain()
    const operation = operationFrom(exploration, first, 'parent.fork', 'parent')
    await click('parent.fork and on')
    await at(operation.length)
    await click('Seen')
    const seen = opened.page.locator('.seen')
    expect(await seen.locator('p').first().textContent()).toMatch(/, [1-9]\d* of \d+ rules were/)
    expect(await opened.axeFindings()).toEqual([])
    await opened.page.keyboard.press('Home')
    await opened.page.getByLabel('speed').selectOption('20')
    await click('▷ play')
    await at(operation.length)
    await expect.poll(() => opened.page.getByText('▷ play').count()).toBe(1)
    await opened.page.keyboard.press('?')
    const help = opened.page.getByRole('dialog')
    expect(await help.textContent()).toContain('take steps until there is a choice')
    expect(await opened.axeFindings()).toEqual([])
    await opened.screenshot('explore-help')
    await opened.page.keyboard.press('Escape')
    await expect.poll(() => help.count()).toBe(0)
    await click('Find')
  })

  test('draws the routine that a thread is in', async () => {
    await click('Routine')
    const shown = opened.page.locator('.routine')
    expect(await shown.locator('p').textContent()).toMatch(/ is at [\w.]+, in \w+\. /)
    expect(await shown.locator('.node.here').count()).toBe(1)
    expect(await opened.axeFindings()).toEqual([])
    await opened.screenshot('explore-routine')
    await shown.getByRole('button', { name: 'child', exact: true }).click()
    expect(await shown.locator('p').textContent()).toMatch(/^child is at /)
    await click('Find')
  })

  test('draws all states of a small scenario', async () => {
    await opened.page.getByLabel('system').selectOption('linux')
    await opened.page.getByLabel('scenario').selectOption('huge-pages-reused')
    await at(0)
    await click('States')
    await click('draw all states')
    const small = { system: systemNamed('linux'), scenario: scenarioNamed('huge-pages-reused') }
    const { nodes } = wholeGraph(snapshotModel(small))
    expect(await opened.page.locator('.drawn .node').count()).toBe(nodes.length)
    await opened.screenshot('explore-states')
    expect(await opened.axeFindings()).toEqual([])
    const [download] = await Promise.all([
      opened.page.waitForEvent('download'),
      click('save states as SVG'),
    ])
    expect(readFileSync(await download.path(), 'utf8')).toContain(`${nodes.length} states`)
    await opened.page.getByLabel('system').selectOption('async-fork')
    await expect.poll(() => opened.page.locator('.drawn').count()).toBe(0)
    await click('Find')
  })

  test('a search can be stopped', async () => {
    await opened.page.getByLabel('scenario').selectOption('slow-to-forget')
    await at(0)
    await opened.page.getByLabel('this is so').selectOption('childSeesForkTimeMemory')
    await click('find it')
    await click('stop searching')
    await said().toMatch(/^Not found among \d+ states; not everything was seen: you stopped it\.$/)
  })

  test('switches the system, and keeps the scenario', async () => {
    await opened.page.getByLabel('system').selectOption('linux')
    await at(0)
    expect(await opened.page.getByLabel('scenario').inputValue()).toBe('slow-to-forget')
  })

  test('opens files of the corpus, and others', async () => {
    await click('Files')
    await click('list the corpus')
    await said().toBe('2 files')
    await opened.page.locator('.files select').selectOption('async-fork/zap.cex.json')
    await said().toMatch(/^async-fork\/zap\.cex\.json: /)
    expect(await opened.page.getByLabel('mutant').inputValue()).toBe('no-sync-before-zap')
    const path = join(folder, 'corpus', counterexamplePath(counterexampleFile(survives)))
    await opened.page.locator('input[type=file]').setInputFiles(path)
    await at(steps)
    await opened.page.locator('input[type=file]').setInputFiles({
      name: 'bad.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"format": 2}'),
    })
    await said().toMatch(/^bad\.json: format is 2: written by a newer forkcheck/)
  })

  test('has no other controls than those tested here and in the report', async () => {
    const names = (await opened.controls()).map((name) => name.replace(/(?<=^\w+ ).*/, ''))
    const own = names.filter((name) => !/\((Home|End|Left|Right|b|l|p|n)\)|^⤓|^◐/.test(name))
    expect(own.map((name) => name.split(' ')[0])).toEqual([
      'system',
      'scenario',
      'mutant',
      'first',
      'one',
      'one',
      'last',
      'first',
      'start',
      'follow',
      'its',
      'its',
      'registers',
      '↶',
      '⇥',
      'start',
      '▷',
      'speed',
      '?',
      'Steps',
      'Find',
      'Routine',
      'Seen',
      'States',
      'Files',
      'Changes',
      'Why',
      'Properties',
      'Graph',
      'copy',
      'link',
      'save',
      'download',
      'list',
      'open',
      'open',
    ])
  })

  test('a mutant from a file: explored, saved, shared by a link, and nowhere else', async () => {
    const text = `export default ({ helpers }) => ({
      name: 'mine',
      system: 'async-fork',
      scenario: 'copier-fails',
      change: { copierKillsItself: { effect: (s, t) => { s.thread[t].pc = 'copier.finish' } } },
    })`
    writeFileSync(join(folder, 'mine.mjs'), text)
    const io = {
      ...{ stdout: { write: () => {} }, stderr: { write: () => {} }, env: {}, cwd: folder },
      signal: new AbortController().signal,
    }
    const mutant = await pageMutant(io, './mine.mjs')
    const mine = { ...setup, mutant: mutant.mutant, foreign: true }
    const link = linkOf({ setup: mine, schedule: survives.trace.schedule, position: steps })
    const other = await serveExplorer(io, { corpus: 'corpus', link, mutant }, 0)
    const page = await open(other.url)
    await page.position().toBe(`${steps} / ${steps}`)
    const chosen = page.page.getByLabel('mutant').locator('option:checked')
    expect(await chosen.textContent()).toBe('mine (mine.mjs)')
    expect(await page.page.locator('.failing').textContent()).toContain(survives.explanation)
    await page.page.getByRole('button', { name: 'Files', exact: true }).click()
    await page.page.getByRole('button', { name: 'save to the corpus', exact: true }).click()
    const savedAs = page.page.locator('.said')
    await expect.poll(() => savedAs.textContent()).toMatch(/^saved as async-fork\/childSees/)
    const saved = (await savedAs.textContent())!.replace('saved as ', '')
    const file = JSON.parse(readFileSync(join(folder, 'corpus', saved), 'utf8'))
    expect(file).toMatchObject({ mutant: 'mine', provenance: { mutantFile: 'mine.mjs' } })
    await page.page.getByLabel('mutant').selectOption('phase-2-survives')
    await page.position().toBe('0 / 0')
    await page.page.getByLabel('mutant').selectOption(' file')
    await expect.poll(() => page.page.url()).toContain('mutantFile=mine')
    expect(page.errors).toEqual([])
    const elsewhere = await open(`${served.url}#${link}`)
    await expect
      .poll(() => elsewhere.page.getByRole('alert').textContent())
      .toBe('mutant mine comes from a file: forkcheck explore --mutant FILE.mjs knows it')
    await other.close()
    rmSync(join(folder, 'corpus', saved))
  })

  test('a link that means nothing is told so', async () => {
    const other = await open(`${served.url}#system=lnux&scenario=x`)
    await expect
      .poll(() => other.page.getByRole('alert').textContent())
      .toMatch(/^unknown system lnux/)
    const stale = await open(`${served.url}#${start}&steps=parent.fork;child.read(0)`)
    await expect.poll(() => stale.page.getByRole('alert').textContent()).toMatch(/^step 2: child/)
    expect([...other.errors, ...stale.errors]).toEqual([])
  })

  test('on a phone, in the dark', async () => {
    const link = linkOf({ setup: survives.setup, schedule: survives.trace.schedule, position: 30 })
    const phone = await open(`${served.url}#${link}`, { width: 390, colorScheme: 'dark' })
    await phone.position().toBe(`30 / ${steps}`)
    await phone.screenshot('explore-dark-390')
    expect(await phone.axeFindings()).toEqual([])
    expect(await phone.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
      390,
    )
    expect(phone.errors).toEqual([])
  })

  test('nothing was complained about, and nobody else was asked for anything', () => {
    expect(opened.errors).toEqual([])
    expect(opened.requests.filter((url) => !url.startsWith(served.url))).toEqual([])
  })
})
