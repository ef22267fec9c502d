import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Scope } from '../support/test-dataset.js'

/** Debian's; another one by `CHROMIUM`. */
const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A browser for a whole test file; it closes at the end. */
export async function launch (scope: Scope): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) throw new Error(`${EXECUTABLE} is not there; install Debian's package chromium, or name another browser by CHROMIUM`)
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS })
  scope.after(async () => await browser.close())
  return browser
}

/** A page of the service. `problems` fills with what a person at the console would see: a test that ends with any has failed. */
export async function openPage (browser: Browser, origin: string, options: BrowserContextOptions = {}): Promise<{ page: Page, problems: string[] }> {
  const context = await browser.newContext({ baseURL: origin, viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(String(error.stack ?? error)))
  page.on('console', (message) => {
    // An answer that is a problem is noted by the browser itself; pages say it in words.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) problems.push(message.text())
  })
  page.on('request', (request) => { if (!request.url().startsWith(origin) && !/^(blob|data):/.test(request.url())) problems.push(`asks another host: ${request.url()}`) })
  return { page, problems }
}

/** Assert that axe finds nothing against WCAG 2.2 A and AA on the page as it is. */
export async function assertAccessible (page: Page, state: string): Promise<void> {
  // Evaluated by the debugger, so the pages' policy against foreign scripts stays as it is.
  await page.evaluate(AXE)
  // Half way from light to dark, no contrast is what it is meant to be.
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve))
    await Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map(async ({ finished }) => await finished))
  })
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: (context: Document, options: object) => Promise<{ violations: { id: string, help: string, nodes: { html: string, failureSummary?: string }[] }[] }> } }
    const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary ?? ''}`).join(' | ')}`)
  })
  assert.deepEqual(found, [], state)
}
