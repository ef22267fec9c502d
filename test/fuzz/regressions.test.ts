import { after, describe } from 'node:test'
import { replay } from './fuzzing.js'
import { gzipTarget } from './gzip-target.js'
import { headerTarget } from './header-target.js'
import { httpTarget } from './http-target.js'
import { registryTarget } from './registry-target.js'

// What fuzzing once found, on every run of the tests; `npm run test:fuzz` looks for more.
const targets = [headerTarget, gzipTarget, registryTarget({ after }), await httpTarget({ after })]
describe('what fuzzing once found', () => {
  for (const target of targets) replay(target)
})
