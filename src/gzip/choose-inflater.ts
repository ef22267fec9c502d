import type { Inflater } from './inflater.js'
import { PakoInflater } from './pako-inflater.js'
import { IS_WASM_HERE, WasmInflater } from './wasm-inflater.js'

/** The best decoder that this machine can run. */
export function makeInflater (): Inflater {
  return IS_WASM_HERE ? new WasmInflater() : new PakoInflater()
}

let idle: Inflater | undefined

/** This thread's shared decoder, for work that runs from `begin` to its end without a pause. */
export function idleInflater (): Inflater {
  idle ??= makeInflater()
  return idle
}
