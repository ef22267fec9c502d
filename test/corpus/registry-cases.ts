import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { sheetOf, zip } from '../datasets/workbooks.js'
import type { Placed } from './file-case.js'

/** A registry that is broken in one way: what is served of it all the same, or why the start stops. */
export interface RegistryCase {
  name: string
  csv?: Placed
  xlsx?: Placed
  /** further files and folders, by path */
  files?: Record<string, Placed>
  /** ids of the studies that are listed, in order */
  studies?: string[]
  /** row and reason of every fault, in order */
  faults?: Array<[row: number | null, detail: RegExp]>
  /** the one line that stops the start */
  refused?: RegExp
}

const HEADER = 'study_id,category,study_file,mask_file'
/** Stands below every broken row, and must be served. */
const SOUND = '9,CT-0,sound.nii,'

/** One row that cannot be used, above one that can. */
function badRow (name: string, line: string, detail: RegExp): RegistryCase {
  return { name, csv: Buffer.from(`${HEADER}\n${line}\n${SOUND}\n`), studies: ['sound'], faults: [[2, detail]] }
}

/** One row whose mask cannot be used; the study is served without it. */
function badMask (name: string, mask: string, detail: RegExp): RegistryCase {
  return { name, csv: Buffer.from(`${HEADER}\n1,CT-1,scan.nii,${mask}\n${SOUND}\n`), studies: ['scan', 'sound'], faults: [[2, detail]] }
}

const UP = /leads out of its folder with "\.\."/
const NO_PATH = /is not a path below the data root/
const rows: RegistryCase[] = [
  badRow('one step up', '1,CT-1,../scan.nii,', UP),
  badRow('steps up from within', '1,CT-1,studies/CT-1/../../../scan.nii,', UP),
  badRow('steps up that come back', '1,CT-1,studies/../scan.nii,', UP),
  badRow('steps up behind a slash', '1,CT-1,/../../scan.nii,', UP),
  badRow('steps up with backslashes', '1,CT-1,..\\..\\scan.nii,', UP),
  badRow('a drive letter', '1,CT-1,C:\\data\\scan.nii,', NO_PATH),
  badRow('a share of Windows named as one', '1,CT-1,smb://server/scan.nii,', NO_PATH),
  badRow('a file address', '1,CT-1,file:///data/scan.nii,', NO_PATH),
  badRow('a NUL in the path', '1,CT-1,scan\0.nii,', /control characters/),
  badRow('a line break in the path', '1,CT-1,"scan\n.nii",', /control characters/),
  badRow('an escape sequence in the path', '1,CT-1,\x1b[2Jscan.nii,', /control characters/),
  badRow('a huge path', `1,CT-1,${'x'.repeat(1_000_000)}.nii,`, /has 1000004 characters, too many for a path/),
  badRow('a huge category', `1,${'C'.repeat(1_000_000)},scan.nii,`, /^category "C{80}…" is none of CT-0 to CT-4$/),
  badRow('an id with blanks', '1,CT-1,my scan.nii,', /gives the id "my scan"; ids match/),
  badRow('a hidden id', '1,CT-1,studies/.nii.gz,', /is not a \.nii or \.nii\.gz file/),
  badRow('an id that begins with a dot', '1,CT-1,.scan.nii,', /gives the id "\.scan"/),
  badRow('an id in Cyrillic letters', '1,CT-1,скан.nii,', /gives the id "\\u0441\\u043a\\u0430\\u043d"/),
  badRow('the hdr of a pair', '1,CT-1,scan.hdr,', /is not a \.nii or \.nii\.gz file/),
  badRow('a DICOM file', '1,CT-1,scan.dcm,', /is not a \.nii or \.nii\.gz file/),
  badRow('a folder', '1,CT-1,studies/,', /is not a \.nii or \.nii\.gz file/),
  badRow('no path', '1,CT-1,,', /study_file is empty/),
  badRow('no category', '1,,scan.nii,', /category "" is none of CT-0 to CT-4/),
  badRow('category CT-5', '1,CT-5,scan.nii,', /category "CT-5"/),
  badRow('category CT-1 in Cyrillic letters', '1,СТ-1,scan.nii,', /category "\\u0421\\u0422-1"/),
  badRow('category 1', '1,1,scan.nii,', /category "1"/),
  badRow('a formula for a category', '1,"=HYPERLINK(""x"")",scan.nii,', /category "=HYPERLINK/),
  badRow('a prototype for a category', '1,__proto__,scan.nii,', /category "__proto__"/),
  badMask('a mask one step up', '../mask.nii', UP),
  badMask('a mask at an address', 'https://example.org/mask.nii', NO_PATH),
  badMask('a mask that is a picture', 'mask.png', /is not a \.nii or \.nii\.gz file/),
  badMask('a mask with a NUL', 'mask\0.nii', /control characters/),
  badMask('a mask with a huge path', 'm'.repeat(100_000), /characters, too many for a path/)
]

/** Rows that are odd, and served. */
const odd: RegistryCase[] = [
  { name: 'a byte order mark', csv: Buffer.from(`\uFEFF${HEADER}\r\n${SOUND}\r\n`), studies: ['sound'] },
  { name: 'an extension in capitals', csv: Buffer.from(`${HEADER}\n1,CT-1,SCAN.NII.GZ,\n${SOUND}\n`), studies: ['SCAN', 'sound'] },
  { name: 'UTF-16', csv: Buffer.from(`\uFEFF${HEADER}\n${SOUND}\n`, 'utf16le'), studies: ['sound'] },
  { name: 'big-endian UTF-16', csv: Buffer.from(`\uFEFF${HEADER}\n${SOUND}\n`, 'utf16le').swap16(), studies: ['sound'] },
  { name: 'Latin-1 in one path', csv: Buffer.from(`${HEADER}\n1,CT-1,\xe9tude.nii,\n${SOUND}\n`, 'latin1'), studies: ['sound'], faults: [[2, /characters that are not UTF-8/]] },
  { name: 'cp1251 in one category', csv: Buffer.concat([Buffer.from(`${HEADER}\n1,`), Buffer.from([0xd1, 0xd2, 0x2d, 0x31]), Buffer.from(`,scan.nii,\n${SOUND}\n`)]), studies: ['sound'], faults: [[2, /category ".*-1" is none of/]] },
  { name: 'half a character at the end', csv: Buffer.concat([Buffer.from(`${HEADER}\n${SOUND}\n1,CT-1,`), Buffer.from([0xd0])]), studies: ['sound'], faults: [[3, /not UTF-8/]] },
  { name: 'semicolons', csv: Buffer.from(`${HEADER}\n${SOUND}\n`.replaceAll(',', ';')), studies: ['sound'] },
  { name: 'a quote that never closes', csv: Buffer.from(`${HEADER}\n${SOUND}\n1,CT-1,"scan.nii,\n2,CT-1,b.nii,\n`), refused: /Quote Not Closed|cannot be read/ },
  { name: 'a study_id that is not the file\'s', csv: Buffer.from(`${HEADER}\n7,CT-1,study_0008.nii,\n`), studies: ['study_0008'], faults: [[2, /study_id 7 is not the number of its file study_0008/]] },
  { name: 'the same path twice', csv: Buffer.from(`${HEADER}\n${SOUND}\n${SOUND}\n`), studies: ['sound'], faults: [[3, /listed already, in row 2/]] },
  { name: 'one id in two folders', csv: Buffer.from(`${HEADER}\n1,CT-1,a/scan.nii,\n2,CT-2,b/scan.nii.gz,\n`), studies: ['scan'], faults: [[3, /study id scan is listed already, in row 2/]] },
  { name: 'short rows and long ones', csv: Buffer.from(`${HEADER}\n1\n${SOUND},,,,,,\n`), studies: ['sound'], faults: [[2, /study_file is empty/]] },
  { name: 'no rows at all', csv: Buffer.from(`${HEADER}\n`), studies: [] },
  { name: 'a folder that leads out', csv: Buffer.from(`${HEADER}\n1,CT-1,out/scan.nii,\n${SOUND}\n`), files: { out: (path, beside) => { writeFileSync(join(beside, 'scan.nii'), ''); symlinkSync(beside, path) } }, studies: ['sound'], faults: [[2, /leads outside the data root/]] },
  { name: 'a masks folder that leads out', csv: Buffer.from(`${HEADER}\n${SOUND}\n`), files: { masks: (path, beside) => symlinkSync(beside, path) }, studies: ['sound'], faults: [[null, /masks leads outside the data root/]] },
  { name: 'a mask by name behind a link that leads out', csv: Buffer.from(`${HEADER}\n${SOUND}\n`), files: { 'masks/sound_mask.nii': (path, beside) => symlinkSync(join(beside, 'x.nii'), path) }, studies: ['sound'] }
]

const csvRefusals: RegistryCase[] = [
  { name: 'an empty csv', csv: Buffer.alloc(0), refused: /has no column study_id/ },
  { name: 'a csv of blanks', csv: Buffer.from(' \n\n  \n'), refused: /has no column study_id/ },
  { name: 'a csv without a header', csv: Buffer.from(`${SOUND}\n`), refused: /has no column study_id/ },
  { name: 'a csv without study_file', csv: Buffer.from('study_id,category,mask_file\n'), refused: /has no column study_file/ },
  { name: 'a csv with a column twice', csv: Buffer.from(`${HEADER},category\n`), refused: /has two columns category/ },
  { name: 'a csv of UTF-16 without its mark', csv: Buffer.from(`${HEADER}\n`, 'utf16le'), refused: /has no column study_id/ },
  { name: 'a csv of NULs', csv: Buffer.alloc(100_000), refused: /has no column study_id/ },
  { name: 'a csv that is a workbook', csv: sheetOf(''), refused: /has no column study_id|cannot be read/ },
  { name: 'a csv of 64 GiB', csv: (path) => { writeFileSync(path, HEADER); truncateSync(path, 64 * 2 ** 30) }, refused: /has 68719476736 bytes; at most/ },
  { name: 'a csv of 5 MiB in one cell', csv: Buffer.from(`${HEADER}\n1,CT-1,"${'x'.repeat(5 * 2 ** 20)}",\n`), studies: [], faults: [[2, /characters, too many for a path/]] },
  { name: 'a csv of 2 million commas', csv: Buffer.from(`${HEADER}\n${','.repeat(2_000_000)}\n${SOUND}\n`), studies: ['sound'] },
  { name: 'a csv that is a folder', csv: (path) => mkdirSync(path), refused: /dataset_registry\.csv is a folder, not a file/ },
  { name: 'a csv that is a FIFO', csv: (path) => execFileSync('mkfifo', [path]), refused: /is a FIFO, not a file/ },
  { name: 'a csv that leads out', csv: (path, beside) => { writeFileSync(join(beside, 'r.csv'), HEADER); symlinkSync(join(beside, 'r.csv'), path) }, refused: /leads outside the data root/ },
  { name: 'a csv that leads to endless zeros', csv: (path) => symlinkSync('/dev/zero', path), refused: /leads outside the data root/ },
  { name: 'a csv that leads to itself', csv: (path) => symlinkSync(basename(path), path), refused: /holds neither/ },
  { name: 'no registry and no folders', refused: /holds neither dataset_registry\.xlsx nor dataset_registry\.csv nor folders CT-0 to CT-4/ }
]

const cell = (at: string, text: string) => `<c r="${at}" t="inlineStr"><is><t>${text}</t></is></c>`
const titles = `<row r="1">${HEADER.split(',').map((title, n) => cell(`${'ABCD'[n]}1`, title)).join('')}</row>`
const sheetRow = (row: number, cells: string[]) => `<row r="${row}">${cells.map((text, n) => cell(`${'ABCD'[n]}${row}`, text)).join('')}</row>`
const SOUND_BOOK = sheetOf(titles + sheetRow(2, ['9', 'CT-0', 'sound.nii']))

const workbooks: RegistryCase[] = [
  { name: 'a workbook, though the csv is broken', xlsx: SOUND_BOOK, csv: Buffer.from('nonsense'), studies: ['sound'] },
  { name: 'a broken workbook, though the csv is sound', xlsx: Buffer.from('nonsense'), csv: Buffer.from(`${HEADER}\n${SOUND}\n`), refused: /xlsx cannot be read: it is not a workbook/ },
  { name: 'an empty workbook file', xlsx: Buffer.alloc(0), refused: /it is not a workbook, or cut short/ },
  { name: 'a workbook cut in half', xlsx: SOUND_BOOK.subarray(0, SOUND_BOOK.length >> 1), refused: /xlsx cannot be read/ },
  { name: 'a workbook without its last byte', xlsx: SOUND_BOOK.subarray(0, -1), refused: /xlsx cannot be read/ },
  { name: 'a workbook of old Excel', xlsx: Buffer.from('d0cf11e0a1b11ae1'.padEnd(4096, '0'), 'hex'), refused: /it is not a workbook/ },
  { name: 'a zip without a workbook', xlsx: zip({ 'readme.txt': 'hello' }), refused: /an archive without a workbook/ },
  { name: 'a workbook without a sheet', xlsx: zip({ 'xl/workbook.xml': '<workbook/>' }), refused: /xlsx cannot be read/ },
  { name: 'a workbook with a part damaged', xlsx: patched(SOUND_BOOK, SOUND_BOOK.lastIndexOf('PK\x01\x02') + 16), refused: /a part of it is damaged|xlsx cannot be read/ },
  { name: 'a zip bomb', xlsx: zip({ 'xl/workbook.xml': `<workbook>${' '.repeat(64 << 20)}</workbook>` }, 100), refused: /unpacks to more than/ },
  { name: 'a cell at the end of the sheet', xlsx: sheetOf(`<row r="1048576">${cell('XFD1048576', 'x')}</row>`), refused: /spans 1048576 rows/ },
  { name: 'a cell past the end of the sheet', xlsx: sheetOf(`<row r="1">${cell('A99999999999', 'x')}</row>`), refused: /a cell at A99999999999/ },
  { name: 'entities that name each other', xlsx: sheetOf(`<row r="1">${cell('A1', '&a;&b;&lol9;')}</row>`), refused: /./ },
  { name: 'a workbook of one empty sheet', xlsx: sheetOf(''), refused: /has no column study_id|cannot be read/ },
  { name: 'a workbook with a path that leads out', xlsx: sheetOf(titles + sheetRow(2, ['1', 'CT-1', '../scan.nii']) + sheetRow(3, ['9', 'CT-0', 'sound.nii'])), studies: ['sound'], faults: [[2, UP]] },
  { name: 'a workbook with a huge cell', xlsx: sheetOf(titles + sheetRow(2, ['1', 'CT-1', 'x'.repeat(2_000_000)]) + sheetRow(3, ['9', 'CT-0', 'sound.nii'])), studies: ['sound'], faults: [[2, /characters, too many for a path/]] },
  { name: 'a workbook that is a folder', xlsx: (path) => mkdirSync(path), refused: /dataset_registry\.xlsx is a folder/ },
  { name: 'a workbook of 64 GiB', xlsx: (path) => { writeFileSync(path, 'PK'); truncateSync(path, 64 * 2 ** 30) }, refused: /has 68719476736 bytes; at most/ }
]

function patched (bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 0xff
  return copy
}

export const REGISTRY_CASES: readonly RegistryCase[] = [...rows, ...odd, ...csvRefusals, ...workbooks]
