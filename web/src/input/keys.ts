/** Everything a key can do in the viewer. What takes a number takes it from its binding. */
export type Command =
  | { readonly name: 'slice', readonly by: number } | { readonly name: 'end', readonly at: 'first' | 'last' }
  | { readonly name: 'lesion', readonly step: 1 | -1 } | { readonly name: 'study', readonly step: 1 | -1 }
  | { readonly name: 'pane', readonly step: 1 | -1 } | { readonly name: 'layout', readonly step: 1 | -1 }
  | { readonly name: 'plane', readonly plane: 'axial' | 'coronal' | 'sagittal' }
  | { readonly name: 'preset', readonly number: 1 | 2 | 3 }
  | { readonly name: 'zoom', readonly factor: number } | { readonly name: 'pan', readonly dx: number, readonly dy: number }
  | { readonly name: 'cross', readonly dx: number, readonly dy: number }
  | { readonly name: 'tool', readonly tool: Tool } | { readonly name: 'flip', readonly axis: 'h' | 'v' }
  | { readonly name: 'fit' | 'reset' | 'cine' | 'invert' | 'mask' | 'opacityUp' | 'opacityDown' | 'orientation' | 'link' | 'mouse' | 'mark' | 'unmark' | 'cancel' | 'help' }

/** What the main button does, where the mouse profile does not say. */
export const TOOLS = ['profile', 'window', 'scroll', 'zoom', 'pan', 'cross', 'ruler', 'roi'] as const
export type Tool = typeof TOOLS[number]

export interface Binding { readonly keys: readonly string[], readonly label: string, readonly command: Command, readonly group: 'Slices' | 'Window' | 'View' | 'Tools' }

/** Pixels of the stage, and voxels, that one key press moves by. */
const PAN = 40
const FAR = 10

/**
 * The keys, as OHIF has them (hotkeyBindings.ts): arrows, home and end, page keys, 1 2 3, + - =, space, i, c, h, v, z,
 * comma and full stop. What OHIF has not is added on keys that are free there. Written as `KeyboardEvent.key` gives them,
 * modifiers before: `Shift+ArrowUp`.
 */
export const BINDINGS: readonly Binding[] = [
  { group: 'Slices', keys: ['ArrowDown'], label: 'Next slice', command: { name: 'slice', by: 1 } },
  { group: 'Slices', keys: ['ArrowUp'], label: 'Previous slice', command: { name: 'slice', by: -1 } },
  { group: 'Slices', keys: ['Home'], label: 'First slice', command: { name: 'end', at: 'first' } },
  { group: 'Slices', keys: ['End'], label: 'Last slice', command: { name: 'end', at: 'last' } },
  { group: 'Slices', keys: [']'], label: 'Next slice with lesion', command: { name: 'lesion', step: 1 } },
  { group: 'Slices', keys: ['['], label: 'Previous slice with lesion', command: { name: 'lesion', step: -1 } },
  { group: 'Slices', keys: ['PageDown'], label: 'Next study', command: { name: 'study', step: 1 } },
  { group: 'Slices', keys: ['PageUp'], label: 'Previous study', command: { name: 'study', step: -1 } },
  { group: 'Slices', keys: ['c'], label: 'Cine: play or stop', command: { name: 'cine' } },
  { group: 'Window', keys: ['1'], label: 'Lung window', command: { name: 'preset', number: 1 } },
  { group: 'Window', keys: ['2'], label: 'Mediastinal window', command: { name: 'preset', number: 2 } },
  { group: 'Window', keys: ['3'], label: 'Bone window', command: { name: 'preset', number: 3 } },
  { group: 'Window', keys: ['i'], label: 'Invert', command: { name: 'invert' } },
  { group: 'Window', keys: ['m'], label: 'Mask: off, outline, fill', command: { name: 'mask' } },
  { group: 'Window', keys: ['Shift+M'], label: 'Mask: more opaque', command: { name: 'opacityUp' } },
  { group: 'Window', keys: ['Shift+N'], label: 'Mask: less opaque', command: { name: 'opacityDown' } },
  { group: 'View', keys: ['+', 'Shift++'], label: 'Zoom in', command: { name: 'zoom', factor: 1.25 } },
  { group: 'View', keys: ['-'], label: 'Zoom out', command: { name: 'zoom', factor: 0.8 } },
  { group: 'View', keys: ['='], label: 'Fit', command: { name: 'fit' } },
  { group: 'View', keys: [' '], label: 'Reset window, zoom, mirroring and measurements', command: { name: 'reset' } },
  { group: 'View', keys: ['Shift+ArrowLeft'], label: 'Pan left', command: { name: 'pan', dx: -PAN, dy: 0 } },
  { group: 'View', keys: ['Shift+ArrowRight'], label: 'Pan right', command: { name: 'pan', dx: PAN, dy: 0 } },
  { group: 'View', keys: ['Shift+ArrowUp'], label: 'Pan up', command: { name: 'pan', dx: 0, dy: -PAN } },
  { group: 'View', keys: ['Shift+ArrowDown'], label: 'Pan down', command: { name: 'pan', dx: 0, dy: PAN } },
  { group: 'View', keys: ['h'], label: 'Mirror left to right', command: { name: 'flip', axis: 'h' } },
  { group: 'View', keys: ['v'], label: 'Mirror top to bottom', command: { name: 'flip', axis: 'v' } },
  { group: 'View', keys: ['o'], label: 'Radiological or stored order', command: { name: 'orientation' } },
  { group: 'View', keys: ['a'], label: 'Axial', command: { name: 'plane', plane: 'axial' } },
  { group: 'View', keys: ['f'], label: 'Coronal (frontal)', command: { name: 'plane', plane: 'coronal' } },
  { group: 'View', keys: ['s'], label: 'Sagittal', command: { name: 'plane', plane: 'sagittal' } },
  { group: 'View', keys: ['.'], label: 'Next layout', command: { name: 'layout', step: 1 } },
  { group: 'View', keys: [','], label: 'Previous layout', command: { name: 'layout', step: -1 } },
  { group: 'View', keys: ['ArrowRight'], label: 'Next pane', command: { name: 'pane', step: 1 } },
  { group: 'View', keys: ['ArrowLeft'], label: 'Previous pane', command: { name: 'pane', step: -1 } },
  { group: 'View', keys: ['k'], label: 'Link studies by index, mm, lungs, not at all', command: { name: 'link' } },
  { group: 'Tools', keys: ['w'], label: 'Window tool', command: { name: 'tool', tool: 'window' } },
  { group: 'Tools', keys: ['z'], label: 'Zoom tool', command: { name: 'tool', tool: 'zoom' } },
  { group: 'Tools', keys: ['p'], label: 'Pan tool', command: { name: 'tool', tool: 'pan' } },
  { group: 'Tools', keys: ['x'], label: 'Crosshair tool', command: { name: 'tool', tool: 'cross' } },
  { group: 'Tools', keys: ['d'], label: 'Ruler (distance)', command: { name: 'tool', tool: 'ruler' } },
  { group: 'Tools', keys: ['e'], label: 'Ellipse: mean and deviation', command: { name: 'tool', tool: 'roi' } },
  { group: 'Tools', keys: ['Alt+ArrowLeft'], label: 'Crosshair left', command: { name: 'cross', dx: -1, dy: 0 } },
  { group: 'Tools', keys: ['Alt+ArrowRight'], label: 'Crosshair right', command: { name: 'cross', dx: 1, dy: 0 } },
  { group: 'Tools', keys: ['Alt+ArrowUp'], label: 'Crosshair up', command: { name: 'cross', dx: 0, dy: -1 } },
  { group: 'Tools', keys: ['Alt+ArrowDown'], label: 'Crosshair down', command: { name: 'cross', dx: 0, dy: 1 } },
  { group: 'Tools', keys: ['Alt+Shift+ArrowLeft'], label: 'Crosshair left by ten', command: { name: 'cross', dx: -FAR, dy: 0 } },
  { group: 'Tools', keys: ['Alt+Shift+ArrowRight'], label: 'Crosshair right by ten', command: { name: 'cross', dx: FAR, dy: 0 } },
  { group: 'Tools', keys: ['Alt+Shift+ArrowUp'], label: 'Crosshair up by ten', command: { name: 'cross', dx: 0, dy: -FAR } },
  { group: 'Tools', keys: ['Alt+Shift+ArrowDown'], label: 'Crosshair down by ten', command: { name: 'cross', dx: 0, dy: FAR } },
  { group: 'Tools', keys: ['Enter'], label: 'Ruler and ellipse: set a point at the crosshair', command: { name: 'mark' } },
  { group: 'Tools', keys: ['Backspace', 'Delete'], label: 'Remove the last measurement', command: { name: 'unmark' } },
  { group: 'Tools', keys: ['Escape'], label: 'Put the tool away', command: { name: 'cancel' } },
  { group: 'Tools', keys: ['u'], label: 'Mouse: left button windows, or scrolls', command: { name: 'mouse' } },
  { group: 'Tools', keys: ['?', 'Shift+?'], label: 'These keys', command: { name: 'help' } }
]

/** What is read of a keyboard event. */
export interface KeyPress { readonly key: string, readonly altKey: boolean, readonly shiftKey: boolean, readonly ctrlKey: boolean, readonly metaKey: boolean }

const byChord = new Map(BINDINGS.flatMap(({ keys, command }) => keys.map((key) => [key, command] as const)))

/** What a key press means; undefined for keys that are not ours, among them all with Ctrl or Meta. */
export function commandOf (press: KeyPress): Command | undefined {
  const { key, shiftKey, ctrlKey, metaKey } = press
  // Windows reports AltGr, by which many keyboards type [ and ], as Ctrl with Alt.
  const isTyped = ctrlKey && press.altKey && key.length === 1
  if (metaKey || (ctrlKey && !isTyped)) return undefined
  const altKey = press.altKey && !isTyped
  const chord = (name: string) => byChord.get(`${altKey ? 'Alt+' : ''}${shiftKey ? 'Shift+' : ''}${name}`)
  // Caps Lock, or Shift on a letter that has no meaning with it, still means the letter.
  return chord(key) ?? (shiftKey && key.length > 1 ? undefined : chord(key.toUpperCase()) ?? byChord.get(`${altKey ? 'Alt+' : ''}${key.toLowerCase()}`))
}

const NAMES: Readonly<Record<string, string>> = {
  ' ': 'Space', ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', PageUp: 'Page up', PageDown: 'Page down', Escape: 'Esc'
}

/** How a binding's key is written for people. */
export function keyName (chord: string): string {
  if (chord === '+' || chord === '-') return chord
  return chord.split(/(?<=.)\+(?=.)/).map((part) => NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(' ')
}
