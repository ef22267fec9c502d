import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** What nibabel reads from a file; `test/fixtures/generate.py` says how. The affine is in the unit of the file. */
export interface NibabelFacts {
  shape: number[]
  dtype: string
  littleEndian: boolean
  voxOffset: number
  slope: number
  inter: number
  zooms: number[]
  units: string
  affine: number[][]
  axes: string
  /** Of the stored voxels, little-endian, in file order. */
  sha256: string
  header: Record<string, unknown>
}

const FIXTURES = new URL('../fixtures/', import.meta.url)

export const readFixture = (name: string) => JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8'))

export const fixtureFacts = (name: string): Record<string, NibabelFacts> => readFixture(name)

/** A fixture's bytes, uncompressed. */
export const fixtureBytes = (name: string): Buffer => unzipped(readFileSync(new URL(name, FIXTURES)), name)

export const unzipped = (bytes: Buffer, name: string): Buffer => name.endsWith('.gz') ? gunzipSync(bytes) : bytes
