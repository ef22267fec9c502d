import { fuzz } from './fuzzing.js'
import { gzipTarget } from './gzip-target.js'

fuzz(gzipTarget)
