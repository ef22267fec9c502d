import { chromium } from 'playwright-core'
const [origin, out, ...paths] = process.argv.slice(2)
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--headless', '--disable-gpu', '--no-first-run', '--disable-background-networking'] })
for (const spec of paths) {
  const [name, path, width = '1360', height = '900', scheme = 'light', full = ''] = spec.split('|')
  const context = await browser.newContext({ viewport: { width: +width, height: +height }, colorScheme: scheme })
  const page = await context.newPage()
  page.on('console', (m) => { if (m.type() === 'error') console.log(name, m.text()) })
  page.on('pageerror', (e) => console.log(name, 'ERR', e.message))
  await page.goto(origin + path, { waitUntil: 'networkidle' }).catch((e) => console.log(name, e.message))
  await page.waitForTimeout(300)
  await page.screenshot({ path: `${out}/${name}.png`, fullPage: full === 'full' })
  await context.close()
}
await browser.close()
