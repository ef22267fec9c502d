import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { close } from '../support/close.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import { makeDataset } from '../support/test-dataset.js'

const LAS = [[-0.5, 0, 0, 10], [0, 0.5, 0, -20], [0, 0, 8, 30]] as const
const PIXDIM = [0.5, 0.5, 8]
const mask = (nk: number, lesion: (i: number, j: number, k: number) => boolean) =>
  ({ shape: [4, 2, nk], sform: LAS, pixdim: PIXDIM, datatype: 'uint8' as const, voxels: (i: number, j: number, k: number) => lesion(i, j, k) ? 1 : 0 })
const image = (nk: number) => ({ shape: [4, 2, nk], sform: LAS, pixdim: PIXDIM, voxels: (i: number, j: number, k: number) => -1000 + 100 * i + 200 * j + 10 * k })

const dataset = makeDataset({ after }, [
  // Lesion: 3 voxels of 2 mm³ on slices 1 and 2 are 0.006 mL.
  { category: 'CT-1', image: image(3), mask: mask(3, (i, j, k) => (k === 1 && j === 0 && i < 2) || (k === 2 && j === 1 && i === 3)) },
  { category: 'CT-0', image: { ...image(5), slope: 2, inter: 1 } },
  { category: 'CT-1', image: null, mask: mask(4, (i, j) => i === 0 && j === 0) }, // 4 voxels: 0.008 mL
  { category: 'CT-2', image: Buffer.from('nothing of the kind') },
  { category: 'CT-1', image: image(3), mask: mask(3, () => false) },
  { category: 'CT-4', image: { ...image(5), datatype: 'float32', voxels: () => NaN } }
])
writeFileSync(dataset.path('dataset.json'), JSON.stringify({ id: 'six', title: 'Six, "made up"', version: '0.1', license: { name: 'CC0 1.0', url: 'https://creativecommons.org/publicdomain/zero/1.0/' } }))
const { json, get, bytes } = await buildTestApp({ after }, { root: dataset.root })

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
const ids = async (query: string): Promise<number[]> => (await json(`/v1/studies?${query}`)).items.map(({ id }: { id: string }) => Number(id.slice(-4)))

describe('GET /v1/dataset', () => {
  it('says what it is, and counts', async () => {
    const files = [1, 2, 4, 5, 6].map((n) => `studies/CT-${[1, 0, 1, 2, 1, 4][n - 1]}/study_000${n}.nii.gz`).concat([1, 3, 5].map((n) => `masks/study_000${n}_mask.nii.gz`))
    const body = await json('/v1/dataset')
    const { revision, ...rest } = body
    assert.match(revision, /^[0-9a-f]{8,}$/)
    assert.deepEqual(rest, {
      id: 'six',
      title: 'Six, "made up"',
      version: '0.1',
      license: { name: 'CC0 1.0', url: 'https://creativecommons.org/publicdomain/zero/1.0/' },
      citation: null,
      url: null,
      counts: { studies: 6, ready: 4, annotated: 3, slices: 3 + 5 + 3 + 5, bytes: files.reduce((sum, file) => sum + statSync(dataset.path(file)).size, 0) },
      catalog: { state: 'ready', done: 6, total: 6 },
      findings: [{ kind: 'images-missing', count: 1, detail: '5 of 6 images exist; missing: studies/CT-1/study_0003.nii.gz' }]
    })
  })

  it('names the revision and the licence in pixel answers, too', async () => {
    const { revision } = await json('/v1/dataset')
    const { headers } = await get('/v1/studies/study_0001/image/slices/0.raw')
    assert.equal(headers['dataset-revision'], revision)
    assert.equal(headers['link'], '<https://creativecommons.org/publicdomain/zero/1.0/>; rel="license"')
  })
})

describe('GET /v1/categories', () => {
  it('has all five, with their share', async () => {
    const { items } = await json('/v1/categories')
    assert.deepEqual(items.map(({ id, severity, studies, annotated }: Record<string, unknown>) => [id, severity, studies, annotated]), [
      ['CT-0', 0, 1, 0], ['CT-1', 1, 3, 3], ['CT-2', 2, 1, 0], ['CT-3', 3, 0, 0], ['CT-4', 4, 1, 0]
    ])
    assert.deepEqual(items.map(({ share }: { share: number }) => share), [1 / 6, 1 / 2, 1 / 6, 0, 1 / 6])
    assert.deepEqual(items.map(({ involvement }: { involvement: object }) => involvement), [{ min: 0, max: 0 }, { min: 0, max: 25 }, { min: 25, max: 50 }, { min: 50, max: 75 }, { min: 75, max: 100 }])
    assert.ok(items.every(({ title, description }: Record<string, string>) => title && description))
  })
})

describe('GET /v1/studies/{id}', () => {
  it('has every fact of a ready study', async () => {
    const { mask: lesion, revision, ...study } = await json('/v1/studies/study_0001')
    assert.match(revision, /^[0-9a-f]{16}$/)
    assert.deepEqual(study, {
      id: 'study_0001',
      number: 1,
      category: 'CT-1',
      severity: 1,
      status: 'ready',
      problem: null,
      warnings: [],
      annotated: true,
      shape: [4, 2, 3],
      spacing: [0.5, 0.5, 8],
      axes: 'LAS',
      affine: [[-0.5, 0, 0, 10], [0, 0.5, 0, -20], [0, 0, 8, 30], [0, 0, 0, 1]],
      affineSource: 'sform',
      dtype: 'int16',
      scaling: { slope: 1, intercept: 0 },
      file: { bytes: statSync(dataset.image('study_0001')).size, sha256: sha256(dataset.image('study_0001')) },
      // i 0…3, j 0…1, k 0…2: -1000 + 150 + 100 + 10 on average
      intensity: { min: -1000, max: -480, mean: -740 }
    })
    const { volumeMl, bytes, sha256: hash, ...counted } = lesion
    assert.deepEqual([bytes, hash], [statSync(dataset.mask('study_0001')).size, sha256(dataset.mask('study_0001'))])
    assert.deepEqual(counted, { file: 'masks/study_0001_mask.nii.gz', voxels: 3, slices: [1, 2] })
    close(volumeMl, 0.006)
  })

  it('gives HU and the scaling of a header that scales', async () => {
    const { scaling, intensity, dtype, mask: none, annotated } = await json('/v1/studies/study_0002')
    assert.deepEqual({ scaling, intensity, dtype, none, annotated }, {
      scaling: { slope: 2, intercept: 1 }, intensity: { min: -1999, max: 2 * -460 + 1, mean: 2 * (-1000 + 150 + 100 + 20) + 1 }, dtype: 'int16', none: null, annotated: false
    })
  })

  it('of a missing image says so, and has its mask', async () => {
    const study = await json('/v1/studies/study_0003')
    assert.deepEqual([study.status, study.shape, study.file, study.intensity, study.annotated, study.mask.voxels], ['missing', null, null, null, true, 4])
    close(study.mask.volumeMl, 0.008)
    assert.match(study.problem, /studies\/CT-1\/study_0003\.nii\.gz/)
  })

  it('of an unreadable image says why', async () => {
    const study = await json('/v1/studies/study_0004')
    assert.equal(study.status, 'unreadable')
    assert.match(study.problem, /gzip/)
    assert.equal(study.file.bytes, 19)
  })

  it('of an image without a finite voxel has no intensity', async () => {
    assert.deepEqual((await json('/v1/studies/study_0006')).intensity, { min: null, max: null, mean: null })
  })
})

describe('GET /v1/studies/{id}/slices', () => {
  it('has the facts of each axial slice', async () => {
    const { items } = await json('/v1/studies/study_0001/slices')
    // Slice k: -1000 + 10 k + {0, 100, 200, 300, 200, 300, 400, 500}; within -950…-500 HU
    // k = 0: -900, -800, -700, -800, -700, -600, -500 are 7 of 8; k = 1 and 2: -490, -480 fall out.
    assert.deepEqual(items, [
      { index: 0, min: -1000, max: -500, mean: -750, lungFraction: 7 / 8, lesionPixels: 0 },
      { index: 1, min: -990, max: -490, mean: -740, lungFraction: 6 / 8, lesionPixels: 2 },
      { index: 2, min: -980, max: -480, mean: -730, lungFraction: 6 / 8, lesionPixels: 1 }
    ])
  })

  it('has null for unknown values', async () => {
    assert.equal((await json('/v1/studies/study_0002/slices')).items[0].lesionPixels, null)
    assert.deepEqual((await json('/v1/studies/study_0006/slices')).items[0], { index: 0, min: null, max: null, mean: null, lungFraction: 0, lesionPixels: null })
  })

  it('is the same problem as for the pixels if the image cannot be read, whatever the mask is', async () => {
    for (const [study, status, slug] of [['study_0003', 404, 'volume-missing'], ['study_0004', 500, 'volume-unreadable']] as const) {
      assertProblem(await get(`/v1/studies/${study}/slices`), status, slug)
      assertProblem(await get(`/v1/studies/${study}/image/slices/0.raw`), status, slug)
    }
  })
})

describe('GET /v1/studies/{id}/{volume}/header', () => {
  it('has the fields under their NIfTI names', async () => {
    const header = await json('/v1/studies/study_0001/image/header')
    assert.equal(header.sizeof_hdr, 348)
    assert.deepEqual(header.dim, [3, 4, 2, 3, 1, 1, 1, 1])
    assert.equal(header.datatype, 4)
    assert.deepEqual(header.srow_x, [-0.5, 0, 0, 10])
    assert.equal(header.magic, 'n+1')
    assert.equal((await json('/v1/studies/study_0001/mask/header')).datatype, 2)
    for (const name of ['pixdim', 'vox_offset', 'scl_slope', 'scl_inter', 'xyzt_units', 'qform_code', 'sform_code', 'quatern_b', 'qoffset_x', 'descrip', 'intent_name', 'cal_max', 'slice_duration', 'toffset']) assert.ok(name in header, name)
  })

  it('of what is no NIfTI is volume-unreadable', async () => {
    assertProblem(await get('/v1/studies/study_0004/image/header'), 500, 'volume-unreadable')
  })
})

describe('GET /v1/studies', () => {
  it('has whole studies, the number of matches, and where to go on', async () => {
    const { items, total, nextCursor, facets } = await json('/v1/studies')
    assert.equal(items.length, 6)
    assert.deepEqual([total, nextCursor, facets], [6, null, undefined])
    assert.deepEqual(items[0], await json('/v1/studies/study_0001'))
  })

  it('filters; a study that lacks the fact matches no range', async () => {
    for (const [query, expected] of [
      ['category=CT-1', [1, 3, 5]], ['category=CT-0,CT-4', [2, 6]], ['category=CT-0&category=CT-4', [2, 6]], ['annotated=true', [1, 3, 5]], ['annotated=false', [2, 4, 6]],
      ['status=ready', [1, 2, 5, 6]], ['status=missing,unreadable', [3, 4]], ['minSlices=4', [2, 6]], ['maxSlices=3', [1, 5]], ['minSlices=3&maxSlices=3', [1, 5]],
      ['minSlices=0', [1, 2, 5, 6]], ['minLesionMl=0', [1, 3, 5]], ['minLesionMl=0.001', [1, 3]], ['maxLesionMl=0.007', [1, 5]],
      ['category=CT-1&status=ready&maxLesionMl=0', [5]], ['status=pending', []]
    ] as const) {
      assert.deepEqual(await ids(query), expected, query)
      assert.equal((await json(`/v1/studies?${query}`)).total, expected.length, query)
    }
  })

  it('sorts both ways, ties by id, studies without the fact last by id', async () => {
    for (const [sort, expected] of [
      ['id', [1, 2, 3, 4, 5, 6]], ['-id', [6, 5, 4, 3, 2, 1]],
      ['severity', [2, 1, 3, 5, 4, 6]], ['-severity', [6, 4, 1, 3, 5, 2]],
      ['slices', [1, 5, 2, 6, 3, 4]], ['-slices', [2, 6, 1, 5, 3, 4]],
      ['lesionMl', [5, 1, 3, 2, 4, 6]], ['-lesionMl', [3, 1, 5, 2, 4, 6]]
    ] as const) assert.deepEqual(await ids(`sort=${sort}`), expected, sort)
  })

  it('pages by every sort: each match once, none twice, whatever the size of the page', async () => {
    for (const sort of ['id', '-id', 'severity', '-severity', 'slices', '-slices', 'lesionMl', '-lesionMl']) {
      for (const limit of [1, 2, 4]) {
        const seen: string[] = []
        let path = `/v1/studies?sort=${sort}&limit=${limit}`
        for (let pages = 0; ; pages++) {
          assert.ok(pages <= 6)
          const { headers, body } = await get(path)
          assert.ok(body.items.length <= limit)
          assert.equal(body.total, 6)
          seen.push(...body.items.map(({ id }: { id: string }) => id))
          if (body.nextCursor === null) {
            assert.equal(headers['link'], undefined)
            break
          }
          const link = /^<([^>]+)>; rel="next"$/.exec(headers['link']!)![1]!
          const url = new URL(link, 'http://host')
          assert.equal(url.searchParams.get('cursor'), body.nextCursor)
          assert.equal(url.searchParams.get('sort'), sort)
          path = url.pathname + url.search
        }
        assert.deepEqual(seen.map((id) => Number(id.slice(-4))), await ids(`sort=${sort}`), `${sort} by ${limit}`)
      }
    }
  })

  it('refuses a cursor of another order, or that is none', async () => {
    const { nextCursor } = await json('/v1/studies?sort=slices&limit=2')
    for (const [sort, cursor] of [['-slices', nextCursor], ['id', nextCursor], ['slices', 'abc'], ['slices', '%20'], ['slices', Buffer.from('["slices",{},1]').toString('base64url')], ['slices', Buffer.from('null').toString('base64url')]]) {
      assertProblem(await get(`/v1/studies?sort=${sort}&limit=2&cursor=${cursor}`), 400, 'invalid-request', ['cursor'])
    }
  })

  it('refuses a minimum above its maximum', async () => {
    assertProblem(await get('/v1/studies?minSlices=5&maxSlices=4'), 400, 'invalid-request', ['minSlices', 'maxSlices'])
    assertProblem(await get('/v1/studies.csv?minLesionMl=2&maxLesionMl=1'), 400, 'invalid-request', ['minLesionMl', 'maxLesionMl'])
  })

  it('counts facets under the filter', async () => {
    assert.deepEqual((await json('/v1/studies?facets=category,annotated,status&limit=1')).facets, {
      category: { 'CT-0': 1, 'CT-1': 3, 'CT-2': 1, 'CT-4': 1 }, annotated: { false: 3, true: 3 }, status: { missing: 1, ready: 4, unreadable: 1 }
    })
    assert.deepEqual((await json('/v1/studies?facets=category&annotated=true')).facets, { category: { 'CT-1': 3 } })
  })
})

describe('GET /v1/studies.csv', () => {
  it('is RFC 4180: a header, CR LF, null empty', async () => {
    const { headers, body } = await get('/v1/studies.csv')
    assert.match(headers['content-type']!, /^text\/csv/)
    const size = (n: number) => statSync(dataset.image(`study_000${n}`)).size
    const hash = (n: number) => sha256(dataset.image(`study_000${n}`))
    const ml = (await json('/v1/studies/study_0001')).mask.volumeMl
    const ml3 = (await json('/v1/studies/study_0003')).mask.volumeMl
    assert.equal(body, [
      'id,number,category,severity,status,annotated,i,j,k,spacingI,spacingJ,spacingK,axes,dtype,lesionVoxels,lesionMl,bytes,sha256',
      `study_0001,1,CT-1,1,ready,true,4,2,3,0.5,0.5,8,LAS,int16,3,${ml},${size(1)},${hash(1)}`,
      `study_0002,2,CT-0,0,ready,false,4,2,5,0.5,0.5,8,LAS,int16,,,${size(2)},${hash(2)}`,
      `study_0003,3,CT-1,1,missing,true,,,,,,,,,4,${ml3},,`,
      `study_0004,4,CT-2,2,unreadable,false,,,,,,,,,,,${size(4)},`,
      `study_0005,5,CT-1,1,ready,true,4,2,3,0.5,0.5,8,LAS,int16,0,0,${size(5)},${hash(5)}`,
      `study_0006,6,CT-4,4,ready,false,4,2,5,0.5,0.5,8,LAS,float32,,,${size(6)},${hash(6)}`,
      ''
    ].join('\r\n'))
  })

  it('filters and sorts, and of no match is the header alone', async () => {
    const rows = (await get('/v1/studies.csv?category=CT-1&sort=-lesionMl')).body.split('\r\n')
    assert.deepEqual(rows.slice(1, -1).map((row: string) => row.slice(0, 10)), ['study_0003', 'study_0001', 'study_0005'])
    assert.equal((await get('/v1/studies.csv?category=CT-3')).body.split('\r\n').length, 2)
  })
})

describe('GET /v1/studies.ndjson', () => {
  it('is one study a line', async () => {
    const { headers, body } = await get('/v1/studies.ndjson?sort=-severity')
    assert.match(headers['content-type']!, /^application\/x-ndjson/)
    const lines = body.split('\n')
    assert.equal(lines.pop(), '')
    assert.deepEqual(lines.map((line: string) => JSON.parse(line)), (await json('/v1/studies?sort=-severity')).items)
  })
})

describe('GET /v1/stats', () => {
  it('counts by category and status, and has the totals', async () => {
    const stats = await json('/v1/stats')
    assert.deepEqual(stats.categories, [['CT-0', 1, 0], ['CT-1', 3, 3], ['CT-2', 1, 0], ['CT-4', 1, 0]].map(([category, studies, annotated]) => ({ category, studies, annotated })))
    assert.deepEqual(stats.statuses, { missing: 1, ready: 4, unreadable: 1 })
    const { lesionMl, bytes: size, ...totals } = stats.totals
    // lesion slices: 2 of study 1, and 4 of study 3, whose image is missing
    assert.deepEqual(totals, { studies: 6, ready: 4, annotated: 3, slices: 16, lesionSlices: 6 })
    close(lesionMl, 0.014)
    assert.equal(size, (await json('/v1/dataset')).counts.bytes)
  })

  it('has distributions over the studies that have the fact', async () => {
    const { slices, spacing, lesionMl } = await json('/v1/stats')
    const { bins, ...numbers } = slices
    assert.deepEqual(numbers, { studies: 4, min: 3, median: 4, mean: 4, max: 5 })
    assert.equal(bins.reduce((sum: number, bin: { studies: number }) => sum + bin.studies, 0), 4)
    for (const { from, to } of bins) assert.ok(from < to)
    assert.deepEqual([spacing.i.median, spacing.j.median, spacing.k.median, spacing.k.studies], [0.5, 0.5, 8, 4])
    close([lesionMl.min, lesionMl.median, lesionMl.max], [0, 0.006, 0.008])
    assert.equal(lesionMl.studies, 3)
  })
})

describe('filters by facts', () => {
  it('hold for statistics as for lists, in the bars of the whole catalog', async () => {
    const whole = await json('/v1/stats')
    for (const filter of ['category=CT-1', 'annotated=false', 'minSlices=4', 'search=0001', 'warned=true', 'problem=true', 'maxBytes=400']) {
      const { totals, statuses, slices } = await json(`/v1/stats?${filter}`)
      const { total, facets } = await json(`/v1/studies?${filter}&facets=status`)
      assert.deepEqual([totals.studies, statuses], [total, facets.status], filter)
      assert.deepEqual(slices.bins.map((bin: object) => ({ ...bin, studies: 0 })), whole.slices.bins.map((bin: object) => ({ ...bin, studies: 0 })), filter)
    }
    assert.equal((await get('/v1/stats?minSlices=5&maxSlices=4')).status, 400)
  })

  it('find a study by a part of its id, and those with a problem or a warning', async () => {
    assert.deepEqual((await json('/v1/studies?search=Y_0002')).items.map(({ id }: { id: string }) => id), ['study_0002'])
    const { items } = await json('/v1/studies')
    const idsWhere = (test: (study: any) => boolean) => items.filter(test).map(({ id }: { id: string }) => id)
    assert.deepEqual((await json('/v1/studies?problem=true')).items.map(({ id }: { id: string }) => id), idsWhere(({ problem }) => problem !== null))
    assert.deepEqual((await json('/v1/studies?warned=true')).items.map(({ id }: { id: string }) => id), idsWhere(({ warnings }) => warnings.length > 0))
    const { facets } = await json('/v1/studies?facets=warned')
    assert.deepEqual(facets.warned.true ?? 0, idsWhere(({ warnings }) => warnings.length > 0).length)
  })

  it('sort by spacing, bytes and HU', async () => {
    for (const [key, of] of [['bytes', (study: any) => study.file?.bytes], ['spacing', (study: any) => study.spacing?.[2]], ['huMax', (study: any) => study.intensity?.max]] as const) {
      const values = (await json(`/v1/studies?sort=-${key}`)).items.map(of).filter((value: unknown) => value != null)
      assert.deepEqual(values, [...values].sort((a, b) => b - a), key)
      assert.ok(new Set(values).size > 1 || key === 'spacing', key)
    }
  })
})

describe('the service', () => {
  it('tells its health, readiness and metrics', async () => {
    assert.deepEqual(await json('/healthz'), { status: 'ok' })
    assert.deepEqual(await json('/readyz'), { status: 'ready' })
    await bytes('/v1/studies/study_0001/image/slices/0.raw')
    const { headers, body } = await get('/metrics')
    assert.match(headers['content-type']!, /^text\/plain/)
    assert.match(body, /^niiserve_studies_ready 4$/m)
    assert.match(body, /^niiserve_request_duration_seconds_bucket\{/m)
    assert.match(body, /^niiserve_pixel_answers_total\{cache="\w+"\} \d+$/m)
    assert.match(body, /^niiserve_cache_bytes \d+$/m)
  })

  it('shows its contract, and documents it', async () => {
    assert.equal((await json('/openapi.json')).openapi, '3.1.0')
    assert.match((await get('/openapi.yaml')).body, /^openapi: 3\.1\.0/)
    const docs = await get('/docs')
    assert.deepEqual([docs.status, docs.headers['location']], [302, 'docs/'])
  })
})
