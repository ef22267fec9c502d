import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { readConfig } from '../src/config.js'
import { ConfigError } from '../src/errors.js'

describe('readConfig', () => {
  it('has a default for everything: open, on the loopback address, port 8080', () => {
    const config = readConfig({})
    assert.deepEqual([config.dataRoot, config.catalogFile, config.host, config.port, config.logLevel], [undefined, undefined, '127.0.0.1', 8080, 'info'])
    assert.deepEqual([config.apiKeys, config.corsOrigins], [[], []])
    assert.ok(config.cacheBytes >= 16 * 2 ** 20 && config.decodeThreads >= 1)
    assert.ok(Object.isFrozen(config))
  })

  it('takes every setting from its variable', () => {
    const config = readConfig({ DATA_ROOT: 'data', CATALOG_FILE: 'c.sqlite', HOST: '0.0.0.0', PORT: '0', CACHE_BYTES: '67108864', DECODE_THREADS: '3', CORS_ORIGINS: 'https://a.example, https://b.example', LOG_LEVEL: 'debug' })
    assert.deepEqual([config.dataRoot, config.catalogFile], [resolve('data'), resolve('c.sqlite')])
    assert.deepEqual([config.host, config.port, config.cacheBytes, config.decodeThreads, config.logLevel], ['0.0.0.0', 0, 67108864, 3, 'debug'])
    assert.deepEqual(config.corsOrigins, ['https://a.example', 'https://b.example'])
    assert.equal(readConfig({ API_KEYS: 'one, two,' }).apiKeys.length, 2)
  })

  it('takes an empty variable for an unset one, and blanks around a value for none', () => {
    const config = readConfig({ PORT: '', DATA_ROOT: '  ', LOG_LEVEL: ' warn ' })
    assert.deepEqual([config.port, config.dataRoot, config.logLevel], [8080, undefined, 'warn'])
  })

  for (const [name, value] of [
    ['PORT', 'http'], ['PORT', '65536'], ['PORT', '-1'], ['PORT', '80.5'], ['CACHE_BYTES', '1000'], ['CACHE_BYTES', '64MB'],
    ['DECODE_THREADS', '0'], ['DECODE_THREADS', 'many'], ['LOG_LEVEL', 'loud']
  ] as const) {
    it(`refuses ${name}=${value} in one line that names it and says what would do`, () => {
      assert.throws(() => readConfig({ [name]: value }), (error: Error) => {
        assert.ok(error instanceof ConfigError)
        assert.match(error.message, new RegExp(`^${name}: `))
        assert.match(error.message, /whole number from \d+ to \d+|one of fatal, error/)
        assert.ok(!error.message.includes('\n'))
        return true
      })
    })
  }
})
