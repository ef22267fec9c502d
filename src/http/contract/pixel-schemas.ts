const text = (description: string, example: string) => ({ type: 'string', description, example })

/** Headers of every answer that was made from voxels, numbers about them included. */
export const VOXEL_HEADERS = {
  ETag: text('strong validator: it changes with the file and with the meaning of the query', '"9f86d081884c7d659a2feaa0c55ad015.1.axial.17.native.512x512.npy.int16."'),
  'Cache-Control': text('`no-cache`: store the answer and revalidate it with If-None-Match before each use', 'public, no-cache'),
  'Dataset-Revision': text('hash of the content of the catalog', '2c26b46b68ffc68f'),
  Link: text('licence of the data', '<https://creativecommons.org/licenses/by-nc-nd/3.0/>; rel="license"')
}

const ANY_PIXELS = {
  ...VOXEL_HEADERS,
  'Server-Timing': text('`cache`: `hit`, `partial` or `miss`; `decode`: time in milliseconds', 'cache;desc=hit, decode;dur=0')
}

const AFFINE = {
  'Array-Affine': text('affine as 12 numbers, row by row: the top three rows of the matrix that maps (column, row, 0, 1) of this answer, or (i, j, k, 1) of a volume, to RAS+ mm; absent if the volume has no direction', '-0.7,0,0,180,0,0.7,0,-180,0,0,8,-160')
}

/** Headers of every array answer. */
export const ARRAY_HEADERS = {
  'Array-Dtype': text('type of the values', 'int16'),
  'Array-Shape': text('comma-separated shape in C order', '512,512'),
  'Array-Order': text('always `C`', 'C'),
  'Array-Endian': text('always `little`', 'little'),
  ...AFFINE,
  ...ANY_PIXELS
}

/** Headers of every picture. */
export const PICTURE_HEADERS = {
  ...AFFINE,
  'Slice-Window': text('window of an 8-bit picture of an image: center,width in HU', '-600,1500'),
  ...ANY_PIXELS
}

/** Headers of a file as it is. */
export const FILE_HEADERS = {
  ...ANY_PIXELS,
  'Last-Modified': { type: 'string', description: 'time of the last change of the file in the dataset', example: 'Tue, 28 Apr 2020 09:14:03 GMT' },
  'Content-Disposition': { type: 'string', description: 'suggested file name', example: 'inline; filename="study_0255.nii.gz"' }
}

/** What a partial answer has besides. */
export const RANGE_HEADERS = { 'Content-Range': text('bytes of this answer and size of the whole', 'bytes 0-999/21495808') }

/** What a request may carry, for the routes that honour it. */
export const RANGE_REQUEST_HEADERS = {
  type: 'object',
  properties: {
    range: { type: 'string', description: 'one range of bytes; a malformed range, or several, are ignored', examples: ['bytes=0-999'] },
    'if-range': { type: 'string', description: 'ETag: if it is not current, the range is ignored and the whole is sent', examples: ['"9f86d081884c7d659a2feaa0c55ad015.nii.gz"'] }
  }
} as const
