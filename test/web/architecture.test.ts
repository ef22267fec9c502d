import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import ts from 'typescript'

const sources = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name)).map((name) => join(folder, name))

/** What a module imports, by `import` and `import()`; whether only types come of it. */
function importsOf (file: string): { to: string, isType: boolean }[] {
  const found: { to: string, isType: boolean }[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) found.push({ to: (node.moduleSpecifier as ts.StringLiteral).text, isType: node.importClause?.isTypeOnly === true })
    if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) found.push({ to: (node.moduleSpecifier as ts.StringLiteral).text, isType: node.isTypeOnly })
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) found.push({ to: (node.arguments[0] as ts.StringLiteral).text, isType: false })
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, false, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS))
  return found
}

describe('the browser\'s part and the service', () => {
  it('share types and nothing else: web/ takes only types of src/', () => {
    const wrong = sources('web/src').flatMap((file) => importsOf(file).filter(({ to, isType }) => /\/src\//.test(to) && !isType).map(({ to }) => `${file} -> ${to}`))
    assert.deepEqual(wrong, [])
  })

  it('do not meet the other way: src/ takes nothing of web/', () => {
    const wrong = sources('src').flatMap((file) => importsOf(file).filter(({ to }) => /(^|\/)web\//.test(to)).map(({ to }) => `${file} -> ${to}`))
    assert.deepEqual(wrong, [])
  })

  it('keeps the pure rooms from the browser: no document, no network, no signals', () => {
    const pure = sources('web/src').filter((file) => file.startsWith('web/src/image/') || ['web/src/state/search.ts', 'web/src/state/view.ts', 'web/src/input/keys.ts', 'web/src/input/pointers.ts'].includes(file))
    for (const file of pure) {
      assert.doesNotMatch(readFileSync(file, 'utf8'), /\b(document|globalThis|fetch|localStorage)\b[.(]|\bwindow\.(?!center|width|js)/, file)
      assert.deepEqual(importsOf(file).filter(({ to, isType }) => !to.startsWith('.') && !isType), [], file)
    }
  })
})
