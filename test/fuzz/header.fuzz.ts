import { fuzz } from './fuzzing.js'
import { headerTarget } from './header-target.js'

fuzz(headerTarget)
