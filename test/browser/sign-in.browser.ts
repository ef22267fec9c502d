import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { buildTestApp } from '../support/test-app.js'
import { assertAccessible, launch, openPage } from './chromium.js'

const KEY = 'a-secret-key'
const { origin } = await buildTestApp({ after }, { studies: [{ category: 'CT-1' }], config: { apiKeys: [`radiology=${KEY}`] } })
const browser = await launch({ after })

describe('a service with keys, in a browser', () => {
  it('asks for a key, and then shows the page that was wanted, pictures too', async () => {
    const { page, problems } = await openPage(browser, origin)
    await page.goto('/studies?category=CT-1')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await assertAccessible(page, 'sign in')
    await page.getByLabel('Key').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('The key is not one of those configured.').waitFor()
    await assertAccessible(page, 'sign in, refused')
    await page.getByLabel('Key').fill(KEY)
    await page.keyboard.press('Enter')
    await page.locator('tbody th').first().waitFor()
    assert.equal(new URL(page.url()).search, '?category=CT-1')
    await page.waitForFunction(() => [...document.querySelectorAll<HTMLImageElement>('img.thumb')].every((image) => image.naturalWidth > 0))
    assert.deepEqual(problems, [])

    const kept = await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, location.href]))
    assert.doesNotMatch(kept, /secret|niiserve_session/, 'no script sees the key or the cookie')
    const [cookie] = await page.context().cookies()
    assert.deepEqual([cookie!.httpOnly, cookie!.sameSite], [true, 'Strict'])

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.deepEqual(await page.context().cookies(), [])
    await page.context().close()
  })

  it('goes to no other site after signing in', async () => {
    const { page } = await openPage(browser, origin)
    await page.goto('/sign-in?next=https%3A%2F%2Felsewhere.example%2F')
    await page.getByLabel('Key').fill(KEY)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Distribution of the studies' }).waitFor()
    assert.equal(page.url(), `${origin}/`)
    await page.context().close()
  })

  it('runs no script that is written into the page', async () => {
    const { page } = await openPage(browser, origin)
    await page.goto('/sign-in')
    await page.evaluate(() => {
      const script = Object.assign(document.createElement('script'), { textContent: 'globalThis.ran = true' })
      document.body.append(script)
      document.body.insertAdjacentHTML('beforeend', '<img src="assets/none" onerror="globalThis.ran = true">')
    })
    await page.waitForTimeout(200)
    assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
    await page.context().close()
  })
})
