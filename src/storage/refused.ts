import { VolumeUnreadable } from '../errors.js'

/** The key, or a link on the way to it, leads out of the root. Nothing outside is looked at. */
export class OutsideRoot extends VolumeUnreadable {
  constructor (readonly key: string) {
    super(`${key} leads outside the data root`)
  }
}

/** The key names something that is not a regular file: a folder, a FIFO, a socket, a device. */
export class NotAFile extends VolumeUnreadable {
  constructor (readonly key: string, readonly kind: string) {
    super(`${key} is a ${kind}, not a file`)
  }
}

/** The operating system or the server refuses access (`errno` is EACCES, EIO, ESTALE, HTTP 403, …). Unlike damage, this may pass by itself. */
export class FileRefused extends VolumeUnreadable {
  constructor (readonly key: string, readonly errno: string) {
    super(`${key} cannot be read: ${errno.startsWith('HTTP') ? 'the server' : 'the system'} answers ${errno}`)
  }
}
