import neostandard from 'neostandard'

export default neostandard({
  ts: true,
  noJsx: true,
  ignores: ['dist/**', '.niiserve/**', '.venv/**', 'test/fixtures/**', 'test/sdk/typescript/**', 'examples/**', '.interop/**']
})
