import { after } from 'node:test'
import { fuzz } from './fuzzing.js'
import { httpTarget } from './http-target.js'

fuzz(await httpTarget({ after }))
