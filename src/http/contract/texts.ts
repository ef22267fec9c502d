import { Type } from 'typebox'

/**
 * A pattern that only clients see, which generate requests from the contract. The routes do not use it: our parsers refuse
 * with better words.
 */
export const CLIENT_PATTERN = 'x-pattern'

interface TextOptions { description: string, examples: string[], maxLength?: number }

/** The size of a picture: `256`, `320x240`. `render/size.ts` parses it. */
export function sizeString (options: TextOptions) {
  return Type.String({ ...options, [CLIENT_PATTERN]: '^(?:[1-9][0-9]{0,2}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-6])(?:x(?:[1-9][0-9]{0,2}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-6]))?$' })
}

/** A window of HU: `lung`, `-600,1500`. `render/window.ts` parses it. */
export function windowString (options: TextOptions) {
  return Type.String({ ...options, [CLIENT_PATTERN]: '^(?:lung|mediastinal|bone|-?[0-9]{1,5}(?:\\.[0-9]{1,3})?,[1-9][0-9]{0,5}(?:\\.[0-9]{1,3})?)$' })
}

/** The parts of a split: `0.8,0.1,0.1`. */
export function ratiosString (options: TextOptions) {
  return Type.String({ ...options, [CLIENT_PATTERN]: '^(?:0|1|0\\.[0-9]{1,12})(?:,(?:0|1|0\\.[0-9]{1,12})){2}$' })
}
