import { describe, it } from 'node:test'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { CONTRACT, run, TOOLS, without, workFolder } from './generated-client.js'

const JAR = join(TOOLS, 'openapi-generator', 'openapi-generator-cli.jar')
const generate = async (folder: string, generator: string, into: string, ...more: string[]) => {
  await run(folder, 'java', '-jar', JAR, 'generate', '-i', CONTRACT, '-g', generator, '-o', into, ...more)
}

describe('Clients of openapi-generator compile', { skip: without('java', 'mvn') }, () => {
  it('in Java', async () => {
    const folder = workFolder('java', 'openapi-generator')
    await generate(folder, 'java', 'client', '--library', 'native')
    await run(join(folder, 'client'), 'mvn', '-q', '-B', '-Dmaven.test.skip=true', 'compile')
  })

  it('in Kotlin', async () => {
    const folder = workFolder('kotlin')
    await generate(folder, 'kotlin', 'client')
    await run(folder, 'mvn', '-q', '-B', 'compile')
  })

  it('in Go', { skip: without('go') }, async () => {
    const folder = workFolder('go-openapi-generator', 'openapi-generator')
    await generate(folder, 'go', 'client')
    await run(join(folder, 'client'), 'go', 'mod', 'tidy')
    await run(join(folder, 'client'), 'go', 'build', '.')
  })

  it('in TypeScript, by typescript-fetch', async () => {
    const folder = workFolder('typescript-fetch', 'openapi-generator')
    await generate(folder, 'typescript-fetch', 'client')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { target: 'es2022', module: 'esnext', moduleResolution: 'bundler', strict: true, skipLibCheck: true, noEmit: true, types: [], lib: ['es2022', 'dom'] }, include: ['client/**/*.ts'] }))
    await run(folder, process.execPath, join(process.cwd(), 'node_modules/typescript/bin/tsc'), '-p', '.')
  })
})
