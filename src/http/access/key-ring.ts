import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

interface Key { holder: string, digest: Buffer }

/** `name=key`. A text that ends in `=`, as base64 does, is a key without a name. */
const NAMED = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})=([^=].*)$/s

/**
 * The keys that open the service, and who holds each: a name if one is given, else `key-1`, `key-2`, … by place in the
 * list. Several keys may have one name: a holder's old and new key are both valid while they are changed.
 */
export class KeyRing {
  private keys: readonly Key[] = []

  /** @param entries `key` or `name=key` */
  constructor (entries: readonly string[]) {
    this.replace(entries)
  }

  get isEmpty (): boolean {
    return this.keys.length === 0
  }

  /** Replace all keys. Requests that were let in before are still answered. */
  replace (entries: readonly string[]): void {
    this.keys = entries.map((entry, n) => {
      const [, name, key] = NAMED.exec(entry) ?? []
      return { holder: name ?? `key-${n + 1}`, digest: digestOf(key ?? entry) }
    })
  }

  /** Name of the holder of a key; null for an unknown key. All digests are compared and have one length, so the time it takes tells nothing about the key. */
  holderOf (sent: string): string | null {
    const digest = digestOf(sent)
    let holder: string | null = null
    for (const key of this.keys) if (timingSafeEqual(key.digest, digest)) holder = key.holder
    return holder
  }

  /**
   * What stands for a key until `expiresAt` (ms since 1970) without telling it: the time, signed with the key's digest.
   * Nothing is kept, so it outlives a restart and is good on every replica; it ends with its key. Undefined for a key
   * that is none of ours.
   */
  tokenFor (sent: string, expiresAt: number): string | undefined {
    const digest = digestOf(sent)
    return this.keys.some((key) => timingSafeEqual(key.digest, digest)) ? `${expiresAt}.${signed(digest, expiresAt).toString('base64url')}` : undefined
  }

  /** Who holds the key that a token stands for; null when it is over, or stands for none of ours. */
  holderOfToken (token: string, now: number): string | null {
    const [, time, signature = ''] = /^(\d{13})\.([\w-]{43})$/.exec(token) ?? []
    if (time === undefined || Number(time) <= now) return null
    const sent = Buffer.from(signature, 'base64url')
    return this.keys.find(({ digest }) => timingSafeEqual(signed(digest, Number(time)), sent))?.holder ?? null
  }
}

function signed (digest: Buffer, expiresAt: number): Buffer {
  return createHmac('sha256', digest).update(`niiserve session ${expiresAt}`).digest()
}

function digestOf (key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
