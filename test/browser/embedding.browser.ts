import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'
import { buildTestApp } from '../support/test-app.js'
import { launch } from './chromium.js'

/** Somebody else's page, which embeds a picture, figures and a whole page of ours. */
const pageOf = (api: string) => `<!doctype html><meta charset="utf-8"><title>elsewhere</title>
<img src="${api}/v1/studies/study_0001/thumbnail.png"><iframe src="${api}/studies"></iframe>
<script>fetch('${api}/v1/stats').then(async (response) => { window.studies = (await response.json()).totals.studies }, () => { window.studies = 'refused' })</script>`

let html = ''
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end(html)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
after(() => server.close())
// The same machine under another name is another site.
const elsewhere = `http://localhost:${(server.address() as AddressInfo).port}`
const browser = await launch({ after })

describe('a page of another origin', () => {
  for (const [allowed, expected] of [[true, { picture: true, studies: 1, isFramed: true }], [false, { picture: false, studies: 'refused', isFramed: false }]] as const) {
    it(allowed ? 'embeds pictures, figures and pages where CORS_ORIGINS names it' : 'embeds nothing where nothing names it', async (t) => {
      const { origin } = await buildTestApp(t, { config: { corsOrigins: allowed ? [elsewhere] : [] } })
      html = pageOf(origin)
      const page = await (await browser.newContext()).newPage()
      await page.goto(elsewhere)
      await page.waitForFunction(() => 'studies' in window)
      await page.waitForLoadState('networkidle')
      // As long as a page of ours takes; one that may not be framed stays away.
      const footer = page.frameLocator('iframe').locator('footer')
      await footer.waitFor({ timeout: allowed ? 30_000 : 2_000 }).catch(() => {})
      const seen = {
        picture: await page.evaluate(() => document.querySelector('img')!.naturalWidth > 0),
        studies: await page.evaluate(() => (window as unknown as { studies: unknown }).studies),
        isFramed: await footer.isVisible()
      }
      assert.deepEqual(seen, expected)
      await page.context().close()
    })
  }
})
