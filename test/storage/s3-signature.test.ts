import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodedKey } from '../../src/storage/remote/address.js'
import { s3Service } from '../../src/storage/remote/s3-service.js'
import { createHash, createHmac } from 'node:crypto'

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' })

/** AWS Signature Version 4 as its documentation has it ("Create a signed AWS API request"), worked out again from the signed headers. */
function signatureOf (headers: Record<string, string>, method: string, path: string): string {
  const [, scope = '', names = ''] = /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+)/.exec(headers['authorization'] ?? '') ?? []
  const canonical = [method, path, '', ...names.split(';').map((name) => `${name}:${headers[name]}`), '', names, headers['x-amz-content-sha256']].join('\n')
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, createHash('sha256').update(canonical).digest('hex')].join('\n')
  const key = scope.split('/').reduce<string | Buffer>((secret, part) => createHmac('sha256', secret).update(part).digest(), `AWS4${process.env['AWS_SECRET_ACCESS_KEY']}`)
  return createHmac('sha256', key).update(text).digest('hex')
}

describe('a request to S3', () => {
  it('is signed over its path, range and If-Match, for the region', async () => {
    const { sign } = await s3Service({ s3Endpoint: 'http://127.0.0.1:8333', s3Region: 'eu-central-1' })
    const path = `/${encodedKey('data/scans (1)/Лёгкое+β.nii.gz')}`
    assert.equal(path, '/data/scans%20%281%29/%D0%9B%D1%91%D0%B3%D0%BA%D0%BE%D0%B5%2B%CE%B2.nii.gz')
    const headers = await sign({ method: 'GET', path, headers: { range: 'bytes=0-99', 'if-match': '"abc"', 'accept-encoding': 'identity' } })
    assert.match(headers['authorization']!, /^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/\d{8}\/eu-central-1\/s3\/aws4_request, SignedHeaders=host;if-match;range;x-amz-content-sha256;x-amz-date, Signature=/)
    assert.ok(headers['authorization']!.endsWith(`Signature=${signatureOf(headers, 'GET', path)}`))
    assert.equal(headers['host'], '127.0.0.1:8333')
  })

  it('goes to AWS of the region where no endpoint is set', async () => {
    assert.equal((await s3Service({ s3Region: 'eu-west-1' })).endpoint, 'https://s3.eu-west-1.amazonaws.com')
  })
})
