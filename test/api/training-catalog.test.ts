import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { assertProblem, buildTestApp } from '../support/test-app.js'

const sha = (text: string) => createHash('sha256').update(text).digest('hex')
const lesionAt = (...ks: number[]) => ({ voxels: (i: number, _j: number, k: number) => ks.includes(k) && i === 0 ? 1 : 0 })

// Every study is 2 x 3 x 4; lung is in -950..-500 HU.
const STUDIES = [
  { category: 'CT-0' },
  { category: 'CT-1', mask: lesionAt(1, 2) },
  { category: 'CT-1', mask: lesionAt() },
  { category: 'CT-1', image: { voxels: (_i: number, j: number) => j === 0 ? -800 : 100 } },
  { category: 'CT-2', image: null },
  { category: 'CT-2', mask: lesionAt(3) }
]
const READY = ['study_0001', 'study_0002', 'study_0003', 'study_0004', 'study_0006']
const ALL = READY.flatMap((study) => [0, 1, 2, 3].map((index) => `${study}:${index}`))
const nameOf = ({ study, index }: { study: string, index: number }) => `${study}:${index}`

const app = await buildTestApp({ after }, { studies: STUDIES })

const names = async (query: string): Promise<string[]> => (await app.json(`/v1/slices?${query}`)).items.map(nameOf)

describe('GET /v1/slices', () => {
  it('lists every axial slice of every ready study, by study and index', async () => {
    const { items, total, nextCursor } = await app.json('/v1/slices')
    assert.deepEqual(items.map(nameOf), ALL)
    assert.deepEqual([total, nextCursor], [20, null])
  })

  it('gives the facts of the slice', async () => {
    const { items } = await app.json('/v1/slices?minLungFraction=0.2&limit=1')
    // one of three rows is at -800 HU
    assert.deepEqual(items, [{ study: 'study_0004', index: 0, category: 'CT-1', min: -800, max: 100, mean: -200, lungFraction: 1 / 3, lesionPixels: null }])
  })

  it('filters by study, lesion, lesion pixels and lung', async () => {
    assert.deepEqual(await names('category=CT-2'), ALL.slice(16))
    assert.deepEqual(await names('lesion=true'), ['study_0002:1', 'study_0002:2', 'study_0006:3'])
    assert.deepEqual(await names('lesion=false&category=CT-1'), ['study_0002:0', 'study_0002:3', ...ALL.slice(8, 12)])
    // 3 voxels of each lesion slice
    assert.deepEqual(await names('minLesionPixels=3'), ['study_0002:1', 'study_0002:2', 'study_0006:3'])
    assert.deepEqual(await names('minLesionPixels=4'), [])
    assert.deepEqual(await names('status=missing'), [])
  })

  for (const query of ['', '&shuffle=7', '&shuffle=7&shard=1&shards=3', '&shard=2&shards=3', '&category=CT-1&shuffle=1']) {
    it(`pages give every match once, in the order of the whole list: ${query}`, async () => {
      const whole = await app.json(`/v1/slices?limit=1000${query}`)
      const paged: string[] = []
      let path: string | null = `/v1/slices?limit=3${query}`
      while (path !== null) {
        const response = await app.get(path)
        paged.push(...response.body.items.map(nameOf))
        assert.equal(response.body.total, whole.items.length)
        path = /<(.*)>; rel="next"/.exec(response.headers.link ?? '')?.[1] ?? null
      }
      assert.deepEqual(paged, whole.items.map(nameOf))
    })
  }

  it('shuffles by the hex SHA-256 of "{seed}:{study}:{index}"', async () => {
    const byHash = [...ALL].sort((a, b) => sha(`7:${a}`) < sha(`7:${b}`) ? -1 : 1)
    assert.deepEqual(await names('shuffle=7'), byHash)
    assert.deepEqual(await names('shuffle=7&shard=1&shards=3'), byHash.filter((_, n) => n % 3 === 1))
  })

  it('shards take every n-th', async () => {
    assert.deepEqual(await names('shard=2&shards=3'), ALL.filter((_, n) => n % 3 === 2))
  })

  it('selects studies by id, within a part of a split too', async () => {
    assert.deepEqual(await names('study=study_0002,study_0006&lesion=true'), ['study_0002:1', 'study_0002:2', 'study_0006:3'])
    assert.deepEqual(await names('study=study_0006&study=study_0001'), [...ALL.slice(0, 4), ...ALL.slice(16)])
    const { train } = await app.json('/v1/splits?ratios=0.5,0.5,0')
    for (const id of READY) assert.equal((await names(`study=${id}&split=train&ratios=0.5,0.5,0`)).length, train.includes(id) ? 4 : 0)
    assertProblem(await app.get('/v1/slices?study=study_0099'), 404, 'study-not-found')
  })

  it('shuffles each epoch by a seed of its own; epoch 0 is the order without one', async () => {
    const ordered = (seed: string) => [...ALL].sort((a, b) => sha(`${seed}:${a}`) < sha(`${seed}:${b}`) ? -1 : 1)
    assert.deepEqual(await names('shuffle=7&epoch=0'), ordered('7'))
    assert.deepEqual(await names('shuffle=7&epoch=3'), ordered('7.3'))
  })

  describe('with balance', () => {
    /** The rule of the contract, worked without the service. */
    function drawn (groups: Record<string, string[]>, seed: string): string[] {
      const shuffled = Object.keys(groups).sort().map((name) => [...groups[name]!].sort((a, b) => sha(`${seed}:${a}`) < sha(`${seed}:${b}`) ? -1 : 1))
      const count = shuffled.flat().length
      return Array.from({ length: count }, (_, n) => {
        const round = Math.floor(n / shuffled.length)
        const group = shuffled[(n % shuffled.length + parseInt(sha(`${seed}:round:${round}`).slice(0, 8), 16)) % shuffled.length]!
        return group[round % group.length]!
      })
    }
    const BY_CATEGORY = { 'CT-0': ALL.slice(0, 4), 'CT-1': ALL.slice(4, 16), 'CT-2': ALL.slice(16) }
    const ANNOTATED = [...ALL.slice(4, 12), ...ALL.slice(16)]
    const LESION = ['study_0002:1', 'study_0002:2', 'study_0006:3']

    it('draws as many slices as match, an equal share from each category', async () => {
      const got = await names('shuffle=5&balance=category')
      assert.deepEqual(got, drawn(BY_CATEGORY, '5'))
      const shares = Object.values(BY_CATEGORY).map((group) => got.filter((name) => group.includes(name)).length)
      assert.deepEqual(shares.sort(), [6, 7, 7])
    })

    it('draws every other slice with lesion, of annotated studies only', async () => {
      const got = await names('shuffle=5&epoch=2&balance=lesion')
      assert.deepEqual(got, drawn({ false: ANNOTATED.filter((name) => !LESION.includes(name)), true: LESION }, '5.2'))
      assert.equal(got.filter((name) => LESION.includes(name)).length, 6)
    })

    it('pages and shards give each draw once', async () => {
      const whole = drawn(BY_CATEGORY, '5')
      const paged: string[] = []
      let path: string | null = '/v1/slices?limit=3&shuffle=5&balance=category'
      while (path !== null) {
        const response = await app.get(path)
        assert.equal(response.body.total, 20)
        paged.push(...response.body.items.map(nameOf))
        path = /<(.*)>; rel="next"/.exec(response.headers.link ?? '')?.[1] ?? null
      }
      assert.deepEqual(paged, whole)
      assert.deepEqual(await names('shuffle=5&balance=category&shard=1&shards=3'), whole.filter((_, n) => n % 3 === 1))
    })

    it('needs a seed, and so does an epoch', async () => {
      assertProblem(await app.get('/v1/slices?balance=category'), 400, 'invalid-request', ['balance'])
      assertProblem(await app.get('/v1/slices?epoch=1'), 400, 'invalid-request', ['epoch'])
    })
  })

  it('streams all matches as lines and as a table', async () => {
    const lines = String(await app.bytes('/v1/slices.ndjson?shuffle=7')).trimEnd().split('\n').map((line) => JSON.parse(line))
    assert.deepEqual(lines, (await app.json('/v1/slices?shuffle=7')).items)
    const table = String(await app.bytes('/v1/slices.csv?minLungFraction=0.2&shard=0&shards=4'))
    assert.equal(table, `study,index,category,min,max,mean,lungFraction,lesionPixels\r\nstudy_0004,0,CT-1,-800,100,-200,${1 / 3},\r\n`)
  })

  it('refuses what makes no sense, and says where', async () => {
    for (const [query, ...parameters] of [
      ['shard=1', 'shards'], ['shards=2', 'shard'], ['shard=2&shards=2', 'shard'], ['shuffle=x', 'shuffle'], ['seed=3', 'seed'],
      ['ratios=1,0,0', 'ratios'], ['split=train&ratios=1,1,1', 'ratios'], ['split=dev', 'split'], ['cursor=x', 'cursor'], ['sort=id', 'sort'], ['minLungFraction=2', 'minLungFraction']
    ] as const) {
      assertProblem(await app.get(`/v1/slices?${query}`), 400, 'invalid-request', parameters)
    }
    const { nextCursor } = await app.json('/v1/slices?limit=1')
    assertProblem(await app.get(`/v1/slices?shuffle=1&cursor=${nextCursor}`), 400, 'invalid-request', ['cursor'])
  })
})

describe('GET /v1/splits', () => {
  // CT-0: 1, CT-1: 3, CT-2: 2 studies; of thirds, 1 + 1 + 1, of two 1 + 1 + 0
  const byCategory = [['study_0001'], ['study_0002', 'study_0003', 'study_0004'], ['study_0005', 'study_0006']]
  const ordered = (seed: number) => byCategory.map((ids) => [...ids].sort((a, b) => sha(`${seed}:${a}`) < sha(`${seed}:${b}`) ? -1 : 1))

  it('cuts each category, whatever the status of its studies', async () => {
    const split = await app.json('/v1/splits?ratios=0.4,0.3,0.3&seed=5')
    const [ct0, ct1, ct2] = ordered(5)
    assert.deepEqual(split.train, [ct0![0], ct1![0], ct2![0]].sort())
    assert.deepEqual(split.val, [ct1![1], ct2![1]].sort())
    assert.deepEqual(split.test, [ct1![2]])
  })

  it('says the hash of the rest', async () => {
    const { hash, warnings, ...rest } = await app.json('/v1/splits?seed=5')
    assert.equal(hash, sha(JSON.stringify(rest)))
    assert.equal(warnings.length, 1)
  })

  it('gives folds', async () => {
    const { folds } = await app.json('/v1/splits?folds=2&seed=1')
    const vals = [0, 1].map((fold) => ordered(1).flatMap((ids) => ids.filter((_, n) => n % 2 === fold)).sort())
    assert.deepEqual(folds.map(({ val }: { val: string[] }) => val), vals)
    assert.deepEqual(folds.map(({ train }: { train: string[] }) => train), [...vals].reverse())
  })

  it('filters select and never move a study', async () => {
    const whole = await app.json('/v1/splits?seed=9')
    const annotated = await app.json('/v1/splits?seed=9&annotated=true')
    const ids = new Set(['study_0002', 'study_0003', 'study_0006'])
    for (const part of ['train', 'val', 'test']) assert.deepEqual(annotated[part], whole[part].filter((id: string) => ids.has(id)))
  })

  it('is a filter elsewhere', async () => {
    for (const part of ['train', 'val', 'test']) {
      const { [part]: ids } = await app.json('/v1/splits?seed=3&ratios=0.4,0.3,0.3')
      const query = `split=${part}&seed=3&ratios=0.4,0.3,0.3`
      assert.deepEqual((await app.json(`/v1/studies?${query}`)).items.map(({ id }: { id: string }) => id), ids)
      assert.deepEqual([...new Set((await names(query)).map((name) => name.slice(0, 10)))], ids.filter((id: string) => READY.includes(id)))
      assert.equal(String(await app.bytes(`/v1/studies.csv?${query}`)).trimEnd().split('\r\n').length, ids.length + 1)
    }
  })

  it('folds are a filter elsewhere too', async () => {
    const { folds } = await app.json('/v1/splits?folds=3&seed=4')
    for (const [fold, parts] of folds.entries()) {
      for (const part of ['train', 'val'] as const) {
        const { items } = await app.json(`/v1/studies?split=${part}&folds=3&fold=${fold}&seed=4`)
        assert.deepEqual(items.map(({ id }: { id: string }) => id), parts[part])
      }
    }
    assert.ok(folds.length === 3 && folds[0].val.length > 0)
    for (const [query, parameter] of [['split=val&folds=3', 'fold'], ['split=val&fold=1', 'folds'], ['split=val&folds=3&fold=3', 'fold'], ['split=test&folds=3&fold=0', 'split'], ['folds=3&fold=0', 'folds'], ['split=val&folds=3&fold=0&ratios=1,0,0', 'ratios']]) {
      const { body } = await app.get(`/v1/studies?${query}`)
      assert.deepEqual([body.status, body.errors[0].parameter], [400, parameter], query)
    }
  })

  it('says which part is empty, where studies were asked for', async () => {
    // CT-0 has one study: it goes to train, and nothing else is there to test with.
    const { test, warnings } = await app.json('/v1/splits?category=CT-0')
    assert.deepEqual([test, warnings.length], [[], 2])
    assert.match(warnings[1], /^test is empty/)
    assert.equal((await app.json('/v1/splits?category=CT-0&ratios=1,0,0')).warnings, undefined)
    assert.match((await app.json('/v1/splits?category=CT-0&folds=2')).warnings.join(), /^folds\.0: train is empty.*folds\.1: val is empty/)
  })

  it('refuses ratios with folds, and ratios that do not sum to 1', async () => {
    assertProblem(await app.get('/v1/splits?ratios=1,0,0&folds=2'), 400, 'invalid-request', ['ratios', 'folds'])
    assertProblem(await app.get('/v1/splits?ratios=0.5,0.1,0.1'), 400, 'invalid-request', ['ratios'])
    assertProblem(await app.get('/v1/splits?folds=1'), 400, 'invalid-request', ['folds'])
  })
})
