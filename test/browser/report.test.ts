/** The one-file report in a real browser: every control does what it says, and nothing leaves it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { walk } from '../../checker/simulate/walk.js'
import { reportPage } from '../../cli/report-page.js'
import { parseScenario } from '../../model/index.js'
import { type SnapshotSetup, snapshotModel } from '../../runs/fork-machine/model.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { replay } from '../../runs/replay.js'
import { type Report, reportOf } from '../../story/report.js'
import { temporaryFolder } from '../cli/command.js'
import { type Example, exampleOf } from '../support/counterexamples.js'
import { describeInBrowser, type Opened, open, useBrowser } from './browser.js'

const folder = temporaryFolder()

const about = { version: '0', command: 'forkcheck replay x.cex.json' }

function replayed({ setup, model, property, trace }: Example) {
  const { schedule, loopStart } = trace
  return { setup, model, property, replay: replay(model, { property, schedule, loopStart }) }
}

function write(name: string, report: Report): string {
  const file = join(folder, `${name}.html`)
  writeFileSync(file, reportPage(report))
  return pathToFileURL(file).href
}

const survives = exampleOf('phase-2-survives')
/** The number of the first step of this name. */
const numberOf = (label: string) => survives.trace.schedule.indexOf(label) + 1
const marked = numberOf('parent.forkMark')
const unmarked = numberOf('child.copierUndoesMarker')
const departure = numberOf('child.copierKillsItself')

describeInBrowser('a report', () => {
  useBrowser()
  const report = reportOf(replayed(survives), about, null)
  const steps = survives.trace.schedule.length
  let opened: Opened
  let url: string

  beforeAll(async () => {
    url = write('survives', report)
    opened = await open(url)
  })

  const click = (name: string) => opened.page.getByRole('button', { name, exact: true }).click()
  const tab = click
  const key = (name: string) => opened.page.keyboard.press(name)
  const at = (step: number) => opened.position().toBe(`${step} / ${steps}`)
  const texts = (selector: string) => opened.page.locator(selector).allTextContents()

  test('opens at the violation and says what is wrong', async () => {
    const { page } = opened
    await at(steps)
    expect(await page.title()).toBe('childSeesForkTimeMemory · forkcheck')
    expect(await page.locator('header').textContent()).toContain(survives.explanation)
    expect(await texts('.failing p')).toContainEqual(
      `✗ childSeesForkTimeMemory ${survives.explanation}`,
    )
    expect(await page.locator('.row.violates .flags').textContent()).toBe('✗')
    expect(await texts('.cell.subject title')).toContainEqual(
      expect.stringMatching(/^parent pmd 0:/),
    )
  })

  test('buttons and keys move', async () => {
    await click('first state (Home)')
    await at(0)
    await click('one step on (Right)')
    await at(1)
    await click('last state (End)')
    await at(steps)
    await click('one step back (Left)')
    await at(steps - 1)
    await key('Home')
    await at(0)
    await key('ArrowLeft')
    await at(0)
    await key('ArrowRight')
    await key('ArrowRight')
    await at(2)
    await key('End')
    await at(steps)
    await key('ArrowRight')
    await at(steps)
    expect(new URL(opened.page.url()).hash).toBe(`#step=${steps}`)
  })

  test('there are no other controls than those tested here', async () => {
    await tab('Changes')
    await key('Home')
    await at(0)
    expect((await opened.controls()).map((name) => name.replace(/no variable.*/, ''))).toEqual([
      String(report.main.story.earlier?.step),
      'first state (Home)',
      'one step back (Left)',
      'one step on (Right)',
      'last state (End)',
      'first bad state (b)',
      'start of the loop (l)',
      'follow ',
      'its change before (p)',
      'its next change (n)',
      'registers and observations',
      '⇆ beside async-fork',
      '≠ first divergence',
      '▷ play',
      'speed 0.5/s1/s2/s5/s20/s',
      '⤓ SVG',
      '⤓ PNG',
      '◐ dark',
      '? keys',
      'Changes',
      'Why',
      'Properties',
      'Graph',
    ])
  })

  test('the head names what was violated before, and leads there', async () => {
    const { earlier } = report.main.story
    if (!earlier?.step) throw new Error('the story has lost its discipline')
    expect(await texts('header .broken')).toEqual([
      `also ${earlier.property}, since step ${earlier.step}: ${earlier.says}`,
    ])
    await key('Home')
    await opened.page.locator('header .broken button').click()
    await at(earlier.step)
    await key('Home')
  })

  test('every sign is explained below the picture', async () => {
    const { page } = opened
    await page.locator('.legend summary').click()
    expect(await page.locator('.legend .signs dt').count()).toBeGreaterThan(35)
    await page.locator('.legend summary').click()
  })

  test('jumps to the first bad state', async () => {
    await click('first bad state (b)')
    await at(steps)
    await key('Home')
    await key('b')
    await at(steps)
  })

  test('follows a variable, chosen from the list, the changes or the picture', async () => {
    const { page } = opened
    await key('Home')
    await page.getByLabel('follow').selectOption({ label: 'parent pmd 0' })
    await click('its next change (n)')
    await at(marked)
    await key('n')
    await at(unmarked)
    await click('its change before (p)')
    await at(marked)
    await key('p')
    await at(marked)
    expect(await page.locator('.cell.picked title').textContent()).toMatch(
      /^parent pmd 0: table 0, m/,
    )
    await tab('Changes')
    await key('ArrowRight')
    await key('ArrowLeft')
    await key('End')
    await page.getByRole('button', { name: 'parent mm users' }).click()
    await expect.poll(() => page.getByLabel('follow').inputValue()).toBe('mm[0].users')
    await page.locator('.cell.pmd').nth(1).click()
    await expect.poll(() => page.getByLabel('follow').inputValue()).toBe('mm[0].pmd[1]')
    await page.getByLabel('follow').selectOption('')
    expect(await page.locator('.cell.picked').count()).toBe(0)
  })

  test('marks what changed down to the bit, with a symbol', async () => {
    await opened.page.goto(`${url}#step=${unmarked}`)
    await opened.page.reload()
    await at(unmarked)
    const cell = opened.page.locator('.cell.pmd.marked')
    expect(await cell.count()).toBe(1)
    expect(await cell.locator('.mark').allTextContents()).toEqual([
      expect.stringMatching(/\+RW/),
      expect.stringMatching(/−marked/),
    ])
    expect(await opened.page.locator('.cell.pmd.hatched').count()).toBe(2)
    await tab('Changes')
    expect(await texts('.changes tbody tr')).toEqual(['~parent pmd 0table 0, marked→ table 0'])
    expect(await texts('.pointers path')).toHaveLength(4)
  })

  test('registers and observations are shown on demand', async () => {
    const { page } = opened
    const { number } = report.main.story.steps.findLast(({ changes }) =>
      changes.some(({ internal }) => internal),
    )!
    await key('End')
    for (let i = number; i < steps; i++) await key('ArrowLeft')
    await at(number)
    const few = (await texts('.changes tbody tr')).length
    await page.getByLabel('registers and observations').check()
    await expect.poll(async () => (await texts('.changes tbody tr')).length).toBeGreaterThan(few)
    await page.getByLabel('registers and observations').uncheck()
    await expect.poll(async () => (await texts('.changes tbody tr')).length).toBe(few)
  })

  test('tabs tell why, what holds, and what else could have been done', async () => {
    const { page } = opened
    await tab('Why')
    expect(await page.locator('.panel').textContent()).toContain('How it came to that')
    await page.locator('.chain .step-link').first().click()
    await at(report.main.story.argument!.chain[0].step)
    await key('End')
    await tab('Properties')
    const told = await texts('.properties li')
    expect(told).toHaveLength(report.main.truths.length)
    expect(told.filter((text) => text.startsWith('✗ fails'))).toHaveLength(2)
    await key('Home')
    await expect.poll(() => texts('.properties .fails')).toEqual([])
    await tab('Graph')
    await page.locator('.graph .node.on-path').nth(7).click()
    await at(7)
    const here = () => texts('.graph .here text')
    await expect.poll(here).toEqual([`7 ${survives.trace.schedule[6]}`])
    const beside = () => page.locator('.graph .node:not(.on-path)').count()
    const near = await beside()
    expect(near).toBeGreaterThan(3)
    await click('two steps beside')
    await expect.poll(beside).toBeGreaterThan(near)
    await expect.poll(here).toHaveLength(1)
    await opened.screenshot('report-graph')
    expect(await opened.axeFindings()).toEqual([])
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      click('save childSeesForkTimeMemory-graph as PNG'),
    ])
    expect(download.suggestedFilename()).toBe('childSeesForkTimeMemory-graph.png')
    const png = readFileSync(await download.path())
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    writeFileSync(join(process.cwd(), 'artefacts/saved-graph.png'), png)
    await click('one step beside')
    await expect.poll(beside).toBe(near)
    await key('ArrowRight')
    await at(8)
  })

  test('a row is chosen by a click', async () => {
    await key('Home')
    await opened.page.getByRole('option').filter({ hasText: 'forkBindVma' }).first().click()
    await at(5)
  })

  test('the sound system beside it, from where they part', async () => {
    const { page } = opened
    await click('≠ first divergence')
    await at(departure)
    await key('Home')
    await click('⇆ beside async-fork')
    expect(await texts('.pane-title')).toEqual(['with phase-2-survives', 'async-fork'])
    expect(await texts('.beside .agree')).toHaveLength(2)
    await key('d')
    await at(departure)
    expect(await texts('.beside .differ')).toHaveLength(2)
    expect(await page.locator('.beside svg.machine').count()).toBe(2)
    await opened.screenshot('report-beside')
    expect(await opened.axeFindings()).toEqual([])
    await click('⇆ beside async-fork')
    expect(await page.locator('svg.machine').count()).toBe(1)
  })

  test('saves its picture as SVG and PNG', async () => {
    const saved = async (name: string) => {
      const [download] = await Promise.all([opened.page.waitForEvent('download'), click(name)])
      return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
    }
    const svg = await saved('⤓ SVG')
    expect(svg.name).toBe(`childSeesForkTimeMemory-${departure}.svg`)
    expect(svg.bytes.toString()).toMatch(/^<svg [\s\S]*--marked-line[\s\S]*table 0[\s\S]*<\/svg>$/)
    const png = await saved('⤓ PNG')
    expect(png.bytes.subarray(1, 4).toString()).toBe('PNG')
    expect(png.bytes.length).toBeGreaterThan(20_000)
    writeFileSync(join(process.cwd(), 'artefacts/saved.png'), png.bytes)
  })

  test('light or dark as one likes', async () => {
    const back = () => opened.page.evaluate('getComputedStyle(document.body).backgroundColor')
    const light = await back()
    await click('◐ dark')
    await expect.poll(back).not.toBe(light)
    await click('◐ light')
    await expect.poll(back).toBe(light)
  })

  test('nothing was complained about, and nothing asked of a network', () => {
    expect(opened.errors).toEqual([])
    expect(opened.requests).toEqual([])
  })

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)('is accessible and fits: %s, %i pixels', async (colorScheme, width) => {
    const page = await open(url, { colorScheme, width, height: width === 390 ? 800 : 900 })
    await page.position().toBe(`${steps} / ${steps}`)
    await page.screenshot(`report-${colorScheme}-${width}`)
    expect(await page.axeFindings()).toEqual([])
    for (const name of ['Changes', 'Properties', 'Graph']) {
      await page.page.getByRole('button', { name, exact: true }).click()
      expect(await page.axeFindings()).toEqual([])
    }
    const wide = await page.page.evaluate('document.documentElement.scrollWidth')
    expect(wide).toBeLessThanOrEqual(width)
    await page.page.context().close()
  })
})

describeInBrowser('other runs', () => {
  useBrowser()

  test('one that goes on for ever: from the loop back to where it begins', async () => {
    const lasso = exampleOf('no-sync-before-touching')
    const trace = { ...replayed(lasso).replay.trace, loopStart: 20 }
    const looped = { ...replayed(lasso), replay: { ...replayed(lasso).replay, trace } }
    const opened = await open(write('lasso', reportOf(looped, about, null)))
    expect(await opened.page.locator('header').textContent()).toContain(
      `For ever, as steps 21 to ${trace.schedule.length} may be repeated without end: `,
    )
    await opened.page.getByRole('button', { name: 'start of the loop (l)' }).click()
    await opened.position().toMatch(/^20 /)
    await opened.page.keyboard.press('Home')
    await opened.page.keyboard.press('l')
    await opened.position().toMatch(/^20 /)
    await opened.page.keyboard.press('End')
    await expect
      .poll(() => opened.page.locator('.step-head').textContent())
      .toContain('Back to the state after step 20')
    expect(opened.errors).toEqual([])
  })

  test('two that were given: the longer one beside the shorter one', async () => {
    const short = replayed(survives)
    const { scenario, ...rest } = survives.setup
    const setup: SnapshotSetup = { ...rest, scenario: { ...scenario, name: 'other' } }
    const other = { ...short, setup, model: snapshotModel(setup) }
    const opened = await open(write('two', reportOf(short, about, other)))
    await opened.page
      .getByRole('button', { name: `⇆ beside ${survives.trace.schedule.length} steps` })
      .click()
    expect(await opened.page.locator('.pane-title').allTextContents()).toEqual(
      Array(2).fill(`${survives.trace.schedule.length} steps`),
    )
    await opened.page.keyboard.press('End')
    expect(await opened.page.locator('.beside .agree').count()).toBe(2)
    expect(opened.errors).toEqual([])
  })

  test('names of others are text, never markup', async () => {
    const { setup } = survives
    const mutant = { ...setup.mutant!, says: '</script><img src=x onerror=alert(1)>' }
    const evil = { ...replayed(survives), setup: { ...setup, mutant } }
    const opened = await open(write('evil', reportOf(evil, about, null)))
    expect(await opened.page.locator('header').textContent()).toContain('<img src=x')
    expect(await opened.page.locator('img').count()).toBe(0)
    expect(opened.errors).toEqual([])
  })

  test('a thousand steps are as quick as a few', async () => {
    const program = Array.from({ length: 24 }, (_, i) =>
      i % 2 === 0
        ? { do: 'write' as const, page: i % 4 }
        : { do: 'dontneed' as const, from: 0, to: 4 },
    )
    const scenario = parseScenario({
      format: 1,
      name: 'long',
      pages: 4,
      vmas: [{ from: 0, to: 4 }],
      parent: [[{ do: 'fork' }, ...program.slice(0, 23)], program, program],
      child: program,
      kernel: [
        Array.from({ length: 24 }, () => ({ do: 'migrate' as const, page: 'any' as const })),
      ],
    })
    const setup = { scenario, system: systemNamed('async-fork') }
    const model = snapshotModel(setup)
    let seed = 1
    const { schedule } = walk(
      model,
      (count) => {
        seed = (seed * 48271) % 2147483647
        return seed % count
      },
      1000,
    )
    expect(schedule).toHaveLength(1000)
    const property = 'childSeesForkTimeMemory'
    const long = { setup, model, property, replay: replay(model, { property, schedule }) }
    const time = async (url: string) => {
      const opened = await open(url)
      await opened.page.keyboard.press('Home')
      const start = performance.now()
      for (let i = 0; i < 30; i++) await opened.page.keyboard.press('ArrowRight')
      await opened.position().toMatch(/^30 /)
      const took = performance.now() - start
      await opened.page.keyboard.press('End')
      await opened.position().toMatch(/^(\d+) \/ \1$/)
      expect(await opened.page.locator('.row').count()).toBeLessThan(60)
      await opened.screenshot(url.includes('long') ? 'report-1000-steps' : 'report-short', false)
      expect(opened.errors).toEqual([])
      return took
    }
    const few = await time(write('short', reportOf(replayed(survives), about, null)))
    const many = await time(write('long', reportOf(long, about, null)))
    console.log(
      `30 steps in a short run: ${few.toFixed()} ms, in one of 1000: ${many.toFixed()} ms`,
    )
    expect(many).toBeLessThan(5 * few + 500)
    const phone = await open(write('long', reportOf(long, about, null)), { width: 390 })
    const wide = await phone.page.evaluate('document.documentElement.scrollWidth')
    expect(wide).toBeLessThanOrEqual(390)
    await phone.page.getByRole('button', { name: 'Graph', exact: true }).click()
    expect(await phone.page.locator('.drawn').textContent()).toMatch(
      /not shown, to be readable: the first 880 steps/,
    )
    await phone.screenshot('report-1000-steps-390', false)
  })

  test('every kind of machine can be drawn', async () => {
    for (const name of [
      'swap-out',
      'migrate',
      'huge-pages',
      'pinned-before',
      'pipe',
      'two-saves',
    ]) {
      const setup = { scenario: scenarioNamed(name), system: systemNamed('async-fork') }
      const model = snapshotModel(setup)
      let seed = 7
      const { schedule } = walk(
        model,
        (count) => {
          seed = (seed * 48271) % 2147483647
          return seed % count
        },
        120,
      )
      const property = 'childSeesForkTimeMemory'
      const run = { setup, model, property, replay: replay(model, { property, schedule }) }
      const opened = await open(write(name, reportOf(run, about, null)), { height: 900 })
      for (let i = 0; i < 20; i++) await opened.page.keyboard.press('ArrowLeft')
      await opened.position().toBe(`${schedule.length - 20} / ${schedule.length}`)
      await opened.screenshot(`machine-${name}`)
      expect(opened.errors).toEqual([])
      await opened.page.context().close()
    }
  })
})
