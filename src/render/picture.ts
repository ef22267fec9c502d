import sharp from 'sharp'
import { encodePng, type PngImage } from './png.js'
import { refuseLongSides } from './size.js'

export type PictureFormat = 'png' | 'webp' | 'jpeg'

// One picture, one thread: the pool of workers is what runs in parallel. No two pictures share an operation to cache.
sharp.concurrency(1)
sharp.cache(false)

/**
 * Pixels to a picture file. PNG: greyscale or RGB, 8 or 16 bits, with its text and pixel size. WebP: 8 bits,
 * lossless, RGB always (the format knows no grey). JPEG: 8 bits, quality 90, one component where grey.
 *
 * @throws InvalidRequest where a side is longer than the format can hold
 */
export async function encodePicture (format: PictureFormat, image: PngImage): Promise<Uint8Array> {
  if (format === 'png') return encodePng(image)
  const { rows, columns, channels, pixels } = image
  refuseLongSides(format, image)
  const picture = sharp(pixels, { raw: { width: columns, height: rows, channels }, limitInputPixels: false })
  const encoded = format === 'webp'
    // Lossless at effort 1 and quality 20 (here: effort as well): 5 % more bytes than libwebp's default in a third of the time.
    ? picture.webp({ lossless: true, effort: 1, quality: 20 })
    // Full chroma keeps a one-pixel contour in its colour.
    : picture.toColourspace(channels === 1 ? 'b-w' : 'srgb').jpeg({ quality: 90, chromaSubsampling: '4:4:4' })
  // Not `toBuffer`: from Node 21 on its memory cannot be handed to another thread.
  const { data } = await encoded.toUint8Array()
  return data
}
