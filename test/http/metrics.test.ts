import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { parse } from 'yaml'
import { publish } from '../../src/publishing/publication.js'
import { servedDataset } from '../../src/publishing/served-dataset.js'
import { LocalFolder } from '../../src/storage/local-folder.js'
import { buildReplicaApp } from '../support/replica-app.js'
import { buildTestApp } from '../support/test-app.js'
import { makeDataset } from '../support/test-dataset.js'

const { get, services } = await buildTestApp({ after }, {
  studies: [{}, { image: { shape: [512, 512, 12], voxels: new Int16Array(512 * 512 * 12) } }],
  config: { apiKeys: ['viewer=k1', 'k2'], cacheBytes: 4 * 2 ** 20 }
})
const ask = (path: string, key = 'k1') => get(path).set('X-API-Key', key)
const slice = '/v1/studies/study_0001/image/slices'

interface Family { type: string, samples: Map<string, number> }

/** Prometheus' text format: families by name, samples by name and labels. */
async function scrape (): Promise<Map<string, Family>> {
  const { status, body } = await ask('/metrics')
  assert.equal(status, 200)
  return familiesOf(String(body))
}

function familiesOf (text: string): Map<string, Family> {
  const families = new Map<string, Family>()
  let family: Family
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (name !== undefined) families.set(name, family = { type: type!, samples: new Map() })
    else if (line !== '' && !line.startsWith('#')) family!.samples.set(line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1)))
  }
  return families
}

/** What a replica with sidecars serves besides. */
async function scrapeReplica (): Promise<Map<string, Family>> {
  const dataset = makeDataset({ after }, [{}])
  const [published, catalogFile, indexRoot] = ['published', 'writer.sqlite', 'index'].map(dataset.path) as [string, string, string]
  const writer = await buildTestApp({ after }, { root: dataset.root, config: { catalogFile } })
  await publish(new LocalFolder(published), catalogFile, servedDataset({ listing: writer.services.listing, description: writer.services.dataset }))
  const { request } = await buildReplicaApp({ after }, dataset.root, published, { indexRoot })
  return familiesOf((await request.get('/metrics')).text)
}

async function sample (family: string, sample = family): Promise<number> {
  return (await scrape()).get(family)?.samples.get(sample) ?? 0
}

/** How much a counter grows while something is done. */
async function growth (family: string, name: string, act: () => Promise<unknown>): Promise<number> {
  const before = await sample(family, name)
  await act()
  return await sample(family, name) - before
}

describe('metrics', () => {
  it('time requests by route and format', async () => {
    const route = '/v1/studies/:studyId/:volume(image|mask)/slices/:index.raw'
    assert.equal(await growth('niiserve_request_duration_seconds', `niiserve_request_duration_seconds_count{method="GET",route="${route}",format="raw",status="200"}`,
      async () => { for (const index of [0, 1, 1]) await ask(`${slice}/${index}.raw`) }), 3)
    assert.equal(await growth('niiserve_request_duration_seconds', 'niiserve_request_duration_seconds_count{method="GET",route="/v1/studies/:studyId",format="json",status="404"}', async () => await ask('/v1/studies/none')), 1)
  })

  it('count what the cache held', async () => {
    const plain = '/v1/studies/study_0002/image/slices/5.raw'
    assert.equal(await growth('niiserve_pixel_answers_total', 'niiserve_pixel_answers_total{cache="miss"}', async () => await ask(plain)), 1)
    assert.equal(await growth('niiserve_pixel_answers_total', 'niiserve_pixel_answers_total{cache="hit"}', async () => await ask(plain)), 1)
    assert.ok(await sample('niiserve_cache_bytes') >= 512 * 512 * 2)
    assert.equal(await sample('niiserve_cache_capacity_bytes'), 4 * 2 ** 20)
  })

  it('count evictions and refusals as counters, which only grow', async () => {
    const evicted = await growth('niiserve_cache_evictions_total', 'niiserve_cache_evictions_total', async () => {
      for (let index = 0; index < 12; index++) await ask(`/v1/studies/study_0002/image/slices/${index}.raw`)
    })
    assert.ok(evicted > 0)
    const families = await scrape()
    for (const [name, { type }] of families) {
      if (name.startsWith('niiserve_')) assert.equal(type === 'counter', name.endsWith('_total'), name)
    }
    assert.equal(families.get('niiserve_pool_refused_total')!.samples.get('niiserve_pool_refused_total'), services.pool.stats.refused)
  })

  it('time decoding, and the wait for it', async () => {
    const draw = async () => await ask(`${slice}/2.png?window=10,20`)
    assert.equal(await growth('niiserve_work_duration_seconds', 'niiserve_work_duration_seconds_count{work="picture"}', draw), 1)
    assert.ok(await sample('niiserve_work_duration_seconds', 'niiserve_work_duration_seconds_count{work="decode"}') > 0)
    assert.ok(await sample('niiserve_work_wait_seconds', 'niiserve_work_wait_seconds_count{work="decode"}') > 0)
  })

  it('count bytes as they are sent', async () => {
    let length = 0
    const sent = await growth('niiserve_sent_bytes_total', 'niiserve_sent_bytes_total', async () => {
      length = (await ask('/v1/studies/study_0002/image.raw')).body.length
    })
    assert.equal(length, 512 * 512 * 12 * 2)
    assert.ok(sent > length && sent < length + 65_536, `${sent} for ${length} bytes, and the answer that tells so`)
  })

  it('count problems by slug, and requests by the holder of the key', async () => {
    assert.equal(await growth('niiserve_problems_total', 'niiserve_problems_total{problem="study-not-found"}', async () => await ask('/v1/studies/none')), 1)
    assert.equal(await growth('niiserve_problems_total', 'niiserve_problems_total{problem="unauthorized"}', async () => await get('/v1/studies')), 1)
    assert.equal(await growth('niiserve_requests_by_key_total', 'niiserve_requests_by_key_total{key="key-2"}', async () => await ask('/v1/dataset', 'k2')), 1)
  })

  it('tell how far ingest is, and how the event loop does', async () => {
    assert.deepEqual([await sample('niiserve_ingest_done'), await sample('niiserve_ingest_listed'), await sample('niiserve_studies_ready')], [2, 2, 2])
    assert.ok((await scrape()).has('nodejs_eventloop_lag_p99_seconds'))
  })
})

describe('deploy/', async () => {
  const rules: { alert: string, expr: string, for?: string, labels: { severity: string }, annotations: { summary: string, description: string } }[] =
    parse(readFileSync('deploy/alerts.yaml', 'utf8')).groups.flatMap(({ rules }: { rules: unknown[] }) => rules)
  const dashboard = JSON.parse(readFileSync('deploy/grafana-dashboard.json', 'utf8'))
  const panels: { id: number, title: string, targets: { expr: string }[], gridPos: { x: number, y: number, w: number, h: number } }[] = dashboard.panels

  it('uses no metric that is not served', async () => {
    await countSome()
    const served = new Set(['up'])
    for (const [name, { type }] of [...await scrape(), ...await scrapeReplica()]) {
      for (const suffix of type === 'histogram' ? ['_bucket', '_count', '_sum'] : ['']) served.add(name + suffix)
    }
    const expressions = [...rules.map(({ expr }) => expr), ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)), dashboard.templating.list[1].query]
    for (const expr of expressions) {
      const names = expr.replace(/\{[^}]*\}/g, '').match(/\b(?:niiserve|nodejs|process)_\w+|\bup\b/g) ?? []
      assert.ok(names.length > 0, expr)
      for (const name of names) assert.ok(served.has(name), `${name} in ${expr}`)
      for (const [open, close] of ['()', '{}', '[]']) assert.equal(expr.split(open!).length, expr.split(close!).length, expr)
    }
  })

  it('has alerts that say what to do', () => {
    assert.ok(rules.length >= 8)
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
    for (const { alert, for: time, labels, annotations } of rules) {
      assert.match(alert, /^Niiserve[A-Za-z]+$/)
      if (time !== undefined) assert.match(time, /^\d+[smh]$/)
      assert.match(labels.severity, /^(info|warning|critical)$/)
      assert.ok(annotations.summary !== '' && annotations.description !== '')
    }
  })

  it('has a dashboard whose panels have each a place', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
    const places = new Set<string>()
    for (const { title, gridPos: { x, y, w, h } } of panels) {
      assert.ok(x + w <= 24, title)
      for (let row = y; row < y + h; row++) {
        for (let column = x; column < x + w; column++) {
          assert.ok(!places.has(`${row} ${column}`), `${title} lies upon another`)
          places.add(`${row} ${column}`)
        }
      }
    }
  })

  /** Metrics with labels are served once they have been counted in. */
  async function countSome (): Promise<void> {
    await ask(`${slice}/0.png`)
    await ask('/v1/studies/none')
  }
})
