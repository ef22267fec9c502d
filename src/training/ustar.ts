const BLOCK = 512
const MAX_NAME = 100

/**
 * The header of a file in a tar, after a pax header where the name is too long. Time and owner are empty, so that equal
 * files give equal bytes.
 *
 * @see POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"
 */
export function tarHeader (name: string, size: number): Buffer {
  if (Buffer.byteLength(name) <= MAX_NAME) return headerBlock(name, size, '0')
  const record = Buffer.from(paxRecord('path', name))
  return Buffer.concat([headerBlock('pax', record.length, 'x'), record, tarPadding(record.length), headerBlock(name.slice(0, MAX_NAME), size, '0')])
}

/** The zeros that fill a file up to whole blocks. */
export function tarPadding (size: number): Buffer {
  return Buffer.alloc((BLOCK - size % BLOCK) % BLOCK)
}

/** Two empty blocks, which end a tar. */
export function tarEnd (): Buffer {
  return Buffer.alloc(2 * BLOCK)
}

function headerBlock (name: string, size: number, typeflag: string): Buffer {
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, length: number) => block.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1')
  block.write(name, 0, MAX_NAME, 'utf8')
  octal(0o644, 100, 8) // mode
  octal(0, 108, 8) // uid
  octal(0, 116, 8) // gid
  octal(size, 124, 12)
  octal(0, 136, 12) // mtime
  block.fill(' ', 148, 156) // the checksum is computed with spaces in its own field
  block.write(typeflag, 156, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  octal(block.reduce((sum, byte) => sum + byte, 0), 148, 7)
  block[154] = 0
  return block
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord (key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  let length = bytes + String(bytes).length
  if (String(length).length > String(bytes).length) length = bytes + String(length).length
  return `${length}${rest}`
}
