import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Writes files below a folder, by their keys, and the folders that they are in. */
export function writeFiles (root: string, files: Record<string, string | Uint8Array>): void {
  for (const [key, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, key)), { recursive: true })
    writeFileSync(join(root, key), content)
  }
}
