/** A real browser: the system's Chromium, driven by playwright. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = process.env.CHROMIUM ?? PLACES.find(existsSync)

/** Where screenshots go. */
const ARTEFACTS = join(process.cwd(), 'artefacts')

/** Tests that need the browser: where there is none they fail, and say what to install. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (!executablePath)
    throw new Error(`${name}: there is no Chromium (apt install chromium, or CHROMIUM=...)`)
  describe(name, tests)
}

let browser: Browser | undefined

/** Opens the browser for the tests of a file, and closes it. */
export function useBrowser(): void {
  beforeAll(async () => {
    mkdirSync(ARTEFACTS, { recursive: true })
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser?.close()
  })
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A page, and everything that should not have happened on it. */
export class Opened {
  /** Errors and warnings on the console, and uncaught errors. */
  readonly errors: string[] = []
  /** Everything that was asked of any network. */
  readonly requests: string[] = []

  constructor(readonly page: Page) {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.errors.push(message.text())
    })
    page.on('pageerror', (error) => this.errors.push(String(error)))
    page.on('request', (request) => {
      if (/^(https?|wss?):/.test(request.url())) this.requests.push(request.url())
    })
  }

  async screenshot(name: string, fullPage = true): Promise<void> {
    await this.page.screenshot({ path: join(ARTEFACTS, `${name}.png`), fullPage })
  }

  /** What an accessibility checker finds wrong with the page, in a line each. */
  async axeFindings(): Promise<string[]> {
    // Evaluated by the debugger, which a page's content security policy does not bind.
    await this.page.evaluate(axe)
    const found = (await this.page.evaluate('axe.run()')) as {
      violations: { id: string; nodes: { html: string; failureSummary: string }[] }[]
    }
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
    )
  }

  /** Every visible control of the page, by its accessible name. */
  async controls(): Promise<string[]> {
    return this.page.evaluate(`[...document.querySelectorAll('button, select, input, textarea, a[href]')]
      .filter((one) => one.checkVisibility())
      .map((one) => one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent)
      .map((name) => name.trim())`)
  }

  /** What the page says about where it is. */
  position() {
    const text = () => this.page.locator('output.position').textContent()
    return expect.poll(text, { timeout: 10_000 })
  }
}

/** Opens an address in a browser context of its own. */
export async function open(
  url: string,
  {
    width = 1280,
    height = 800,
    ...options
  }: BrowserContextOptions & { width?: number; height?: number } = {},
): Promise<Opened> {
  if (!browser) throw new Error('no browser')
  const context = await browser.newContext({ viewport: { width, height }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const opened = new Opened(page)
  await page.goto(url)
  return opened
}
