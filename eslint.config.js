import neostandard from 'neostandard'

export default neostandard({
  ts: true,
  filesTs: ['**/*.tsx'],
  noJsx: true,
  ignores: ['dist/**', 'src/*/assembly/**', '.niiserve/**', '.venv/**', 'test/fixtures/**', 'test/sdk/typescript/**', 'examples/**', '.interop/**']
})
