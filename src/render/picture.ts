import sharp from 'sharp'
import { encodePng, type PngImage } from './png.js'
import { refuseLongSides } from './size.js'

export type PictureFormat = 'png' | 'webp' | 'jpeg'

// One thread per picture: pictures run in parallel on our worker pool. No two share an operation, so nothing is cached.
sharp.concurrency(1)
sharp.cache(false)

/**
 * Encode pixels as a picture file. PNG: greyscale or RGB, 8 or 16 bits, with its text and pixel size. WebP: 8 bits,
 * lossless, always RGB (the format has no grey). JPEG: 8 bits, quality 90, one component for grey.
 *
 * @throws InvalidRequest if a side is longer than the format can hold
 */
export async function encodePicture (format: PictureFormat, image: PngImage): Promise<Uint8Array> {
  if (format === 'png') return encodePng(image)
  const { rows, columns, channels, pixels } = image
  refuseLongSides(format, image)
  const picture = sharp(pixels, { raw: { width: columns, height: rows, channels }, limitInputPixels: false })
  const encoded = format === 'webp'
    // Lossless at effort 1 and quality 20 (which is effort too): 5 % more bytes than libwebp's default in a third of the time.
    ? picture.webp({ lossless: true, effort: 1, quality: 20 })
    // Without chroma subsampling, a one-pixel contour keeps its colour.
    : picture.toColourspace(channels === 1 ? 'b-w' : 'srgb').jpeg({ quality: 90, chromaSubsampling: '4:4:4' })
  // Not `toBuffer`: since Node 21 its memory cannot be transferred to another thread.
  const { data } = await encoded.toUint8Array()
  return data
}
