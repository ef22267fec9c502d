/** What our modules need of WebAssembly (JavaScript Interface, W3C), which the types of Node leave to those of browsers. */
declare namespace WebAssembly {
  class Module { constructor (bytes: Uint8Array) }
  class Instance {
    constructor (module: Module)
    readonly exports: Record<string, unknown>
  }
  interface Memory {
    readonly buffer: ArrayBuffer
    grow (pages: number): number
  }
  interface Global { value: number }
}
