import type { FileCase } from './file-case.js'
import { gzipCases } from './gzip-cases.js'
import { headerCases } from './header-cases.js'
import { maskCases } from './mask-cases.js'
import { placeCases } from './place-cases.js'

/** Every broken file, in one table: what it is, and the status and problem it must get. Registries are in registry-cases.ts. */
export const FILE_CASES: readonly FileCase[] = [...headerCases, ...gzipCases, ...placeCases, ...maskCases]
