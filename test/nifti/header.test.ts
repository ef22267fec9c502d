import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { VolumeUnreadable } from '../../src/errors.js'
import { HEADER_BYTES, headerFields, parseHeader } from '../../src/nifti/header.js'
import { asFloat32 } from '../support/as-float32.js'
import { makeNifti, type NiftiRecipe } from '../support/make-nifti.js'
import { FIELDS, type FieldValue } from '../support/nifti-fields.js'
import { fixtureBytes, fixtureFacts } from './fixtures.js'

const parse = (recipe: NiftiRecipe) => parseHeader(makeNifti(recipe))

/** Another value for each field, so that one read from a wrong place shows. */
function distinctFields (version: 1 | 2): Record<string, FieldValue> {
  const kept = ['sizeof_hdr', 'magic', 'eol_check', 'vox_offset', 'dim', 'datatype']
  const names = Object.keys(FIELDS[version]).filter((name) => !kept.includes(name))
  return Object.fromEntries(names.map((name, n) => {
    const { type, count } = FIELDS[version][name]!
    if (type.startsWith('s')) return [name, `${name} is long`.slice(0, Number(type.slice(1)))]
    // Fractions that float32 holds exactly; 64-bit integers past 32 bits, the lower half of which has its top bit set.
    const step = type.startsWith('f') ? 0.125 : type === 'i64' ? 0x1_8000_0000 : 1
    const value = (m: number) => (type === 'u8' ? n + 150 : -n - 1) * step - m
    return [name, count === 1 ? value(0) : Array.from({ length: count }, (_, m) => value(m))]
  }))
}

describe('parseHeader', () => {
  for (const version of [1, 2] as const) {
    for (const littleEndian of [true, false]) {
      it(`reads every field of a ${littleEndian ? 'little' : 'big'}-endian NIfTI-${version} header`, () => {
        const fields = distinctFields(version)
        const header = parse({ version, littleEndian, fields })
        assert.equal(header.version, version)
        assert.equal(header.littleEndian, littleEndian)
        const read = headerFields(header)
        for (const [name, value] of Object.entries(fields)) assert.deepEqual(read[name], value, name)
        assert.deepEqual(Object.keys(read).sort(), Object.keys(FIELDS[version]).sort())
      })
    }
  }

  it('reads dim as signed', () => {
    assert.deepEqual(parse({ fields: { dim: [3, -5, 40000 - 65536, 4, 1, 1, 1, 1] } }).dim.slice(0, 4), [3, -5, -25536, 4])
  })

  it('needs the header alone, and not what follows', () => {
    for (const version of [1, 2] as const) {
      const file = makeNifti({ version })
      assert.deepEqual(parseHeader(file.subarray(0, version === 1 ? 348 : 540)), parseHeader(file))
      assert.deepEqual(parseHeader(file.subarray(0, HEADER_BYTES)), parseHeader(file))
    }
  })

  it('reads a header that stands anywhere in a larger buffer', () => {
    const file = makeNifti({ version: 2, littleEndian: false })
    const larger = Buffer.concat([Buffer.alloc(13, 0xff), file, Buffer.alloc(5, 0xff)])
    assert.deepEqual(parseHeader(larger.subarray(13, 13 + file.length)), parseHeader(file))
  })

  it('is indifferent to extensions that are damaged', () => {
    for (const esize of [0, -16, 7, 2 ** 31 - 1]) {
      const extension = new Uint8Array(new Int32Array([esize, 6, 0, 0]).buffer)
      for (const version of [1, 2] as const) assert.equal(parse({ version, extension }).version, version)
    }
  })

  it('takes a NIfTI-2 header whose end-of-line check was never written, as nibabel does', () => {
    assert.equal(parse({ version: 2, fields: { eol_check: [0, 0, 0, 0] } }).version, 2)
  })

  const refused: [string, Buffer, RegExp][] = [
    ['an empty file', Buffer.alloc(0), /has 0 bytes/],
    ['a file that ends inside the header', makeNifti().subarray(0, 347), /ends after 347 bytes, inside its 348-byte header/],
    ['a NIfTI-2 file that ends inside the header', makeNifti({ version: 2 }).subarray(0, 400), /ends after 400 bytes, inside its 540-byte header/],
    ['another sizeof_hdr', makeNifti({ fields: { sizeof_hdr: 1024 } }), /sizeof_hdr is 1024, neither 348 \(NIfTI-1\) nor 540 \(NIfTI-2\)/],
    ['noise', Buffer.alloc(1024, 0xa5), /sizeof_hdr is/],
    ['an Analyze 7.5 header, which has no magic', makeNifti({ fields: { magic: '' } }), /magic is "", not "n\+1".*Analyze/],
    ['the header of a NIfTI-1 pair', makeNifti({ fields: { magic: 'ni1' } }), /magic is "ni1".*separate \.img file/],
    ['the header of a NIfTI-2 pair', makeNifti({ version: 2, fields: { magic: 'ni2' } }), /magic is "ni2".*separate \.img file/],
    ['the magic of NIfTI-2 in a NIfTI-1 header', makeNifti({ fields: { magic: 'n+2' } }), /magic is "n\+2", not "n\+1"/],
    ['a magic that does not end in NUL', makeNifti({ fields: { magic: 'n+1x' } }), /magic is "n\+1x"/],
    ['a NIfTI-2 file that a text-mode transfer changed', makeNifti({ version: 2, fields: { eol_check: [10, 26, 10, 0] } }), /text mode/]
  ]
  for (const [what, file, reason] of refused) {
    it(`refuses ${what}, and says so`, () => {
      assert.throws(() => parseHeader(file), (error) => error instanceof VolumeUnreadable && reason.test(error.message))
    })
  }
})

describe('headerFields', () => {
  it('gives a float32 with as many digits as it needs, and a NIfTI-2 field with all of its own', () => {
    // 0.703 and 0.1 are no float32; what is stored is 0.7030000090599060 and 0.10000000149011612
    assert.deepEqual(headerFields(parse({ pixdim: [0.703, 0.1, 8] }))['pixdim'], [1, 0.703, 0.1, 8, 1, 1, 1, 1])
    assert.deepEqual((headerFields(parse({ version: 2, pixdim: [Math.fround(0.703), 0.1, 8] }))['pixdim'] as number[]).slice(1, 3), [0.7030000090599060, 0.1])
  })

  it('has null for NaN and infinity, in arrays too', () => {
    const fields = headerFields(parse({ slope: NaN, inter: Infinity, fields: { pixdim: [1, NaN, -Infinity, 2, 0, 0, 0, 0] } }))
    assert.equal(fields['scl_slope'], null)
    assert.equal(fields['scl_inter'], null)
    assert.deepEqual(fields['pixdim'], [1, null, null, 2, 0, 0, 0, 0])
    assert.doesNotThrow(() => JSON.stringify(fields))
  })

  it('has text up to its first NUL, as UTF-8 where it is valid, else as Latin-1', () => {
    const utf8 = Buffer.from('КТ органов грудной клетки').toString('latin1')
    const fields = headerFields(parse({ fields: { descrip: 'Thorax \xe0 vide', db_name: 'a\0b', aux_file: '', intent_name: 'none\0/home/x' } }))
    assert.equal(headerFields(parse({ fields: { descrip: utf8 } }))['descrip'], 'КТ органов грудной клетки')
    assert.equal(headerFields(parse({ version: 2, fields: { descrip: `${utf8}\0DOE^JANE`, aux_file: 'a\0b', intent_name: 'c\0d' } }))['descrip'], 'КТ органов грудной клетки')
    assert.equal(headerFields(parse({ fields: { descrip: '\xca\xd2 \xeb' } }))['descrip'], 'ÊÒ ë', 'cp1251 is no UTF-8')
    assert.equal(fields['intent_name'], 'none')
    assert.equal(fields['descrip'], 'Thorax \xe0 vide')
    assert.equal(fields['db_name'], 'a')
    assert.equal(fields['aux_file'], '')
    assert.equal(fields['magic'], 'n+1')
  })

  for (const [name, { header }] of Object.entries(fixtureFacts('volumes.json'))) {
    it(`is what nibabel reads from ${name}`, () => {
      assert.deepEqual(asFloat32(headerFields(parseHeader(fixtureBytes(name)))), asFloat32(header))
    })
  }
})
