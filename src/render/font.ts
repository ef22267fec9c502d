export const GLYPH_ROWS = 7
export const GLYPH_COLUMNS = 5

/** Five by seven dots for the text niiserve draws on pictures: directions, numbers, and TP, FP, FN. No font file is needed. */
const SHAPES: Readonly<Record<string, string>> = {
  0: '.###. #...# #..## #.#.# ##..# #...# .###.',
  1: '..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.',
  2: '.###. #...# ....# ...#. ..#.. .#... #####',
  3: '##### ...#. ..#.. ...#. ....# #...# .###.',
  4: '...#. ..##. .#.#. #..#. ##### ...#. ...#.',
  5: '##### #.... ####. ....# ....# #...# .###.',
  6: '..##. .#... #.... ####. #...# #...# .###.',
  7: '##### ....# ...#. ..#.. ..#.. ..#.. ..#..',
  8: '.###. #...# #...# .###. #...# #...# .###.',
  9: '.###. #...# #...# .#### ....# ...#. .##..',
  A: '.###. #...# #...# ##### #...# #...# #...#',
  F: '##### #.... #.... ####. #.... #.... #....',
  I: '.###. ..#.. ..#.. ..#.. ..#.. ..#.. .###.',
  L: '#.... #.... #.... #.... #.... #.... #####',
  N: '#...# ##..# #.#.# #..## #...# #...# #...#',
  P: '####. #...# #...# ####. #.... #.... #....',
  R: '####. #...# #...# ####. #.#.. #..#. #...#',
  S: '.#### #.... #.... .###. ....# ....# ####.',
  T: '##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#..'
}

/** The dots of a character as [row, column]; none if the font does not have it. */
export function glyph (character: string): [row: number, column: number][] {
  const rows = Object.hasOwn(SHAPES, character) ? SHAPES[character]!.split(' ') : []
  return rows.flatMap((dots, row) => [...dots].flatMap((dot, column): [number, number][] => dot === '#' ? [[row, column]] : []))
}
