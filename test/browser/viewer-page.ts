import type { Page } from 'playwright-core'

/** Go to an address of the viewer and wait until its pictures are drawn, whole. */
export async function show (page: Page, address: string, canvases = 1): Promise<void> {
  await page.goto(address)
  await drawn(page, canvases)
}

/** Change the query of the viewer as the browser's own buttons do, and wait until all of it is drawn. */
export async function showQuery (page: Page, query: string, shown: string): Promise<void> {
  await page.evaluate((search) => {
    history.pushState(null, '', `${location.pathname}?${search}`)
    dispatchEvent(new PopStateEvent('popstate'))
  }, query)
  await page.waitForFunction((expected) => document.querySelector<HTMLElement>('.v-canvas')?.dataset['shown'] === expected, shown)
}

export async function drawn (page: Page, canvases = 1): Promise<void> {
  await page.waitForFunction((count) => {
    const found = [...document.querySelectorAll<HTMLElement>('.v-canvas:not([hidden])')]
    return found.length === count && found.every(({ dataset }) => dataset['shown'] !== undefined && !dataset['shown'].endsWith('partly'))
  }, canvases)
}

/** Red, green and blue of a canvas, pixel by pixel, after the next frame. */
export async function pixelsOf (page: Page, selector = '.v-canvas'): Promise<{ rows: number, columns: number, rgb: Uint8Array }> {
  const { rows, columns, text } = await page.evaluate(async (which) => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    const canvas = document.querySelector<HTMLCanvasElement>(which)!
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    const rgb = data.filter((_, n) => n % 4 !== 3)
    let text = ''
    for (let n = 0; n < rgb.length; n += 4096) text += String.fromCharCode(...rgb.subarray(n, n + 4096))
    return { rows: canvas.height, columns: canvas.width, text: btoa(text) }
  }, selector)
  return { rows, columns, rgb: new Uint8Array(Buffer.from(text, 'base64')) }
}

/** The largest difference of any channel between a canvas and a picture of the service. */
export function difference (canvas: { rows: number, columns: number, rgb: Uint8Array }, png: { rows: number, columns: number, colourType: number, samples: readonly number[] }): number {
  if (canvas.rows !== png.rows || canvas.columns !== png.columns) return Infinity
  let most = 0
  for (let n = 0; n < canvas.rgb.length; n++) most = Math.max(most, Math.abs(canvas.rgb[n]! - png.samples[png.colourType === 2 ? n : Math.floor(n / 3)]!))
  return most
}

/** Where the middle of a picture's pixel is on the screen. */
export async function onScreen (page: Page, selector: string, column: number, row: number): Promise<{ x: number, y: number }> {
  return await page.evaluate(([which, c, r]) => {
    const canvas = document.querySelector<HTMLCanvasElement>(which)!
    const { left, top, width, height } = canvas.getBoundingClientRect()
    return { x: left + (c + 0.5) * width / canvas.width, y: top + (r + 0.5) * height / canvas.height }
  }, [selector, column, row] as const)
}

/** Wait until what a gesture or a key changed is drawn. */
export async function settled (page: Page): Promise<void> {
  await page.evaluate(async () => await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
}

/** The address's query, as the viewer has written it. */
export async function queryOf (page: Page): Promise<URLSearchParams> {
  await settled(page)
  await page.waitForFunction(() => document.body.dataset['address'] !== 'behind')
  return new URL(page.url()).searchParams
}
