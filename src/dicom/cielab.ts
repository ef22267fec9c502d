/**
 * An sRGB colour as DICOM's CIELab (PS3.3, C.10.7.1.1): D50, L* 0…100 and a*, b* -128…127, each spread over 0…65535.
 *
 * @param rgb 0 to 255 each
 * @see IEC 61966-2-1 for sRGB, Bradford-adapted to D50 as ICC profiles have it
 */
export function cielabOf (rgb: readonly [number, number, number]): [number, number, number] {
  const [r, g, b] = rgb.map((value) => linear(value / 255)) as [number, number, number]
  const x = curve((0.4360747 * r + 0.3850649 * g + 0.1430804 * b) / 0.9642200)
  const y = curve(0.2225045 * r + 0.7168786 * g + 0.0606169 * b)
  const z = curve((0.0139322 * r + 0.0971045 * g + 0.7141733 * b) / 0.8252100)
  return [spread(116 * y - 16, 0, 100), spread(500 * (x - y), -128, 127), spread(200 * (y - z), -128, 127)]
}

const linear = (value: number) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
const curve = (value: number) => value > 216 / 24389 ? Math.cbrt(value) : (24389 / 27 * value + 16) / 116
const spread = (value: number, from: number, to: number) => Math.round(Math.min(1, Math.max(0, (value - from) / (to - from))) * 65_535)
