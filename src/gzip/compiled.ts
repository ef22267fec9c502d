/**
 * A WebAssembly module; undefined where there is no WebAssembly, or not what the module needs of it: SIMD, on a processor
 * without SSE4.1.
 *
 * @param module in base64
 */
export function compiled (module: string): WebAssembly.Module | undefined {
  try {
    return new WebAssembly.Module(Buffer.from(module, 'base64'))
  } catch (error) {
    // No WebAssembly at all is a ReferenceError; a missing instruction is a CompileError.
    if (error instanceof ReferenceError || (error as Error).name === 'CompileError') return undefined
    throw error
  }
}
