/** The page of what a command found, in a real browser. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { resultsPage } from '../../cli/report-page.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { runSetup } from '../../runs/run.js'
import { checkResults, killResults, type Results } from '../../story/render/results.js'
import { temporaryFolder } from '../cli/command.js'
import { exampleOf } from '../support/counterexamples.js'
import { describeInBrowser, type Opened, open, useBrowser } from './browser.js'

const folder = temporaryFolder()

function write(name: string, results: Results): string {
  const file = join(folder, `${name}.html`)
  writeFileSync(file, resultsPage(results))
  return pathToFileURL(file).href
}

/** The controls of each picture. */
const PICTURE = ['IT as large as the page', 'save IT as SVG', 'save IT as PNG']

describeInBrowser('a page of results', () => {
  useBrowser()
  let url: string
  let opened: Opened

  beforeAll(async () => {
    const small = { system: systemNamed('linux'), scenario: scenarioNamed('huge-pages-reused') }
    const driver = { seconds: () => 0 }
    const outcomes = [
      await runSetup(small, {}, driver),
      await runSetup(exampleOf('phase-2-survives').setup, {}, driver),
    ]
    url = write('check', checkResults(outcomes, '0'))
    opened = await open(url)
  })

  const count = (selector: string) => opened.page.locator(selector).count()
  const click = (name: string) => opened.page.getByRole('button', { name, exact: true }).click()

  test('opens what is violated, and the rest when it is asked for', async () => {
    expect(await opened.page.locator('header').textContent()).toContain('1 holds, 1 violated')
    expect(await count('.part[open]')).toBe(1)
    expect(await opened.page.locator('.story').textContent()).toContain('copierKillsItself')
    expect(await count('.drawn svg')).toBe(1)
    await opened.page.locator('summary').first().click()
    await expect.poll(() => count('.drawn svg')).toBe(3)
    expect(await count('.drawn .node')).toBe(42)
    await opened.screenshot('results-check')
    expect(await opened.axeFindings()).toEqual([])
  })

  test('saves each picture, and shows it as large as the page', async () => {
    const saved = async (name: string) => {
      const [download] = await Promise.all([opened.page.waitForEvent('download'), click(name)])
      return readFileSync(await download.path())
    }
    const png = await saved('save linux-huge-pages-reused-levels as PNG')
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    const svg = await saved('save linux-huge-pages-reused-states as SVG')
    expect(svg.toString()).toContain('all 42 states shown, 51 steps')
    const large = 'linux-huge-pages-reused-states as large as the page'
    await click(large)
    const box = await opened.page.locator('.drawing.large').boundingBox()
    expect([box?.width, box?.height]).toEqual([1280, 800])
    expect(await opened.axeFindings()).toEqual([])
    await click(large)
    expect(await count('.drawing.large')).toBe(0)
    await click(large)
    await opened.page.keyboard.press('Escape')
    await expect.poll(() => count('.drawing.large')).toBe(0)
  })

  test('a story is gone through step by step, and one comes back', async () => {
    const step = opened.page.getByRole('button', { name: /step by step/ })
    await step.focus()
    await opened.page.keyboard.press('Enter')
    expect(await opened.page.locator('header:visible h1').textContent()).toBe(
      'childSeesForkTimeMemory',
    )
    expect(await count('svg.machine')).toBe(1)
    expect(await opened.page.locator('.why .in-short').textContent()).toMatch(/^Parent.*\(36\)/)
    await opened.page.keyboard.press('Home')
    await expect.poll(() => opened.page.locator('.position').textContent()).toBe('0 / 36')
    await opened.screenshot('results-step-by-step')
    expect(await opened.axeFindings()).toEqual([])
    await click('← all results')
    expect(await opened.page.locator('header:visible h1').textContent()).toBe('forkcheck check')
    expect(await count('svg.machine')).toBe(0)
  })

  test('has no other controls', async () => {
    expect(
      (await opened.controls()).map((name) => name.replace(/linux-\S+|async-\S+/, 'IT')),
    ).toEqual([
      '◐ dark',
      ...[...PICTURE, ...PICTURE],
      '▷ step by step, with the picture of each state',
      ...PICTURE,
    ])
    await click('◐ dark')
    await opened.screenshot('results-check-dark')
    expect(await opened.axeFindings()).toEqual([])
  })

  test('the kill matrix on a phone, in the dark', async () => {
    const kills = Array.from({ length: 30 }, (_, i) => ({
      ...{ name: `<b>mutant-${i}`, property: `property${i % 7}`, steps: i + 5 },
      ...{ caught: i !== 3, soundTwinHolds: true },
    }))
    const phone = await open(write('kill', killResults(kills, '0')), {
      ...{ width: 390, colorScheme: 'dark' },
    })
    expect(await phone.page.locator('.drawn rect').count()).toBe(30)
    expect(await phone.page.locator('.table').textContent()).toContain('NOT CAUGHT')
    await phone.screenshot('results-kill-dark-390')
    expect(await phone.axeFindings()).toEqual([])
    const wide = await phone.page.evaluate('document.documentElement.scrollWidth')
    expect(wide).toBeLessThanOrEqual(390)
    expect(phone.errors).toEqual([])
  })

  test('nothing was complained about, and nothing asked of a network', () => {
    expect(opened.errors).toEqual([])
    expect(opened.requests).toEqual([])
  })
})
