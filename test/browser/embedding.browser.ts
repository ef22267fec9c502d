import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'
import { buildTestApp } from '../support/test-app.js'
import { launch } from './chromium.js'

/** Somebody else's page, which embeds a picture, figures and a whole page of ours. */
const pageOf = (api: string, frame: string) => `<!doctype html><meta charset="utf-8"><title>elsewhere</title>
<img src="${api}/v1/studies/study_0001/thumbnail.png">${frame}
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
      const { origin } = await buildTestApp(t, { config: { corsOrigins: allowed ? [elsewhere] : [], host: '0.0.0.0' } })
      // That a frame is refused is a header, and the browser's business: test/http/web-ui.test.ts
      html = pageOf(origin, allowed ? `<iframe src="${origin}/studies"></iframe>` : '')
      const page = await (await browser.newContext()).newPage()
      await page.goto(elsewhere, { waitUntil: 'commit' })
      await page.waitForFunction(() => 'studies' in window)
      // A frame that may not show a page shows the browser's own words.
      await page.waitForTimeout(1_000)
      const frame = page.frames().find((one) => one !== page.mainFrame())
      const seen = {
        picture: await page.evaluate(() => document.querySelector('img')!.naturalWidth > 0),
        studies: await page.evaluate(() => (window as unknown as { studies: unknown }).studies),
        isFramed: frame?.url().startsWith(origin) === true
      }
      assert.deepEqual(seen, expected)
      await page.context().close()
    })
  }
})
