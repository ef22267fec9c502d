/** HU of tissues without contrast medium, near the middle of the ranges in radiology textbooks. */
export const AIR = -1000
export const FAT = -104
export const SKIN = 10
export const BLOOD = 42
export const MUSCLE = 54
