import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { builtCli, canMount, start } from '../support/built-cli.js'
import { catalogContent, readStudies, sameStudies } from './catalog-content.js'
import { ctDataset } from './ct-dataset.js'

const STUDIES = 8

const cli = builtCli()
const dataset = ctDataset({ after }, STUDIES)
const folder = mkdtempSync(join(tmpdir(), 'niiserve-disk-'))
after(() => rmSync(folder, { recursive: true }))
const mounted = { skip: !canMount() && 'mounts need privileges' }

const settings = (catalog: string) => ({ DATA_ROOT: dataset.root, CATALOG_FILE: catalog, DECODE_THREADS: '2', LOG_LEVEL: 'warn' })
const undisturbedFile = join(folder, 'undisturbed.sqlite')
assert.equal((await start(process.execPath, [cli, 'ingest'], settings(undisturbedFile)).ended).code, 0)
const undisturbed = catalogContent(undisturbedFile)
assert.equal(undisturbed.studies!.length, STUDIES)

/** Run a script in a mount namespace of its own: what it mounts is seen by it alone and ends with it. */
async function inOwnMounts (script: string, environment: Record<string, string>) {
  return await start('unshare', ['-m', '--propagation', 'private', 'sh', '-ec', script], { NODE: process.execPath, CLI: cli, ...environment }).ended
}

/** Keep what SQLite has of a catalog: the file and its log. */
// eslint-disable-next-line no-template-curly-in-string -- the shell reads it
const KEEP = 'for f in "$DISK"/catalog.sqlite*; do cp "$f" "$KEPT/$1${f#"$DISK"/catalog}"; done'

describe('a disk that is full during ingest', mounted, () => {
  // From too small for the tables to room for some of the studies.
  for (const kib of [64, 160, 256, 384, 512, 640]) {
    it(`after ${kib} KiB: says so, keeps only what is right, and goes on when there is room`, async () => {
      const [disk, kept] = [join(folder, `disk-${kib}`), join(folder, `kept-${kib}`)]
      mkdirSync(disk)
      mkdirSync(kept)
      const { code, output } = await inOwnMounts(`
        mount -t tmpfs -o size=${kib}k none "$DISK"
        keep () { ${KEEP}; }
        set +e
        "$NODE" "$CLI" ingest; echo "FULL: $?"
        keep full
        mount -o remount,size=64m "$DISK"
        "$NODE" "$CLI" ingest; echo "ROOM: $?"
        keep room`, { ...settings(join(disk, 'catalog.sqlite')), DISK: disk, KEPT: kept })
      assert.equal(code, 0, output)
      const [full, room] = output.split(/FULL: \d+\n/) as [string, string]
      assert.ok(!/ at .*\.js:\d+/.test(full) || /full/.test(full), full)
      assert.match(full, /full/i)
      assert.match(output, /FULL: [01]\n/)
      assert.match(room, /ROOM: 0/)
      if (existsSync(join(kept, 'full.sqlite'))) {
        const part = partOf(join(kept, 'full.sqlite'))
        if (part !== undefined) assert.deepEqual(part, sameStudies(undisturbed, part))
      }
      assert.deepEqual(catalogContent(join(kept, 'room.sqlite')), undisturbed)
    })
  }
})

describe('a file that the disk does not give back', mounted, () => {
  it('is unreadable with EIO, the others are read, and it is read when the disk gives it again', async () => {
    const catalog = join(folder, 'eio.sqlite')
    // The memory of a process is a file that can be opened, and its first page cannot be read.
    const { code, output } = await inOwnMounts('mount --bind "/proc/$$/mem" "$FILE"; exec "$NODE" "$CLI" ingest', { ...settings(catalog), FILE: dataset.image('study_0001') })
    assert.equal(code, 0, output)
    const content = catalogContent(copied(catalog))
    const [problem] = content.volumes!.filter((row) => (row as string[])[0] === 'study_0001' && (row as string[])[1] === 'image').map((row) => (row as string[]).slice(3, 5))
    assert.equal(problem![0], 'unreadable')
    assert.match(problem![1]!, /EIO/)
    assert.ok(!problem![1]!.includes(dataset.root))
    for (const table of ['studies', 'volumes', 'slices', 'slabs', 'points']) {
      const others = (rows: unknown[]) => rows.filter((row) => (row as string[])[0] !== 'study_0001')
      assert.deepEqual(others(content[table]!), others(undisturbed[table]!), table)
    }
    assert.equal((await start(process.execPath, [cli, 'ingest'], settings(catalog)).ended).code, 0)
    assert.deepEqual(catalogContent(catalog), undisturbed)
  })
})

function copied (catalog: string): string {
  for (const suffix of ['', '-wal', '-shm']) if (existsSync(catalog + suffix)) copyFileSync(catalog + suffix, `${catalog}.copy${suffix}`)
  return `${catalog}.copy`
}

function partOf (file: string) {
  try {
    return readStudies(catalogContent(file))
  } catch (error) {
    if (/no such table/.test((error as Error).message)) return undefined
    throw error
  }
}
