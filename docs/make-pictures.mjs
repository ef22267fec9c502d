// Makes the README's pictures from the demo dataset, by asking a running service for them.
// Usage: npm start, and then: node docs/make-pictures.mjs [http://127.0.0.1:8080]
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import sharp from 'sharp'

const origin = process.argv[2] ?? 'http://127.0.0.1:8080'
const TILE = 352
const GAP = 4

/** Three windows, an overlay, and the other two planes. */
const TILES = [
  ['study_0005', 22, 'window=lung'],
  ['study_0005', 22, 'window=mediastinal'],
  ['study_0005', 22, 'window=bone'],
  ['study_0010', 15, 'overlay=contour'],
  ['study_0010', 262, 'plane=coronal'],
  ['study_0010', 170, 'plane=sagittal']
]

const columns = TILES.length / 2
const tiles = await Promise.all(TILES.map(async ([study, index, query], n) => {
  const picture = await ask(`/v1/studies/${study}/image/slices/${index}.png?${query}&size=${TILE}`)
  return {
    input: await picture.resize(TILE, TILE, { fit: 'contain', background: 'black' }).png().toBuffer(),
    left: (n % columns) * (TILE + GAP),
    top: Math.floor(n / columns) * (TILE + GAP)
  }
}))

const strip = sharp({ create: { width: columns * (TILE + GAP) - GAP, height: 2 * (TILE + GAP) - GAP, channels: 4, background: 'transparent' } })
await save(strip.composite(tiles), 'pictures.png')
await save(await ask('/v1/studies/study_0008/montage.png?columns=10&tile=104&every=2&overlay=contour'), 'montage.png')

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
await save(await page('/studies?view=gallery&sort=-lesionMl', 'light'), 'web-studies.png')
await save(await page('/studies/study_0010?layout=three', 'dark'), 'web-viewer.png')
await browser.close()

/** A page as a person sees it. */
async function page (path, colorScheme) {
  const shown = await browser.newPage({ viewport: { width: 1200, height: 760 }, colorScheme })
  await shown.goto(origin + path, { waitUntil: 'networkidle' })
  return sharp(await shown.screenshot())
}

async function ask (path) {
  const response = await fetch(origin + path)
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
  return sharp(Buffer.from(await response.arrayBuffer())).toColourspace('srgb')
}

/** With a palette: grey scans with a little red need no more, and take a third of the bytes. */
async function save (picture, name) {
  await picture.png({ palette: true, colours: 200, compressionLevel: 9, effort: 10 }).toFile(fileURLToPath(new URL(name, import.meta.url)))
}
