import { after } from 'node:test'
import { fuzz } from './fuzzing.js'
import { registryTarget } from './registry-target.js'

fuzz(registryTarget({ after }))
