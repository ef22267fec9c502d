import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

interface Locked { name?: string, version: string, integrity?: string, link?: boolean, hasInstallScript?: boolean, dev?: boolean, optional?: boolean }

const packageJson = JSON.parse(readFileSync('package.json', 'utf8'))
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const locked = Object.entries(lock.packages as Record<string, Locked>).filter(([path]) => path !== '')

describe('what is installed', () => {
  it('is locked, each package to one content', () => {
    assert.equal(lock.lockfileVersion, 3)
    for (const [path, { integrity, link }] of locked) {
      assert.equal(link, undefined, `${path} is a link`)
      assert.match(integrity ?? '', /^sha512-/, `${path} has no integrity`)
    }
  })

  it('is what package.json asks for', () => {
    for (const part of ['dependencies', 'optionalDependencies', 'devDependencies']) assert.deepEqual(lock.packages[''][part], packageJson[part])
  })

  it('comes from the registry: no URL, no repository, no folder', () => {
    for (const [name, range] of Object.entries({ ...packageJson.dependencies, ...packageJson.optionalDependencies, ...packageJson.devDependencies })) {
      // `npm:name@range` is a package of the registry under another name.
      assert.match(String(range), /^(npm:[a-z0-9-]+@)?[~^]?\d+(\.\d+){0,2}$/, `${name}: ${String(range)}`)
    }
  })

  it('runs no script at installation but those that are listed', () => {
    const allowed: Record<string, boolean> = packageJson.allowScripts
    const scripted = new Set(locked.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path, { name }]) => name ?? path.split('node_modules/').at(-1)!))
    for (const name of scripted) assert.ok(name in allowed || name === 'fsevents', `${name} wants to run a script: allow or refuse it in allowScripts`)
    for (const [name, mayRun] of Object.entries(allowed)) assert.ok(!mayRun || scripted.has(name), `${name} is allowed and has none`)
  })
})

describe('the version', () => {
  it('is one: of the package, the contract and the last release', () => {
    const contract = /^ {2}version: (\S+)$/m.exec(readFileSync('openapi.yaml', 'utf8'))![1]
    const released = readdirSync('docs/openapi').map((name) => /^v(\d+\.\d+\.\d+)\.yaml$/.exec(name)?.[1]).filter((version) => version !== undefined)
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1)
    const noted = /^## (\d+\.\d+\.\d+)/m.exec(readFileSync('CHANGELOG.md', 'utf8'))![1]
    assert.deepEqual([contract, released, noted, lock.version], Array(4).fill(packageJson.version))
  })
})
