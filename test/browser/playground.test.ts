/** The playground as a file in a real browser: find a flaw, open its story, go on from there. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { writePlayground } from '../../cli/playground.js'
import { quietIo, temporaryFolder } from '../cli/command.js'
import { describeInBrowser, type Opened, open, useBrowser } from './browser.js'

const folder = temporaryFolder()

describeInBrowser('the playground', () => {
  useBrowser()
  let opened: Opened

  beforeAll(async () => {
    const link = 'system=async-fork&scenario=bgsave'
    writePlayground(quietIo(process.cwd()), folder, { corpus: undefined, link })
    opened = await open(pathToFileURL(join(folder, 'index.html')).href)
  })

  test('what is looked for is found by any word of it', async () => {
    const { page } = opened
    expect(await opened.axeFindings()).toEqual([])
    await opened.screenshot('playground')
    await page.getByRole('searchbox').fill('CVE-2018-18281 mremap')
    const links = page.locator('.entries a')
    await expect.poll(() => links.allTextContents()).toContain('linux-mremap-flushes-late')
    await opened.screenshot('playground-found')
    await page.getByRole('button', { name: /dark|light/ }).click()
    expect(await opened.axeFindings()).toEqual([])
  })

  test('a flaw opens at the end of its story, and one can go on from any step', async () => {
    const { page } = opened
    await page.getByRole('link', { name: 'linux-mremap-flushes-late' }).click()
    const failing = page.locator('.failing')
    await expect.poll(() => failing.textContent()).toContain('noStaleTranslation')
    await page.getByRole('button', { name: 'one step back (Left)' }).click()
    await expect.poll(() => failing.count()).toBe(0)
    await page.getByRole('button', { name: 'Files', exact: true }).click()
    expect(await page.getByRole('button', { name: 'save to the corpus' }).count()).toBe(0)
    await page.getByRole('link', { name: 'all flaws, scenarios and stories' }).click()
    await expect.poll(() => page.title()).toBe('forkcheck playground')
  })

  test('a name that is not there is said, and nothing is asked of a network', async () => {
    const { page } = opened
    await page.goto(`${pathToFileURL(join(folder, 'explore.html')).href}#story=nothing`)
    const alert = page.getByRole('alert')
    await expect.poll(() => alert.textContent()).toBe('there is no story nothing here')
    expect(opened.requests).toEqual([])
    expect(opened.errors).toEqual([])
  })
})
