import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { SETTINGS } from '../../src/config.js'

const VALIDATOR = resolve('.niiserve/cluster/seaweedfs/bin/kubernetes-validate')
const lacks = (command: string, option: string) => spawnSync(command, [option], { stdio: 'ignore' }).error === undefined ? false : `${command} is not installed`
const manifests = readdirSync('deploy/kubernetes', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml')).map((name) => join('deploy/kubernetes', name))
const kustomizations = manifests.filter((name) => name.endsWith('kustomization.yaml'))
/** Objects of the Prometheus operator have no schema among Kubernetes' own. */
const checked = manifests.filter((name) => !kustomizations.includes(name) && !name.endsWith('monitoring.yaml'))

describe('deploy/', () => {
  for (const file of ['deploy/haproxy.cfg', 'deploy/kubernetes/haproxy.cfg']) {
    it(`${file} is a configuration that HAProxy takes`, { skip: lacks('haproxy', '-v') }, () => {
      const { status, stderr } = spawnSync('haproxy', ['-c', '-f', file], { encoding: 'utf8' })
      assert.equal(status, 0, stderr)
    })
  }

  for (const file of checked) {
    it(`${file} keeps to the schemas of Kubernetes, without a field that they do not know`, { skip: existsSync(VALIDATOR) ? false : 'kubernetes-validate is not installed' }, () => {
      const { status, stdout, stderr } = spawnSync(VALIDATOR, ['--strict', file], { encoding: 'utf8' })
      assert.equal(status, 0, stdout + stderr)
      assert.doesNotMatch(stdout + stderr, /WARN|ERROR/)
    })
  }

  it('kustomizations name files that are there', () => {
    for (const file of kustomizations) {
      const { resources, configMapGenerator = [] } = parse(readFileSync(file, 'utf8')) as { resources: string[], configMapGenerator?: { files: string[] }[] }
      for (const name of [...resources, ...configMapGenerator.flatMap(({ files }) => files)]) assert.ok(existsSync(join(dirname(file), name)), `${file}: ${name}`)
    }
  })

  it('sets only settings that there are', () => {
    const known = new Set([...Object.keys(SETTINGS.properties), 'JOB_COMPLETION_INDEX', 'SHARES', 'RUN'])
    const texts = checked.map((file) => readFileSync(file, 'utf8')).join('\n')
    const named = [...texts.matchAll(/name: ([A-Z][A-Z0-9_]+)\b/g), ...texts.matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm)].map(([, name]) => name!)
    assert.ok(named.length > 10)
    assert.deepEqual(named.filter((name) => !known.has(name)), [])
  })

  for (const script of ['deploy/ingest-shares.sh', 'deploy/ingest.sbatch']) {
    it(`${script} is a script that its shell takes`, () => {
      const shell = readFileSync(script, 'utf8').startsWith('#!/bin/bash') ? 'bash' : 'sh'
      assert.equal(spawnSync(shell, ['-n', script]).status, 0)
    })
  }
})
