import { damageOf } from '../catalog/database.js'
import type { Damage } from '../catalog/database.js'
import { sayLoaded } from '../threads/loaded.js'

/** @param file a catalog; others may write to it meanwhile */
export default function check (file: string): Damage {
  return damageOf(file)
}

sayLoaded()
