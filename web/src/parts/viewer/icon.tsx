/** Drawn on a grid of 16, in strokes of the text's colour. */
const PATHS = {
  one: 'M2.500 3.500h11v9h-11z',
  three: 'M2.500 3.500h11v9h-11zM9 3.500v9M9 8h4.500',
  compare: 'M2.500 3.500h11v9h-11zM8 3.500v9',
  window: 'M8 2.500a5.500 5.500 0 1 0 0 11zM8 2.500a5.500 5.500 0 0 1 0 11',
  scroll: 'M8 2v12M5 5l3-3 3 3M5 11l3 3 3-3',
  zoom: 'M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM10.200 10.200l3.500 3.500M5 7h4M7 5v4',
  pan: 'M8 1.500v13M1.500 8h13M6 3.500l2-2 2 2M6 12.500l2 2 2-2M3.500 6l-2 2 2 2M12.500 6l2 2-2 2',
  cross: 'M8 1.500v4.500M8 10v4.500M1.500 8h4.500M10 8h4.500',
  ruler: 'M2 10.500 10.500 2 14 5.500 5.500 14zM5 7.500l1.500 1.500M7.500 5l1.500 1.500',
  roi: 'M8 3.500c3.500 0 6 2 6 4.500s-2.500 4.500-6 4.500-6-2-6-4.500 2.500-4.500 6-4.500z',
  play: 'M5 3l8 5-8 5z',
  stop: 'M4.500 4h7v8h-7z',
  invert: 'M8 2.500a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11zM8 2.500v11M8 5h4M8 8h5.500M8 11h4',
  fit: 'M2.500 6V2.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10',
  mouse: 'M8 1.500a4 4 0 0 0-4 4v5a4 4 0 0 0 8 0v-5a4 4 0 0 0-4-4zM8 1.500v5M4 6.500h8',
  link: 'M6.500 9.500l3-3M7 5l1.500-1.500a2.800 2.800 0 0 1 4 4L11 9M9 11l-1.500 1.500a2.800 2.800 0 0 1-4-4L5 7',
  picture: 'M2.500 3h11v10h-11zM2.500 11l3.500-4 3 3 2-2 2.500 2.500',
  solid: 'M8 1.800l5.500 3v6.400L8 14.200l-5.500-3V4.800zM2.500 4.800L8 8l5.500-3.200M8 8v6.200',
  help: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM6 6.200A2 2 0 1 1 8.300 8.300L8 9.300M8 11.300v.4'
} as const

export type IconName = keyof typeof PATHS

export function Icon ({ name }: { name: IconName }) {
  return <svg class='v-icon' viewBox='0 0 16 16' width='16' height='16' aria-hidden='true'><path d={PATHS[name]} /></svg>
}
