import type { Tool } from './keys.js'

/** What a drag does. */
export type Drag = Exclude<Tool, 'profile'>

/** Two habits: as OHIF (left windows), or as many a PACS (left scrolls). Buttons are `PointerEvent.button`. */
export const MOUSE_PROFILES = {
  window: { title: 'Left drag: window', buttons: { 0: 'window', 1: 'pan', 2: 'zoom' } },
  scroll: { title: 'Left drag: scroll', buttons: { 0: 'scroll', 1: 'pan', 2: 'window' } }
} as const satisfies Record<string, { title: string, buttons: Record<0 | 1 | 2, Drag> }>
export type MouseProfile = keyof typeof MOUSE_PROFILES

/** What a drag with a button does: the tool on the main button, else as the profile has it. Shift with the main button pans. */
export function dragOf (button: number, shiftKey: boolean, tool: Tool, profile: MouseProfile): Drag | undefined {
  if (button === 0 && shiftKey) return 'pan'
  if (button === 0 && tool !== 'profile') return tool
  return (MOUSE_PROFILES[profile].buttons as Record<number, Drag>)[button]
}

/** CSS pixels of a drag that are one slice. */
export const PIXELS_PER_SLICE = 8
/** CSS pixels of a vertical drag that double the zoom. */
export const PIXELS_PER_DOUBLING = 160

/** Pixels of a trackpad's wheel events that are one notch; a mouse's notch is 100 to 120 of them, in one event. */
const PIXELS_PER_NOTCH = 40
/** After a pause as long as this a new movement begins, and what was left of the last is forgotten. */
const PAUSE_MS = 200

/** Makes notches of wheel events: one event of a mouse is one notch, however large; a trackpad's small ones add up. */
export class Wheel {
  private rest = 0
  private last = -Infinity

  /**
   * @param deltaY    of the event
   * @param deltaMode 0 pixels, 1 lines, 2 pages
   * @param time      of the event, milliseconds
   * @returns         notches, down positive
   */
  notches (deltaY: number, deltaMode: number, time: number): number {
    if (deltaMode !== 0 || Math.abs(deltaY) >= 2 * PIXELS_PER_NOTCH) {
      this.rest = 0
      return Math.sign(deltaY)
    }
    if (time - this.last > PAUSE_MS || Math.sign(deltaY) !== Math.sign(this.rest)) this.rest = 0
    this.last = time
    this.rest += deltaY
    const notches = Math.trunc(this.rest / PIXELS_PER_NOTCH)
    this.rest -= notches * PIXELS_PER_NOTCH
    return notches + 0
  }
}

export interface Contact { readonly x: number, readonly y: number }

/** What two fingers did since the last event: they spread by `factor` about `at`, and moved by `dx`, `dy`. */
export interface Pinch { readonly factor: number, readonly at: Contact, readonly dx: number, readonly dy: number }

/** The contacts of one stage. One finger drags; two pinch and pan. */
export class Contacts {
  private readonly contacts = new Map<number, Contact>()

  get count (): number {
    return this.contacts.size
  }

  down (id: number, at: Contact): void {
    this.contacts.set(id, at)
  }

  up (id: number): void {
    this.contacts.delete(id)
  }

  /** Note where a contact is now. @returns what two of them did, if there are two */
  move (id: number, at: Contact): Pinch | undefined {
    const other = [...this.contacts].find(([one]) => one !== id)?.[1]
    const before = this.contacts.get(id)
    if (before === undefined) return undefined
    this.contacts.set(id, at)
    if (other === undefined || this.contacts.size > 2) return undefined
    const distance = (a: Contact) => Math.hypot(a.x - other.x, a.y - other.y)
    return {
      factor: distance(before) < 1 ? 1 : distance(at) / distance(before),
      at: { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 },
      dx: (at.x - before.x) / 2,
      dy: (at.y - before.y) / 2
    }
  }
}
